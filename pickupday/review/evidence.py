"""Signs that a medicine is taken long-term: several are needed, and all are listed (no single field proves it)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from pickupday.history import PrescriptionStatus
from pickupday.review.medicine import Medicine
from pickupday.review.prescribing import end_of_course
from pickupday.rules import Rules
from pickupday.wording import say_count


@dataclass(frozen=True, slots=True)
class Evidence:
    """The signs of long-term use, as sentences; `enough` when two or more, one of them the size or rhythm of fills."""

    signs: tuple[str, ...]
    enough: bool


def weigh(medicine: Medicine, rules: Rules) -> Evidence:
    """List the signs: steady and long fills weigh most; repeats, course and an open-ended order support them."""
    strong = [*_steady_fills(medicine, rules), *_long_fill(medicine, rules)]
    weak = _orders(medicine)
    signs = (*strong, *weak)
    return Evidence(signs, bool(strong) and len(signs) >= 2)


def _steady_fills(medicine: Medicine, rules: Rules) -> list[str]:
    fills = medicine.fills
    if len(fills) < 2 or fills[0].on == fills[-1].on:
        return []
    covered = sum(fill.days for fill in fills[:-1])
    if Fraction(covered, (fills[-1].on - fills[0].on).days) < rules.steady_share:
        return []
    return [f"{len(fills)} fills since {fills[0].on}."]


def _long_fill(medicine: Medicine, rules: Rules) -> list[str]:
    if medicine.usual is not None:
        days, what = medicine.usual.days, "The usual fill lasts"
    else:
        current = medicine.chain.current
        expected = current.expected_supply_days if current is not None else None
        asked = current.quantity if current is not None else None
        if expected is None and asked is not None and medicine.dosing.use is not None:
            expected = asked.value / medicine.dosing.use.value
        days, what = int(expected or 0), "One fill as prescribed lasts"
    return [f"{what} {say_count(days, 'day')}."] if days >= rules.long_fill_days else []


def _orders(medicine: Medicine) -> list[str]:
    current = medicine.chain.current
    if current is None:
        return []
    signs: list[str] = []
    if len(medicine.chain.prescriptions) > 1:
        signs.append(f"Prescribed {len(medicine.chain.prescriptions)} times.")
    if current.repeats is not None and current.repeats > 0:
        signs.append(f"The prescription allows {say_count(current.repeats, 'refill')}.")
    if current.course_of_therapy == "continuous":
        signs.append("The prescription says continuous therapy.")
    if (
        current.status is PrescriptionStatus.ACTIVE
        and end_of_course(current) is None
        and medicine.dosing.use is not None
    ):
        signs.append("The order is active, with a daily dosage and no end.")
    return signs
