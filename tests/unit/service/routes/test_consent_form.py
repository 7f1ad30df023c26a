"""The consent form: who agreed, to whom, how and when, and what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from mappings.outbound.pharmacy import Pharmacy
from mappings.outbound.plan_record import CARE_PLAN, DOCUMENT, PROVENANCE, TASK, Errand, ErrandKind, PlanRecord
from mappings.outbound.planned import AgreedHow, Calling, EnrolmentPlan, PlannedPickup, Representative
from service.routes.consent_form import WORDS, draft_of, read_agreement, say_what_is_written, view_consent
from service.routes.writes import Form
from service.use_cases.sessions import Work

TODAY = date(2026, 11, 24)
FILLED = {"language": "en", "consent.en": "I agree.", "who": "patient", "how": "phone", "agreed": "yes"}
DAUGHTER = {"who": "representative", "by_name": "Ana Delgado", "by_relation": "daughter"}


def form(**changed):
    fields = FILLED | {name.replace("__", "."): value for name, value in changed.items()}
    return Form(tuple(fields.items()))


def read(signed_in="Practitioner/5", **changed):
    return read_agreement(form(**changed), TODAY, signed_in)


def test_everything_that_was_filled_in_is_in_the_agreement():
    agreement, errors = read(on="2026-11-20", to="Nurse Ada", **DAUGHTER)
    assert errors == ()
    assert (agreement.wording, agreement.language) == ("I agree.", "en")
    assert agreement.by == Representative("Ana Delgado", "daughter")
    assert (agreement.to, agreement.how, agreement.on) == ("Nurse Ada", AgreedHow.PHONE, date(2026, 11, 20))


def test_the_person_at_the_screen_took_it_today_unless_something_else_is_written_down():
    agreement, _ = read()
    assert (agreement.by, agreement.to, agreement.on) == (None, "Practitioner/5", TODAY)


def test_the_words_of_the_chosen_language_count():
    agreement, _ = read(language="es", consent__es="Acepto.")
    assert (agreement.wording, agreement.language) == ("Acepto.", "es")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"language": "es"}, "The words that the patient agreed to are missing."),
        ({"language": "tlh"}, "Choose the language of the words."),
        ({"agreed": ""}, "Tick that the patient agreed; without that nothing is written."),
        ({"how": ""}, "Say how the agreement was given: in person, by phone or in writing."),
        ({"how": "telepathy"}, "Say how the agreement was given: in person, by phone or in writing."),
        ({"signed_in": None}, "Write down who took the agreement: nobody is signed in by name."),
        ({"to": "x" * 201}, "The name of who took the agreement is too long."),
        ({"who": ""}, "Choose who agreed: the patient, or somebody for the patient."),
        (DAUGHTER | {"by_relation": ""}, "Write down who agreed for the patient: the name, and what they are to"),
        (DAUGHTER | {"who": "patient"}, "A representative is named, but the patient is chosen: choose who agreed."),
        ({"on": "2026-11-25"}, "The day of the agreement is still to come."),
        ({"on": "yesterday"}, "The day of the agreement is no date."),
    ],
)
def test_what_is_missing_or_cannot_be_is_said_and_there_is_no_agreement(changed, sentence):
    agreement, errors = read(**changed)
    assert agreement is None
    assert len(errors) == 1
    assert errors[0].startswith(sentence)


def view(programme=None, spoken=None, work=None, form=None):
    return view_consent(programme or {}, spoken, TODAY, signed_in=True, work=work or Work(), form=form)


def test_the_programmes_words_go_before_ours_and_ours_are_marked():
    english, spanish = view({"en": "The programme's."}).wordings
    assert (english.words, english.own) == ("The programme's.", True)
    assert (spanish.words, spanish.own) == (WORDS["es"], False)


def test_the_patients_language_is_chosen():
    assert [one.language for one in view(spoken="es-MX").wordings if one.chosen] == ["es"]
    assert [one.language for one in view(spoken="vi").wordings if one.chosen] == ["en"]


def test_nothing_that_was_typed_is_lost_when_the_form_comes_back():
    sent = form(consent__en="My own words.", to="Nurse Ada", on="2026-11-20", **DAUGHTER)
    shown = view(form=sent, work=Work(consent="older", language="en"))
    assert shown.wordings[0].words == "My own words."
    assert (shown.who, shown.name, shown.relation) == ("representative", "Ana Delgado", "daughter")
    assert (shown.to, shown.how, shown.on) == ("Nurse Ada", "phone", "2026-11-20")


def test_words_kept_from_an_interrupted_launch_come_back_in_their_language():
    shown = view(work=Work(consent="Palabras.", language="es"))
    assert [(one.words, one.chosen) for one in shown.wordings][1] == ("Palabras.", True)


def test_how_is_never_chosen_beforehand():
    assert view().how == ""


def test_the_draft_that_is_looked_at_has_the_words_that_are_shown():
    shown = replace(view(spoken="es"), to="somebody")
    assert draft_of(shown, TODAY, None).wording == WORDS["es"]


def plan_of(*pickups, types=()):
    record = PlanRecord(frozenset(types), "", "every 28 days", datetime(2026, 11, 24, tzinfo=UTC), "1")
    errand = Errand(ErrandKind.RENEWAL, "x", "MedicationRequest/1", None, TODAY, "Please renew it.")
    return EnrolmentPlan(
        "e", "Patient/1", Pharmacy(), None, TODAY, ZoneInfo("UTC"), pickups, record=replace(record, errands=(errand,))
    )


def pickup(on, call, *, now=False):
    return PlannedPickup(1, on, False, (), call, at_enrolment=now)


def test_what_is_written_is_said_with_its_days():
    soon = pickup(date(2026, 11, 26), TODAY, now=True)
    later = pickup(date(2026, 12, 24), date(2026, 12, 17))
    assert say_what_is_written(plan_of(soon, later)) == (
        "The agreement (Consent), in the words above.",
        "2 pickups (Appointment): Thu 26 Nov 2026, Thu 24 Dec 2026.",
        "1 call (CommunicationRequest): Thu 17 Dec 2026. "
        "For 1 pickup this conversation is the call, and is written as such.",
        "The calls go to the number in the chart: any time the pharmacy is open.",
    )


def test_what_was_asked_of_the_calls_is_said_and_a_day_on_which_it_cannot_be_kept_too():
    kept = replace(pickup(date(2026, 12, 24), date(2026, 12, 17)), call_between=(time(9), time(12)))
    shut = replace(
        pickup(date(2027, 1, 21), date(2027, 1, 14)), call_remark="Wanted in the morning, when it is closed."
    )
    called = Calling("+1 518 555 0100", "es", asked=True)
    one = replace(plan_of(kept, types={DOCUMENT}), calling=called)
    assert say_what_is_written(one)[3:] == (
        "The calls go to +1 518 555 0100 in Spanish, with the script in Spanish too: 9:00 to 12:00.",
        "The patient's handout (DocumentReference), as a PDF in Spanish.",
    )
    assert say_what_is_written(replace(one, pickups=(kept, shut)))[3] == (
        "The calls go to +1 518 555 0100 in Spanish, with the script in Spanish too: 9:00 to 12:00 on Thu 17 Dec 2026; "
        "any time the pharmacy is open (Wanted in the morning, when it is closed) on Thu 14 Jan 2027."
    )


def test_only_what_the_server_takes_is_announced():
    every = say_what_is_written(plan_of(pickup(TODAY, TODAY), types={CARE_PLAN, TASK, DOCUMENT, PROVENANCE}))
    assert every[4:] == (
        "The plan itself (CarePlan).",
        "A request to a prescriber (Task): Please renew it.",
        "The patient's handout (DocumentReference), as a PDF in the language of the agreement.",
        "Who asked for it, and which records it was planned from (Provenance).",
    )
    assert len(say_what_is_written(plan_of(pickup(TODAY, TODAY)))) == 4
