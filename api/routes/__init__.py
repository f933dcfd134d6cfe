"""The routes of the HTTP door, one file a matter."""
