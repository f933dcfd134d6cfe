"""Reads a mapping file, by path or by the name of a shipped one; faults name the place in the TOML."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from api.importer.faults import BadMapping, UnknownMapping
from api.importer.mapping import Mapping

SHIPPED: Final = resources.files("api") / "mappings"
FAULTS_SHOWN_MAX: Final = 8
EXTENDS_MAX: Final = 5


def shipped_mappings() -> list[str]:
    """Return the names of the shipped mappings."""
    names = (file.name for file in SHIPPED.iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def load_mapping(name: str | Path) -> Mapping:
    """Read a mapping: the path of a TOML file, or the name of a shipped one."""
    tables = _tables(str(name), None, EXTENDS_MAX)
    try:
        return Mapping.model_validate(tables)
    except ValidationError as error:
        raise bad_mapping(str(name), error, tables) from None


def bad_mapping(name: str, error: ValidationError, tables: dict[str, Any]) -> BadMapping:
    """Turn what pydantic found into one refusal that names each place in the TOML."""
    faults = list(dict.fromkeys(_fault(found, tables) for found in error.errors(include_url=False)))
    shown = faults[:FAULTS_SHOWN_MAX]
    if len(faults) > len(shown):
        shown.append(f"and {len(faults) - len(shown)} more")
    return BadMapping(name, None, "; ".join(shown))


def _fault(found: ErrorDetails, tables: dict[str, Any]) -> str:
    match found["type"]:
        case "extra_forbidden":
            said = "there is no such setting"
        case "missing":
            said = "is missing"
        case _:
            said = found["msg"].removeprefix("Value error, ")
    return f"{_path(found['loc'], tables)}: {said}"


def _path(place: tuple[int | str, ...], tables: dict[str, Any]) -> str:
    """Write a place as `entry[3] "invoice" fields.amount`: entries count from 1 and bear their part."""
    text = ""
    found: Any = tables
    for step in place:
        try:
            found = found[step]
        except (LookupError, TypeError):
            found = None
        if isinstance(step, int):
            text += f"[{step + 1}]"
            if isinstance(found, dict) and isinstance(found.get("part"), str):
                text += f' "{found["part"]}"'
        else:
            text += f".{step}" if text and not text.endswith('"') else f" {step}" if text else step
    return text or "the file"


def _tables(name: str, beside: Path | None, depth: int) -> dict[str, Any]:
    text, folder = _read(name, beside)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(name, None, f"It is not TOML: {error}") from None
    base = tables.pop("extends", None)
    if base is None:
        return tables
    if not isinstance(base, str) or depth == 0:
        raise BadMapping(name, base, "`extends` names one other mapping, and no circle.")
    return _extended(_tables(base, folder, depth - 1), tables)


def _read(name: str, beside: Path | None) -> tuple[str, Path | None]:
    path = Path(name) if beside is None else beside / name
    try:
        if path.is_file():
            return path.read_text("utf-8"), path.parent
        shipped = SHIPPED / f"{name.removesuffix('.toml')}.toml"
        if "/" not in name and shipped.is_file():
            return shipped.read_text("utf-8"), None
    except (OSError, UnicodeDecodeError) as error:
        raise BadMapping(name, None, str(error)) from None
    raise UnknownMapping("mapping", name, f"Shipped are: {', '.join(shipped_mappings())}.")


def _extended(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Lay a mapping over its base: settings replace, entries merge by part and their fields by name."""
    merged = base | own
    if not isinstance(base.get("entry"), list) or not isinstance(own.get("entry", []), list):
        return merged
    entries = {_part(entry): entry for entry in base["entry"]}
    for entry in own.get("entry", []):
        before = entries.get(_part(entry), {})
        fields = before.get("fields", {}) | entry.get("fields", {})
        entries[_part(entry)] = before | entry | ({"fields": fields} if fields else {})
    merged["entry"] = list(entries.values())
    return merged


def _part(entry: object) -> str:
    return str(entry.get("part", "")) if isinstance(entry, dict) else ""
