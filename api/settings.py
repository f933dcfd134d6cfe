"""Settings: every `DAYBOOK_` variable, and the only reader of the environment."""

import base64
import binascii
import difflib
import getpass
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.refusals import Misconfigured

PREFIX = "DAYBOOK_"
FOREIGN = frozenset({"DAYBOOK_SHARED"})
"""Names that belong to the tests."""


def _postgres_url(url: str) -> str:
    if not url.startswith(("postgresql://", "postgres://")):
        message = "write it as postgresql://user@host:5432/database"
        raise ValueError(message)
    return url


def _key_text(text: str) -> str:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEK_BYTES:
        message = f"write it as {KEK_BYTES} bytes in base64"
        raise ValueError(message)
    return text


def _folders(value: object) -> object:
    if not isinstance(value, str):
        return value
    named = tuple([it for it in value.split(os.pathsep) if it])
    if not named:
        message = f"name one folder at least, several with {os.pathsep} between them"
        raise ValueError(message)
    return named


KEK_BYTES: Final = 32
PostgresUrl = Annotated[str, AfterValidator(_postgres_url)]
Folders = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_folders)]


def _login() -> str:
    try:
        return f"staff:{getpass.getuser()}"
    except (OSError, KeyError):  # a container's user may have no name
        return f"staff:uid-{os.getuid()}"


class Settings(BaseSettings):
    """What the environment sets; each field is the variable `DAYBOOK_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: PostgresUrl | None = Field(
        default=None,
        repr=False,
        description="The database, any PostgreSQL 14 or later, as the application's role. "
        "Without it, an embedded server in DAYBOOK_DATA is used.",
    )
    owner_url: PostgresUrl | None = Field(
        default=None,
        repr=False,
        description="The same database as the owner of its tables; only `daybook init` and `daybook restore` "
        "use it. Without it, DAYBOOK_DATABASE_URL.",
    )
    data: Path = Field(
        default=Path("daybook-data"),
        description="The folder of the embedded server.",
    )
    keys: Path = Field(
        default_factory=lambda found: found["data"] / "keys",
        description="The folder of the keys that seal the logs and, unless DAYBOOK_KEK is set, of the key "
        "that wraps those of personal data. Without it, `keys` in DAYBOOK_DATA. To be backed up apart.",
    )
    kek: Annotated[str, AfterValidator(_key_text)] | None = Field(
        default=None,
        repr=False,
        description="The key that wraps the keys of personal data, 32 bytes in base64. Without it, the file "
        "`kek` in DAYBOOK_KEYS.",
    )
    checkpoints: Folders = Field(
        default_factory=lambda found: (found["data"] / "checkpoints",),
        description="The folders, with colons between them, where signed checkpoints and erasures are kept "
        "outside the database; best on another disk. Without it, `checkpoints` in DAYBOOK_DATA.",
    )
    key: str | None = Field(
        default=None,
        repr=False,
        description="The key of Daybook's own that the command line acts as. Without it, the local owner.",
    )
    retention: Path | None = Field(
        default=None,
        description="The file of rules that say how long personal data is kept. Without it, the shipped one.",
    )
    future_tolerance_s: float = Field(
        default=300,
        ge=0,
        le=86_400,
        allow_inf_nan=False,
        description="By how many seconds `occurred_at` may lie ahead of the ledger's clock.",
    )
    actor: str = Field(
        default_factory=_login,
        pattern=r"^((staff|customer|system|partner):)?[^\x00-\x1f\x7f:][^\x00-\x1f\x7f]{0,119}$",
        description="Who records at the command line, as `kind:id`; the kind is staff (the default), "
        "customer, system or partner. Without it, the login name.",
    )
    actor_unit: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,79}$",
        description="The organisation unit of that actor.",
    )
    body_bytes_max: int = Field(
        default=10_000_000,
        ge=1_000,
        le=1_000_000_000,
        description="The largest body that the HTTP door takes, in bytes.",
    )


def variable(field: str) -> str:
    """Return the name of the variable that sets a field."""
    return PREFIX + field.upper()


def load() -> Settings:
    """Read the environment; refuses a value that does not fit, naming the variable."""
    try:
        found = Settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = str(first["loc"][0])
        secret = Settings.model_fields[field].repr is False
        shown = None if secret else first["input"]
        raise Misconfigured(variable(field), shown, f"{first['msg']}.") from None
    if found.owner_url is not None and found.database_url is None:
        raise Misconfigured(variable("owner_url"), hint="DAYBOOK_DATABASE_URL must be set, too.")
    return found


def unknown_variables(environment: Mapping[str, str] | None = None) -> list[str]:
    """Say which `DAYBOOK_` variables mean nothing, each with the nearest that does."""
    names = os.environ if environment is None else environment
    known = [field.upper() for field in Settings.model_fields]
    sentences = []
    for name in sorted(names):
        prefix, word = name[: len(PREFIX)].upper(), name[len(PREFIX) :].upper()
        if prefix != PREFIX or word in known or name in FOREIGN:
            continue
        near = difflib.get_close_matches(word, known, n=1)
        meant = f"; did you mean {PREFIX}{near[0]}?" if near else "."
        sentences.append(f"The variable {name} means nothing to Daybook{meant}")
    return sentences
