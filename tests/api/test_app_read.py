"""What the HTTP door answers to those who read."""

import json
import uuid

import pytest

from api.bodies import CustomerBody, EntryBody, HeadsBody, LogBody
from domain.ledger import Ledger
from tests.api.doors import Client, customer, document, invoice, problem


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
