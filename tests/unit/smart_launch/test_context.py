"""The launch context: what is said counts, what cannot be used is left out with a note, nothing stops a launch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smart_launch import ContextItem, LaunchContext, Quirks
from smart_launch.context import context_from_stored, context_to_store, read_context
from tests.smart.driving import SITE
from tests.unit.smart_launch.test_authorize import endpoints


def context(**answer: Any) -> LaunchContext:
    return read_context(answer, SITE, endpoints())


def test_patient_encounter_intent_and_tenant_are_read() -> None:
    found = context(patient="p-1", encounter="e.2", intent="reconcile", tenant="north")
    assert (found.patient, found.encounter, found.intent, found.tenant) == ("p-1", "e.2", "reconcile", "north")
    assert context(patient="Patient/p1").patient == "p1"


@pytest.mark.parametrize(
    "patient", [7, "", "a/b", "../Patient", "..", "p" * 65, {"reference": "Patient/1"}, "p 1", "p1\n"]
)
def test_a_patient_that_is_no_id_is_left_out_with_a_note(patient: object) -> None:
    found = context(patient=patient)
    assert found.patient is None
    assert "no FHIR id" in found.notes[0]


def test_a_context_that_says_nothing_is_empty() -> None:
    assert context() == LaunchContext()
    assert context(patient=None).notes == ()


@pytest.mark.parametrize(("said", "shown"), [(True, True), ("true", True), (None, True), ("?", True), (False, False)])
def test_the_patient_banner_is_shown_unless_the_server_says_that_it_does(said: object, shown: bool) -> None:
    assert context(need_patient_banner=said).shows_patient_banner is shown


def test_what_was_in_view_is_read_and_odd_entries_are_noted() -> None:
    found = context(
        fhirContext=[
            {"reference": "ImagingStudy/1", "type": "ImagingStudy", "role": "focus"},
            "DiagnosticReport/2",
            {"canonical": "http://example.org/Questionnaire/3|1"},
            {"reference": "javascript:alert(1)"},
            {"identifier": {}},
            7,
        ]
    )
    assert found.fhir_context == (
        ContextItem("ImagingStudy/1", None, "ImagingStudy", "focus"),
        ContextItem("DiagnosticReport/2"),
        ContextItem(None, "http://example.org/Questionnaire/3|1"),
    )
    assert len(found.notes) == 3


@pytest.mark.parametrize("style", ["https://ehr.example/style.json", "/style.json", "https://auth.ehr.example/s.json"])
def test_a_style_sheet_of_the_server_itself_is_used(style: str) -> None:
    assert (context(smart_style_url=style).style_url or "").endswith(".json")


@pytest.mark.parametrize(
    "style",
    ["https://evil.example/s.json", "http://ehr.example/s.json", "javascript:x", "https://ehr.example.evil.example/s"],
)
def test_a_style_sheet_of_anybody_else_is_not_used(style: str) -> None:
    found = context(smart_style_url=style)
    assert found.style_url is None
    assert "style sheet is not used" in found.notes[0]


def test_a_site_may_allow_a_style_sheet_from_elsewhere() -> None:
    site = replace(SITE, quirks=Quirks(style_origins=("https://cdn.example",)))
    answer = {"smart_style_url": "https://cdn.example/s.json"}
    assert read_context(answer, site, endpoints()).style_url == "https://cdn.example/s.json"


def test_the_context_of_a_cds_card_is_kept_as_it_is() -> None:
    assert context(appContext='{"plan": 7}').app_context == '{"plan": 7}'


def test_unknown_parameters_are_tolerated_and_named() -> None:
    found = context(patient="p1", epic_dstu2="x", __meta={"a": 1}, access_token="secret")
    assert found.patient == "p1"
    assert found.unknown == ("__meta", "epic_dstu2")


def test_a_context_survives_its_store() -> None:
    found = context(
        patient="p1", need_patient_banner=False, fhirContext=[{"reference": "Task/1", "role": "x"}], appContext="a"
    )
    assert context_from_stored(context_to_store(found)) == found


def test_no_patient_shows_when_a_context_is_printed() -> None:
    shown = repr(
        context(patient="pat-canary", encounter="enc-canary", fhirContext=["Task/canary"], appContext="canary")
    )
    assert "canary" not in shown
