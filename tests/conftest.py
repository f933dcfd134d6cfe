"""What all tests share: where things lie, counts shown at the end, and how long Hypothesis searches."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.database import recorder, sharded_store, simulated_store, store  # noqa: F401  fixtures
from tests.vaults import vault  # noqa: F401  the same

# A shared machine makes one example slow now and then; that is no fault of the code.
settings.register_profile(
    "quick", max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=1_000, derandomize=False)
settings.load_profile("quick")

ROOT = Path(__file__).resolve().parent.parent
COUNT = "count"


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of data and vectors beside the repository, or the one that DAYBOOK_SHARED names."""
    named = os.environ.get("DAYBOOK_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared"
    if not named and not folder.is_dir():
        pytest.skip(f"needs the data in {folder}, or DAYBOOK_SHARED")
    assert folder.is_dir(), f"DAYBOOK_SHARED names no folder: {folder}"
    return folder


@pytest.fixture
def count(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Return a function that takes a line to show at the end of the run: "fines: 10,000 of 10,000"."""

    def keep(line: str) -> None:
        # Properties of a test travel from a worker to the process that prints.
        request.node.user_properties.append((COUNT, line))

    return keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the counts."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    lines = [value for report in reports for key, value in report.user_properties if key == COUNT]
    if lines:
        terminalreporter.section("counts")
        for line in sorted(lines):
            terminalreporter.write_line(line)
