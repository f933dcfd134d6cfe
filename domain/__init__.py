"""What can happen, what is allowed, and the one way to write it down."""
