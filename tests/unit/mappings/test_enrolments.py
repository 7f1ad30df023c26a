import copy
import json
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mappings.enrolments import EnrolmentState, recorded_enrolments
from mappings.outbound.codes import Systems

CASES = Path(__file__).parents[3] / "fixtures/cases"
BUNDLE = json.loads((CASES / "60-enrolment-transaction/expected.bundle.json").read_text())
WITH_CARE_PLAN = json.loads((CASES / "61-enrolment-with-care-plan/expected.bundle.json").read_text())
ZONE = ZoneInfo("America/New_York")


@pytest.fixture
def stored():
    """The golden enrolment as a server holds it: with ids, versions and resolved references."""
    return as_held(BUNDLE)


def as_held(bundle):
    ids = {entry["fullUrl"]: f"{entry['resource']['resourceType']}/{n}" for n, entry in enumerate(bundle["entry"])}
    resources = []
    for entry in bundle["entry"]:
        text = json.dumps(entry["resource"])
        for url, reference in ids.items():
            text = text.replace(url, reference)
        bare = ids[entry["fullUrl"]].partition("/")[2]
        resources.append(json.loads(text) | {"id": bare, "meta": {"versionId": "1"}})
    return resources


def read(resources, patient="Patient/1"):
    raw = [json.dumps(resource).encode() for resource in resources]
    return recorded_enrolments(raw, patient=patient, systems=Systems(), zone=ZONE)


def states(resources):
    return [enrolment.state for enrolment in read(resources)]


def test_what_was_written_is_read_back(stored):
    (enrolment,) = read(stored)
    assert enrolment.state is EnrolmentState.ACTIVE
    assert enrolment.consent.on == date(2026, 11, 23)
    assert enrolment.consent.text.startswith("I agree to pick up")
    assert [pickup.on for pickup in enrolment.pickups] == [date(2026, 11, 24), date(2026, 12, 8)]
    assert [pickup.status for pickup in enrolment.pickups] == ["booked", "proposed"]
    assert enrolment.pickups[1].title == "Medicine pickup: 2 medicines"
    assert enrolment.pickups[1].text.startswith("To fill:")
    assert enrolment.pickups[1].about == ("MedicationRequest/lisinopril-1", "MedicationRequest/metformin-1")
    assert [enrolment.call_of(pickup).on for pickup in enrolment.pickups] == [date(2026, 11, 23), date(2026, 12, 1)]
    assert enrolment.pickups[0].version == "1"


def test_cancelled_pickups_end_an_enrolment_whatever_the_agreement_says(stored):
    for resource in stored:
        if resource["resourceType"] == "Appointment":
            resource["status"] = "cancelled"
    assert states(stored) == [EnrolmentState.ENDED]
    stored[0]["status"] = "inactive"
    assert states(stored) == [EnrolmentState.ENDED]


def test_one_open_pickup_keeps_an_enrolment_active(stored):
    stored[1]["status"] = "fulfilled"
    assert states(stored) == [EnrolmentState.ACTIVE]


def test_a_withdrawn_agreement_with_open_pickups_needs_a_hand(stored):
    stored[0]["status"] = "inactive"
    assert states(stored) == [EnrolmentState.WITHDRAWN]


def test_a_write_that_broke_off_is_partial(stored):
    assert states(stored[1:]) == [EnrolmentState.PARTIAL]
    assert states(stored[:1]) == [EnrolmentState.PARTIAL]


def test_a_withdrawn_agreement_without_pickups_has_ended(stored):
    stored[0]["status"] = "inactive"
    assert states(stored[:1]) == [EnrolmentState.ENDED]


def test_of_two_agreements_the_withdrawn_one_counts(stored):
    again = copy.deepcopy(stored[0]) | {"id": "again", "status": "inactive", "dateTime": "2026-12-01"}
    assert states([*stored, again]) == [EnrolmentState.WITHDRAWN]


