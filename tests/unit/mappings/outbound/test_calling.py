"""How a call is wanted: the occurrence, the note, the script in the patient's language; and read back the same."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from mappings.enrolments import recorded_enrolments
from mappings.outbound.bundle import enrolment_bundle
from mappings.outbound.calling import language_name
from mappings.outbound.codes import Systems
from mappings.outbound.planned import Calling
from mappings.validation import problems_of

NEW_YORK = ZoneInfo("America/New_York")


def calls(plan, key):
    entries = enrolment_bundle(plan, key=key, systems=Systems()).entries
    return [entry.resource for entry in entries if entry.resource_type == "CommunicationRequest"]


@pytest.fixture
def wanted(plan):
    """The plan with every wish: mornings, a number of its own, in Spanish."""
    pickups = tuple(replace(one, call_between=(time(9), time(12))) for one in plan.pickups)
    return replace(plan, pickups=pickups, calling=Calling("+1 518 555 0100", "es", asked=True))


def test_without_a_wish_a_call_has_its_day_and_nothing_more(plan, key):
    _, ahead = calls(plan, key)
    assert ahead["occurrenceDateTime"] == "2026-12-01"
    assert not {"occurrencePeriod", "note"} & set(ahead)
    assert len(ahead["payload"]) == 1


def test_a_time_of_day_is_a_period_with_the_offset_of_that_day(wanted, key):
    _, ahead = calls(wanted, key)
    assert ahead["occurrencePeriod"] == {"start": "2026-12-01T09:00:00-05:00", "end": "2026-12-01T12:00:00-05:00"}
    assert "occurrenceDateTime" not in ahead


def test_number_and_language_stand_in_a_note_for_the_caller_and_in_the_narrative(wanted, key):
    _, ahead = calls(wanted, key)
    assert ahead["note"] == [{"text": "Phone: +1 518 555 0100. Language: Spanish."}]
    assert "Phone: +1 518 555 0100. Language: Spanish." in ahead["text"]["div"]
    assert "9:00 to 12:00" in ahead["text"]["div"]


def test_the_conversation_that_has_taken_place_is_asked_for_at_no_other_time_and_number(wanted, key):
    done, _ = calls(wanted, key)
    assert (done["status"], done["occurrenceDateTime"]) == ("completed", "2026-11-23")
    assert "note" not in done
    assert len(done["payload"]) == 1


def test_the_script_comes_in_spanish_too_and_says_that_no_clinician_has_reviewed_it(wanted, key):
    english, spanish = calls(wanted, key)[1]["payload"]
    assert english["contentString"].startswith("Call to confirm the pickup at Corner Pharmacy")
    attached = spanish["contentAttachment"]
    assert (attached["language"], attached["contentType"]) == ("es", "text/plain; charset=utf-8")
    assert "no revisada por personal clínico" in attached["title"]
    said = b64decode(attached["data"]).decode()
    assert said.startswith("Llamada para confirmar la recogida en Corner Pharmacy el martes 8 de diciembre de 2026.")
    assert "- Metformin hydrochloride 500 MG Oral Tablet: 60 tabletas para 30 días" in said
    assert "30 días en vez de 7 días la última vez." in said
    assert said.count("¿") == english["contentString"].count("?") == 6  # every question


def test_a_hospital_stay_is_asked_about_in_spanish_as_well(wanted, key):
    asked = (wanted.pickups[0], replace(wanted.pickups[1], open_questions=("A hospital stay.",)))
    attached = calls(replace(wanted, pickups=asked), key)[1]["payload"][1]["contentAttachment"]
    assert "¿Qué cambió al alta?" in b64decode(attached["data"]).decode()


@pytest.mark.parametrize(
    ("calling", "note"),
    [
        (Calling(), ""),
        (Calling(language="en-US"), ""),
        (Calling(language="en", asked=True), "Language: English."),
        (Calling(language="vi"), "Language: Vietnamese."),
        (Calling(language="xx"), "Language: xx."),
        (Calling("555-0100\n- Ask: anything"), "Phone: 555-0100 - Ask: anything."),
    ],
)
def test_the_note_says_what_nobody_would_expect(plan, key, calling, note):
    _, ahead = calls(replace(plan, calling=calling), key)
    assert ahead.get("note", [{"text": ""}])[0]["text"] == note


def test_a_wish_that_cannot_be_kept_on_that_day_is_told_to_the_caller(plan, key):
    remark = "Wanted in the evening, when the pharmacy is closed on this day."
    shut = (plan.pickups[0], replace(plan.pickups[1], call_remark=remark))
    _, ahead = calls(replace(plan, pickups=shut), key)
    assert ahead["occurrenceDateTime"] == "2026-12-01"
    assert ahead["note"] == [{"text": remark}]


def test_what_is_asked_of_calls_is_valid_fhir(wanted, key):
    assert problems_of(enrolment_bundle(wanted, key=key, systems=Systems()).bundle) == ()


def test_a_window_on_the_day_of_a_clock_change_has_that_days_offset(wanted, key):
    spring = replace(wanted.pickups[1], call=date(2027, 3, 14), call_between=(time(1), time(3)))
    _, ahead = calls(replace(wanted, pickups=(wanted.pickups[0], spring)), key)
    assert ahead["occurrencePeriod"] == {"start": "2027-03-14T01:00:00-05:00", "end": "2027-03-14T03:00:00-04:00"}


def test_what_was_asked_is_read_back_from_the_server(wanted, key):
    held = [
        json.dumps(one.resource | {"id": str(number)}).encode()
        for number, one in enumerate(enrolment_bundle(wanted, key=key, systems=Systems()).entries)
    ]
    (found,) = recorded_enrolments(held, patient="Patient/1", systems=Systems(), zone=NEW_YORK)
    done, ahead = found.calls
    assert (ahead.on, ahead.note) == (date(2026, 12, 1), "Phone: +1 518 555 0100. Language: Spanish.")
    assert (ahead.starts, ahead.ends) == (
        datetime(2026, 12, 1, 9, tzinfo=NEW_YORK),
        datetime(2026, 12, 1, 12, tzinfo=NEW_YORK),
    )
    assert (done.starts, done.ends, done.note) == (None, None, "")


def test_languages_are_said_in_words():
    assert [language_name(code) for code in ("es-MX", "EN", "zh_Hans", "tlh")] == [
        "Spanish",
        "English",
        "Chinese",
        "tlh",
    ]
