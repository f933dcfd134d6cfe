"""The HTTP door: what it answers to what, without a network."""

import json
import uuid
from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest

from api.bodies import CustomerBody, EntryBody, HeadsBody, LogBody, RecordedBody
from domain.ledger import Ledger
from domain.store.appender import Options
from domain.store.connections import Patience
from tests.api.doors import Client, Plain, client_of, customer, document, invoice
from tests.database import Store


def problem(response: httpx.Response, status: int) -> Plain:
    """Expect a problem of a status, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    plain: Plain = response.json()
    assert plain["status"] == status
    assert {"type", "title", "detail", "code", "retry"} <= plain.keys()
    return plain


class TestRecord:
    def test_one_document_is_created_at_its_place(self, client: Client) -> None:
        response = client.post("/entries", json=document(customer()))
        body = RecordedBody.model_validate_json(response.text)
        assert (response.status_code, body.recorded, body.entries[0].status) == (201, 1, "recorded")
        receipt = body.entries[0].receipts[0]
        assert (receipt.version, receipt.repeated) == (1, False)
        assert response.headers["location"] == f"/entries/{receipt.id}"
        assert client.get(response.headers["location"]).status_code == 200

    def test_a_retry_gets_the_first_receipt(self, client: Client) -> None:
        sent = document(customer()) | {"id": str(uuid.uuid4())}
        first = client.post("/entries", json=sent)
        again = client.post("/entries", json=sent)
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json()["entries"][0]["status"] == "repeated"
        told = [response.json()["entries"][0]["receipts"][0] for response in (first, again)]
        assert told[0] | {"repeated": True} == told[1]

    def test_an_id_with_other_content_is_a_conflict(self, client: Client) -> None:
        sent = document(customer()) | {"id": str(uuid.uuid4())}
        client.post("/entries", json=sent)
        found = problem(client.post("/entries", json=sent | {"source": "another"}), 409)
        assert (found["code"], found["field"]) == ("id-reused", "id")

    def test_of_a_batch_each_has_its_fate(self, client: Client) -> None:
        who = customer()
        sent = [document(who), document(who, "CaseClosed", case="c-9"), invoice(who)]
        response = client.post("/entries", json={"entries": sent})
        body = RecordedBody.model_validate_json(response.text)
        assert response.status_code == 207
        assert [fate.status for fate in body.entries] == ["recorded", "refused", "recorded"]
        assert (body.recorded, body.repeated, body.refused) == (2, 0, 1)
        refused = body.entries[1]
        assert refused.id is not None
        assert refused.problem is not None
        assert (refused.problem.code, refused.problem.status) == ("unknown-case", 422)
        assert client.get(f"/customers/{who}").json()["version"] == 2

    def test_a_whole_batch_is_created_and_repeated(self, client: Client) -> None:
        who = customer()
        sent = [it | {"id": str(uuid.uuid4())} for it in (document(who), invoice(who))]
        assert client.post("/entries", json=sent).status_code == 201
        assert client.post("/entries", json={"entries": sent}).status_code == 200

    @pytest.mark.parametrize("tag", ['"0"', "0"])
    def test_a_version_may_be_demanded(self, client: Client, tag: str) -> None:
        who = customer()
        assert client.post("/entries", json=document(who), headers={"If-Match": tag}).status_code == 201
        found = problem(client.post("/entries", json=invoice(who), headers={"If-Match": tag}), 412)
        assert found["code"] == "version-conflict"

    def test_the_version_of_an_answer_can_be_demanded(self, client: Client) -> None:
        who = customer()
        client.post("/entries", json=document(who))
        tag = client.get(f"/customers/{who}").headers["etag"]
        assert client.post("/entries", json=invoice(who), headers={"If-Match": tag}).status_code == 201

    def test_a_version_in_the_document_conflicts_with_409(self, client: Client) -> None:
        found = problem(client.post("/entries", json=document(customer()) | {"expected_version": 3}), 409)
        assert found["code"] == "version-conflict"

    @pytest.mark.parametrize("tag", ["*", 'W/"1"', "one", "-1", '"1", "2"'])
    def test_other_tags_are_not_understood(self, client: Client, tag: str) -> None:
        found = problem(client.post("/entries", json=document(customer()), headers={"If-Match": tag}), 422)
        assert found["field"] == "If-Match"

    def test_a_version_goes_with_one_document_alone(self, client: Client) -> None:
        sent = {"entries": [document(customer())]}
        assert (
            problem(client.post("/entries", json=sent, headers={"If-Match": '"0"'}), 422)["field"]
            == "If-Match"
        )
        both = document(customer()) | {"expected_version": 1}
        found = problem(client.post("/entries", json=both, headers={"If-Match": '"0"'}), 422)
        assert found["field"] == "expected_version"


class TestOddRequests:
    @pytest.mark.parametrize(
        ("body", "code", "field"),
        [
            (b"", "missing-field", None),
            (b"  \n", "missing-field", None),
            (b"{", "invalid-value", None),
            (b"nonsense", "invalid-value", None),
            (b'"text"', "invalid-value", None),
            (b"17", "invalid-value", None),
            (b"null", "invalid-value", None),
            (b"[]", "missing-field", "entries"),
            (b'{"entries": []}', "missing-field", "entries"),
            (b'{"entries": 7}', "invalid-value", None),
            (b'{"entries": null}', "invalid-value", None),
            (b"{}", "missing-field", "type"),
            (b'{"type": "X"}', "unknown-type", "type"),
            (b"\xff\xfe{\x00}\x00", "invalid-value", None),
            (b'{"type": "\xff"}', "invalid-value", None),
            (b"[" * 50_000, "invalid-value", None),
            (b'{"type": "CustomerRegistered", "type": "X"}', "invalid-value", "type"),
            (b'{"type": NaN}', "invalid-value", None),
        ],
    )
    def test_bodies(self, client: Client, body: bytes, code: str, field: str | None) -> None:
        response = client.post("/entries", content=body, headers={"content-type": "application/json"})
        found = problem(response, 422)
        assert (found["code"], found.get("field")) == (code, field)

    def test_a_batch_of_odd_things_has_a_fate_for_each(self, client: Client) -> None:
        response = client.post("/entries", json=[1, None, "text", [], document(customer())])
        assert response.status_code == 207
        assert [it["status"] for it in response.json()["entries"]] == [*["refused"] * 4, "recorded"]

    def test_a_byte_order_mark_is_let_through(self, client: Client) -> None:
        body = b"\xef\xbb\xbf" + json.dumps(document(customer())).encode()
        headers = {"content-type": "application/json; charset=utf-8"}
        assert client.post("/entries", content=body, headers=headers).status_code == 201

    @pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", ""])
    def test_what_another_site_could_send_is_refused(self, client: Client, kind: str) -> None:
        body = json.dumps(document(customer()))
        response = client.post("/entries", content=body, headers={"content-type": kind})
        assert problem(response, 415)["field"] == "Content-Type"

    def test_too_many_documents_are_refused(self, client: Client) -> None:
        found = problem(client.post("/entries", json=[1] * 1_001), 422)
        assert (found["code"], found["field"]) == ("too-large", "entries")

    @pytest.mark.parametrize("said", [True, False])
    def test_too_large_a_body_is_refused(self, client: Client, *, said: bool) -> None:
        body = b"x" * 100_001

        async def pieces() -> AsyncIterator[bytes]:
            yield body[:60_000]
            yield body[60_000:]

        headers = {"content-type": "application/json"}
        response = client.post("/entries", content=body if said else pieces(), headers=headers)
        assert problem(response, 413)["code"] == "request-too-large"

    @pytest.mark.parametrize(
        "host", ["evil.example", "localhost.evil.example", "10.0.0.1", "127.0.0.1.evil.example"]
    )
    def test_a_foreign_host_is_refused(self, client: Client, host: str) -> None:
        assert problem(client.get("/health", headers={"host": host}), 421)["code"] == "foreign-host"

    @pytest.mark.parametrize("host", ["LOCALHOST:80", "127.0.0.1:8000", "127.8.8.8", "[::1]:8000", "[::1]"])
    def test_this_machine_is_known_by_its_names(self, client: Client, host: str) -> None:
        assert client.get("/health", headers={"host": host}).status_code == 200

    def test_http_has_its_own_problems(self, client: Client) -> None:
        assert problem(client.get("/nowhere"), 404)["type"] == "about:blank"
        response = client.request("PUT", "/log")
        assert problem(response, 405)["code"] == "method-not-allowed"
        assert response.headers["allow"] == "GET"
        assert problem(client.get("/entries/not-an-id"), 422)["field"] == "entry_id"
        assert problem(client.get("/log?limit=0"), 422)["field"] == "limit"
        assert problem(client.get("/log?shard=1"), 422)["field"] == "shard"
        assert problem(client.get(f"/log?after={2**63}"), 422)["field"] == "after"

    def test_an_error_of_our_own_is_a_problem_that_tells_nothing_inside(
        self, client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken() -> None:
            raise RuntimeError("the secret")

        monkeypatch.setattr(ledger, "heads", broken)
        response = client.get("/health")
        assert problem(response, 500)["code"] == "internal-server-error"
        assert "secret" not in response.text


class TestRead:
    def test_a_customer_on_both_clocks(self, client: Client, ledger: Ledger) -> None:
        who = customer()
        client.post("/entries", json=document(who))
        between = ledger.heads()[0].recorded_at
        late = invoice(who) | {"occurred_at": "2026-02-15T09:00:00Z"}
        client.post("/entries", json=late)
        now = CustomerBody.model_validate_json(client.get(f"/customers/{who}").text)
        assert (now.customer, now.version, now.as_of, now.cut.closed) == (who, 2, None, False)
        asked = {
            "as_of": ("2026-01-31", 1),
            "at": (between.isoformat(), 1),
            "known_at": (between.isoformat(), 1),
        }
        for clock, (moment, entries) in asked.items():
            response = client.get(f"/customers/{who}", params={clock: moment})
            body = CustomerBody.model_validate_json(response.text)
            assert body.state["entries"] == entries, clock
            assert "etag" not in response.headers
        known = client.get(f"/customers/{who}", params={"known_at": between.isoformat()}).json()
        assert known["cut"]["closed"] is True

    def test_money_is_a_text(self, client: Client) -> None:
        who = customer()
        client.post("/entries", json=[document(who), invoice(who, amount="0.10")])
        assert '"outstanding":"0.10"' in client.get(f"/customers/{who}").text

    def test_an_unescaped_plus_is_understood(self, client: Client) -> None:
        who = customer()
        client.post("/entries", json=document(who))
        response = client.get(f"/customers/{who}?as_of=2026-01-31T17:00:00+08:00")
        assert response.json()["as_of"] == "2026-01-31T09:00:00.000000Z"

    @pytest.mark.parametrize(
        ("query", "code", "field"),
        [
            ("as_of=2026-01-31T09:00:00", "naive-time", "as_of"),
            ("known_at=yesterday", "invalid-value", "known_at"),
            ("as_of=", "invalid-value", "as_of"),
            ("at=2026-02-30", "invalid-value", "at"),
            ("at=2026-01-31&as_of=2026-01-31", "invalid-value", "at"),
            ("known_at=2999-01-01", "time-in-future", None),
        ],
    )
    def test_moments_that_cannot_be_asked_for(
        self, client: Client, query: str, code: str, field: str | None
    ) -> None:
        found = problem(client.get(f"/customers/{customer()}?{query}"), 422)
        assert found["code"] == code
        assert field in {None, found.get("field")}

    @pytest.mark.parametrize("name", ["nobody", "a/b", "%25", "客户", "x" * 120])
    def test_a_customer_who_is_not_here(self, client: Client, name: str) -> None:
        assert problem(client.get(f"/customers/{name}"), 404)["code"] == "no-such-customer"

    @pytest.mark.parametrize("name", ["a%00b", "a%09b", "x" * 121, ""])
    def test_a_name_that_no_customer_can_have(self, client: Client, name: str) -> None:
        assert problem(client.get(f"/customers/{name}"), 422)["field"] == "customer_id"

    def test_a_customer_may_be_called_anything_printable(self, client: Client) -> None:
        who = f"{customer()}/客户 no. 7?"
        client.post("/entries", json=document(who))
        response = client.get(f"/customers/{who.replace('?', '%3F')}")
        assert response.json()["customer"] == who

    def test_an_entry_is_told_as_it_was_written(self, client: Client, ledger: Ledger) -> None:
        sent = invoice(customer()) | {"id": str(uuid.uuid4()), "correlation_id": "run-1"}
        client.post("/entries", json=sent)
        response = client.get(f"/entries/{sent['id']}")
        body = EntryBody.model_validate_json(response.text)
        written = json.loads(ledger.entry_bytes(body.id))
        assert response.json() == written | {"shard": 0, "position": body.position, "policy_refs": []}

    def test_an_entry_that_is_not_here(self, client: Client) -> None:
        assert problem(client.get(f"/entries/{uuid.uuid4()}"), 404)["code"] == "no-such-entry"

    def test_the_log_is_read_page_by_page_to_its_head(self, client: Client) -> None:
        client.post("/entries", json=[document(customer()) for _ in range(3)])
        size = HeadsBody.model_validate_json(client.get("/log/head").text).heads[0].size
        positions: list[int] = []
        after: int | None = 0
        while after is not None:
            page = LogBody.model_validate_json(client.get("/log", params={"after": after, "limit": 2}).text)
            positions += [entry.position for entry in page.entries]
            after = page.next
        assert positions == list(range(1, size + 1))

    def test_nothing_is_kept_by_caches_and_nothing_is_guessed_at(self, client: Client) -> None:
        for path in ("/health", "/nowhere", "/log", "/openapi.json"):
            headers = client.get(path).headers
            assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_a_database_that_is_away_is_told_with_when_to_ask_again(store: Store) -> None:
    options = Options(patience=Patience(away=0.2))
    with Ledger.open(store.url, options=options) as ledger, client_of(ledger) as client:
        name = psycopg.conninfo.conninfo_to_dict(store.url)["dbname"]
        owner = store.database.owner_url.replace(f"/{name}?", "/postgres?")
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
            connection.execute(
                b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            for response in (client.post("/entries", json=document("1")), client.get("/health")):
                found = problem(response, 503)
                assert found["retry"] is True
                assert response.headers["retry-after"] == "1"
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
        assert client.post("/entries", json=document("1")).status_code == 201
