"""What the rest of the suite relies on in the HAPI server of tests/hapi."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hapi.server import Hapi

pytestmark = pytest.mark.hapi

SYSTEM = "https://pickupday.example/fhir/test"
FHIR_JSON = {"Content-Type": "application/fhir+json"}


@pytest.fixture
def client(hapi: Hapi) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=hapi.base_url, headers=FHIR_JSON, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture
def name(hapi: Hapi) -> str:
    return hapi.fresh_name("series")


def identifier(name: str, role: str) -> dict[str, str]:
    return {"system": SYSTEM, "value": f"{name}-{role}"}


def narrative() -> dict[str, str]:
    return {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">A pickup.</div>'}


def appointment(name: str, patient: str) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "text": narrative(),
        "identifier": [identifier(name, "pickup")],
        "status": "proposed",
        "start": "2026-03-02T09:00:00+01:00",
        "end": "2026-03-02T09:15:00+01:00",
        "participant": [{"actor": {"reference": patient}, "status": "needs-action"}],
    }


def series(name: str) -> dict[str, Any]:
    """A patient, a pickup and its call, tied by urn:uuid references, each created only where its identifier is new."""
    patient, pickup = "urn:uuid:00000000-0000-4000-8000-000000000001", "urn:uuid:00000000-0000-4000-8000-000000000002"
    call = {
        "resourceType": "CommunicationRequest",
        "text": narrative(),
        "identifier": [identifier(name, "call")],
        "status": "active",
        "subject": {"reference": patient},
        "about": [{"reference": pickup}],
    }
    resources = [
        (patient, {"resourceType": "Patient", "text": narrative(), "identifier": [identifier(name, "patient")]}),
        (pickup, appointment(name, patient)),
        ("urn:uuid:00000000-0000-4000-8000-000000000003", call),
    ]
    entries = [
        {
            "fullUrl": url,
            "resource": resource,
            "request": {
                "method": "POST",
                "url": resource["resourceType"],
                "ifNoneExist": f"identifier={SYSTEM}|{resource['identifier'][0]['value']}",
            },
        }
        for url, resource in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def answers(response: httpx.Response) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    return [entry["response"] for entry in response.json()["entry"]]


def found(client: httpx.Client, resource_type: str, name: str, role: str) -> list[dict[str, Any]]:
    response = client.get(f"/{resource_type}", params={"identifier": f"{SYSTEM}|{name}-{role}"})
    assert response.status_code == 200, response.text
    return [entry["resource"] for entry in response.json().get("entry", [])]


def errors(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [issue["diagnostics"] for issue in response.json()["issue"] if issue["severity"] in ("fatal", "error")]


def test_the_server_speaks_r4(client):
    statement = client.get("/metadata").json()
    assert statement["fhirVersion"] == "4.0.1"
    assert {"code": "transaction"} in statement["rest"][0]["interaction"]
    offered = {resource["type"]: resource for resource in statement["rest"][0]["resource"]}
    assert offered["Appointment"]["conditionalCreate"] is True
    assert "MedicationRequest:medication" in offered["MedicationRequest"]["searchInclude"]


def test_the_process_id_is_in_the_pid_file(hapi):
    assert (hapi.folder / "server.pid").read_text() == f"{hapi.process_id}\n"


def test_a_transaction_sent_twice_creates_once(client, name):
    first = answers(client.post("/", json=series(name)))
    again = answers(client.post("/", json=series(name)))
    assert [answer["status"] for answer in first] == ["201 Created"] * 3
    assert [answer["status"] for answer in again] == ["200 OK"] * 3
    assert [answer["location"] for answer in again] == [answer["location"] for answer in first]
    assert all(answer["location"].endswith("/_history/1") for answer in again)


def test_references_inside_a_transaction_lead_to_what_it_created(client, name):
    answers(client.post("/", json=series(name)))
    (patient,) = found(client, "Patient", name, "patient")
    (pickup,) = found(client, "Appointment", name, "pickup")
    (call,) = found(client, "CommunicationRequest", name, "call")
    assert pickup["participant"][0]["actor"]["reference"] == f"Patient/{patient['id']}"
    assert call["subject"]["reference"] == f"Patient/{patient['id']}"
    assert call["about"][0]["reference"] == f"Appointment/{pickup['id']}"


def test_of_two_identical_transactions_at_one_instant_one_series_comes_out(hapi, client, name):
    """HAPI lets one win and refuses the other with 409; sent again, the refused one finds what the first created."""
    gate = threading.Barrier(4)

    def send(_: int) -> httpx.Response:
        with httpx.Client(base_url=hapi.base_url, headers=FHIR_JSON, timeout=60, trust_env=False) as own:
            own.get("/metadata")  # the connection stands before the gate opens
            gate.wait(timeout=30)
            return own.post("/", json=series(name))

    with ThreadPoolExecutor(4) as pool:
        responses = list(pool.map(send, range(4)))
    assert {response.status_code for response in responses} <= {200, 409}
    created = [
        answer["status"]
        for response in responses
        if response.status_code == 200
        for answer in answers(response)
        if answer["status"] == "201 Created"
    ]
    assert len(created) == 3
    assert len(found(client, "Appointment", name, "pickup")) == 1
    assert len(found(client, "CommunicationRequest", name, "call")) == 1
    assert [answer["status"] for answer in answers(client.post("/", json=series(name)))] == ["200 OK"] * 3


def test_a_search_sees_what_was_written_just_before(client, name):
    assert found(client, "Appointment", name, "pickup") == []
    answers(client.post("/", json=series(name)))
    (pickup,) = found(client, "Appointment", name, "pickup")
    client.put(f"/Appointment/{pickup['id']}", json=pickup | {"status": "cancelled"})
    assert [seen["status"] for seen in found(client, "Appointment", name, "pickup")] == ["cancelled"]


def test_an_unknown_search_parameter_is_refused(client):
    refused = client.get("/MedicationDispense", params={"whenhandledover": "2026-01-01"})
    assert refused.status_code == 400
    assert "Unknown search parameter" in refused.json()["issue"][0]["diagnostics"]


def test_pages_are_followed_by_next_links_of_the_same_server(hapi, client, name):
    patients = [
        {
            "resource": {"resourceType": "Patient", "identifier": [identifier(name, "crowd")]},
            "request": {"method": "POST", "url": "Patient"},
        }
        for _ in range(5)
    ]
    answers(client.post("/", json={"resourceType": "Bundle", "type": "transaction", "entry": patients}))
    page = client.get("/Patient", params={"identifier": f"{SYSTEM}|{name}-crowd", "_count": 2}).json()
    seen = [entry["resource"]["id"] for entry in page["entry"]]
    while following := [link["url"] for link in page["link"] if link["relation"] == "next"]:
        assert following[0].startswith(f"{hapi.base_url}?")
        page = client.get(following[0]).json()
        seen += [entry["resource"]["id"] for entry in page["entry"]]
    assert len(seen) == len(set(seen)) == 5


def test_included_resources_come_with_the_search(client, name):
    answers(client.post("/", json=series(name)))
    query = {"identifier": f"{SYSTEM}|{name}-pickup", "_include": "Appointment:patient"}
    page = client.get("/Appointment", params=query).json()
    modes = {entry["resource"]["resourceType"]: entry["search"]["mode"] for entry in page["entry"]}
    assert modes == {"Appointment": "match", "Patient": "include"}


def test_a_valid_appointment_has_no_errors(client, name):
    answers(client.post("/", json=series(name)))
    (patient,) = found(client, "Patient", name, "patient")
    valid = appointment(name, f"Patient/{patient['id']}")
    assert errors(client.post("/Appointment/$validate", json=valid)) == []


def test_an_invalid_appointment_is_found_out(client, name):
    booked_without_end = appointment(name, "Patient/nobody") | {"status": "booked", "colour": "red"}
    del booked_without_end["end"]
    found_out = " ".join(errors(client.post("/Appointment/$validate", json=booked_without_end)))
    assert "app-2" in found_out
    assert "app-3" in found_out
    assert "Unrecognized property 'colour'" in found_out


def test_an_update_on_an_old_version_is_refused(hapi, client):
    patient = {"resourceType": "Patient", "id": hapi.fresh_name("patient")}
    url = f"/Patient/{patient['id']}"
    assert client.put(url, json=patient).status_code == 201
    assert client.put(url, json=patient | {"active": True}, headers={"If-Match": 'W/"1"'}).status_code == 200
    assert client.put(url, json=patient | {"active": False}, headers={"If-Match": 'W/"1"'}).status_code == 409
    assert client.get(url).json()["meta"]["versionId"] == "2"


def test_a_transaction_with_an_old_version_writes_nothing(hapi, client, name):
    patient = {"resourceType": "Patient", "id": hapi.fresh_name("patient")}
    url = f"Patient/{patient['id']}"
    client.put(f"/{url}", json=patient)
    client.put(f"/{url}", json=patient | {"active": True})
    stale = {"resource": patient, "request": {"method": "PUT", "url": url, "ifMatch": 'W/"1"'}}
    bundle = series(name)
    bundle["entry"].append(stale)
    assert client.post("/", json=bundle).status_code == 409
    assert found(client, "Appointment", name, "pickup") == []
