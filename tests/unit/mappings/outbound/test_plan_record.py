"""The care plan, the tasks and the provenance of an enrolment, and what of them is read back."""

import json
from base64 import b64decode
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from mappings.outbound.bundle import enrolment_bundle
from mappings.outbound.care_plan import TITLE
from mappings.outbound.codes import Systems
from mappings.outbound.plan_record import CARE_PLAN, DOCUMENT, PROVENANCE, TASK, ErrandKind
from mappings.outbound.wording import spoken_cycle
from mappings.told_counts import told_counts
from mappings.validation import problems_of
from pickupday.history import ToldCount
from pickupday.problem import EveryDays, MonthlyOnDay, NthWeekday

GOLDEN = Path(__file__).parents[4] / "fixtures/cases/61-enrolment-with-care-plan/expected.bundle.json"


def written(plan, key, resource_type):
    entries = enrolment_bundle(plan, key=key, systems=Systems()).entries
    return [entry.resource for entry in entries if entry.resource_type == resource_type]


def with_record(plan, **changes):
    return replace(plan, record=replace(plan.record, **changes))


def test_everything_is_valid_r4(recorded, key):
    assert problems_of(enrolment_bundle(recorded, key=key, systems=Systems()).bundle) == ()


def test_the_care_plan_names_programme_cycle_pickups_medicines_and_counts(recorded, key):
    (plan,) = written(recorded, key, CARE_PLAN)
    assert plan["description"].splitlines() == [
        "One pickup every 28 days, programme chain-monthly.",
        "Pickups:",
        "- Tuesday 24 November 2026 (bridge trip)",
        "- Tuesday 8 December 2026",
        "Medicines:",
        "- Lisinopril 10 MG Oral Tablet",
        "- Metformin hydrochloride 500 MG Oral Tablet",
        "Left at home, as told:",
        "- Metformin hydrochloride 500 MG Oral Tablet: 2.5 tablets on 2026-11-23, told by the patient",
    ]
    assert (plan["status"], plan["intent"], plan["title"]) == ("active", "plan", TITLE)
    assert plan["period"] == {"start": "2026-11-23", "end": "2026-12-08"}
    assert "addresses" not in plan


def test_an_activity_is_a_reference_to_a_pickup_or_a_call_and_nothing_else(recorded, key):
    bundle = enrolment_bundle(recorded, key=key, systems=Systems())
    visits = [one for one in bundle.entries if one.resource_type in ("Appointment", "CommunicationRequest")]
    (plan,) = written(recorded, key, CARE_PLAN)
    assert plan["activity"] == [{"reference": {"reference": one.identifier.full_url}} for one in visits]


def test_a_count_says_how_much_of_what_was_left_when_and_who_said_so(recorded, key):
    (plan,) = written(recorded, key, CARE_PLAN)
    (count,) = plan["contained"]
    assert count["valueQuantity"] == {
        "value": 2.5,
        "unit": "tablet",
        "system": "http://unitsofmeasure.org",
        "code": "{tablet}",
    }
    assert count["effectiveDateTime"] == "2026-11-23"
    assert count["performer"] == [{"reference": "Patient/1"}]
    assert plan["supportingInfo"] == [{"reference": "#count-1"}]


def read_back(recorded, key, **changes):
    (plan,) = written(recorded, key, CARE_PLAN)
    raw = json.dumps(plan | {"id": "9"} | changes).encode()
    return told_counts([raw, b"{", b'{"resourceType": "CarePlan"}'], patient="Patient/1", systems=Systems())


def test_a_count_is_read_back_as_it_was_told(recorded, key):
    told = ToldCount("MedicationRequest/metformin-1", Fraction(5, 2), date(2026, 11, 23), "patient", "CarePlan/9")
    assert read_back(recorded, key) == (told,)
    assert read_back(recorded, key, status="revoked") == (told,)
    absolute = {"reference": "https://ehr.test/fhir/Patient/1/_history/2"}
    assert read_back(recorded, key, subject=absolute) == (told,)


