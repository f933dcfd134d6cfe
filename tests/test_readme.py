"""Runs the code of README.md, so that what it shows is what happens.

Every block runs in one temporary folder, in the order of the page, with the `daybook` of this environment, no
`DAYBOOK_` variable set, and 100 columns.

- A block marked `python` is a whole program. Where a `text` block follows it, that is what it prints.
- A block marked `console` is a session: `$ ` begins a command, `> ` continues it on the next line, all
  else is what it prints, errors included. The lines of a block run in one shell, so a variable or a
  server in the background stays until its end. A command that is meant to fail shows it: `$ daybook
  record bad.json; echo $?`. Every `console` block has a comment on the line above it: `<!-- run -->`, or
  `<!-- not run: the reason -->`. A `python` block may have the latter.
- In what is printed, `...` stands for any text within a line, and alone on a line for any number of
  lines.
- Blocks of any other language are only shown; `sh`, `bash` and `shell` are refused: a command could hide
  there.

The port that the page shows may be taken on this machine; it is run with another.

The two commands that set everything up, `make demo` and `make test`, must be in the README; neither is
run here.
"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

FENCE = re.compile(
    r"^(?:<!-- (?P<mark>[^\n]*) -->\n)?^```(?P<language>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
NOT_RUN = "not run: "
SEPARATOR = "\x1e"
WAIT_SECONDS_MAX = 120
PORT_SHOWN = "8642"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the line it begins on, its language, its mark, its text and what must be printed."""

    line: int
    language: str
    mark: str
    text: str
    output: str | None = None

    @property
    def runs(self) -> bool:
        """Whether it is to be run."""
        return self.language in {"python", "console"} and not self.mark.startswith(NOT_RUN)


def blocks(page: str) -> list[Block]:
    """Return the page's blocks, each program with the output that follows it."""
    found: list[Block] = []
    for it in FENCE.finditer(page):
        line = page.count("\n", 0, it.start("language")) + 1
        block = Block(line, it["language"].strip(), it["mark"] or "", it["text"])
        before = found[-1] if found else None
        if block.language == "text" and before and before.language == "python":
            found[-1] = Block(before.line, before.language, before.mark, before.text, block.text)
        found.append(block)
    return found


def unclear(block: Block) -> str:
    """Say what is wrong with a block's language or mark, or nothing."""
    if block.language in {"sh", "bash", "shell"}:
        return f"line {block.line}: a session is marked `console`"
    reason = block.mark.startswith(NOT_RUN) and block.mark.removeprefix(NOT_RUN).strip()
    if block.language == "console" and block.mark != "run" and not reason:
        return f"line {block.line}: say `<!-- run -->` or `<!-- not run: the reason -->` above it"
    return ""


def commands(session: str) -> list[tuple[str, str]]:
    """Split a session into commands, each with what it must print."""
    found: list[tuple[list[str], list[str]]] = []
    for line in session.splitlines():
        if line.startswith("$ "):
            found.append(([line[2:]], []))
            continue
        assert found, f"a session begins with a command, not with {line!r}"
        command, printed = found[-1]
        if line.startswith("> ") and not printed:
            command.append(line[2:])
        else:
            printed.append(line)
    return [("\n".join(command), "\n".join(printed)) for command, printed in found]


def matches(expected: str, actual: str) -> bool:
    """Whether what was printed is what was shown, where `...` stands for anything."""
    pattern = ""
    for line in expected.strip("\n").splitlines():
        pattern += r"(?:[^\n]*\n)*" if line.strip() == "..." else _any_within(line.rstrip()) + r"[ ]*\n"
    return re.fullmatch(pattern, actual.strip("\n") + "\n" if actual.strip() else "") is not None


def _any_within(line: str) -> str:
    return r"[^\n]*".join(re.escape(part) for part in line.split("..."))


