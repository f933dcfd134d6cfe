"""What we know now: small folds of a customer's state."""
