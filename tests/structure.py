"""The rules that the source tree is held to: each a function of one parsed file that names its faults."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LINE_CHARACTERS_MAX = 110
FUNCTION_LINES_MAX = 40
FILE_LINES_MAX = 300

ALLOWED_IMPORTS: dict[str, frozenset[str]] = {
    "domain": frozenset(),
    "projections": frozenset({"domain"}),
    "replay": frozenset({"domain", "projections"}),
    "api": frozenset({"domain", "projections", "replay"}),
    "tests": frozenset({"domain", "projections", "replay", "api"}),
}
PACKAGES = frozenset(ALLOWED_IMPORTS) - {"tests"}
TOP_LEVEL_FILES = {"CHANGELOG.md", "LICENSE", "Makefile", "README.md", "pyproject.toml", "requirements.lock"}
MADE_BY_TOOLS = {"__pycache__", "build", "daybook-data", "daybook.egg-info", "dist"}
TESTS_OF_THE_WHOLE = frozenset({"acceptance", "benchmarks", "contract", "faults", "golden"})

READER_OF_THE_ENVIRONMENT = "api/settings.py"
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}
PURE_FOLDERS = ("domain/events/", "domain/customer/", "domain/rules/", "domain/seal/")
EFFECTFUL_MODULES = {"asyncio", "os", "random", "secrets", "socket", "subprocess", "threading", "time"}
EFFECTFUL_CALLS = {
    *("now", "today", "utcnow", "uuid1", "uuid4", "uuid6", "uuid7"),
    *("open", "print", "input", "read_bytes", "read_text", "write_bytes", "write_text"),
}
OBJECTS = "database|extension|function|index|materialized|role|schema|sequence|table|trigger|type|user|view"
# Prose may begin with a capital ("Select a shard"), so a single verb counts only in one case throughout.
STATEMENT = re.compile(
    rf"""\s*(?: (?:SELECT|select|COPY|copy)\s
      | (?i: insert\s+into\s | delete\s+from\s | update\s+\S+\s+set\s)
      | (?i: (?:create|alter|drop)\s+(?:or\s+replace\s+|unique\s+|unlogged\s+|temp\s+)*(?:{OBJECTS})\s)
    )""",
    re.VERBOSE,
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file: its path from the root of the repository, its text and its tree."""

    path: PurePosixPath
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The folder at the top level that it lies in."""
        return self.path.parts[0]

    @property
    def nodes(self) -> Iterator[ast.AST]:
        """Every node of the tree."""
        return ast.walk(self.tree)

    @property
    def functions(self) -> Iterator[Function]:
        """Every function, nested ones and methods included."""
        return (node for node in self.nodes if isinstance(node, Function))


def parse(path: str, text: str) -> Source:
    """Read a file's text as a source."""
    return Source(PurePosixPath(path), text, ast.parse(text))


def sources(root: Path) -> list[Source]:
    """Every Python file of the packages and of the tests."""
    paths = sorted(path for folder in ALLOWED_IMPORTS for path in (root / folder).rglob("*.py"))
    return [parse(path.relative_to(root).as_posix(), path.read_text("utf-8")) for path in paths]


def imports_follow_the_arrows(source: Source) -> Iterator[str]:
    """A package imports only what lies below it, by its full name."""
    allowed = ALLOWED_IMPORTS[source.package] | {source.package}
    for node in source.nodes:
        match node:
            case ast.Import(names=names):
                modules = [name.name for name in names]
            case ast.ImportFrom(level=0, module=str(module)):
                modules = [module]
            case ast.ImportFrom(lineno=line):
                yield f"line {line} imports by a relative name"
                continue
            case _:
                continue
        for module in modules:
            if module.partition(".")[0] in ALLOWED_IMPORTS.keys() - allowed:
                yield f"line {node.lineno}: {source.package} imports {module}"


def lengths(text: str) -> Iterator[str]:
    """A file has at most 300 lines of at most 110 characters."""
    lines = text.splitlines()
    if len(lines) > FILE_LINES_MAX:
        yield f"{len(lines)} lines, {FILE_LINES_MAX} allowed"
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_CHARACTERS_MAX:
            yield f"line {number} has {len(line)} characters, {LINE_CHARACTERS_MAX} allowed"


def functions_are_short(source: Source) -> Iterator[str]:
    """A function has at most 40 lines, from `def` to its end, docstring included."""
    for function in source.functions:
        count = (function.end_lineno or function.lineno) - function.lineno + 1
        if count > FUNCTION_LINES_MAX:
            yield f"{function.name} (line {function.lineno}) has {count} lines, {FUNCTION_LINES_MAX} allowed"


