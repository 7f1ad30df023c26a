"""What only the sandbox refuses, and what its batches and versions do."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.sandbox.interactions import create_unless
from service.sandbox.outcome import FhirError
from service.sandbox.query import read_condition
from service.sandbox.store import Store

PATIENT = {"resourceType": "Patient"}


def pickup(**changes):
    whole = {
        "resourceType": "Appointment",
        "status": "proposed",
        "start": "2026-11-23T09:00:00Z",
        "end": "2026-11-23T09:15:00Z",
        "participant": [{"status": "accepted"}],
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


CONSENT = {"resourceType": "Consent", "status": "active", "scope": {"text": "x"}, "category": [{"text": "x"}]}
PLAN = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": {"display": "x"}}


@pytest.mark.parametrize(
    ("resource", "status", "said"),
    [
        (pickup(status=None), 422, "Appointment.status is missing"),
        (pickup(participant=[{"actor": {"display": "x"}}]), 422, "Appointment.participant.status is missing"),
        (pickup(participant=["x"]), 422, "Appointment.participant.status is missing"),
        (pickup(participant=[{"status": "perhaps"}]), 422, "'perhaps', not one of"),
        (pickup(status={"code": "booked"}), 422, "not one of"),
        (pickup(end=None), 422, "app-2"),
        (pickup(status="booked", start=None, end=None), 422, "app-3"),
        (pickup(cancelationReason={"text": "x"}), 422, "app-4"),
        (pickup(start="tomorrow"), 422, "'tomorrow', which is no date"),
        (pickup(start=5), 422, "no date"),
        (
            {"resourceType": "Encounter", "status": "finished", "class": {"code": "x"}, "period": {"end": "x"}},
            422,
            "date",
        ),
        (CONSENT, 422, "ppc-1"),
        ({**PLAN, "activity": [{"reference": {"display": "x"}, "detail": {"status": "scheduled"}}]}, 422, "cpl-3"),
        ({"resourceType": "MedicationDispense", "status": "completed"}, 422, "medicationCodeableConcept|"),
        (
            {
                "resourceType": "MedicationDispense",
                "status": "completed",
                "medicationCodeableConcept": {"text": "x"},
                "medicationReference": {"display": "x"},
            },
            422,
            "more than one of",
        ),
        ({**PATIENT, "name": []}, 400, "Patient.name is []"),
        ({**PATIENT, "name": [{"family": ""}]}, 400, "Patient.name[0].family is ''"),
        ({**PATIENT, "birthDate": None}, 400, "Patient.birthDate is None"),
        ({**PATIENT, "meta": "x"}, 422, "meta"),
        ({**PATIENT, "meta": {"tag": "x"}}, 422, "meta"),
        ({"resourceType": ["Patient"]}, 422, "the resource says ['Patient']"),
    ],
)
def test_what_no_server_should_store_is_refused_with_the_place(fhir, outcome, resource, status, said):
    kind = resource["resourceType"] if isinstance(resource["resourceType"], str) else "Patient"
    answered, _, text = outcome(fhir.post(kind, json=resource))
    assert answered == status
    assert said in text


@pytest.mark.parametrize(
    "resource",
    [
        pickup(status="proposed", start=None, end=None),
        pickup(status="cancelled", cancelationReason={"text": "x"}),
        {**CONSENT, "policyRule": {"text": "x"}},
        {**PLAN, "activity": [{"reference": {"display": "x"}}, {"detail": {"status": "scheduled"}}]},
        {**PATIENT, "name": [{"given": ["Ann", None], "_given": [None, {"extension": [{"url": "u"}]}]}]},
        {
            "resourceType": "Communication",
            "status": "completed",
            "contained": [{"id": "a", **PATIENT}],
            "subject": {"reference": "#a"},
        },
    ],
)
def test_what_is_whole_is_taken(create, resource):
    assert create(resource)["meta"]["versionId"] == "1"


def test_every_version_can_be_read(fhir, create, outcome):
    made = create(PATIENT)
    fhir.put(f"Patient/{made['id']}", json=made | {"active": True})
    fhir.delete(f"Patient/{made['id']}")
    history = f"Patient/{made['id']}/_history"
    assert "active" not in fhir.get(f"{history}/1").json()
    assert fhir.get(f"{history}/2").json()["active"] is True
    assert outcome(fhir.get(f"{history}/3"))[0] == 410
    for number in ("4", "x", "²", "1" * 30):
        assert outcome(fhir.get(f"{history}/{number}"))[0] == 404


def test_what_was_deleted_comes_back_with_the_next_version(fhir, create):
    made = create(PATIENT)
    for _ in range(2):
        assert fhir.delete(f"Patient/{made['id']}").status_code == 204
    answer = fhir.put(f"Patient/{made['id']}", json=made)
    assert (answer.status_code, answer.headers["etag"]) == (201, 'W/"3"')


def test_deleting_what_never_was_does_nothing(fhir, outcome):
    assert fhir.delete("Patient/nobody").status_code == 204
    assert outcome(fhir.get("Patient/nobody"))[0] == 404


def test_a_version_is_asked_for_in_vain_where_nothing_is(fhir, outcome):
    stale = {"If-Match": 'W/"1"'}
    assert outcome(fhir.put("Patient/ann", json={**PATIENT, "id": "ann"}, headers=stale))[0] == 412
    assert outcome(fhir.put("Patient?_id=ann", json=PATIENT, headers=stale))[0] == 412


@pytest.mark.parametrize("name", ["a b", "a_b", "a" * 65])
def test_an_id_that_fhir_does_not_know_is_refused(fhir, outcome, name):
    assert outcome(fhir.put(f"Patient/{name}", json={**PATIENT, "id": name}))[0] == 400


def test_a_conditional_update_does_not_change_the_id(fhir, create, outcome):
    made = create({**PATIENT, "active": True})
    answer = fhir.put(f"Patient?_id={made['id']}", json={**PATIENT, "id": "another"})
    assert outcome(answer)[0] == 400


def entry(method, url, resource=None, **request):
    whole = {"request": {"method": method, "url": url, **request}}
    return whole if resource is None else {**whole, "resource": resource}


def bundle(kind, *entries):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def test_each_entry_of_a_batch_stands_for_itself(fhir):
    sent = bundle(
        "batch",
        entry("POST", "Patient", PATIENT),
        entry("POST", "Patient", {**PATIENT, "gender": "bogus"}),
        entry("DELETE", "Patient/nobody"),
        "nonsense",
    )
    answered = [each["response"] for each in fhir.post("", json=sent).json()["entry"]]
    assert [each["status"][:3] for each in answered] == ["201", "422", "204", "400"]
    assert answered[1]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[1].resource.gender"]
    assert answered[3]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[3]"]
    assert "location" not in answered[2]


@pytest.mark.parametrize(
    ("sent", "status", "place"),
    [
        (bundle("collection"), 422, "Bundle.type"),
        ({"resourceType": "Bundle", "type": "transaction", "entry": "x"}, 422, "Bundle.type"),
        (bundle("transaction", entry("GET", "Patient/1")), 400, "Bundle.entry[0]"),
        (bundle("transaction", entry("POST", "Patient/1", PATIENT)), 400, "Bundle.entry[0]"),
        (bundle("transaction", entry("PUT", "Patient", PATIENT)), 400, "Bundle.entry[0]"),
        (bundle("transaction", entry("PUT", "Patient/1/2", PATIENT)), 400, "Bundle.entry[0]"),
        (bundle("transaction", entry("DELETE", "Patient?_id=1")), 400, "Bundle.entry[0]"),
        (bundle("transaction", entry("POST", "Prescription", PATIENT)), 404, "Bundle.entry[0]"),
        (bundle("transaction", entry("POST", "Patient")), 422, "Bundle.entry[0]"),
        (bundle("transaction", entry("POST", "Patient", PATIENT, ifNoneExist="colour=red")), 400, "Bundle.entry[0]"),
        (
            bundle("transaction", entry("POST", "Patient", PATIENT), entry("POST", "Patient", {**PATIENT, "name": []})),
            400,
            "Bundle.entry[1].resource.name",
        ),
        (
            bundle(
                "transaction",
                entry("PUT", "Patient/a", {**PATIENT, "id": "a"}),
                entry("PUT", "Patient/a", {**PATIENT, "id": "a"}),
            ),
            400,
            "Bundle.entry[1]",
        ),
        (
            bundle("transaction", *[entry("POST", "Patient", PATIENT, ifNoneExist="identifier=a")] * 2),
            400,
            "Bundle.entry[1]",
        ),
    ],
)
def test_a_transaction_that_cannot_be_done_names_the_entry_and_does_nothing(fhir, sent, status, place):
    answer = fhir.post("", json=sent)
    assert answer.status_code == status
    assert answer.json()["issue"][0]["expression"] == [place]
    assert fhir.get("Patient").json()["total"] == 0


def test_a_transaction_deletes_first(fhir, create):
    old = create({**PATIENT, "identifier": [{"value": "7"}]})
    sent = bundle(
        "transaction", entry("PUT", "Patient/new", {**PATIENT, "id": "new"}), entry("DELETE", f"Patient/{old['id']}")
    )
    statuses = [each["response"]["status"] for each in fhir.post("", json=sent).json()["entry"]]
    assert statuses == ["201 Created", "204 No Content"]
    assert [each["resource"]["id"] for each in fhir.get("Patient").json()["entry"]] == ["new"]


def test_a_transaction_updates_what_a_condition_finds(fhir, create):
    made = create({**PATIENT, "identifier": [{"value": "7"}]})
    changed = {**PATIENT, "identifier": [{"value": "7"}], "active": True}
    sent = bundle("transaction", entry("PUT", "Patient?identifier=7", changed, ifMatch='W/"1"'))
    (answered,) = fhir.post("", json=sent).json()["entry"]
    assert answered["response"]["location"] == f"Patient/{made['id']}/_history/2"


def test_one_wins_when_many_create_under_one_condition():
    store, gate = Store(), threading.Barrier(8)
    resource = {**PATIENT, "identifier": [{"value": "7"}]}
    condition = read_condition("Patient", [("identifier", "7")])

    def create(_):
        gate.wait()
        with store.transaction():
            return create_unless(store, resource, condition).status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(create, range(8)))
    store.close()
    assert statuses == [200] * 7 + [201]


def test_what_raises_inside_a_transaction_leaves_nothing():
    store = Store()

    def write_and_fail():
        with store.transaction():
            create_unless(store, PATIENT, read_condition("Patient", [("_id", "x")]))
            raise FhirError(400, "no")

    with pytest.raises(FhirError):
        write_and_fail()
    assert store.rows("SELECT 1 FROM version") == []
    store.close()
