"""The sentences that patients, callers and pharmacy staff read. Plain English; dates and amounts without a locale."""

from __future__ import annotations

import re
from datetime import date

from mappings.outbound.narrative import one_line
from mappings.outbound.pharmacy import Pharmacy
from mappings.outbound.plan_record import PlanRecord, ToldSupply
from mappings.outbound.planned import AgreedHow, Agreement, EnrolmentPlan, PlannedFill, PlannedPickup
from pickupday.history import Quantity
from pickupday.problem import Cycle, EveryDays, MonthlyOnDay
from pickupday.wording import say_amount, say_count

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_LAST_DAY = 31
_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
_HOW = {AgreedHow.IN_PERSON: "in person", AgreedHow.PHONE: "by phone", AgreedHow.WRITING: "in writing"}
_FILLED = re.compile(r"- (?P<label>.+?): [^:;]+ for [0-9]+ days?(?:;.*)?")
_JOINED = re.compile(r".* Programme: (?P<name>.+)\.", re.DOTALL)
BRIDGE_TRIP = "Bridge trip"
SHORT_FILL_HINT = "claim hint NCPDP SCC {code} (shortened days' supply)"
AFTER_SHORT_HINT = "claim hint NCPDP SCC {code} (fill after a shortened one)"


def spoken_date(day: date) -> str:
    """Tuesday 1 December 2026."""
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def spoken_cycle(cycle: Cycle) -> str:
    """How often the patient comes: every 28 days, on the last day of the month, on the second Tuesday of the month."""
    if isinstance(cycle, EveryDays):
        return f"every {say_count(cycle.every_days, 'day')}"
    if isinstance(cycle, MonthlyOnDay):
        day = cycle.monthly_on_day
        return "on the last day of the month" if day == _LAST_DAY else f"on day {day} of the month"
    return f"on the {_NTH[cycle.nth]} {_WEEKDAYS[cycle.weekday]} of the month"


def plan_description(plan: EnrolmentPlan, record: PlanRecord) -> str:
    """CarePlan.description: programme, cycle, pickup days, medicines, and the counts that the plan rests on."""
    medicines = sorted({one_line(fill.label) for pickup in plan.pickups for fill in pickup.fills}, key=str.casefold)
    programme = f", programme {one_line(record.programme)}" if record.programme else ""
    lines = [
        f"One pickup {record.cycle}{programme}.",
        "Pickups:",
        *(f"- {spoken_date(pickup.on)}{' (bridge trip)' if pickup.bridge else ''}" for pickup in plan.pickups),
        "Medicines:",
        *(f"- {medicine}" for medicine in medicines),
    ]
    if record.told:
        lines += ["Left at home, as told:", *(f"- {told_line(told)}" for told in record.told)]
    return "\n".join(lines)


def document_description(plan: EnrolmentPlan) -> str:
    """DocumentReference.description: what the handout tells of."""
    days = [pickup.on for pickup in plan.pickups]
    return (
        f"Handout for the patient: {say_count(len(days), 'pickup')} from {spoken_date(min(days))} "
        f"to {spoken_date(max(days))}, with calls, medicines and a calendar."
    )


def told_line(told: ToldSupply) -> str:
    """Metformin 500 MG Oral Tablet: 42 tablets on 2026-11-23, told by the patient."""
    amount = say_amount(Quantity(told.units, told.unit))
    by = "the patient" if told.told_by == "patient" else one_line(told.told_by)
    return f"{one_line(told.label)}: {amount} on {told.told_on.isoformat()}, told by {by}"


def medicine_line(fill: PlannedFill) -> str:
    """What is handed over: Metformin 500 MG Oral Tablet: 60 tablets for 30 days."""
    return f"{one_line(fill.label)}: {say_amount(Quantity(fill.units, fill.unit))} for {say_count(fill.days, 'day')}"


def pharmacy_line(fill: PlannedFill) -> str:
    """What the pharmacy must know of one fill: amount, days' supply, what the claim and the prescription need."""
    hints = []
    usual = say_count(fill.usual_days, "day")
    if fill.short:
        hints.append(f"short fill instead of {usual}, {SHORT_FILL_HINT.format(code=fill.claim_codes[0])}")
    elif fill.days != fill.usual_days:
        hints.append(f"instead of the usual {usual}")
    if fill.after_short:
        hints.append(AFTER_SHORT_HINT.format(code=fill.claim_codes[1]))
    if fill.early:
        hints.append("before the payer's usual date: needs a synchronization override")
    if fill.renew_by is not None:
        hints.append(f"needs a renewed prescription by {fill.renew_by.isoformat()}")
    return "; ".join((medicine_line(fill), *hints))


