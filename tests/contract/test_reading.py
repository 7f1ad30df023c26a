"""Reads and the CapabilityStatement, as the gateway uses them."""

from __future__ import annotations

import pytest

from tests.contract.servers import patient, refusal

USED = {  # what the gateway and the use cases ask a server for
    "Patient": {"_id", "identifier"},
    "MedicationRequest": {"patient", "subject", "status", "intent", "authoredon", "identifier"},
    "MedicationDispense": {"patient", "subject", "status", "whenhandedover", "prescription"},
    "Medication": {"_id", "code"},
    "Encounter": {"patient", "class", "status"},
    "Appointment": {"patient", "actor", "date", "status", "identifier"},
    "CommunicationRequest": {"patient", "subject", "identifier", "group-identifier", "status"},
    "Consent": {"patient", "identifier", "status"},
    "CarePlan": {"patient", "identifier", "status"},
    "Task": {"patient", "subject", "focus", "identifier", "status"},
    "Communication": {"patient", "identifier", "status", "based-on"},
    "Provenance": {"target"},
    "Condition": {"patient", "code", "category"},
    "Observation": {"patient", "code"},
    "Coverage": {"patient", "beneficiary"},
    "Organization": {"_id", "name"},
    "Location": {"_id", "organization"},
    "HealthcareService": {"organization"},
    "Practitioner": {"_id"},
    "PractitionerRole": {"_id"},
    "RelatedPerson": {"patient"},
    "DocumentReference": {"patient", "identifier"},
}


@pytest.mark.parametrize("kind", USED)
def test_what_we_search_by_is_declared(server, kind):
    statement = server.get("metadata").json()
    assert statement["fhirVersion"] == {"R4": "4.0.1", "R5": "5.0.0"}[server.release]
    rest = statement["rest"][0]
    assert rest["mode"] == "server"
    assert "transaction" in {each["code"] for each in rest["interaction"]}
    (declared,) = [each for each in rest["resource"] if each["type"] == kind]
    assert declared["conditionalCreate"] is True
    assert {"read", "search-type", "create", "update"} <= {each["code"] for each in declared["interaction"]}
    renamed = {"prescription", "whenhandedover", "patient", "code"} if server.release == "R5" else set()
    assert USED[kind] - renamed <= {each["name"] for each in declared["searchParam"]}


@pytest.mark.parametrize(
    "include", ["MedicationRequest:medication", "MedicationDispense:medication", "Appointment:actor"]
)
def test_what_we_include_is_declared(server, include):
    (declared,) = [
        each for each in server.get("metadata").json()["rest"][0]["resource"] if each["type"] == include.split(":")[0]
    ]
    assert include in declared["searchInclude"]


def test_a_resource_comes_back_with_its_version(server, name):
    created = server.create(patient(name, birthDate="1949-04-12"))
    answer = server.get(f"Patient/{created['id']}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].replace(" ", "").lower() == "application/fhir+json;charset=utf-8"
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.json()["meta"]["versionId"] == "1"
    assert answer.json()["meta"]["lastUpdated"]
    assert answer.json()["birthDate"] == "1949-04-12"


def test_a_decimal_keeps_its_digits(server, name):
    who = server.patient(name)
    weight = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "weight"},
        "subject": {"reference": who},
        "valueQuantity": {"value": 70.10, "unit": "kg"},
    }
    text = __import__("json").dumps(weight).replace("70.1", "70.10")
    created = server.client.post(f"{server.base}/Observation", content=text)
    assert created.status_code == 201, created.text
    assert b"70.10" in server.get(f"Observation/{created.json()['id']}").content


def test_an_unknown_id_is_not_found(server, name):
    answer = server.get(f"Patient/{name}")
    assert answer.status_code == 404
    assert refusal(answer)


def test_what_was_deleted_is_gone(server, name):
    created = server.create(patient(name))
    assert server.client.delete(f"{server.base}/Patient/{created['id']}").status_code in (200, 204)
    answer = server.get(f"Patient/{created['id']}")
    assert answer.status_code == 410
    assert refusal(answer)
    assert server.found("Patient", {"identifier": name}) == []


def test_an_unknown_type_is_not_found(server):
    answer = server.get("Prescription", {"patient": "1"})
    assert answer.status_code == 404
    assert refusal(answer)


def test_answers_are_packed_when_that_is_asked_for(server):
    assert server.get("metadata", None, **{"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"