def run(argv: list[str], folder: Path) -> tuple[int, str]:
    """Run a program in the folder as a user would; return its exit status and what it printed.

    What it leaves in the background is ended; output goes to a file, since a pipe would stay open till then.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DAYBOOK_", "PYTEST_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shown = {"HOME": str(folder), "PATH": path, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    output = folder / ".output"
    with output.open("w") as file:
        process = subprocess.Popen(
            argv, cwd=folder, env=kept | shown, stdout=file, stderr=file, start_new_session=True
        )
        try:
            status = process.wait(WAIT_SECONDS_MAX)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()
    return status, output.read_text("utf-8")


def run_program(block: Block, folder: Path) -> str:
    """Run a Python block; return what went wrong, or nothing."""
    status, printed = run([sys.executable, "-c", block.text], folder)
    if status or (block.output is not None and not matches(block.output, printed)):
        return f"line {block.line}: status {status}\n--- shown\n{block.output}\n--- printed\n{printed}"
    return ""


def run_session(block: Block, folder: Path) -> str:
    """Run a console block; return what went wrong, or nothing."""
    steps = commands(block.text)
    script = "".join(f"{command}\nprintf '{SEPARATOR}%s{SEPARATOR}' $?\n" for command, _ in steps)
    _, printed = run(["bash", "-c", script], folder)
    parts = printed.split(SEPARATOR)
    outputs, statuses = parts[0::2], parts[1::2]
    for (command, shown), output, status in zip(steps, outputs, [*statuses, "unfinished"], strict=False):
        if status != "0" or not matches(shown, output):
            return f"line {block.line}: {command}: status {status}\n--- shown\n{shown}\n--- printed\n{output}"
    return "" if len(statuses) == len(steps) else f"line {block.line}: the session ended early"


def run_page(page: str, folder: Path) -> list[str]:
    """Run every block that runs, in order, up to the first that goes wrong; return what went wrong."""
    runners: dict[str, Callable[[Block, Path], str]] = {"python": run_program, "console": run_session}
    for block in blocks(page):
        if block.runs and (fault := runners[block.language](block, folder)):
            return [fault]
    return []


def on_a_free_port(page: str) -> str:
    """Return the page with a port that is free in place of the one that it shows."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return page.replace(PORT_SHOWN, str(free.getsockname()[1]))


@pytest.fixture
def readme(root: Path) -> str:
    return (root / "README.md").read_text("utf-8")


def test_the_readme_names_its_two_commands(readme: str) -> None:
    assert "make demo" in readme
    assert "make test" in readme


def test_every_block_says_whether_it_runs(readme: str) -> None:
    assert [fault for block in blocks(readme) if (fault := unclear(block))] == []


@pytest.mark.timeout(600)
def test_the_code_of_the_readme_runs(readme: str, tmp_path: Path, count: Callable[[str], None]) -> None:
    assert PORT_SHOWN in readme
    assert not (faults := run_page(on_a_free_port(readme), tmp_path)), faults[0]
    found = blocks(readme)
    count(f"README: {sum(it.runs for it in found)} of {len(found)} blocks run, the others are shown")


def page(*fences: tuple[str, str, str]) -> str:
    """Write a page of blocks, each with a mark, a language and a text."""
    return "# Title\n\n" + "\n\n".join(
        f"<!-- {mark} -->\n```{language}\n{text}\n```" for mark, language, text in fences
    )


GOOD = [
    [("", "python", "print('a b')"), ("", "text", "a ...")],
    [("run", "console", "$ echo a; echo b >&2\na\nb\n$ true\n$ false; echo $?\n1")],
    [("run", "console", "$ kept=1\n$ seq 9\n1\n...\n9\n$ echo $kept\n1")],
    [("run", "console", "$ cat <<END\n> one\n> END\none")],
    [
        ("run", "console", "$ sleep 60 &\n$ echo a > file"),
        ("", "python", "assert open('file').read() == 'a\\n'"),
    ],
    [("run", "console", "$ echo ${DAYBOOK_URL-none} $COLUMNS\nnone 100")],
    [("not run: it fails", "console", "$ false"), ("not run: so does this", "python", "1 / 0")],
    [("", "json", "{")],
]
BAD = [
    [("", "python", "1 / 0")],
    [("", "python", "print('a')"), ("", "text", "b")],
    [("", "python", "print('a')"), ("", "text", "")],
    [("run", "console", "$ false")],
    [("run", "console", "$ exit 0\n$ echo a\na")],
    [("run", "console", "$ echo a")],
    [("run", "console", "$ true\na")],
    [("run", "console", "$ printf 'a\\nb\\n'\na ... b")],
    [("run", "console", "$ exit 0")],
]


@pytest.mark.parametrize("fences", GOOD)
def test_a_true_page_passes(
    fences: list[tuple[str, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAYBOOK_URL", "elsewhere")
    assert run_page(page(*fences), tmp_path) == []


@pytest.mark.parametrize("fences", BAD)
def test_an_untrue_page_is_found(fences: list[tuple[str, str, str]], tmp_path: Path) -> None:
    assert len(run_page(page(*fences), tmp_path)) == 1


@pytest.mark.parametrize(
    "fence", [("", "sh", "$ a"), ("", "console", "$ a"), ("not run: ", "console", "$ a")]
)
def test_a_block_that_says_nothing_is_found(fence: tuple[str, str, str]) -> None:
    assert [unclear(block) for block in blocks(page(fence))] != [""]


def test_a_page_without_marks_is_read_too() -> None:
    text = "a\n```python\nx = 1\n```\nb\n\n```text\nc\n```\n"
    assert [(it.line, it.language, it.text) for it in blocks(text)] == [
        (2, "python", "x = 1\n"),
        (7, "text", "c\n"),
    ]
