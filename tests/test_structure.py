"""Guards the shape of the source tree; `tests/structure.py` holds the rules.

What is guarded: imports go one way (domain, projections, replay, api); functions, files and lines stay
short, SQL and TOML included; modules and public names are explained; everything is annotated; one module
reads the environment; events, folds, rules and the seal are pure; SQL lives in `.sql` files; nothing
strange lies at the top level; tests mirror the folders. Each rule is also shown a snippet that breaks it
and one that does not, since a rule that cannot fail guards nothing.
"""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import structure
from tests.structure import RULES, Source, lengths, parse, sources, strangers, unmirrored

Rule = Callable[[Source], Iterator[str]]


def _title(rule: Rule) -> str:
    return rule.__name__


@pytest.mark.parametrize("rule", RULES, ids=_title)
def test_every_file_keeps_the_rule(rule: Rule, root: Path, count: Callable[[str], None]) -> None:
    files = sources(root)
    faults = [f"{source.path}: {fault}" for source in files for fault in rule(source)]
    assert not faults, "\n".join([inspect.getdoc(rule) or "", *faults])
    assert {source.package for source in files} == set(structure.ALLOWED_IMPORTS)
    count(f"structure: {rule.__name__} holds in {len(files)} files")


@pytest.mark.parametrize("suffix", [".py", ".sql", ".toml"])
def test_files_and_lines_are_short(suffix: str, root: Path) -> None:
    paths = [path for folder in structure.ALLOWED_IMPORTS for path in (root / folder).rglob(f"*{suffix}")]
    faults = [f"{path.relative_to(root)}: {it}" for path in paths for it in lengths(path.read_text("utf-8"))]
    assert not faults, "\n".join(faults)


def test_the_top_level_holds_nothing_else(root: Path) -> None:
    assert strangers({path.name for path in root.iterdir()}) == set()


def test_tests_mirror_the_folders(root: Path) -> None:
    files = {path.relative_to(root).as_posix() for path in (root / "tests").rglob("*.py")}
    folders = {
        path.relative_to(root) for package in structure.PACKAGES for path in (root / package).rglob("*")
    }
    inner = {path.as_posix() for path in folders if (root / path).is_dir()}
    assert unmirrored(files, inner | structure.PACKAGES) == set()


GOOD = '''"""A module."""

from domain import values


def answer(question: str, *rest: int, **more: int) -> int:
    """Answer it."""
    return len(question) + sum(rest)


class Thing:
    """A thing."""

    @override
    def inherited(self) -> None:
        return None

    def _inner(self) -> None:
        return None
'''


@pytest.mark.parametrize("rule", RULES, ids=_title)
@pytest.mark.parametrize(
    "path", ["domain/rules/a.py", "projections/a.py", "replay/a.py", "api/a.py", "tests/a.py"]
)
def test_a_good_file_breaks_no_rule(rule: Rule, path: str) -> None:
    assert list(rule(parse(path, GOOD))) == []


