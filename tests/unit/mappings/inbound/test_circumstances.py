"""Transportation and coverage: the listed codes only, what they state for sure, and nothing concluded from a part."""

from __future__ import annotations

import json
from datetime import date

import pytest

from mappings.inbound import read_resources
from pickupday.circumstances import Says

CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
SNOMED, ICD, LOINC = "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10-cm", "http://loinc.org"
OWNER = {"subject": {"reference": "Patient/p"}}


def coded(system, code, text=None):
    return {"coding": [{"system": system, "code": code}], **({"text": text} if text else {})}


def condition(code=("http://snomed.info/sct", "713458007"), **fields):
    ordinary = {
        "resourceType": "Condition",
        "id": "c",
        "clinicalStatus": coded(CLINICAL, "active"),
        "verificationStatus": coded(VERIFICATION, "confirmed"),
        "code": coded(*code, "Lack of access to transportation"),
        "onsetDateTime": "2026-01-05",
        **OWNER,
    }
    return {name: value for name, value in {**ordinary, **fields}.items() if value is not None}


def answer(code="LA30133-5", **fields):
    ordinary = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": coded(LOINC, "93030-5"),
        "effectiveDateTime": "2026-02-01T23:30:00-05:00",
        "valueCodeableConcept": coded(LOINC, code, "in words"),
        **OWNER,
    }
    return {name: value for name, value in {**ordinary, **fields}.items() if value is not None}


def coverage(**fields):
    return {
        "resourceType": "Coverage",
        "id": "v",
        "status": "active",
        "beneficiary": {"reference": "Patient/p"},
        "payor": [{"display": "Hudson Health"}],
        **fields,
    }


def only(charts, resource, *others):
    chart = charts.read(resource, *others)
    assert chart.history is not None
    [record] = chart.history.circumstances.transport
    return record


@pytest.mark.parametrize(
    "code",
    [(SNOMED, "713458007"), (SNOMED, "551731000124103"), (ICD, "Z59.82"), (ICD, "Z5982"), (ICD, "Z75.3")],
    ids=str,
)
def test_each_listed_condition_says_yes(charts, code):
    record = only(charts, condition(code))
    assert (record.key, record.says, record.on) == ("Condition/c", Says.YES, date(2026, 1, 5))
    assert record.what.startswith("Lack of access to transportation (")


@pytest.mark.parametrize(
    "code", [(SNOMED, "44054006"), (ICD, "Z59.8"), (SNOMED, "Z59.82"), ("urn:other", "713458007")], ids=str
)
def test_any_other_code_says_nothing(charts, code):
    assert charts.read(condition(code)).history.circumstances.transport == ()


@pytest.mark.parametrize(
    ("fields", "says", "missing"),
    [
        ({"clinicalStatus": coded(CLINICAL, "relapse")}, Says.YES, None),
        ({"clinicalStatus": coded(CLINICAL, "resolved")}, Says.NO, None),
        ({"abatementDateTime": "2026-02-01"}, Says.NO, None),
        ({"abatementString": "last year"}, Says.NO, None),
        ({"abatementAge": {"value": 60}}, Says.NO, None),
        ({"verificationStatus": coded(VERIFICATION, "refuted")}, Says.NO, None),
        ({"verificationStatus": None}, Says.YES, None),
        ({"verificationStatus": coded(VERIFICATION, "provisional")}, Says.UNSETTLED, "Condition.verificationStatus"),
        ({"clinicalStatus": None}, Says.UNSETTLED, "Condition.clinicalStatus"),
        ({"modifierExtension": [{"url": "urn:x"}]}, Says.UNSETTLED, None),
    ],
    ids=str,
)
def test_status_and_verification_decide_what_a_condition_says(charts, fields, says, missing):
    record = only(charts, condition(**fields))
    assert (record.says, record.missing) == (says, missing)
    assert (record.doubt is not None) is (says is Says.UNSETTLED)


def test_a_condition_entered_in_error_never_was(charts):
    fields = {"verificationStatus": coded(VERIFICATION, "entered-in-error"), "clinicalStatus": None}
    assert charts.read(condition(**fields)).history.circumstances.transport == ()


def test_the_day_recorded_counts_before_the_onset(charts):
    assert only(charts, condition(recordedDate="2026-01-20")).on == date(2026, 1, 20)
    assert only(charts, condition(onsetDateTime=None, onsetPeriod={"start": "2025-06-01"})).on == date(2025, 6, 1)


@pytest.mark.parametrize(
    ("code", "says"), [("LA30133-5", Says.YES), ("LA30134-3", Says.YES), ("LA32-8", Says.NO)], ids=str
)
def test_each_answer_to_the_screening_question(charts, code, says):
    record = only(charts, answer(code))
    assert (record.says, record.screening, record.on) == (says, True, date(2026, 2, 1))
    assert record.what == f"in words (LOINC {code})"


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"valueCodeableConcept": coded(LOINC, "LA30122-8")}, "Observation.value[x]"),
        ({"valueCodeableConcept": None}, "Observation.value[x]"),
        ({"status": "preliminary"}, "Observation.status"),
        ({"status": None}, "Observation.status"),
        ({"effectiveDateTime": None}, "Observation.effective[x]"),
        ({"effectiveDateTime": "2026-02"}, "Observation.effective[x]"),
        ({"modifierExtension": [{"url": "urn:x"}]}, None),
    ],
    ids=str,
)
def test_an_answer_that_is_none_settles_nothing(charts, fields, missing):
    record = only(charts, answer(**fields))
    assert (record.says, record.missing) == (Says.UNSETTLED, missing)
    assert record.doubt


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_an_answer_that_was_withdrawn_never_was(charts, status):
    assert charts.read(answer(status=status)).history.circumstances.transport == ()


