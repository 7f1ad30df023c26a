"""The searches beside the medicines: narrowed where that is declared; whatever becomes of them stops nothing."""

from __future__ import annotations

import httpx
import pytest

from service.config import Settings
from service.use_cases.ports import AccessDenied

DECLARED = {
    "MedicationRequest": ["patient", "intent", "include"],
    "MedicationDispense": ["patient"],
    "Encounter": ["patient", "class"],
    "Condition": ["patient", "code"],
    "Observation": ["patient", "code"],
    "Coverage": ["beneficiary"],
    "Organization": [],
}


@pytest.fixture
def declared(ehr):
    ehr.declare(**DECLARED)
    for kind in ("Condition", "Observation"):
        ehr.found(kind)
    ehr.found("Coverage", self_link=None)
    return ehr


def asked(ehr, kind):
    return [call.request.url.params for call in ehr.router.calls if call.request.url.path == f"/fhir/{kind}"]


def record(kind, patient="p1", **fields):
    whose = "beneficiary" if kind == "Coverage" else "subject"
    return {"resourceType": kind, "id": "x1", whose: {"reference": f"Patient/{patient}"}, **fields}


def held(chart):
    return b"".join(chart.resources)


def test_each_search_is_narrowed_to_the_codes_that_matter(declared):
    chart = declared.chart()
    assert chart.unread == {}
    [conditions], [answers], [coverages] = (asked(declared, kind) for kind in ("Condition", "Observation", "Coverage"))
    assert "http://snomed.info/sct|713458007" in conditions["code"]
    assert "http://hl7.org/fhir/sid/icd-10-cm|Z59.82" in conditions["code"]
    assert answers["code"] == "http://loinc.org|93030-5"
    assert coverages["beneficiary"] == "Patient/p1"


@pytest.mark.parametrize(
    ("params", "used"),
    [
        (["patient", "combo-code", "code"], {"combo-code": "http://loinc.org|93030-5"}),
        (["patient", "category"], {"category": "survey,social-history"}),
    ],
    ids=str,
)
def test_answers_are_narrowed_in_the_best_way_that_is_declared(declared, params, used):
    declared.declare(**{**DECLARED, "Observation": params})
    declared.chart()
    [answers] = asked(declared, "Observation")
    assert {name: answers[name] for name in used} == used


def test_conditions_are_few_enough_to_be_read_unnarrowed_and_observations_are_not(declared):
    declared.declare(**{**DECLARED, "Condition": ["patient"], "Observation": ["patient"]})
    chart = declared.chart()
    assert len(asked(declared, "Condition")) == 1
    assert asked(declared, "Observation") == []
    assert chart.unread == {"Observation": "The server declares no such search for Observation."}


def test_what_is_found_is_part_of_the_chart(declared):
    declared.found("Condition", record("Condition"))
    declared.found("Coverage", record("Coverage", payor=[{"display": "Hudson Health"}]), self_link=None)
    chart = declared.chart()
    assert b'"Condition"' in held(chart)
    assert b"Hudson Health" in held(chart)


def test_a_payer_that_is_not_named_is_looked_up(declared):
    declared.found("Coverage", record("Coverage", payor=[{"reference": "Organization/h"}]), self_link=None)
    declared.get("/Organization/h", {"resourceType": "Organization", "id": "h", "name": "Hudson Health"})
    assert b"Hudson Health" in held(declared.chart())


@pytest.mark.parametrize("kind", ["Condition", "Observation", "Coverage"])
@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_refusal_is_named_and_stops_nothing(declared, kind, status):
    declared.get(f"/{kind}", status=status)
    chart = declared.chart()
    assert list(chart.unread) == [kind]
    assert kind in chart.unread[kind]
    assert not [issue for issue in chart.issues if issue.fatal]


@pytest.mark.parametrize(
    "answer", [httpx.ReadError("gone"), httpx.Response(200, html="<p>log in</p>"), httpx.Response(302)], ids=str
)
def test_an_answer_that_is_none_is_named_and_stops_nothing(declared, answer):
    route = declared.router.get("/Observation")
    if isinstance(answer, Exception):
        route.mock(side_effect=answer)
    else:
        route.mock(return_value=answer)
    chart = declared.chart()
    assert chart.unread == {"Observation": "The search for Observation was not answered in full."}
    assert not [issue for issue in chart.issues if issue.fatal]


def test_an_answer_in_part_is_said_to_be_one(declared):
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "incomplete"}]}
    declared.found("Condition", record("Condition"), outcome)
    chart = declared.chart()
    assert list(chart.unread) == ["Condition"]
    assert b'"Condition"' in held(chart)


def test_more_than_a_chart_can_hold_of_one_type_is_not_read(declared):
    declared.settings = Settings(max_entries=3)
    declared.found("Condition", *(record("Condition") for _ in range(4)))
    assert list(declared.chart().unread) == ["Condition"]


def test_who_is_not_signed_in_is_told_so(declared):
    declared.get("/Coverage", status=401)
    with pytest.raises(AccessDenied):
        declared.chart()


@pytest.mark.parametrize("kind", ["Condition", "Observation", "Coverage"])
def test_another_patients_record_stops_the_plan(declared, kind):
    declared.found(kind, record(kind, patient="p2"), self_link=None)
    [issue] = [issue for issue in declared.chart().issues if issue.fatal]
    assert issue.code == "another-patient"
