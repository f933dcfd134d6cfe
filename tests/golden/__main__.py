"""`python -m tests.golden`: add the golden files that are missing."""

from tests.golden import add_missing

for name in add_missing():
    print(f"added {name}")