BAD = [
    (structure.imports_follow_the_arrows, "domain/a.py", "import api.cli"),
    (structure.imports_follow_the_arrows, "projections/a.py", "from replay.history import state"),
    (structure.imports_follow_the_arrows, "replay/a.py", "def f():\n    from api import cli"),
    (structure.imports_follow_the_arrows, "api/a.py", "from tests import structure"),
    (structure.imports_follow_the_arrows, "api/a.py", "from . import cli"),
    (structure.functions_are_short, "tests/a.py", "def f():\n" + "    pass\n" * 40),
    (structure.functions_are_short, "api/a.py", "class A:\n  async def f(self):\n" + "    pass\n" * 40),
    (structure.everything_is_explained, "tests/a.py", "x = 1"),
    (structure.everything_is_explained, "api/__init__.py", ""),
    (structure.everything_is_explained, "api/a.py", '"""A."""\ndef f(): pass'),
    (structure.everything_is_explained, "api/a.py", '"""A."""\nclass A: pass'),
    (structure.everything_is_explained, "api/a.py", '"""A."""\nclass A:\n  """A."""\n  def f(self): pass'),
    (structure.everything_is_annotated, "tests/a.py", "def f(a) -> None: pass"),
    (structure.everything_is_annotated, "tests/a.py", "def f(*, a) -> None: pass"),
    (structure.everything_is_annotated, "tests/a.py", "def f(*a) -> None: pass"),
    (structure.everything_is_annotated, "domain/a.py", "class A:\n  def f(self): pass"),
    (structure.only_settings_read_the_environment, "domain/a.py", "import os\nos.environ['HOME']"),
    (structure.only_settings_read_the_environment, "api/a.py", "import os\nos.getenv('HOME')"),
    (structure.only_settings_read_the_environment, "api/a.py", "from os import environ"),
    (structure.folds_and_rules_are_pure, "domain/rules/a.py", "datetime.now(UTC)"),
    (structure.folds_and_rules_are_pure, "domain/rules/a.py", "datetime.datetime.now()"),
    (structure.folds_and_rules_are_pure, "domain/events/a.py", "uuid4()"),
    (structure.folds_and_rules_are_pure, "domain/customer/a.py", "open('a')"),
    (structure.folds_and_rules_are_pure, "domain/customer/a.py", "from time import time"),
    (structure.folds_and_rules_are_pure, "domain/customer/a.py", "import random"),
    (structure.folds_and_rules_are_pure, "domain/seal/a.py", "import secrets"),
    (structure.statements_live_in_files, "domain/a.py", "q = 'select 1'"),
    (structure.statements_live_in_files, "api/a.py", "q = f'INSERT INTO {table} values (1)'"),
    (structure.statements_live_in_files, "api/a.py", "q = '''\n  Update t\n  set a = 1'''"),
    (structure.statements_live_in_files, "replay/a.py", "q = 'CREATE UNIQUE INDEX a on b (c)'"),
    (structure.statements_live_in_files, "replay/a.py", "q = 'COPY t FROM STDIN'"),
]


@pytest.mark.parametrize(("rule", "path", "text"), BAD)
def test_a_bad_file_is_found(rule: Rule, path: str, text: str) -> None:
    assert len(list(rule(parse(path, text)))) == 1


def test_every_rule_is_shown_to_fail() -> None:
    assert {rule for rule, _, _ in BAD} == set(RULES)


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (structure.functions_are_short, "tests/a.py", "def f():\n" + "    pass\n" * 39),
        (structure.everything_is_explained, "tests/domain/__init__.py", ""),
        (structure.only_settings_read_the_environment, "api/settings.py", "import os\nos.getenv('HOME')"),
        (structure.folds_and_rules_are_pure, "domain/ledger.py", "import time\ndatetime.now()"),
        (structure.statements_live_in_files, "api/a.py", "x = 'Select a shard', 'Create one', 'updates set'"),
    ],
)
def test_a_rule_stops_at_its_bound(rule: Rule, path: str, text: str) -> None:
    assert list(rule(parse(path, text))) == []


def test_a_file_and_a_line_may_be_just_so_long() -> None:
    assert list(lengths("x" * 110 + "\n" + "\n" * 299)) == []
    assert list(lengths("x" * 111)) == ["line 1 has 111 characters, 110 allowed"]
    assert list(lengths("\n" * 301)) == ["301 lines, 300 allowed"]


def test_a_stranger_at_the_top_level_is_found() -> None:
    assert strangers({".git", "api", "README.md", "dist", "notes", "setup.py"}) == {"notes", "setup.py"}


def test_a_test_without_a_folder_to_mirror_is_found() -> None:
    places = [
        "tests/test_a.py",
        "tests/domain/store/test_b.py",
        "tests/faults/kill/test_c.py",
        "tests/other/help.py",
    ]
    lost = {"tests/domain/shop/test_d.py", "tests/other/test_e.py"}
    assert unmirrored({*places, *lost}, {"domain", "domain/store"}) == lost
