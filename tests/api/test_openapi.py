"""The OpenAPI document is true: its examples are taken, its references lead somewhere."""

import json
import re
from typing import Any

import pytest

from api.app import create_app
from api.errors import SAID
from domain.admission import DOCUMENTS
from domain.events import REGISTER
from domain.events.examples import document as example
from domain.ledger import Ledger
from tests.api.doors import Client, Plain, client_of, document
from tests.database import Store
from tests.vaults import open_ledger


@pytest.fixture(scope="module")
def described(client: Client) -> Plain:
    found: Plain = client.get("/openapi.json").json()
    return found


def test_it_is_of_version_3_1_and_describes_every_route(described: Plain) -> None:
    assert described["openapi"] == "3.1.0"
    assert set(described["paths"]) == {
        "/entries",
        "/entries/{entry_id}",
        "/customers/{customer_id}",
        "/log",
        "/log/head",
        "/health",
    }


def test_every_reference_leads_somewhere(described: Plain) -> None:
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(described)))
    assert names <= described["components"]["schemas"].keys()
    assert "ProblemBody" in names


def examples(described: Plain) -> dict[str, Any]:
    body = described["paths"]["/entries"]["post"]["requestBody"]["content"]["application/json"]
    return {name: it["value"] for name, it in body["examples"].items()}


def test_every_type_of_document_has_an_example_and_a_schema_that_its_name_picks(described: Plain) -> None:
    assert examples(described).keys() == {*DOCUMENTS, "several"}
    picks = described["components"]["schemas"]["Document"]["discriminator"]["mapping"]
    assert list(picks) == list(DOCUMENTS)
    for name, reference in picks.items():
        schema = described["components"]["schemas"][reference.rpartition("/")[2]]
        assert schema["properties"]["type"] == {"const": name, "type": "string"}
        assert schema["properties"]["data"]["$ref"].endswith(f"/{REGISTER[name].cls.__name__}")


def test_every_example_is_recorded(client: Client, described: Plain) -> None:
    left = examples(described)
    several = left.pop("several")
    while left:
        # Some name what others bring in, in whatever order they stand.
        answers = {name: client.post("/entries", json=example) for name, example in left.items()}
        refused = {name: answer.text for name, answer in answers.items() if answer.status_code != 201}
        assert len(refused) < len(left), refused
        left = {name: left[name] for name in refused}
    for sent in several["entries"]:
        sent["stream"] = "customer:several"
    assert client.post("/entries", json=several).status_code == 201


@pytest.mark.parametrize("name", sorted(REGISTER.keys() - set(DOCUMENTS)))
def test_what_is_not_in_it_is_refused_with_the_command_to_use(client: Client, name: str) -> None:
    response = client.post("/entries", json=example(name))
    assert response.status_code == 403
    assert response.json()["code"] == ("needs-approval" if name == "ChargeWrittenOff" else "command-only")
    assert "`daybook " in response.json()["hint"]


def test_a_document_needs_what_its_schema_says_it_needs(client: Client, described: Plain) -> None:
    schema = described["components"]["schemas"]["CustomerRegisteredDocument"]
    whole = document("needs")
    assert set(schema["required"]) == {"stream", "type", "occurred_at", "data", "actor", "source"}
    for name in schema["required"]:
        response = client.post("/entries", json={key: it for key, it in whole.items() if key != name})
        assert response.status_code == 422
        assert (response.json()["code"], response.json()["field"]) == ("missing-field", name)
    response = client.post("/entries", json=whole | {"recorded_at": "2026-01-31T09:00:00Z"})
    assert response.json()["code"] == "unknown-field"
    assert "recorded_at" not in schema["properties"]


def test_in_a_simulated_ledger_recorded_at_may_be_said(simulated_store: Store) -> None:
    with open_ledger(simulated_store.url) as ledger, client_of(ledger) as client:
        schema = client.get("/openapi.json").json()["components"]["schemas"]["CustomerRegisteredDocument"]
        assert "recorded_at" in schema["properties"]
        sent = document("1") | {"recorded_at": "2026-02-01T00:00:00Z"}
        receipt = client.post("/entries", json=sent).json()["entries"][0]["receipts"][0]
        assert receipt["recorded_at"] == "2026-02-01T00:00:00.000000Z"
        assert client.get("/customers/1").json()["ledger"]["clock"] == "simulated"


def test_the_answers_have_schemas(described: Plain) -> None:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                assert "content" in answer, (path, method, status)
                (kind, content) = next(iter(answer["content"].items()))
                assert "$ref" in content["schema"], (path, method, status)
                assert (kind == "application/problem+json") == (int(status) in SAID), (path, method, status)


def test_the_document_is_made_once(ledger: Ledger) -> None:
    app = create_app(ledger)
    assert app.openapi() is app.openapi()
