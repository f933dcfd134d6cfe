"""Settings: what each variable sets, what is refused, and that a user can find them all."""

import base64
from pathlib import Path

import pytest

from api.settings import Settings, load, unknown_variables, variable
from domain.refusals import Misconfigured

URL = "postgresql://daybook@localhost/daybook"
KEK = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable(field), raising=False)


def test_nothing_needs_to_be_set() -> None:
    found = load()
    assert (found.database_url, found.owner_url, found.data) == (None, None, Path("daybook-data"))
    assert (found.future_tolerance_s, found.actor.startswith("staff:")) == (300, True)
    assert (found.keys, found.checkpoints) == (found.data / "keys", (found.data / "checkpoints",))
    assert (found.kek, found.key) == (None, None)


def test_keys_and_checkpoints_lie_with_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYBOOK_DATA", "/var/lib/daybook")
    found = load()
    assert found.keys == Path("/var/lib/daybook/keys")
    assert found.checkpoints == (Path("/var/lib/daybook/checkpoints"),)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("database_url", URL, URL),
        ("data", "/var/lib/daybook", Path("/var/lib/daybook")),
        ("future_tolerance_s", "0", 0),
        ("actor", "system:crm", "system:crm"),
        ("actor_unit", "billing", "billing"),
        ("keys", "/etc/daybook/keys", Path("/etc/daybook/keys")),
        ("kek", KEK, KEK),
        ("checkpoints", "/mnt/a:/mnt/b", (Path("/mnt/a"), Path("/mnt/b"))),
        ("checkpoints", "/mnt/a:", (Path("/mnt/a"),)),
        ("key", "daybook_1_secret", "daybook_1_secret"),
        ("body_bytes_max", "5000", 5_000),
        ("body_bytes_max", "", 10_000_000),
    ],
)
def test_a_variable_sets_its_field(
    monkeypatch: pytest.MonkeyPatch, field: str, text: str, value: object
) -> None:
    monkeypatch.setenv(variable(field), text)
    assert getattr(load(), field) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("database_url", "mysql://localhost"),
        ("database_url", "localhost"),
        ("future_tolerance_s", "soon"),
        ("future_tolerance_s", "-1"),
        ("future_tolerance_s", "nan"),
        ("future_tolerance_s", "inf"),
        ("actor", "a\nb"),
        ("actor_unit", "two words"),
        ("body_bytes_max", "10 MB"),
        ("kek", "c2hvcnQ="),
        ("kek", "no base64"),
        ("checkpoints", ":"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, field: str, text: str
) -> None:
    monkeypatch.setenv(variable(field), text)
    with pytest.raises(Misconfigured) as refusal:
        load()
    assert refusal.value.field == variable(field)


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYBOOK_DATABASE_URL", "mysql://me:hunter2@localhost")
    with pytest.raises(Misconfigured) as refusal:
        load()
    assert "hunter2" not in str(refusal.value)
    monkeypatch.setenv("DAYBOOK_DATABASE_URL", "postgresql://me:hunter2@localhost/x")
    assert "hunter2" not in repr(load())


def test_a_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYBOOK_KEK", "hunter2hunter2")
    with pytest.raises(Misconfigured) as refusal:
        load()
    assert "hunter2" not in str(refusal.value)
    monkeypatch.setenv("DAYBOOK_KEK", KEK)
    monkeypatch.setenv("DAYBOOK_KEY", "daybook_1_hunter2")
    assert "hunter2" not in repr(load())
    assert KEK not in repr(load())


def test_an_owner_needs_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYBOOK_OWNER_URL", URL)
    with pytest.raises(Misconfigured) as refusal:
        load()
    assert refusal.value.field == "DAYBOOK_OWNER_URL"


def test_names_that_mean_nothing_are_pointed_out() -> None:
    names = {
        "DAYBOOK_DATA": "x",
        "DAYBOOK_DAAT": "x",
        "DAYBOOK_QUITE_ELSE": "x",
        "DATA": "x",
        "DAYBOOK_SHARED": "x",
    }
    assert unknown_variables(names) == [
        "The variable DAYBOOK_DAAT means nothing to Daybook; did you mean DAYBOOK_DATA?",
        "The variable DAYBOOK_QUITE_ELSE means nothing to Daybook.",
    ]


@pytest.mark.parametrize("field", list(Settings.model_fields))
def test_every_setting_says_what_it_is_for(field: str) -> None:
    assert (Settings.model_fields[field].description or "").endswith(".")


@pytest.mark.parametrize("field", list(Settings.model_fields))
def test_the_readme_names_every_setting(field: str, root: Path) -> None:
    assert variable(field) in (root / "README.md").read_text("utf-8")