def test_an_answer_inside_a_questionnaire_is_read(charts):
    inside = {"code": coded(LOINC, "93030-5"), "valueCodeableConcept": coded(LOINC, "LA32-8")}
    record = only(charts, answer(code=coded(LOINC, "93025-5"), valueCodeableConcept=None, component=[inside]))
    assert record.says is Says.NO


def test_another_question_is_passed_over_whatever_it_mentions(charts):
    other = answer(code=coded(LOINC, "72166-2", "not 93030-5"))
    assert charts.read(other).history.circumstances.transport == ()


@pytest.mark.parametrize(
    ("fields", "on"),
    [
        ({"effectivePeriod": {"start": "2026-01-01", "end": "2026-01-03"}}, date(2026, 1, 3)),
        ({"effectiveInstant": "2026-01-04T12:00:00Z"}, date(2026, 1, 4)),
        ({"issued": "2026-01-05T03:00:00Z"}, date(2026, 1, 4)),
    ],
    ids=str,
)
def test_an_answer_may_be_dated_in_other_ways(charts, fields, on):
    assert only(charts, answer(effectiveDateTime=None, **fields)).on == on


def test_thousands_of_other_observations_are_never_decoded(charts):
    broken = {"resourceType": "Observation", "id": "x", "status": 5, "code": "no concept"}
    chart = charts.read(broken, charts.patient())
    assert (chart.history.circumstances.transport, charts.codes(chart)) == ((), [])


def test_a_record_with_the_code_that_cannot_be_read_is_said_and_left_out(charts):
    chart = charts.read({**answer(), "status": 5})
    assert chart.history.circumstances.transport == ()
    assert charts.codes(chart) == ["malformed-resource"]


def test_another_patients_answer_is_left_out_of_a_file_and_fatal_from_a_server(charts):
    theirs = answer(subject={"reference": "Patient/q"})
    chart = charts.read(theirs)
    assert (chart.history.circumstances.transport, charts.codes(chart)) == ((), ["wrong-patient"])
    served = [json.dumps(one).encode() for one in (charts.patient(), theirs)]
    assert read_resources(served, patient="p", zone=charts.zone).history is None


def test_a_coverage_names_its_payer_and_plan(charts):
    plan = {"class": [{"type": coded("urn:c", "plan"), "value": "D1", "name": "Part D"}]}
    [found] = charts.read(coverage(**plan, period={"start": "2026-01-01"})).history.circumstances.benefits
    assert (found.key, found.payer, found.plan, found.active) == ("Coverage/v", "Hudson Health", "Part D", True)
    assert (found.start, found.end) == (date(2026, 1, 1), None)


@pytest.mark.parametrize(
    ("type_", "plan"),
    [
        ({"text": "Medicare Part D"}, "Medicare Part D"),
        ({"coding": [{"code": "x"}, {"display": "Part D"}]}, "Part D"),
        (None, None),
    ],
    ids=str,
)
def test_without_a_plan_class_the_type_names_it(charts, type_, plan):
    fields = {"type": type_} if type_ else {}
    [found] = charts.read(coverage(**fields)).history.circumstances.benefits
    assert found.plan == plan


def test_a_payer_is_named_by_its_organization(charts):
    payer = {"resourceType": "Organization", "id": "h", "name": "Hudson Health"}
    [found] = charts.read(coverage(payor=[{"reference": "Organization/h"}]), payer).history.circumstances.benefits
    assert found.payer == "Hudson Health"
    several = coverage(payor=[{"reference": "Patient/p"}, {"display": "Hudson Health"}])
    assert charts.read(several).history.circumstances.benefits[0].payer == "Hudson Health"
    [unnamed] = charts.read(coverage(payor=[{"reference": "Organization/h"}])).history.circumstances.benefits
    assert unnamed.payer is None


@pytest.mark.parametrize("status", ["draft", "entered-in-error"])
def test_a_coverage_that_never_was_pays_nothing(charts, status):
    assert charts.read(coverage(status=status)).history.circumstances.benefits == ()


def test_a_coverage_without_status_may_be_in_force(charts):
    fields = coverage()
    del fields["status"]
    [found] = charts.read(fields).history.circumstances.benefits
    assert found.active is None


def test_what_a_server_would_not_give_is_handed_on(charts):
    raw = json.dumps(charts.patient()).encode()
    chart = read_resources([raw], patient="p", zone=charts.zone, unread={"Coverage": "The server refused it."})
    assert chart.history is not None
    assert chart.history.circumstances.unread == {"Coverage": "The server refused it."}
