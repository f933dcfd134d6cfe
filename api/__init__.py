"""Every door: the command line, HTTP, imports and the demo."""
