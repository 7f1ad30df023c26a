"""The consent form: the words in each language, who agreed, to whom, how and when; and what a yes would write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mappings.outbound.calling import language_name, say_between, translated_payload
from mappings.outbound.plan_record import CARE_PLAN, DOCUMENT, PROVENANCE, TASK
from mappings.outbound.planned import AgreedHow, Agreement, EnrolmentPlan, PlannedPickup, Representative
from pickupday.wording import say_count, say_day
from service.handout.content import language_for
from service.routes.writes import Form
from service.use_cases.sessions import Work

LANGUAGES = {"en": "English", "es": "Spanish"}
WORDS = {
    "en": (
        "I agree that my long-term medicines are made ready together on one pickup day, and that the pharmacy calls "
        "me before each one. I can stop at any time."
    ),
    "es": (
        "Acepto que mis medicinas de uso prolongado se preparen juntas para un solo día, y que la farmacia me llame "
        "antes de cada uno. Puedo dejarlo cuando quiera."
    ),
}
HOW = {AgreedHow.IN_PERSON: "In person", AgreedHow.PHONE: "By phone", AgreedHow.WRITING: "In writing"}
_PATIENT, _REPRESENTATIVE = "patient", "representative"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Wording:
    """The words in one language; `own` where they are the programme's, else ours."""

    language: str
    name: str
    words: str
    own: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class ConsentView:
    """The form as it stands; `signed_in` is whether the person at the screen is known, and takes the agreement."""

    wordings: tuple[Wording, ...]
    who: str
    name: str
    relation: str
    to: str
    signed_in: bool
    how: str
    hows: tuple[tuple[str, str], ...]
    on: str
    today: str


def read_agreement(form: Form, today: date, signed_in: str | None) -> tuple[Agreement | None, tuple[str, ...]]:
    """The agreement of the form, or a sentence for each thing that is missing or cannot be.

    `signed_in` is the reference of the person at the screen: they took it where no other name is written down.
    """
    language = form.get("language")
    wording = form.get(f"consent.{language}")
    how = next((one for one in AgreedHow if one == form.get("how")), None)
    to = form.get("to") or signed_in
    by, wrong = _giver(form)
    on, late = _day(form.get("on"), today)
    missing = (
        (language not in LANGUAGES, "Choose the language of the words."),
        (language in LANGUAGES and not wording, "The words that the patient agreed to are missing."),
        (form.get("agreed") != "yes", "Tick that the patient agreed; without that nothing is written."),
        (how is None, "Say how the agreement was given: in person, by phone or in writing."),
        (to is None, "Write down who took the agreement: nobody is signed in by name."),
        (len(form.get("to")) > _LONGEST_NAME, "The name of who took the agreement is too long."),
    )
    errors = (*(sentence for lacks, sentence in missing if lacks), *wrong, *late)
    return (None, errors) if errors else (Agreement(wording, language, by, to, how, on), ())


def _giver(form: Form) -> tuple[Representative | None, tuple[str, ...]]:
    name, relation = form.get("by_name"), form.get("by_relation")
    if form.get("who") == _PATIENT:
        if name or relation:
            return None, ("A representative is named, but the patient is chosen: choose who agreed.",)
        return None, ()
    if form.get("who") != _REPRESENTATIVE:
        return None, ("Choose who agreed: the patient, or somebody for the patient.",)
    if not name or not relation or max(len(name), len(relation)) > _LONGEST_NAME:
        return None, ("Write down who agreed for the patient: the name, and what they are to the patient.",)
    return Representative(name, relation), ()


def _day(text: str, today: date) -> tuple[date, tuple[str, ...]]:
    try:
        on = date.fromisoformat(text) if text else today
    except ValueError:
        return today, ("The day of the agreement is no date.",)
    return (on, ()) if on <= today else (today, ("The day of the agreement is still to come.",))


