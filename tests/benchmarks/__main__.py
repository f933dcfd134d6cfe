"""`python -m tests.benchmarks [NAME ...]`: without names, all but `growth`, which takes a while."""

import sys

from tests.benchmarks import bulk, growth, personal, read, sealing, singles, verify, whole_path

BENCHMARKS = {
    "bulk": bulk.run,
    "sealing": sealing.run,
    "singles": singles.run,
    "whole_path": whole_path.run,
    "personal": personal.run,
    "read": read.run,
    "verify": verify.run,
    "growth": growth.run,
}


def main(names: list[str]) -> int:
    """Run the benchmarks named."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"unknown: {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}\n")
        return 2
    for name in names or [name for name in BENCHMARKS if name != "growth"]:
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
