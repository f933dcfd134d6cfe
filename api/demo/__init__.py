"""A seeded simulation of a supply company, recorded and looked at."""

from api.demo.run import run

__all__ = ["run"]
