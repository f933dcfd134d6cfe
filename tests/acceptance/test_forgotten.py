"""People are recorded, searched, shown, disclosed and erased: nothing of them ever lies in the clear."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from api.exits import ExitCode
from domain.store.launcher import EmbeddedServer
from domain.vault.keys import KekFolder, load_kek
from domain.vault.vault import Vault
from tests.acceptance.forgotten import Search, Somebody, codings, contents, tables
from tests.acceptance.shell import PATIENCE_SECONDS, Plain, Shell

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]

PEOPLE = [Somebody(number) for number in range(1, 13)]
BY_FILE, BY_HTTP, BY_IMPORT = PEOPLE[:4], PEOPLE[4:8], PEOPLE[8:]
GONE = [BY_FILE[0], BY_HTTP[0], BY_IMPORT[0]]
STAYING = BY_FILE[1]
MAPPING = """
source = "old-system"
key = ["id"]
stream = "customer:{id}"
at = "since"

[[entry]]
part = "customer"
type = "CustomerRegistered"
[entry.fields]
kind = "household"
name = { column = "name" }
phone = { column = "phone" }
email = { column = "email" }
address = { column = "address" }

[[entry]]
part = "friend"
type = "ContactPersonAdded"
[entry.fields]
person = "P"
name = { column = "friend" }
"""


@dataclass
class House:
    """A folder with a ledger in it; beside it what its user holds, who has the files that came in."""

    shell: Shell
    held: Path
    said: dict[str, bytes] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The folder of the ledger's own data."""
        return self.shell.folder / "daybook-data"

    @property
    def server(self) -> EmbeddedServer:
        """The server, which others keep running."""
        return EmbeddedServer(self.data)

    def hold(self, name: str, text: str) -> str:
        """Write a file of the user's; returns its path."""
        path = self.held / name
        path.write_text(text, "utf-8")
        return str(path)

    def say(self, *args: str, status: int = 0, key: str = "") -> str:
        """Run a command by which nobody asks for personal data, and keep what it says."""
        shell = Shell(self.shell.folder, {"DAYBOOK_KEY": key} if key else {})
        said = shell.run(*args)
        assert said.status == status, said
        self.said[" ".join(args)] = (said.out + said.err).encode()
        return said.out

    def shown(self, somebody: Somebody) -> str:
        """What is shown of somebody to those who may read it."""
        said = self.shell.run("customer", "show", somebody.customer, "--personal")
        assert said.status == 0, said
        return said.out

    def searched(self, search: Search) -> list[str]:
        """Return where anything is found: in any file but the user's, any table, and all that was said."""
        with psycopg.connect(self.server.owner_url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        files = search.folder(self.shell.folder, but=[self.held])
        return [*files, *search.tables(self.server.owner_url), *search.places(self.said)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house whose server is kept running."""
    shell = Shell(tmp_path)
    held = tmp_path / "held-by-the-user"
    held.mkdir()
    assert shell.run("init", "--name", "Harbour").status == 0
    assert shell.run("db", "start", "--detach").status == 0
    yield House(shell, held)
    assert shell.run("db", "stop", "--force").status == 0


def record_by_file(house: House) -> None:
    """By a file, and a part of it again; some is refused."""
    lines = [json.dumps(it, ensure_ascii=False) for somebody in BY_FILE for it in somebody.documents()]
    house.say("record", house.hold("people.jsonl", "\n".join(lines)))
    refused = [json.dumps(it) for it in (BY_FILE[0].refused(), {**BY_FILE[1].refused(), "type": "Nothing"})]
    house.say("record", house.hold("refused.jsonl", "\n".join(refused)), status=1)


def record_by_http(house: House) -> None:
    """By HTTP, each twice; some is refused."""
    with (
        house.shell.running("serve", "--port", "0") as said,
        httpx.Client(base_url=said["url"], timeout=PATIENCE_SECONDS) as http,
    ):
        for somebody in BY_HTTP:
            documents = [
                {**it, "id": f"0198c0de-0000-7000-8000-{somebody.number:06}{place:06}"}
                for place, it in enumerate(somebody.documents())
            ]
            answers = [http.post("/entries", json={"entries": documents}) for _ in range(2)]
            answers += [http.post("/entries", json=somebody.refused())]
            assert [it.status_code for it in answers] == [201, 200, 409]
            answers += [http.get(f"/customers/{somebody.customer}"), http.get("/log?limit=1000")]
            house.said |= {f"{n} of {somebody.customer}": it.content for n, it in enumerate(answers)}


def record_by_import(house: House) -> None:
    """By an import, in which a row is refused: it goes to the user's file of rejects."""
    rows = ["id,since,name,phone,email,address,friend"]
    rows += [
        f'{it.customer},2026-01-31,{it.name},{it.phone},{it.email},"{it.address}",{it.friend}'
        for it in BY_IMPORT
    ]
    refused = f"{BY_FILE[0].customer},2026-01-31,{BY_IMPORT[0].name},,,,"
    house.say(
        "import",
        house.hold("old.toml", MAPPING),
        house.hold("old.csv", "\n".join([*rows, refused])),
        "--rejects",
        str(house.held / "rejects.jsonl"),
        status=1,
    )


def use(house: House) -> str:
    """Search, show, propose, disclose, prove, export and back up; returns an entry that was disclosed."""
    for somebody in GONE:
        assert house.shell.rows("find", "--name", somebody.name) != []
        assert house.shell.rows("find", "--phone", somebody.phone) != []
        assert all(it in house.shown(somebody) for it in (somebody.name, somebody.email, somebody.friend))
    entry = str(entries(house, GONE[0], "CustomerRegistered")[0]["id"])
    assert GONE[0].name in house.shell.run("entry", entry, "--personal").out
    disclosed = house.held / "disclosed.tlog-proof"
    said = house.shell.run("disclose", entry, "name", "--reason", "court", "--out", str(disclosed))
    assert (said.status, GONE[0].name in said.out + said.err) == (0, True)
    assert GONE[0].name.encode() in contents(disclosed)
    other = str(entries(house, STAYING, "CaseOpened")[0]["id"])
    remark = f"{STAYING.name} was never there"
    assert house.shell.run("void", "propose", other, "--reason", "wrong", "--remark", remark).status == 0
    house.say("prove", entry, "--out", "entry.tlog-proof")
    (house.shell.folder / "log.jsonl").write_text(house.say("log", "--limit", "1000", "--json"), "utf-8")
    house.say("backup", "backup", "--keys", "backup.keys")
    return entry


def entries(house: House, somebody: Somebody, type_name: str) -> list[Plain]:
    """The entries of a type of somebody."""
    rows = house.shell.rows("log", "--limit", "1000")
    return [it for it in rows if (it["stream"], it["type"]) == (f"customer:{somebody.customer}", type_name)]


def erase(house: House) -> None:
    """Have some people erased, and who speaks for them, by two principals."""
    key = house.shell.rows("key", "create", "--name", "Ben", "--scope", "approve")[0]["key"]
    for somebody in GONE:
        for subject in (f"customer:{somebody.customer}", f"customer:{somebody.customer}/person/P"):
            requested = json.loads(house.say("erase", subject, "--basis", "consent-withdrawn", "--json"))
            done = json.loads(house.say("erase", "approve", str(requested["id"]), "--json", key=str(key)))
            assert (done["keys"], done["vacuumed"]) == (1, True)


def check_gone(house: House, entry: str) -> None:
    """Check that nobody finds and reads them any more, that others are as before, and every proof holds."""
    for somebody in GONE:
        assert house.shell.rows("find", "--name", somebody.name) == []
        assert house.shell.rows("find", "--phone", somebody.phone) == []
        shown = house.shown(somebody)
        assert "[erased]" in shown
        assert not any(it in shown for it in somebody.texts)
    assert STAYING.name in house.shown(STAYING)
    (keys,) = house.shell.rows("seal", "keys")
    for proof in ("entry.tlog-proof", str(house.held / "disclosed.tlog-proof")):
        said = house.shell.run("verify-proof", proof, "--key", str(keys["vkey"]))
        assert (said.status, entry in said.out) == (0, True)
    house.say("verify")


def kept_keys(house: House) -> tuple[set[bytes], set[bytes]]:
    """All data keys in the clear, and wrapped as they are kept."""
    with closing(Vault.open(house.server.url, load_kek(house.data / "keys"))) as vault:
        subjects = [f"customer:{it.customer}{end}" for it in PEOPLE for end in ("", "/person/P")]
        held = vault.keys.ensure(0, subjects)
        secrets = {key.secret for key in held.keys.values()} | {vault.keys.index_key()}
    with psycopg.connect(house.server.owner_url) as connection:
        rows = connection.execute("SELECT wrapped FROM daybook.data_keys").fetchall()
    assert len(rows) == len(secrets) == 2 * len(PEOPLE) + 1
    return secrets, {wrapped for (wrapped,) in rows}


def test_nothing_lies_in_the_clear_before_and_after_an_erasure(
    house: House, count: Callable[[str], None]
) -> None:
    record_by_file(house)
    record_by_http(house)
    record_by_import(house)
    entry = use(house)
    secrets, wrapped = kept_keys(house)
    texts = [text for somebody in PEOPLE for text in somebody.texts]
    personal = Search.of(texts)
    assert house.searched(personal) == []
    assert b"sealed:1:customer:c-1:" in tables(house.server.owner_url)["daybook.entries"]

    erase(house)
    check_gone(house, entry)
    assert house.searched(personal) == []
    count(f"{len(texts)} personal texts found in {personal.searched} files, tables and answers: 0")

    clear = Search({coding for secret in secrets for coding in codings(secret)})
    assert house.searched(clear) == []
    count(f"{len(secrets)} data keys in the clear found in {clear.searched} files, tables and answers: 0")
    check_the_kek(house)
    tell_what_is_left(house, wrapped, count)
    restore_elsewhere(house)


def check_the_kek(house: House) -> None:
    """Check that the KEK lies in its file alone."""
    path = KekFolder(house.data / "keys").path
    found = house.searched(Search(codings(b64decode(path.read_bytes()))))
    assert found == [f"{path.relative_to(house.shell.folder)}: {path.read_text().strip()}"]


def tell_what_is_left(house: House, wrapped: set[bytes], count: Callable[[str], None]) -> None:
    """Say where keys that were destroyed still lie, wrapped: whoever has disk and KEK could use them."""
    with psycopg.connect(house.server.owner_url) as connection:
        rows = connection.execute("SELECT wrapped FROM daybook.data_keys WHERE wrapped IS NOT NULL")
        destroyed = wrapped - {key for (key,) in rows}
    assert len(destroyed) == 2 * len(GONE)
    found = Search(destroyed).folder(house.shell.folder, but=[house.held])
    places = sorted({Path(it.partition(": ")[0]).parent for it in found})
    assert not any("daybook.data_keys" in it for it in Search(destroyed).tables(house.server.owner_url))
    count(f"{len(destroyed)} destroyed keys, wrapped by the KEK, are still in: {', '.join(map(str, places))}")


def restore_elsewhere(house: House) -> None:
    """Restore the backup that was taken before, on another disk: nobody is back who was erased since."""
    folder = house.shell.folder / "elsewhere"
    folder.mkdir()
    lying = {"DAYBOOK_KEYS": str(house.data / "keys"), "DAYBOOK_CHECKPOINTS": str(house.data / "checkpoints")}
    elsewhere = House(Shell(folder, lying), house.held)
    backup = house.shell.folder / "backup"
    said = elsewhere.shell.run("restore", str(backup), "--keys", f"{backup}.keys")
    # More was published than the backup holds: that somebody was erased, for one.
    assert said.status == ExitCode.READ_ONLY, said
    for somebody in GONE:
        assert "[erased]" in elsewhere.shown(somebody)
        assert elsewhere.shell.rows("find", "--name", somebody.name) == []
    assert STAYING.name in elsewhere.shown(STAYING)


def test_the_search_would_find_one(tmp_path: Path) -> None:
    somebody = PEOPLE[0]
    (tmp_path / "a").mkdir()
    for number, text in enumerate(somebody.texts):
        (tmp_path / "a" / f"{number}").write_bytes(b"\x00" + text.encode() + b"\xff")
        (tmp_path / "a" / f"{number}.json").write_text(json.dumps({"x": text}))
    found: list[Any] = Search.of(somebody.texts).folder(tmp_path)
    assert len(found) == 2 * len(somebody.texts)
    assert Search.of(somebody.texts).folder(tmp_path, but=[tmp_path / "a"]) == []