def test_two_opt_ins_are_two_enrolments_the_latest_last(stored):
    later = json.loads(json.dumps(stored).replace(read(stored)[0].value, "f" * 32).replace("2026-11-23", "2027-11-23"))
    for resource in later:
        resource["id"] = f"later-{resource['id']}"
    assert [enrolment.value for enrolment in read(later[:1] + stored)] == [read(stored)[0].value, "f" * 32]


def test_other_peoples_resources_are_never_read(stored):
    assert read(stored, patient="Patient/2") == ()


def test_an_absolute_or_versioned_reference_is_still_the_patient(stored):
    stored[0]["patient"] = {"reference": "https://ehr.test/fhir/Patient/1/_history/3"}
    assert states(stored) == [EnrolmentState.ACTIVE]


def test_resources_of_other_apps_and_what_cannot_be_read_are_passed_over(stored):
    foreign = copy.deepcopy(stored[1]) | {"id": "foreign", "identifier": [{"system": "urn:other", "value": "1"}]}
    raw = [json.dumps(foreign).encode(), b"no json", b'{"resourceType": "Basket", "id": "1"}', b'{"status": 7}']
    assert recorded_enrolments(raw, patient="Patient/1", systems=Systems(), zone=ZONE) == ()


def test_an_instant_is_read_in_the_pharmacys_zone_and_a_partial_date_is_no_date(stored):
    stored[1]["start"] = "2026-11-25T03:00:00Z"
    stored[3]["start"] = "2026-12"
    del stored[2]["occurrenceDateTime"]
    (enrolment,) = read(stored)
    assert [pickup.on for pickup in enrolment.pickups] == [date(2026, 11, 24), None]
    assert enrolment.calls[-1].on is None


def test_a_bare_resource_is_still_read(stored):
    bare = {
        "resourceType": "Appointment",
        "id": "9",
        "identifier": [{"system": Systems().enrolment, "value": "e"}, {"value": "no system"}],
        "participant": [{"actor": {"reference": "Patient/1"}}, {"type": []}],
        "supportingInformation": [{"display": "no reference"}],
    }
    (enrolment,) = read([bare])
    (pickup,) = enrolment.pickups
    assert (pickup.version, pickup.status, pickup.text, pickup.about) == (None, "", "", ())
    assert enrolment.call_of(pickup) is None


def test_care_plan_and_tasks_are_read_back_and_decide_no_state():
    (enrolment,) = read(as_held(WITH_CARE_PLAN))
    assert (enrolment.care_plan.title, enrolment.care_plan.on) == ("Medication synchronization", date(2026, 11, 23))
    assert enrolment.care_plan.text.startswith("One pickup every 28 days")
    (task,) = enrolment.tasks
    assert (task.title, task.on) == ("Prescription renewal wanted", date(2026, 11, 24))
    assert (task.text, task.about) == ("Please renew it by 2026-11-24.", ("MedicationRequest/lisinopril-1",))
    assert len({record.value for record in enrolment.records}) == len(enrolment.records) == 7
    (document,) = enrolment.documents
    assert (document.title, document.language) == ("Your medicine pickup days", "en")
    assert enrolment.consent.title == "Agreed on Monday 23 November 2026 by the patient. Programme: chain-monthly."
    assert enrolment.programme == "chain-monthly"
    assert enrolment.consent.language == "en-US"
    assert {one.place for one in enrolment.pickups} == {"Corner Pharmacy"}
    assert enrolment.pickups[0].starts.isoformat() == "2026-11-24T10:00:00-05:00"
    (without,) = read(as_held(BUNDLE))
    assert (enrolment.state, enrolment.open_pickups) == (without.state, without.open_pickups)


def test_a_bare_care_plan_and_a_bare_task_are_still_read():
    ours = {"identifier": [{"system": Systems().enrolment, "value": "e"}], "id": "9"}
    plan = ours | {"resourceType": "CarePlan", "subject": {"reference": "Patient/1"}}
    task = ours | {"resourceType": "Task", "for": {"reference": "Patient/1"}, "restriction": {}}
    (enrolment,) = read([plan, task])
    for record in (enrolment.care_plan, *enrolment.tasks):
        assert (record.on, record.title, record.text, record.value) == (None, "", "", None)
