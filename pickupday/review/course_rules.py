"""Rules on what a medicine is: ended, on hold, as needed, a course, a taper, a Schedule II drug."""

from __future__ import annotations

from datetime import timedelta

from pickupday.drugs import Kind, Schedule
from pickupday.history import PrescriptionStatus
from pickupday.review.medicine import Medicine
from pickupday.review.objections import Objection, Setting
from pickupday.review.prescribing import ENDED, end_of_course, start_of
from pickupday.rules import ControlledPolicy
from pickupday.wording import say_count


def unnamed(medicine: Medicine, setting: Setting) -> Objection | None:
    """The chart does not say which medicine it is."""
    if not medicine.chain.drug.is_nameless:
        return None
    return Objection(
        "unknown-medicine",
        "The chart does not say which medicine this is.",
        "Name the medicine in the chart.",
        missing="medication[x]",
    )


def ended(medicine: Medicine, setting: Setting) -> Objection | None:
    """The latest prescription is completed or stopped: history only."""
    current = medicine.chain.current
    if current is None or current.status not in ENDED:
        return None
    return Objection(
        "ended",
        f"The latest prescription is {current.status.value}.",
        "If it is still taken, ask the prescriber for a new prescription.",
    )


def on_hold(medicine: Medicine, setting: Setting) -> Objection | None:
    """The latest prescription is on hold."""
    current = medicine.chain.current
    if current is None or current.status is not PrescriptionStatus.ON_HOLD:
        return None
    return Objection("on-hold", "The prescription is on hold.", "Plan again when the prescriber resumes it.")


def status_unknown(medicine: Medicine, setting: Setting) -> Objection | None:
    """The latest prescription does not say whether it is in force."""
    current = medicine.chain.current
    if current is None or current.status is not PrescriptionStatus.UNKNOWN:
        return None
    return Objection(
        "status-unknown",
        "Whether the prescription is in force is not known.",
        "Ask the prescriber whether it is to be taken.",
        missing="status",
        ask=True,
    )


def schedule_two(medicine: Medicine, setting: Setting) -> Objection | None:
    """C-II prescriptions are never refilled (21 CFR 1306.12)."""
    if medicine.chain.drug.schedule is not Schedule.II:
        return None
    return Objection(
        "schedule-ii",
        "Schedule II medicines cannot be refilled (21 CFR 1306.12).",
        "Each fill needs its own prescription; it can be collected on a pickup day.",
    )


def controlled_apart(medicine: Medicine, setting: Setting) -> Objection | None:
    """The programme refills controlled medicines one by one."""
    schedule = medicine.chain.drug.schedule
    free = schedule in (Schedule.NOT_CONTROLLED, Schedule.UNKNOWN, Schedule.II)
    if free or setting.rules.controlled is not ControlledPolicy.APART:
        return None
    return Objection(
        "controlled-apart",
        f"This programme refills controlled medicines ({schedule.value}) one by one.",
        "Refill it when it is due; it can be collected on a pickup day.",
    )


def as_needed(medicine: Medicine, setting: Setting) -> Objection | None:
    """Taken as needed: nobody knows when it ends."""
    if not any(dosage.as_needed for dosage in medicine.dosing.dosages):
        return None
    return Objection(
        "as-needed", "It is taken as needed, so nobody knows when it ends.", "Fill it when it is asked for."
    )


def taper(medicine: Medicine, setting: Setting) -> Objection | None:
    """The dose changes over time by design."""
    if not any(dosage.varies for dosage in medicine.dosing.dosages):
        return None
    return Objection(
        "dose-varies",
        "The dose changes over time (taper, titration or sliding scale).",
        "Plan it when the dose is steady.",
    )


def antibiotic(medicine: Medicine, setting: Setting) -> Objection | None:
    """Anti-infectives are courses until someone says that this one is long-term."""
    if not medicine.chain.drug.antibiotic:
        return None
    return Objection(
        "acute-course", "It is an anti-infective, given as a course.", "Ask whether it is taken long-term.", ask=True
    )


def starts_later(medicine: Medicine, setting: Setting) -> Objection | None:
    """Never dispensed and to be started only after today."""
    written = medicine.written
    if written is None or written <= setting.today or medicine.chain.handed_over:
        return None
    return Objection(
        "starts-later", f"It is to be started on {written}, after today.", f"Plan again on {written}.", ask=True
    )


def bounded(medicine: Medicine, setting: Setting) -> Objection | None:
    """The dosage ends within the horizon, and was written for a course and not for a prescription's usual term."""
    current = medicine.chain.current
    days = [dosage.bounded_days for dosage in medicine.dosing.dosages if dosage.bounded_days is not None]
    starts = start_of(current) if current is not None else None
    end = end_of_course(current) if current is not None else None
    if end is None and days and len(days) == len(medicine.dosing.dosages):
        # instructions that follow each other add up, those that apply together do not
        steps = len({dosage.sequence for dosage in medicine.dosing.dosages}) == len(days)
        term = sum(days) if steps else max(days)
        if starts is None:
            if term >= setting.rules.bounded_course_days:
                return None
            return Objection(
                "bounded-course",
                f"It is prescribed for {say_count(term, 'day')} only.",
                "Nothing to plan after the course.",
            )
        end = starts + timedelta(days=term - 1)
    if end is None or end >= setting.today + timedelta(days=setting.rules.horizon_days):
        return None
    if end < setting.today:
        return Objection(
            "bounded-course",
            f"By its dosage it ended on {end}.",
            "Ask whether it is still taken; if so, the prescription should say so.",
            ask=True,
        )
    begins = min((dosage.start for dosage in medicine.dosing.dosages if dosage.start is not None), default=starts)
    if begins is not None and (end - begins).days >= setting.rules.bounded_course_days:
        return None  # a year's term, renewed when it ends: the ledger says by when
    return Objection("bounded-course", f"By its dosage it ends on {end}.", "Nothing to plan after the course.")


def amount_unknown(medicine: Medicine, setting: Setting) -> Objection | None:
    """No daily use: of a cream, whose days' supply is nobody's measure of use, or where no fill tells it either."""
    if medicine.dosing.use is not None:
        return None
    if medicine.chain.drug.kind is Kind.TOPICAL:
        return Objection(
            "unknown-daily-use",
            "It is applied to the skin and how much is used a day is not known.",
            "Ask how long one package lasts.",
            missing=medicine.dosing.missing,
            ask=True,
        )
    current = medicine.chain.current
    if medicine.fills or medicine.unknown is not None or (current is not None and current.expected_supply_days):
        return None
    return Objection(
        "unknown-daily-use",
        "How much is taken a day is not known, and no fill tells how long one lasts.",
        f"Ask for {medicine.dosing.missing or 'the dosage'}.",
        missing=medicine.dosing.missing or "dosageInstruction",
    )