def view_consent(
    programme: Mapping[str, str], spoken: str | None, today: date, *, signed_in: bool, work: Work, form: Form | None
) -> ConsentView:
    """The form, as it was sent where it was sent; else in the patient's language, with the words kept from before."""
    sent = form or Form(())
    chosen = sent.get("language") or work.language or language_for(work.choices.language or spoken)
    kept = {work.language: work.consent} if work.consent else {}
    wordings = []
    for code, name in LANGUAGES.items():
        words = sent.get(f"consent.{code}") or kept.get(code) or programme.get(code) or WORDS[code]
        wordings.append(Wording(code, name, words, code in programme, code == chosen))
    return ConsentView(
        wordings=tuple(wordings),
        who=sent.get("who") or _PATIENT,
        name=sent.get("by_name"),
        relation=sent.get("by_relation"),
        to=sent.get("to"),
        signed_in=signed_in,
        how=sent.get("how"),
        hows=tuple((one.value, words) for one, words in HOW.items()),
        on=sent.get("on") or today.isoformat(),
        today=today.isoformat(),
    )


def draft_of(view: ConsentView, today: date, signed_in: str | None) -> Agreement:
    """The agreement as the form stands before anybody has agreed: for looking at what it would write."""
    words = next((one for one in view.wordings if one.chosen), view.wordings[0])
    return Agreement(words.words, words.language, to=signed_in, on=today)


def say_what_is_written(plan: EnrolmentPlan) -> tuple[str, ...]:
    """One sentence for each kind of resource that a yes writes, with its days."""
    ahead = [pickup for pickup in plan.pickups if not pickup.at_enrolment]
    said = [
        "The agreement (Consent), in the words above.",
        _days("pickup", "Appointment", [pickup.on for pickup in plan.pickups]),
        _days("call", "CommunicationRequest", [pickup.call for pickup in ahead]),
    ]
    if now := len(plan.pickups) - len(ahead):
        said[-1] += f" For {say_count(now, 'pickup')} this conversation is the call, and is written as such."
    said += _how_they_are_called(plan, ahead)
    record = plan.record
    if record is None:
        return tuple(said)
    if CARE_PLAN in record.types:
        counts = f", with {say_count(len(record.told), 'count')} of what is left at home" if record.told else ""
        said.append(f"The plan itself (CarePlan){counts}.")
    if TASK in record.types:
        said += [f"A request to a prescriber (Task): {errand.request}" for errand in record.errands]
    if DOCUMENT in record.types:
        language = f"in {language_name(language_for(plan.calling.language))}" if plan.calling.asked else ""
        said.append(
            f"The patient's handout (DocumentReference), as a PDF {language or 'in the language of the agreement'}."
        )
    if PROVENANCE in record.types:
        said.append("Who asked for it, and which records it was planned from (Provenance).")
    return tuple(said)


def _how_they_are_called(plan: EnrolmentPlan, ahead: list[PlannedPickup]) -> list[str]:
    """Times, number and language of the calls, as they stand in each CommunicationRequest."""
    if not ahead:
        return []
    times: dict[str, list[str]] = {}
    for pickup in ahead:
        when = say_between(*pickup.call_between) if pickup.call_between is not None else "any time the pharmacy is open"
        times.setdefault(f"{when}{f' ({pickup.call_remark[:-1]})' if pickup.call_remark else ''}", []).append(
            say_day(pickup.call)
        )
    if len(times) == 1:
        when = next(iter(times))
    else:
        when = "; ".join(f"{said} on {', '.join(days)}" for said, days in times.items())
    number = plan.calling.phone or "the number in the chart"
    language = f" in {language_name(plan.calling.language)}" if plan.calling.language else ""
    translated = ", with the script in Spanish too" if translated_payload(plan, ahead[0]) else ""
    return [f"The calls go to {number}{language}{translated}: {when}."]


def _days(what: str, kind: str, days: list[date]) -> str:
    on = f": {', '.join(map(say_day, days))}" if days else ""
    return f"{say_count(len(days), what)} ({kind}){on}."
