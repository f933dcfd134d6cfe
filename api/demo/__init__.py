"""A seeded simulation of a supply company, recorded and looked at."""