def test_a_count_of_a_contained_prescription_told_by_a_daughter_keeps_the_names(recorded, key):
    (told,) = recorded.record.told
    other = replace(told, prescription="MedicationDispense/7#1", told_by="daughter", unit="", units=Fraction(1, 3))
    (count,) = read_back(with_record(recorded, told=(other,)), key)
    assert (count.medicine, count.told_by, count.units) == (told.label, "daughter", Fraction("0.3333"))
    (whole,) = read_back(with_record(recorded, told=(replace(told, units=Fraction(42)),)), key)
    assert whole.units == 42


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "entered-in-error"},
        {"identifier": [{"system": "urn:somebody-else", "value": "1"}]},
        {"subject": {"reference": "Patient/2"}},
        {"subject": None},
        {"contained": []},
    ],
)
def test_what_is_in_error_or_not_ours_or_somebody_elses_is_not_read(recorded, key, changes):
    assert read_back(recorded, key, **changes) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "entered-in-error"},
        {"code": {"text": "Body weight"}},
        {"effectiveDateTime": "2026-11"},
        {"focus": []},
        {"focus": [{}]},
        {"valueQuantity": {"value": -1}},
        {"valueQuantity": {"value": 100001}},
        {"valueQuantity": {"value": 1e-40}},
        {"valueQuantity": {}},
    ],
)
def test_a_count_that_cannot_be_meant_is_passed_over(recorded, key, changes):
    (plan,) = written(recorded, key, CARE_PLAN)
    assert read_back(recorded, key, contained=[plan["contained"][0] | changes]) == ()


def test_a_task_asks_the_prescriber_for_one_prescription_by_a_day(recorded, key):
    (task,) = written(recorded, key, TASK)
    assert task["focus"]["reference"] == "MedicationRequest/lisinopril-1"
    assert task["owner"] == {"reference": "Practitioner/5"}
    assert task["restriction"] == {"period": {"end": "2026-11-24"}}
    assert (task["status"], task["intent"], task["priority"]) == ("requested", "order", "routine")
    assert task["code"]["coding"][0]["code"] == ErrandKind.RENEWAL.value


def test_a_task_whose_day_has_come_is_urgent_and_one_without_a_prescriber_has_no_owner(recorded, key):
    (errand,) = recorded.record.errands
    late = replace(errand, needed_by=recorded.today, prescriber="Patient/1")
    (task,) = written(with_record(recorded, errands=(late,)), key, TASK)
    assert task["priority"] == "urgent"
    assert "owner" not in task


def test_a_prescriber_whom_the_chart_only_names_owns_the_task_by_name(recorded, key):
    (errand,) = recorded.record.errands
    named = replace(errand, prescriber="Dr. Ngozi Adeyemi", prescriber_name="Dr. Ngozi Adeyemi")
    (task,) = written(with_record(recorded, errands=(named,)), key, TASK)
    assert task["owner"] == {"display": "Dr. Ngozi Adeyemi"}


def test_the_handout_is_kept_as_it_was_given(recorded, key):
    bundle = enrolment_bundle(recorded, key=key, systems=Systems())
    (document,) = written(recorded, key, DOCUMENT)
    attachment = document["content"][0]["attachment"]
    assert b64decode(attachment["data"]) == recorded.record.handed.pdf
    assert (attachment["contentType"], attachment["language"], attachment["size"]) == ("application/pdf", "en", 17)
    assert (document["status"], document["docStatus"], document["date"]) == (
        "current",
        "final",
        "2026-11-23T10:15:00-05:00",
    )
    assert [one["code"] for one in document["type"]["coding"]] == ["69730-0", "pickup-handout"]
    pickups = [one.identifier.full_url for one in bundle.entries if one.resource_type == "Appointment"]
    assert [one["reference"] for one in document["context"]["related"]] == pickups
    assert document["description"] == (
        "Handout for the patient: 2 pickups from Tuesday 24 November 2026 to Tuesday 8 December 2026, "
        "with calls, medicines and a calendar."
    )


