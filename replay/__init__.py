"""For auditors: history at any moment on two clocks; reads the ledger, never writes it."""
