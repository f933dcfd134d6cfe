"""Dated rule data: files in TOML that name their sources, and the typed models that read them.

retention    how long personal data is kept although its erasure is asked for, and when it is to be erased
"""
