"""What was understood of a chart, as lines that people can read and compare."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from mappings.inbound import Chart
from pickupday.history import Dispense, MedicationHistory, Prescription, Quantity
from pickupday.review.therapies import review


def lines(chart: Chart) -> Iterator[str]:
    """What was read, what was noted, and what became of it on the day after the last fill."""
    history = chart.history
    assert history is not None
    today = the_day_after_all(history)
    yield f"== {history.patient.key} on {today}"
    for record in (*history.prescriptions, *history.dispenses):
        yield line(record)
    for issue in chart.issues:
        yield f"! {issue.code} {issue.resource} {issue.path}".rstrip()
    reviewed = review(history, today)
    for therapy in reviewed.therapies:
        yield f"+ {therapy.id}: {', '.join(one.key for one in therapy.prescriptions)}; runs out {therapy.run_out}"
    for refused in reviewed.not_planned:
        missing = f", missing {refused.missing}" if refused.missing else ""
        yield f"- {refused.label}: {refused.code}{missing} ({', '.join(refused.keys)})"


def the_day_after_all(history: MedicationHistory) -> date:
    days = [one.handed_over for one in history.dispenses if one.handed_over]
    days += [one.authored_on for one in history.prescriptions if one.authored_on]
    return max(days, default=date(2015, 1, 15)) + timedelta(days=1)


def line(record: Prescription | Dispense) -> str:
    drug = record.drug
    said = [
        " / ".join(part or "?" for part in (drug.ingredient, drug.strength, drug.form)),
        drug.schedule.value,
        f"{amount(record.daily_use)} a day ({record.daily_use_source})"
        if record.daily_use
        else f"use? {record.daily_use_missing}",
        f"quantity {amount(record.quantity)}" if record.quantity else "",
        *(flag for flag in ("as_needed", "varies") if any(getattr(dosage, flag) for dosage in record.dosages)),
    ]
    if isinstance(record, Prescription):
        said += [
            record.intent if record.intent != "order" else "",
            f"{record.repeats} repeats" if record.repeats is not None else "",
            f"{record.expected_supply_days} days" if record.expected_supply_days else "",
            f"written {record.authored_on}" if record.authored_on else "",
            f"valid {record.valid_from} to {record.valid_to}" if record.valid_from or record.valid_to else "",
            *sorted(record.categories),
        ]
    else:
        said += [
            f"{record.stated_days} days" if record.stated_days else "",
            f"on {record.handed_over}" if record.handed_over else "",
            f"prepared {record.prepared}" if record.prepared else "",
            record.supply_type or "",
            "inpatient" if record.inpatient else "",
            *record.prescriptions,
        ]
    return f"{record.key} {record.status.value}: {drug.label}: {'; '.join(filter(None, said))}"


def amount(quantity: Quantity | None) -> str:
    return f"{quantity.value} {quantity.unit}".strip() if quantity else "?"
