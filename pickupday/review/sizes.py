"""How much one fill may be: the usual fill, the largest, what cannot be split, and whether a short fill is possible."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from pickupday.drugs import DrugFacts, Kind, Schedule
from pickupday.history import Quantity
from pickupday.review.days_supply import in_use_days, same_unit
from pickupday.review.dosing import agree
from pickupday.review.medicine import Medicine
from pickupday.rules import Rules
from pickupday.wording import as_handed_out, say_amount, say_count

_KINDS = {
    Kind.SOLID_ORAL: "tablets and capsules are",
    Kind.LIQUID: "a liquid is",
    Kind.INHALER: "an inhaler is",
    Kind.INSULIN: "insulin is",
    Kind.INJECTION: "an injection is",
    Kind.DROPS: "drops are",
    Kind.PATCH: "patches are",
    Kind.TOPICAL: "a cream or ointment is",
    Kind.PACK: "a pack is",
    Kind.OTHER: "this form is",
    Kind.UNKNOWN: "a form that is not known is",
}
"""Each kind as it begins a sentence; what is not known is taken for what cannot be split."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Allowed fills: up to max_days, days x daily_use a multiple of `package`, below usual only if `short_fill`."""

    usual_days: int
    max_days: int
    daily_use: Quantity
    package: Fraction
    short_fill: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unsized:
    """Why no fill can be sized: `missing` names the field, None where it is a rule and not a gap in the chart."""

    code: str
    reason: str
    missing: str | None


def size_fills(medicine: Medicine, rules: Rules, *, watched: bool) -> Sizes | Unsized:
    """Size the fills of one medicine. `watched` after a new start or dose change: never more than 30 days at a time."""
    sizes = _size(medicine, rules)
    if watched and isinstance(sizes, Sizes):
        return _cap(sizes, medicine.chain.drug, rules)
    return sizes


def _size(medicine: Medicine, rules: Rules) -> Sizes | Unsized:
    drug = medicine.chain.drug
    dosed = as_handed_out(medicine.dosing.use, drug) if medicine.dosing.use is not None else None
    usual = _usual(medicine, rules)
    if isinstance(usual, Unsized):
        return usual
    days, units = usual
    counted = units is not None
    units = as_handed_out(units, drug) if units is not None else None
    if units is None:
        if dosed is None:
            return Unsized(
                "unknown-quantity", "The size of one fill is not known: no dispense has a quantity.", "quantity"
            )
        units = Quantity(dosed.value * days, dosed.unit)
    doubt = _doubt(drug, dosed, units, days, counted, rules)
    if doubt is None and dosed is not None and drug.package is not None:
        against = why_never_split(drug, rules)
        reason = "A short fill is possible: " if against is None else f"No short fill: {against}; "
        reason += f"{say_amount(dosed)} a day by the dosage and by the dispenses."
        longest = max(days, _longest_days(medicine, dosed, rules))
        return Sizes(days, longest, dosed, drug.package, against is None, (reason,))
    longest = days
    if doubt is None and dosed is not None:
        longest = max(days, _longest_days(medicine, dosed, rules))
    reason = (
        f"Only the usual fill of {say_amount(units)} for {say_count(days, 'day')}: "
        f"{doubt or why_never_split(drug, rules) or 'it is handed out whole'}."
    )
    return Sizes(days, longest, Quantity(units.value / days, units.unit), units.value, False, (reason,))


def _usual(medicine: Medicine, rules: Rules) -> tuple[int, Quantity | None] | Unsized:
    """Days and units of the usual fill: the last whole dispense, else what the prescription asks for."""
    if medicine.usual is not None:
        return medicine.usual.days, medicine.usual.units
    current, dosed = medicine.chain.current, medicine.dosing.use
    asked = current.quantity if current is not None and current.quantity and current.quantity.value > 0 else None
    days: Fraction | None = current.expected_supply_days if current is not None else None
    if asked is not None and dosed is not None and same_unit(asked, dosed, medicine.chain.drug.kind):
        lasts = asked.value / dosed.value
        if not 1 <= lasts <= rules.longest_days:
            return Unsized(
                "quantity-doubtful",
                f"The prescribed quantity of {say_amount(asked)} cannot be one fill at {say_amount(dosed)} a day.",
                "dispenseRequest.quantity",
            )
        days = days if days is not None else lasts
    if days is None or not 1 <= days <= rules.longest_days:
        missing = "dispenseRequest.quantity" if asked is None else medicine.dosing.missing
        return Unsized("unknown-days-supply", "How long one fill lasts is not known.", missing)
    return floor(days), asked


