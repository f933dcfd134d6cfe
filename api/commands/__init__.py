"""The commands of `daybook`, one file a group; a command imports what it alone needs when it runs."""