def test_a_handout_that_is_not_drawn_yet_has_no_data_and_stays_valid(recorded, key):
    shown = with_record(recorded, handed=replace(recorded.record.handed, pdf=b""))
    (document,) = written(shown, key, DOCUMENT)
    assert "data" not in document["content"][0]["attachment"]
    assert problems_of(document) == ()


def test_a_status_that_no_document_has_is_a_problem(recorded, key):
    (document,) = written(recorded, key, DOCUMENT)
    assert any("DocumentReference.status" in problem for problem in problems_of(document | {"status": "active"}))


def test_the_provenance_is_of_everything_from_the_versions_that_were_read(recorded, key):
    bundle = enrolment_bundle(recorded, key=key, systems=Systems())
    (source,) = written(recorded, key, PROVENANCE)
    assert source["target"] == [{"reference": one.identifier.full_url} for one in bundle.entries[:-1]]
    assert source["recorded"] == "2026-11-23T10:15:00-05:00"
    assert [one["what"] for one in source["entity"]] == [
        {"reference": "MedicationDispense/7"},
        {
            "reference": "MedicationRequest/metformin-1/_history/3",
            "display": "MedicationRequest/metformin-1, version 3",
        },
    ]
    assert {one["role"] for one in source["entity"]} == {"source"}
    assert [one["who"].get("reference") for one in source["agent"]] == ["Patient/1", "#app"]
    assert source["contained"][0]["version"] == [{"value": "1.2.3"}]


def test_who_asked_for_it_is_named_where_known(recorded, key):
    asked = with_record(recorded, requester="Practitioner/8")
    who = {"reference": "Practitioner/8"}
    assert written(asked, key, PROVENANCE)[0]["agent"][0]["who"] == who
    assert written(asked, key, CARE_PLAN)[0]["author"] == who
    assert written(asked, key, TASK)[0]["requester"] == who


def test_the_transaction_is_the_one_on_file(recorded, key):
    assert json.loads(enrolment_bundle(recorded, key=key, systems=Systems()).json) == json.loads(GOLDEN.read_text())


def test_every_system_of_these_is_documented():
    documented = (GOLDEN.parents[3] / "docs/written-resources.md").read_text()
    ours = Systems("")
    for system in (*ours.own, ours.provenance_tag, ours.care_plan_category, ours.task_code, ours.document_code):
        assert f"`{system}`" in documented


def test_a_provenance_is_known_by_its_tag_because_r4_gives_it_no_identifier(recorded, key):
    entry = enrolment_bundle(recorded, key=key, systems=Systems()).bundle["entry"][-1]
    (tag,) = entry["resource"]["meta"]["tag"]
    assert entry["request"]["ifNoneExist"] == f"_tag={tag['system']}|{tag['code']}"
    assert "identifier" not in entry["resource"]


@pytest.mark.parametrize("kind", [CARE_PLAN, TASK, DOCUMENT, PROVENANCE])
def test_what_the_server_does_not_take_is_left_out_and_the_rest_stays_valid(recorded, key, kind):
    without = with_record(recorded, types=recorded.record.types - {kind})
    assert written(without, key, kind) == []
    assert len(enrolment_bundle(without, key=key, systems=Systems()).entries) == 8
    assert problems_of(enrolment_bundle(without, key=key, systems=Systems()).bundle) == ()


def test_without_an_agreement_none_of_it_is_written(recorded, key):
    kinds = {
        one.resource_type
        for one in enrolment_bundle(replace(recorded, agreement=None), key=key, systems=Systems()).entries
    }
    assert kinds == {"Appointment", "CommunicationRequest"}


@pytest.mark.parametrize(
    ("cycle", "said"),
    [
        (EveryDays(28), "every 28 days"),
        (MonthlyOnDay(31), "on the last day of the month"),
        (MonthlyOnDay(5), "on day 5 of the month"),
        (NthWeekday(2, 1), "on the second Tuesday of the month"),
        (NthWeekday(-1, 4), "on the last Friday of the month"),
    ],
)
def test_a_cycle_is_said_in_words(cycle, said):
    assert spoken_cycle(cycle) == said
