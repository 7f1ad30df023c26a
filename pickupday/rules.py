"""The rules by which a history is judged, with its defaults; programme files and rule packs replace them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from pickupday.drugs import Kind, Schedule

FEDERAL_REFILL_LIMIT: Mapping[Schedule, int] = {Schedule.III: 5, Schedule.IV: 5}
"""Refills that a prescription can carry at most (21 CFR 1306.22); partial fills within the total are not refills."""

FEDERAL_EXPIRY_MONTHS: Mapping[Schedule, int] = {Schedule.III: 6, Schedule.IV: 6}
"""Months after which a prescription may not be filled whatever it says (21 CFR 1306.22)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Every threshold of a review. Days are calendar days, shares are exact fractions of a fill's days' supply."""

    refill_too_soon: Fraction = Fraction(
        3, 4
    )  # share of the last fill that must be used before the payer takes a claim
    refill_too_soon_by_schedule: Mapping[Schedule, Fraction] = field(default_factory=dict)
    sync_overrides: int = 0  # early fills that the payer grants each medicine for synchronization
    short_fill_kinds: frozenset[Kind] = frozenset({Kind.SOLID_ORAL})
    short_fills_a_year: int | None = None  # None = no limit known
    expiry_months: int = 12
    expiry_months_by_schedule: Mapping[Schedule, int] = field(default_factory=lambda: {Schedule.V: 6})
    told_fills: int = 3  # a count of more usual fills than this is asked about: it may be in another unit
    horizon_days: int = 180
    lapse_days: int = 60  # supply ended longer ago than this (or the last days' supply): still taking it?
    new_start_days: int = 30  # never dispensed and written at most so long ago: fill now; older: ask
    watch_days: int = 60  # after a new start or a dose change, `watch_fill_days` at a time
    watch_fill_days: int = 30
    restart_gap_days: int = 5
    discharge_days: int = 30
    being_filled_days: int = 30  # a fill "in progress" for longer is forgotten data and blocks nothing
    longest_days: int = 366  # a days' supply above this is a typing error, not a fact
    days_tolerance: Fraction = Fraction(1)  # sources of a days' supply agree when they differ by less
    long_fill_days: int = 28  # a fill so long is a sign of long-term use
    steady_share: Fraction = Fraction(
        1, 2
    )  # fills covering so much of the time between them are a sign of long-term use
    bounded_course_days: int = 180  # a dosage written for so long or longer is a prescription's term, not a course

    def too_soon_share(self, schedule: Schedule) -> Fraction:
        """Share of the last fill to be used up before the next claim is taken."""
        return self.refill_too_soon_by_schedule.get(schedule, self.refill_too_soon)

    def months_valid(self, schedule: Schedule) -> int:
        """Months after authoredOn during which a prescription without a stated end may be filled."""
        default = self.expiry_months_by_schedule.get(schedule, self.expiry_months)
        return min(default, FEDERAL_EXPIRY_MONTHS.get(schedule, default))
