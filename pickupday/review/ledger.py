"""The unit ledger: what a prescription authorizes, what was dispensed on it and what is left, and until when."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from pickupday.drugs import Schedule
from pickupday.findings import Finding, Severity
from pickupday.history import Dispense, Prescription, Quantity
from pickupday.review.days_supply import same_unit
from pickupday.rules import FEDERAL_EXPIRY_MONTHS, Rules
from pickupday.wording import as_handed_out, say_amount


@dataclass(frozen=True, slots=True)
class UnitLedger:
    """One prescription's account in units. None = unknown; so is what remains of an `overdrawn` one."""

    prescription: str
    authorized: Quantity | None
    dispensed: Quantity | None
    remaining: Fraction | None
    overdrawn: bool
    expires: date | None  # inclusive
    expires_source: str | None


def open_ledger(
    prescription: Prescription, dispenses: Sequence[Dispense], rules: Rules, unclear: Sequence[Dispense] = ()
) -> tuple[UnitLedger, tuple[Finding, ...]]:
    """Account for a prescription in units: authorized less dispensed; refills are never counted by subtraction.

    Of an `unclear` dispense nobody knows what it took from the prescription: the account is unknown.
    """
    findings: list[Finding] = []
    authorized = _authorized(prescription, rules, findings)
    dispensed = _dispensed(prescription, dispenses, findings) if not unclear else None
    findings += [
        _dispensed_unknown(prescription, one, "what is known of a dispense is not enough", None) for one in unclear[-1:]
    ]
    remaining: Fraction | None = None
    overdrawn = False
    if authorized is not None and dispensed is not None:
        remaining = authorized.value - dispensed.value
        if remaining < 0:
            overdrawn, remaining = True, None
            findings.append(
                Finding(
                    "ledger-overdrawn",
                    Severity.WARNING,
                    f"{_say(dispensed, prescription)} of {prescription.drug.label} were dispensed on a prescription "
                    f"for {_say(authorized, prescription)}: what is left on it is not known.",
                    prescription.key,
                    next_step="Ask whether there is a newer prescription.",
                )
            )
    expires, source = expiry_of(prescription, rules)
    if expires is None:
        findings.append(
            Finding(
                "expiry-unknown",
                Severity.INFORMATION,
                f"It is not known until when the prescription of {prescription.drug.label} is valid: "
                "it has neither a validity period nor the day on which it was written.",
                prescription.key,
                missing="authoredOn",
            )
        )
    ledger = UnitLedger(prescription.key, authorized, dispensed, remaining, overdrawn, expires, source)
    return ledger, tuple(findings)


def _authorized(prescription: Prescription, rules: Rules, findings: list[Finding]) -> Quantity | None:
    """(First fill, else one fill) + one fill x repeats, in units; None when quantity or repeats are not known."""
    quantity, repeats, first = prescription.quantity, prescription.repeats, prescription.initial_quantity
    if quantity is None or quantity.value <= 0 or repeats is None:
        missing = "dispenseRequest.numberOfRepeatsAllowed" if repeats is None else "dispenseRequest.quantity"
        findings.append(
            Finding(
                "ledger-unknown",
                Severity.INFORMATION,
                f"It is not known how much the prescription of {prescription.drug.label} authorizes.",
                prescription.key,
                missing=missing,
            )
        )
        return None
    first = first if first is not None else quantity
    if not same_unit(first, quantity, prescription.drug.kind):
        findings.append(_units_differ(prescription, first, quantity))
        return None
    limit = rules.refill_limit(prescription.drug.schedule)
    allowed = max(0, repeats if limit is None else min(repeats, limit))
    return Quantity(first.value + quantity.value * allowed, quantity.unit)


def _dispensed(prescription: Prescription, dispenses: Sequence[Dispense], findings: list[Finding]) -> Quantity | None:
    """The units handed over so far; None when one dispense does not say, or says it in another unit."""
    asked = prescription.quantity
    total = Fraction(0)
    unit = asked.unit if asked is not None else next((one.quantity.unit for one in dispenses if one.quantity), "")
    for dispense in dispenses:
        handed = dispense.quantity
        if handed is None:
            findings.append(_dispensed_unknown(prescription, dispense, "a dispense has no quantity", "quantity"))
            return None
        if not same_unit(handed, Quantity(handed.value, unit), prescription.drug.kind):
            findings.append(_units_differ(prescription, handed, asked or Quantity(handed.value, unit)))
            return None
        total += handed.value
    return Quantity(total, unit)


def _dispensed_unknown(prescription: Prescription, dispense: Dispense, why: str, missing: str | None) -> Finding:
    return Finding(
        "ledger-unknown",
        Severity.INFORMATION,
        f"It is not known how much of {prescription.drug.label} was dispensed: {why}.",
        dispense.key,
        missing=missing,
    )


def _units_differ(prescription: Prescription, one: Quantity, other: Quantity) -> Finding:
    return Finding(
        "ledger-units-differ",
        Severity.WARNING,
        f"{prescription.drug.label} is counted in {_say_unit(one)} and in {_say_unit(other)}: "
        "what is left on the prescription is not known.",
        prescription.key,
    )


def _say(amount: Quantity, prescription: Prescription) -> str:
    return say_amount(as_handed_out(amount, prescription.drug))


def _say_unit(amount: Quantity) -> str:
    return amount.unit.strip("{}") or "no unit"


def expiry_of(prescription: Prescription, rules: Rules) -> tuple[date | None, str | None]:
    """The last day on which the prescription may be filled, and why that day; (None, None) when it cannot be known."""
    schedule = prescription.drug.schedule
    written = prescription.authored_on
    federal = FEDERAL_EXPIRY_MONTHS.get(schedule)
    if prescription.valid_to is not None:
        if federal is not None and written is not None and _months_after(written, federal) < prescription.valid_to:
            return _months_after(written, federal), f"authoredOn + {federal} months ({schedule.value})"
        return prescription.valid_to, "validityPeriod.end"
    if written is None:
        return None, None
    months = rules.months_valid(schedule)
    label = f"{schedule.value}" if federal is not None else "default"
    if federal is None and schedule in rules.expiry_sources:
        label = rules.expiry_sources[schedule]
    elif schedule is Schedule.V:
        label = "default for C-V, states differ"
    return _months_after(written, months), f"authoredOn + {months} months ({label})"


def _months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
