"""Two criteria about the person: older, and transportation issues; and who pays."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from pickupday.candidates.criterion import BenefitStatement, Criterion, Evidence, Status, Thresholds
from pickupday.circumstances import Benefit, Circumstances, Says, TransportRecord
from pickupday.history import Patient

_OLDEST = 130  # years: beyond it a birth date is a typing error
_NINETY = 90
_RECORDS = "Condition or Observation of transportation"


def age_on(birth_date: date, today: date) -> int:
    """Completed years; who is born on 29 February has a birthday on 1 March in common years."""
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


def older(patient: Patient, today: date, thresholds: Thresholds) -> Criterion:
    """65 years or more, or as configured."""
    title = f"{thresholds.older_from} or older"
    born = patient.birth_date
    if born is None:
        return Criterion(
            "older",
            title,
            Status.CANNOT_TELL,
            "The chart has no complete birth date.",
            missing="Patient.birthDate",
            next_step="Ask for the date of birth.",
        )
    age = age_on(born, today)
    evidence = (Evidence(patient.key, born, f"born {born}"),)
    if not 0 <= age <= _OLDEST:
        return Criterion(
            "older",
            title,
            Status.CANNOT_TELL,
            f"The birth date {born} cannot be right.",
            evidence,
            missing="Patient.birthDate",
            next_step="Ask for the date of birth.",
        )
    status = Status.MET if age >= thresholds.older_from else Status.NOT_MET
    return Criterion("older", title, status, f"{age} years old (born {born}).", evidence)


def transportation(circumstances: Circumstances, today: date, thresholds: Thresholds) -> Criterion:
    """A lack of transportation: an active condition, or the patient's last answer to the screening question.

    The last answer replaces earlier ones; a no that is later than the active condition contradicts it, and is asked.
    """
    known = [one for one in circumstances.transport if one.on is None or one.on <= today]
    said_no = [one for one in known if one.says is Says.NO and not one.screening]
    conditions = [one for one in known if one.says is Says.YES and not one.screening]
    answers = _last_answers(known)
    recent = [one for one in answers if one.on is not None and one.on >= today - timedelta(thresholds.screening_days)]
    answer = recent[0] if recent and len({one.says for one in recent}) == 1 else None
    if answer is not None and answer.says is Says.YES:
        return _settled(Status.MET, [answer, *conditions])
    if conditions and answer is not None and any(one.on is None or one.on < (answer.on or today) for one in conditions):
        doubt = "The chart disagrees with itself: a condition says yes and a screening answer says no."
        return _unsettled(doubt, [*conditions, answer], "Ask whether getting to the pharmacy is difficult.")
    if conditions:
        return _settled(Status.MET, conditions)
    if answer is not None:
        return _settled(Status.NOT_MET, [answer])
    if recent:
        return _unsettled("Two answers of one day contradict each other.", recent, "Ask again.")
    if answers:
        asked = f"The last answer is of {answers[0].on}, more than {thresholds.screening_days} days ago."
        return _unsettled(asked, answers, "Ask again.", "a recent answer (LOINC 93030-5)")
    doubtful = [one for one in known if one.says is Says.UNSETTLED]
    if doubtful:
        return _unsettled(
            doubtful[0].doubt or "It is not settled.",
            doubtful,
            "Ask whether getting to the pharmacy is difficult.",
            doubtful[0].missing or _RECORDS,
        )
    unread = [why for kind, why in sorted(circumstances.unread.items()) if kind in ("Condition", "Observation")]
    if said_no and not unread:
        return _settled(Status.NOT_MET, said_no)
    why = " ".join(unread) or "The chart holds neither such a condition nor an answer to the screening question."
    return _unsettled(why, said_no, "Ask whether getting to the pharmacy is difficult.", _RECORDS)


def _last_answers(known: Iterable[TransportRecord]) -> list[TransportRecord]:
    """The dated answers of the last day on which anything was answered."""
    answers = [one for one in known if one.screening and one.says is not Says.UNSETTLED and one.on is not None]
    last = max((one.on for one in answers if one.on is not None), default=None)
    return sorted((one for one in answers if one.on == last), key=lambda one: one.key)


def _settled(status: Status, records: list[TransportRecord]) -> Criterion:
    return Criterion(
        "transportation",
        "transportation issues",
        status,
        " ".join(f"{_sentence(one)}." for one in records),
        _evidence(records),
    )


def _unsettled(
    why: str, records: Iterable[TransportRecord], next_step: str, missing: str = "an answer to the screening question"
) -> Criterion:
    return Criterion(
        "transportation", "transportation issues", Status.CANNOT_TELL, why, _evidence(records), missing, next_step
    )


def _sentence(record: TransportRecord) -> str:
    day = f" on {record.on}" if record.on is not None else ""
    if record.screening:
        return f"Screened{day}: {record.what}"
    state = "Active" if record.says is Says.YES else "No longer, or ruled out"
    return f"{state}: {record.what}" + (f" (since {record.on})" if record.on is not None else "")


def _evidence(records: Iterable[TransportRecord]) -> tuple[Evidence, ...]:
    return tuple(Evidence(one.key, one.on, one.what) for one in records)


def benefit(circumstances: Circumstances, today: date, longest_days: int | None = None) -> BenefitStatement:
    """Who pays, and whether for 90 days at a time: no Coverage holds that, only a programme that knows the payer can.

    `longest_days` is the longest fill that the programme says is paid; unknown is taken as not allowed, and said.
    """
    in_force = [one for one in circumstances.benefits if _in_force(one, today)]
    evidence = tuple(Evidence(one.key, one.start, _name(one)) for one in in_force)
    payers = list(dict.fromkeys(one.payer for one in in_force if one.payer is not None))
    if longest_days is None:
        allowed, days = None, "Whether 90 days are paid at a time is not stated: taken as not allowed."
    else:
        allowed, days = longest_days >= _NINETY, f"By the programme, fills of up to {longest_days} days are paid."
    missing = "days paid at a time" if allowed is None else None
    if payers:
        named = ", ".join(dict.fromkeys(_name(one) for one in in_force))
        payer = payers[0] if len(payers) == 1 else None
        return BenefitStatement(payer, allowed, f"Paid by {named}. {days}", evidence, missing)
    why = circumstances.unread.get("Coverage") or (
        "The coverage does not name its payer." if in_force else "The chart names no coverage in force."
    )
    return BenefitStatement(None, allowed, f"{why} {days}", evidence, "Coverage.payor")


def _in_force(one: Benefit, today: date) -> bool:
    begun = one.start is None or one.start <= today
    return one.active is not False and begun and (one.end is None or today <= one.end)


def _name(one: Benefit) -> str:
    return " — ".join(part for part in (one.payer, one.plan) if part) or "an unnamed plan"