def agreement_line(agreement: Agreement, today: date, programme: str = "") -> str:
    """Who agreed, how, when, to whom and to which programme.

    "Agreed in person on Monday 23 November 2026 by the patient, to Dr. Adeyemi. Programme: chain-monthly."
    """
    by = "the patient"
    if agreement.by is not None:
        by = f"{one_line(agreement.by.name)} ({one_line(agreement.by.relation)}) for the patient"
    how = f" {_HOW[agreement.how]}" if agreement.how is not None else ""
    to = f", to {one_line(agreement.to)}" if agreement.to is not None else ""
    joined = f" Programme: {one_line(programme)}." if programme else ""
    return f"Agreed{how} on {spoken_date(agreement.on or today)} by {by}{to}.{joined}"


def programme_of(agreed: str) -> str:
    """The programme of an agreement as `agreement_line` writes it; empty where it names none."""
    found = _JOINED.fullmatch(agreed)
    return found["name"] if found is not None else ""


def visit_title(pickup: PlannedPickup) -> str:
    """What the visit is called in a calendar."""
    medicines = say_count(len(pickup.fills), "medicine")
    return f"{BRIDGE_TRIP}: {medicines}" if pickup.bridge else f"Medicine pickup: {medicines}"


def pharmacy_comment(pickup: PlannedPickup) -> str:
    """Appointment.comment: what to fill, how many, days' supply, claim hints, one line per medicine."""
    if pickup.at_enrolment:
        rule = "Confirmed with the patient in the enrolment conversation."
    else:
        rule = f"Fill nothing before the patient has confirmed (call on {pickup.call.isoformat()})."
    asked = (f"{one} What changed is not answered yet: ask before any fill." for one in pickup.open_questions)
    return "\n".join(("To fill:", *(f"- {pharmacy_line(fill)}" for fill in pickup.fills), *asked, rule))


def medicines_of(comment: str) -> tuple[str, ...]:
    """The medicines of a comment as `pharmacy_comment` writes it; empty where somebody has put it in other words."""
    found = (_FILLED.fullmatch(line) for line in comment.splitlines() if line.startswith("- "))
    return tuple(line["label"] for line in found if line is not None)


def patient_instruction(pickup: PlannedPickup, pharmacy: Pharmacy) -> str:
    """Appointment.patientInstruction: when, where, what, and what happens before."""
    where = pharmacy.name or "your pharmacy"
    if pickup.at_enrolment:
        before = "You have confirmed this pickup when you enrolled."
    else:
        before = f"We call you on {spoken_date(pickup.call)} to confirm it; nothing is filled before that."
    what = "; ".join(medicine_line(fill) for fill in pickup.fills)
    return (
        f"Please come to {where} on {spoken_date(pickup.on)} to pick up: {what}. {before} "
        "If you run out of a medicine earlier, do not wait: ask the pharmacy at once."
    )


def call_script(pickup: PlannedPickup, pharmacy: Pharmacy) -> str:
    """CommunicationRequest.payload: date, medicines, quantities, what changed, what to ask."""
    where = pharmacy.name or "the pharmacy"
    if pickup.at_enrolment:
        opening = f"Confirmed in the enrolment conversation: pickup at {where} on {spoken_date(pickup.on)}."
    else:
        opening = f"Call to confirm the pickup at {where} on {spoken_date(pickup.on)}."
    changes = [_change(fill) for fill in pickup.fills if fill.days != fill.previous_days]
    lines = [
        opening,
        "Medicines:",
        *(f"- {medicine_line(fill)}" for fill in pickup.fills),
        "Changed for this pickup:",
        *(f"- {change}" for change in changes or ["Nothing: each medicine in the same amount as last time."]),
        "Ask:",
        *(f"- {one} What changed at discharge?" for one in pickup.open_questions),
        "- Is the date still good?",
        "- Were any doses missed? Roughly how much is left of each medicine?",
        "- Any new medicine, or one that was stopped or changed, by any prescriber?",
        "- A hospital stay or an emergency visit since the last pickup?",
        "- Is there anything to change before it is filled?",
    ]
    return "\n".join(lines)


def _change(fill: PlannedFill) -> str:
    days, before = say_count(fill.days, "day"), say_count(fill.previous_days, "day")
    why = ", to line it up with the other medicines" if fill.days < fill.previous_days else ""
    return f"{one_line(fill.label)}: {days} instead of {before} last time{why}."
