"""One dose in the units in which the medicine is counted: tablets, millilitres, puffs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from mappings.inbound.models import DoseAndRate
from mappings.inbound.quantities import quantity
from mappings.inbound.reading import Reading
from mappings.inbound.units import INTERNATIONAL_UNIT, MILLIGRAM, MILLILITRE, TABLET
from pickupday.drugs import DrugFacts, Kind
from pickupday.history import Quantity

MOST_TABLETS: Final = 20  # more tablets at a time are a wrong strength, not a dose

_STRENGTH = re.compile(r"([\d.]+) (mg|meq|unt)(/ml)?")
_COUNTED_IN = {Kind.SOLID_ORAL: TABLET, Kind.LIQUID: MILLILITRE, Kind.INSULIN: MILLILITRE}
_DOSE_UNIT = {"mg": MILLIGRAM, "meq": "meq", "unt": INTERNATIONAL_UNIT}


@dataclass(frozen=True, slots=True)
class Dose:
    """The amount taken at a time; `converted` says how it came to countable units, `missing` why there is none."""

    amount: Quantity | None
    missing: str | None = None
    converted: str | None = None


def dose_of(given: list[DoseAndRate] | None, drug: DrugFacts, reading: Reading, resource: str, path: str) -> Dose:
    """The dose by `doseAndRate`: doseQuantity, or doseRange at its upper end.

    Several elements say one dose in several units (ordered 500 mg, calculated 1 tablet). They must agree as far as they
    can be compared.
    """
    if not given:
        return Dose(None, missing="doseAndRate")
    doses: list[Dose] = []
    for index, element in enumerate(given):
        here = f"{path}[{index}]"
        amount = quantity(element.dose_quantity, drug.kind, reading, resource, f"{here}.doseQuantity")
        if amount is None and element.dose_range:
            amount = quantity(element.dose_range.high, drug.kind, reading, resource, f"{here}.doseRange.high")
        if amount is not None and amount.value > 0:
            counted, converted = in_counted_units(amount, drug.kind, drug.strength)
            if counted is not None:
                doses.append(Dose(counted, converted=converted))
    if not doses:
        return Dose(None, missing="doseAndRate.doseQuantity")
    if len(doses) == 1:
        return doses[0]
    counted_in = _COUNTED_IN.get(drug.kind)
    countable = [dose for dose in doses if dose.amount and dose.amount.unit == counted_in] or doses
    if any(dose.amount != countable[0].amount for dose in countable):
        return Dose(None, missing="doseAndRate (several doses disagree)")
    return countable[0]


def in_counted_units(amount: Quantity, kind: Kind, drug_strength: str | None) -> tuple[Quantity | None, str | None]:
    """The amount in tablets or millilitres where it is given by weight and the strength is known; else as it is.

    A weight that comes to no quarter tablets is no amount of this strength: None.
    """
    strength = _strength(drug_strength)
    if strength is None or amount.unit != strength[1]:
        return amount, None
    units = amount.value / strength[0]
    if kind is Kind.SOLID_ORAL and not strength[2]:
        if units > MOST_TABLETS or (units * 4).denominator != 1:
            return None, None
        return Quantity(units, TABLET), "converted by the strength"
    if kind in (Kind.LIQUID, Kind.INSULIN, Kind.INJECTION) and strength[2]:
        return Quantity(units, MILLILITRE), "converted by the strength"
    return amount, None


@lru_cache(maxsize=1_024)
def _strength(strength: str | None) -> tuple[Fraction, str, bool] | None:
    """A single normalised strength: how much, in which dose unit, and whether per millilitre."""
    found = _STRENGTH.fullmatch(strength) if strength else None
    if found is None or not Fraction(found[1]):
        return None
    return Fraction(found[1]), _DOSE_UNIT[found[2]], bool(found[3])