def everything_is_explained(source: Source) -> Iterator[str]:
    """A module has a docstring; so has, outside the tests, every public class, function and method."""
    if source.text.strip() and not ast.get_docstring(source.tree):
        yield "the module has no docstring"
    if source.package in PACKAGES:
        if not source.text.strip():
            yield "the module is empty, and should say what its folder is for"
        yield from _unexplained(source.tree.body, "")


def _unexplained(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        if not isinstance(node, ast.ClassDef | Function) or node.name.startswith("_"):
            continue
        # What overrides is explained where it was declared; a setter, by its getter.
        if {"override", "overload", "setter"} & {_last_name(it) for it in node.decorator_list}:
            continue
        if not ast.get_docstring(node):
            yield f"{prefix}{node.name} (line {node.lineno}) has no docstring"
        if isinstance(node, ast.ClassDef):
            yield from _unexplained(node.body, f"{node.name}.")


def everything_is_annotated(source: Source) -> Iterator[str]:
    """Every parameter and every result of a function has a type."""
    for function in source.functions:
        given = function.args
        named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        rest = [it for it in (given.vararg, given.kwarg) if it]
        for parameter in [*(it for it in named if it.arg not in {"self", "cls"}), *rest]:
            if parameter.annotation is None:
                yield f"{function.name} (line {function.lineno}): {parameter.arg} has no type"
        if function.returns is None:
            yield f"{function.name} (line {function.lineno}): the result has no type"


def only_settings_read_the_environment(source: Source) -> Iterator[str]:
    """Only `api/settings.py`, and tests, ask for environment variables."""
    if source.package not in PACKAGES or str(source.path) == READER_OF_THE_ENVIRONMENT:
        return
    for node in source.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in ENVIRONMENT:
                yield f"line {node.lineno} reads the environment: os.{name}"
            case ast.ImportFrom(module="os", names=names) if {it.name for it in names} & ENVIRONMENT:
                yield f"line {node.lineno} imports the environment"


def folds_and_rules_are_pure(source: Source) -> Iterator[str]:
    """Events, folds, rules and the seal ask neither clock nor chance, and neither read nor write."""
    if not str(source.path).startswith(PURE_FOLDERS):
        return
    for node in source.nodes:
        match node:
            case ast.Import(names=names):
                modules = {name.name.partition(".")[0] for name in names}
            case ast.ImportFrom(module=str(module)):
                modules = {module.partition(".")[0]}
            case ast.Call(func=function) if _last_name(function) in EFFECTFUL_CALLS:
                yield f"line {node.lineno} calls {ast.unparse(function)}"
                continue
            case _:
                continue
        yield from (f"line {node.lineno} imports {it}" for it in sorted(modules & EFFECTFUL_MODULES))


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Call(func=function):
            return _last_name(function)
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def statements_live_in_files(source: Source) -> Iterator[str]:
    """SQL is kept in `.sql` files; outside the tests no text in Python begins as a statement does."""
    if source.package not in PACKAGES:
        return
    for node in source.nodes:
        match node:
            case ast.Constant(value=str(text)) if STATEMENT.match(text):
                yield f"line {node.lineno} holds SQL: {text.strip().splitlines()[0][:60]}"


RULES: tuple[Callable[[Source], Iterator[str]], ...] = (
    imports_follow_the_arrows,
    functions_are_short,
    everything_is_explained,
    everything_is_annotated,
    only_settings_read_the_environment,
    folds_and_rules_are_pure,
    statements_live_in_files,
)


def strangers(names: set[str]) -> set[str]:
    """Names at the top level that do not belong there."""
    return (
        {it for it in names if not it.startswith(".")}
        - set(ALLOWED_IMPORTS)
        - TOP_LEVEL_FILES
        - MADE_BY_TOOLS
    )


def unmirrored(tests: set[str], folders: set[str]) -> set[str]:
    """Test files, by path, in a folder of `tests/` that mirrors no folder of a package."""
    mirrored = {f"tests/{folder}" for folder in folders} | {"tests"}
    places = {it: PurePosixPath(it).parent for it in tests if PurePosixPath(it).name.startswith("test_")}
    return {
        it
        for it, place in places.items()
        if str(place) not in mirrored and not set(place.parts[1:2]) & TESTS_OF_THE_WHOLE
    }
