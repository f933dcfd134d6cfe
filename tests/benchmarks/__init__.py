"""Benchmarks: JSON lines, each figure beside a peer's and the bare limit's of the same run."""