def _doubt(
    drug: DrugFacts, dosed: Quantity | None, units: Quantity, days: int, counted: bool, rules: Rules
) -> str | None:
    """Why the daily use is not certain enough to split a fill, or None when dosage and fill agree."""
    if dosed is None:
        return "the daily use is not known from a dosage"
    if not same_unit(units, dosed, drug.kind):
        return f"the dosage is in another unit ({say_amount(dosed)} a day)"
    if not counted:
        return "the dispense does not say how much was handed over"
    if not agree(units, days, dosed, rules):
        most = in_use_days(drug)
        if most is not None and not days % most and units.value / dosed.value > days:
            return f"an opened package is used for {most} days at most, however much is left in it"
        return (
            f"by the dosage ({say_amount(dosed)} a day) it would last {floor(units.value / dosed.value)} days, "
            "and which is true is not known"
        )
    if drug.package is not None and (dosed.value * days) % drug.package:
        return f"{say_count(days, 'day')} at {say_amount(dosed)} a day is no whole number of packages"
    return None


def why_never_split(drug: DrugFacts, rules: Rules) -> str | None:
    """Why a fill of this drug is never short, None where it may be."""
    if drug.schedule is Schedule.UNKNOWN:
        return "whether it is a controlled substance is not known"
    law = rules.excludes(drug)
    if law is not None:
        return f"{law.says} ({law.citation})"
    if not rules.may_split(drug):
        return f"it is a controlled substance ({drug.schedule.value})"
    if drug.package is None:
        return "how it is packed is not known"
    if drug.kind not in rules.short_fill_kinds:
        return f"{_KINDS[drug.kind]} handed out in whole packages"
    return None


def _longest_days(medicine: Medicine, dosed: Quantity, rules: Rules) -> int:
    """The prescribed quantity in days, and up to all that is authorized where law and payer are known to allow it."""
    drug, payer = medicine.chain.drug, rules.payer_longest_days
    longest = prescribed_days(medicine, dosed, rules)
    if payer is None:
        return longest
    if rules.up_to_authorized and rules.may_split(drug):
        longest = max(longest, _authorized_days(medicine, dosed))
    return min(longest, payer)


def _authorized_days(medicine: Medicine, dosed: Quantity) -> int:
    """How long what is left on the current prescription lasts; 0 when that is not known in the unit of the dosage."""
    current = medicine.chain.current
    ledger = next((one for one in medicine.ledgers if current is not None and one.prescription == current.key), None)
    if ledger is None or ledger.remaining is None or ledger.authorized is None:
        return 0
    counted = same_unit(ledger.authorized, dosed, medicine.chain.drug.kind)
    return floor(ledger.remaining / dosed.value) if counted else 0


def prescribed_days(medicine: Medicine, dosed: Quantity, rules: Rules) -> int:
    """The prescribed quantity of one fill in days; 0 when it is not known in the unit of the dosage."""
    current = medicine.chain.current
    asked = current.quantity if current is not None else None
    if asked is None or not same_unit(asked, dosed, medicine.chain.drug.kind):
        return 0
    return min(floor(asked.value / dosed.value), rules.longest_days)


def _cap(sizes: Sizes, drug: DrugFacts, rules: Rules) -> Sizes | Unsized:
    """At most 30 days at a time: a smaller usual fill where the medicine can be split, else nothing."""
    longest = rules.watch_fill_days
    if sizes.usual_days <= longest:
        return Sizes(
            sizes.usual_days,
            min(sizes.max_days, longest),
            sizes.daily_use,
            sizes.package,
            sizes.short_fill,
            sizes.reasons,
        )
    capped = next((days for days in range(longest, 0, -1) if (days * sizes.daily_use.value) % sizes.package == 0), None)
    if capped is None or not rules.may_split(drug):
        return Unsized(
            "first-fill-too-large",
            f"New or changed less than 60 days ago: at most {longest} days at a time, "
            f"but it is only filled for {sizes.usual_days} days.",
            None,
        )
    reason = f"New or changed less than 60 days ago: {capped} days at a time instead of {sizes.usual_days}."
    return Sizes(capped, longest, sizes.daily_use, sizes.package, sizes.short_fill, (reason, *sizes.reasons))
