"""The HTTP door: what it answers to what, without a network."""

import json
import uuid
from collections.abc import AsyncIterator

import psycopg
import pytest

from api.bodies import RecordedBody
from domain.ledger import Ledger
from domain.store.appender import Options
from domain.store.connections import Patience
from tests.api.doors import Client, client_of, customer, document, invoice, problem
from tests.database import Store
from tests.vaults import open_ledger


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

        monkeypatch.setattr(ledger, "seals", broken)
        response = client.get("/health")
        assert problem(response, 500)["code"] == "internal-server-error"
        assert "secret" not in response.text


def test_a_database_that_is_away_is_told_with_when_to_ask_again(store: Store) -> None:
    options = Options(patience=Patience(away=0.2))
    with open_ledger(store.url, options=options) as ledger, client_of(ledger) as client:
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
