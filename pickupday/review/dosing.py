"""How much is taken a day by the dosage in force, and when that changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pickupday.findings import Finding, Severity
from pickupday.history import Dosage, Quantity
from pickupday.review.chains import Chain
from pickupday.review.days_supply import same_unit
from pickupday.review.prescribing import start_of
from pickupday.review.supply import DoseChange
from pickupday.rules import Rules
from pickupday.wording import as_handed_out, say_amount, say_number


@dataclass(frozen=True, slots=True)
class Dosing:
    """The dosage in force and its daily use; None where it does not say, then `missing` names the field."""

    dosages: tuple[Dosage, ...]
    use: Quantity | None
    missing: str


def dose_changes(chain: Chain, today: date, findings: list[Finding]) -> list[DoseChange]:
    """The days on which the daily use by dosage changed, between dispenses and then to the prescription in force."""
    prescriptions = {one.key: one for one in chain.prescriptions}
    changes: list[DoseChange] = []
    before: tuple[date, str | None, Quantity] | None = None
    for one, key in chain.handed_over:
        prescription = prescriptions.get(key or "")
        use = one.dispense.daily_use or (prescription.daily_use if prescription else None)
        if use is None:
            continue
        if before is not None:
            written = start_of(prescription) if prescription is not None and key != before[1] else None
            on = written if written is not None and before[0] < written <= one.on else one.on
            changes += _change(chain, on, before[2], use, findings)
        before = (one.on, key, use)
    current = chain.current
    if before is not None and current is not None and current.daily_use is not None and current.key != before[1]:
        written = start_of(current)
        on = written if written is not None and written > before[0] else today
        changes += _change(chain, on, before[2], current.daily_use, findings)
    return changes


def _change(chain: Chain, on: date, old: Quantity, new: Quantity, findings: list[Finding]) -> list[DoseChange]:
    if old.value <= 0 or new.value <= 0 or old.value == new.value or not same_unit(old, new, chain.drug.kind):
        return []
    findings.append(
        Finding(
            "dose-change",
            Severity.INFORMATION,
            f"{chain.drug.label} is taken at {say_amount(as_handed_out(new, chain.drug))} a day since {on}, "
            f"before it was {say_number(old.value)}; what was at hand on that day is counted at the new dose.",
            chain.keys[-1],
        )
    )
    return [DoseChange(on, old.value / new.value)]


def dosing_of(chain: Chain) -> Dosing:
    """The dosage in force: the current prescription's, else the last dispense's where that says nothing."""
    current = chain.current
    last = chain.handed_over[-1][0].dispense if chain.handed_over else None
    if current is not None and (current.dosages or current.daily_use is not None or last is None):
        return Dosing(current.dosages, _positive(current.daily_use), current.daily_use_missing or "dosageInstruction")
    if last is not None:
        return Dosing(last.dosages, _positive(last.daily_use), last.daily_use_missing or "dosageInstruction")
    return Dosing((), None, "dosageInstruction")


def _positive(use: Quantity | None) -> Quantity | None:
    return use if use is not None and use.value > 0 else None


def agree(units: Quantity, days: int, use: Quantity, rules: Rules) -> bool:
    """Whether a fill of so many units lasts its days at this daily use, up to rounding (units in the same measure)."""
    return abs(units.value / use.value - days) < rules.days_tolerance
