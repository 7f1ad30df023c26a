"""Creates, conditional or not, and what is refused."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.contract.servers import appointment, call, patient, refusal, token


def test_a_create_says_where_the_first_version_is(server, name):
    answer = server.post("Patient", patient(name), Prefer="return=representation")
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == f"{server.base}/Patient/{made['id']}/_history/1"
    assert answer.headers["etag"] == 'W/"1"'
    assert made["meta"]["versionId"] == "1"


def test_the_server_gives_the_id(server, name):
    made = server.create(patient(name, id=name))
    assert made["id"] != name


def test_a_create_can_be_answered_without_the_resource(server, name):
    answer = server.post("Patient", patient(name), Prefer="return=minimal")
    assert answer.status_code == 201
    assert answer.content == b""
    assert "/Patient/" in answer.headers["location"]


def test_a_conditional_create_makes_what_is_not_there(server, name):
    answer = server.post("Patient", patient(name), If_None_Exist=f"identifier={token(name)}")
    assert answer.status_code == 201


def test_a_conditional_create_leaves_what_is_there(server, name):
    there = server.create(patient(name, active=True))
    answer = server.post(
        "Patient",
        patient(name, active=False),
        If_None_Exist=f"identifier={token(name)}",
        Prefer="return=representation",
    )
    assert answer.status_code == 200
    assert answer.json() == there
    assert answer.headers["location"] == f"{server.base}/Patient/{there['id']}/_history/1"
    assert len(server.found("Patient", {"identifier": token(name)})) == 1


def test_a_conditional_create_with_two_matches_is_refused(server, name):
    for _ in range(2):
        server.create(patient(name))
    answer = server.post("Patient", patient(name), If_None_Exist=f"identifier={token(name)}")
    assert answer.status_code == 412
    assert refusal(answer)
    assert len(server.found("Patient", {"identifier": token(name)})) == 2


def test_a_deleted_resource_meets_no_condition(server, name):
    gone = server.create(patient(name))
    server.client.delete(f"{server.base}/Patient/{gone['id']}")
    answer = server.post("Patient", patient(name), If_None_Exist=f"identifier={token(name)}")
    assert answer.status_code == 201


def test_a_condition_of_an_unknown_parameter_creates_nothing(server, name):
    answer = server.post("Patient", patient(name), If_None_Exist=f"nickname={name}")
    assert answer.status_code in (400, 412)
    assert server.found("Patient", {"identifier": token(name)}) == []


def test_of_two_conditional_creates_at_one_instant_one_resource_comes_out(server, name):
    gate = threading.Barrier(4)

    def send(_: int) -> int:
        with httpx.Client(trust_env=False, timeout=60) as own:
            own.get(f"{server.base}/metadata")  # the connection stands before the gate opens
            gate.wait(timeout=30)
            headers = {"Content-Type": "application/fhir+json", "If-None-Exist": f"identifier={token(name)}"}
            return own.post(f"{server.base}/Patient", json=patient(name), headers=headers).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(send, range(4)))
    assert statuses[0] in (200, 201)
    assert statuses.count(201) == 1
    assert set(statuses) <= {200, 201, 409}  # a loser may be told to ask again
    assert len(server.found("Patient", {"identifier": token(name)})) == 1


def test_provenance_is_made_once_by_its_tag(server, name):
    tag = {"system": "https://pickupday.example/fhir/test/tag", "code": name}
    provenance = {
        "resourceType": "Provenance",
        "meta": {"tag": [tag]},
        "target": [{"reference": server.patient(name)}],
        "recorded": "2026-11-23T10:00:00Z",
        "agent": [{"who": {"display": "PickupDay 0.1.0"}}],
    }
    condition = f"_tag={tag['system']}|{name}"
    statuses = [server.post("Provenance", provenance, If_None_Exist=condition).status_code for _ in range(2)]
    assert statuses == [201, 200]


def test_text_that_is_no_json_is_refused(server):
    answer = server.client.post(f"{server.base}/Patient", content=b'{"resourceType": "Patient", ')
    assert answer.status_code == 400
    assert refusal(answer)


def test_a_resource_of_another_type_than_the_address_is_refused(server, name):
    answer = server.post("Appointment", patient(name))
    assert answer.status_code in (400, 422)
    assert refusal(answer)


def test_a_status_that_does_not_exist_is_refused(server, name):
    answer = server.post("CommunicationRequest", call(server.patient(name), name, status="bogus"))
    assert answer.status_code in (400, 422)
    assert "bogus" in refusal(answer)


@pytest.mark.parametrize("base", ["", "https://ehr.example/fhir/", "urn:uuid:"])
def test_a_reference_to_what_is_not_on_the_server_is_refused(server, name, base):
    answer = server.post("Appointment", appointment(f"{base}Patient/{name}", name))
    assert answer.status_code in (400, 422)
    assert refusal(answer)


def test_even_the_servers_own_address_is_refused_in_a_reference(server, name):
    answer = server.post("Appointment", appointment(f"{server.base}/{server.patient(name)}", name))
    assert answer.status_code in (400, 422)
    assert refusal(answer)


def test_a_date_that_does_not_exist_is_refused(server, name):
    answer = server.post("Patient", patient(name, birthDate="2013-13-45"))
    assert answer.status_code in (400, 422)
    assert refusal(answer)


def test_a_body_that_is_no_fhir_is_refused(server):
    answer = server.client.post(f"{server.base}/Patient", content=b"hello", headers={"Content-Type": "text/plain"})
    assert answer.status_code in (400, 415)
    assert refusal(answer)
