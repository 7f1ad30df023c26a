"""The EHR on a port, and what its pages read from charts."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from service.cli.demo_charts import chart_files, stories
from service.sandbox.authorization.authority import fetch_over_http
from service.sandbox.authorization.clients import Client
from service.sandbox.ehr import create_ehr
from service.sandbox.faults import Fault
from service.sandbox.load import read_chart
from service.sandbox.patients import Patients
from service.sandbox.serve import running_ehr, running_sandbox
from service.sandbox.store import Store

TODAY = date(2026, 11, 24)
TODAY_AT_NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
APP = Client("app", redirect_uris=("http://127.0.0.1:9/callback",), launch_url="http://127.0.0.1:9/launch?site=1")


def test_it_is_reached_by_name_over_both_kinds_of_address():
    with running_ehr(charts=chart_files(), today=TODAY, clients=[APP], faults=[Fault.NO_KID]) as ehr:
        assert ehr.base == f"{ehr.origin}/fhir"
        assert ehr.origin.startswith("http://localhost:")
        assert ehr.faults == {Fault.NO_KID}
        said = httpx.get(f"{ehr.base}/.well-known/smart-configuration", trust_env=False).json()
        assert said["issuer"] == ehr.base
        page = httpx.get(ehr.origin.replace("localhost", "127.0.0.1"), trust_env=False)
        assert "Delgado, Rosa" in page.text
    with pytest.raises(httpx.ConnectError):
        httpx.get(ehr.origin, trust_env=False)


def test_the_same_data_can_stand_open_beside_it():
    with running_ehr(charts=chart_files(), today=TODAY) as ehr, running_sandbox(store=ehr.store) as unguarded:
        patient = {"resourceType": "Patient", "id": "new-one", "name": [{"family": "Novak"}]}
        assert httpx.put(f"{unguarded.base}/Patient/new-one", json=patient, trust_env=False).status_code == 201
        assert "Novak" in httpx.get(ehr.origin, trust_env=False).text
        assert httpx.get(f"{ehr.base}/Patient/new-one", trust_env=False).status_code == 401
        assert httpx.get(f"{unguarded.base}/metadata", trust_env=False).json()["rest"][0].get("security") is None


def test_an_address_that_opens_the_app_carries_iss_and_a_new_launch():
    ehr = create_ehr(charts=chart_files(), today=TODAY, clients=[APP, Client("job")])
    first, second = (ehr.launch("app", ehr.context("delgado-rosa")) for _ in range(2))
    query = parse_qs(urlsplit(first).query)
    assert first.startswith("http://127.0.0.1:9/launch?site=1&")
    assert query["iss"] == [ehr.base]
    assert query["launch"] != parse_qs(urlsplit(second).query)["launch"]
    with pytest.raises(ValueError, match="launch_url"):
        ehr.launch("job", ehr.context("delgado-rosa"))
    ehr.store.close()


def test_a_key_set_is_fetched_without_following_redirects():
    with running_sandbox() as sandbox:
        assert json.loads(asyncio.run(fetch_over_http(f"{sandbox.base}/metadata")))["kind"] == "instance"
        for bad in (f"{sandbox.base}/nothing/here", "http://127.0.0.1:9/jwks.json", "http://["):
            with pytest.raises(OSError, match=r"status|Error|InvalidURL"):
                asyncio.run(fetch_over_http(bad))


@pytest.fixture
def patients():
    """What the pages read from these resources."""
    store = Store()

    def read(*resources):
        with store.transaction():
            for resource in resources:
                store.add(resource["resourceType"], resource["id"], resource, TODAY_AT_NOON)
        return Patients(store, {"b": "A story."}, TODAY)

    yield read
    store.close()


def person(of, **elements):
    return {"resourceType": "Patient", "id": of, "name": [{"family": of.upper(), "given": ["X", "Y."]}], **elements}


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"birthDate": "1950-11-24"}, "76 years"),
        ({"birthDate": "1950-11-25"}, "75 years"),
        ({"birthDate": "1950"}, "born 1950"),
        ({}, "born unknown"),
        ({"birthDate": "1950-11-24", "deceasedBoolean": True}, "deceased"),
        ({"birthDate": "1950-11-24", "deceasedDateTime": "2026-11-18"}, "deceased"),
    ],
)
def test_an_age_is_counted_to_today_and_never_guessed(patients, elements, words):
    found = patients(person("a", **elements)).find("a")
    assert found.age_in_words == words
    assert found.name == "A, X Y."


def test_patients_with_a_story_come_first_then_by_name(patients):
    listed = patients(person("a"), person("b"), person("c", name=[{"text": "Aaron"}]), person("d", name=[])).everybody()
    assert [each.name for each in listed] == ["B, X Y.", "A, X Y.", "Aaron", "No name"]
    assert listed[0].story == "A story."


def test_a_deleted_patient_is_not_shown(patients):
    shown = patients(person("a"))
    with shown._store.transaction():
        shown._store.add("Patient", "a", None, TODAY_AT_NOON)
    assert shown.find("a") is None
    assert shown.everybody() == []


def prescription(name, **elements):
    return {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "active",
        "subject": {"reference": "Patient/a"},
        **elements,
    }


def test_medicines_have_the_name_that_the_chart_gives_them(patients):
    contained = {"resourceType": "Medication", "id": "m", "code": {"text": "contained"}}
    shown = patients(
        person("a"),
        {"resourceType": "Medication", "id": "m1", "code": {"coding": [{"display": "by reference"}]}},
        prescription("1", medicationCodeableConcept={"text": "by text"}),
        prescription("2", medicationReference={"reference": "Medication/m1"}),
        prescription("3", medicationReference={"reference": "#m"}, contained=[contained]),
        prescription("4", medicationReference={"reference": "Medication/gone", "display": "by display"}),
        prescription("5"),
        prescription("6", medicationCodeableConcept={"text": "a stopped one"}, status="stopped"),
    ).medicines("a")
    assert [each.name for each in shown] == [
        "A medicine without a name",
        "by display",
        "by reference",
        "by text",
        "contained",
        "a stopped one",
    ]


def test_the_last_dispense_of_each_prescription_is_shown(patients):
    def dispense(name, day, of="1"):
        return {
            "resourceType": "MedicationDispense",
            "id": name,
            "status": "completed",
            "subject": {"reference": "Patient/a"},
            "authorizingPrescription": [{"reference": f"MedicationRequest/{of}"}],
            "whenHandedOver": day,
        }

    shown = patients(
        person("a"),
        prescription("1", medicationCodeableConcept={"text": "one"}, authoredOn="2026-01-02T09:00:00Z"),
        prescription("2", medicationCodeableConcept={"text": "two"}),
        dispense("d1", "2026-10-01"),
        dispense("d2", "2026-11-01T10:00:00-05:00"),
        dispense("d3", "2026-09-01"),
    ).medicines("a")
    assert [(each.written, each.last_dispensed) for each in shown] == [("2026-01-02", "2026-11-01"), ("", "")]


def test_appointments_are_listed_by_day(patients):
    def appointment(name, **elements):
        actor = [{"actor": {"reference": "Patient/a"}, "status": "accepted"}]
        return {"resourceType": "Appointment", "id": name, "status": "booked", "participant": actor, **elements}

    shown = patients(
        person("a"),
        appointment("1", start="2026-12-18T10:00:00-05:00", description="Pickup", status="proposed"),
        appointment("2", start="2026-11-27T10:00:00-05:00", description="Bridge trip"),
        appointment("3"),
    ).visits("a")
    assert [(each.day, each.what, each.status) for each in shown] == [
        ("", "", "booked"),
        ("2026-11-27", "Bridge trip", "booked"),
        ("2026-12-18", "Pickup", "proposed"),
    ]


def test_only_an_encounter_that_goes_on_is_the_current_one(patients):
    def encounter(name, status):
        return {
            "resourceType": "Encounter",
            "id": name,
            "status": status,
            "class": {"code": "AMB"},
            "subject": {"reference": "Patient/a"},
        }

    shown = patients(person("a"), encounter("e1", "finished"), encounter("e2", "in-progress"))
    assert shown.current_encounter("a") == "e2"
    assert shown.current_encounter("nobody") is None


def test_every_demo_patient_has_a_story_and_every_story_a_patient():
    charts = {r["id"] for path in chart_files() for r in read_chart(path, TODAY) if r["resourceType"] == "Patient"}
    assert set(stories()) == charts
    assert all(story.endswith((".", "?")) for story in stories().values())
