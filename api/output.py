"""What the command says: answers on stdout, all else on stderr; with `--json` one JSON object a line."""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import typer
from rich.console import Console, RenderableType
from rich.text import Text

from api.problems import problem, title
from domain.refusals import Misconfigured, NotHere, Refused, Unavailable

UNSAFE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that could steer a terminal or hide text, and halves of characters; not line feed and tab."""

WIDTH_WITHOUT_TERMINAL: Final = 100


@dataclass
class Screen:
    """Where one command writes, and how: for people or, with `--json`, for programs."""

    json: bool = False
    debug: bool = False

    @cached_property
    def out(self) -> Console:
        """The console of answers."""
        return _console(stderr=False)

    @cached_property
    def err(self) -> Console:
        """The console of everything that is no answer."""
        return _console(stderr=True)

    def row(self, plain: Mapping[str, Any]) -> None:
        """Write one JSON object on a line of stdout."""
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        # Half a character, as an argument may hold, is written as JSON escapes it.
        sys.stdout.write(text.encode(errors="backslashreplace").decode() + "\n")

    def show(self, *parts: RenderableType) -> None:
        """Write an answer for people; a plain text is taken as it is, without markup."""
        for part in parts:
            self.out.print(plain_text(part) if isinstance(part, str) else part)

    def note(self, text: str, style: str = "") -> None:
        """Write a line on stderr."""
        self.err.print(plain_text(text, style), soft_wrap=True)

    def refuse(self, refusal: Refused) -> None:
        """Say what was refused and what to do; with `--json` as an object, too."""
        if self.json:
            self.row({"problem": problem(refusal)})
            return
        self.err.print(refusal_text(refusal), soft_wrap=True)

    def flush(self) -> None:
        """Hand over what was written so far; raises BrokenPipeError where nobody reads any more."""
        sys.stdout.flush()


def screen_of(context: typer.Context) -> Screen:
    """Return the screen of the running command."""
    screen = context.find_root().obj
    assert isinstance(screen, Screen)
    return screen


def safe(text: str) -> str:
    """Show characters that would steer a terminal as their codes."""
    return UNSAFE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def plain_text(text: str, style: str = "") -> Text:
    """Make a text of rich that is taken as it is."""
    return Text(safe(text), style=style)


def refusal_text(refusal: Refused, before: str = "") -> Text:
    """Write a refusal for people: one sentence, then code, field, value, and what to do."""
    text = plain_text(before).append(f"{_word(refusal)}: ", style="bold red").append(safe(title(refusal)))
    facts = [("code", refusal.code), ("field", refusal.field)]
    facts.append(("value", "" if refusal.value is None else refusal.shown_value))
    for name, value in facts:
        if value:
            text.append(f"\n  {name:<6}", style="dim").append(safe(value))
    if refusal.hint:
        text.append("\n  " + safe(refusal.hint))
    return text


def _word(refusal: Refused) -> str:
    match refusal:
        case NotHere():
            return "not here"
        case Unavailable():
            return "unavailable"
        case Misconfigured():
            return "misconfigured"
        case _:
            return "refused"


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and console.width < WIDTH_WITHOUT_TERMINAL:
        console.width = WIDTH_WITHOUT_TERMINAL
    return console
