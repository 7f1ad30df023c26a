"""Figures before and after: visits, fills, calls, days without supply, and adherence as PDC.

PDC follows the CMS Star Ratings technical notes: overlapping supply of the same ingredient shifts forward, hospital
days leave numerator and denominator, and it is given from two fills on different days and 91 days on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from pickupday.history import InpatientStay
from pickupday.plan import Plan
from pickupday.supply import days_without_supply
from pickupday.therapies import OngoingTherapy

OBSERVED_DAYS = 365
ADHERENT = Fraction(4, 5)
_FEWEST_FILLS = 2
_FEWEST_DAYS = 91


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a patient comes in `days` days. None where it is not known. Rates are exact fractions."""

    days: int
    visits: int  # distinct (pharmacy, date)
    fills: int | None
    calls: int | None
    gap_days: int  # days without supply, summed over therapies

    @property
    def visits_per_90_days(self) -> Fraction:
        """Pharmacy visits in 90 days."""
        return Fraction(90 * self.visits, self.days)

    @property
    def fills_per_90_days(self) -> Fraction | None:
        """Fills in 90 days."""
        return None if self.fills is None else Fraction(90 * self.fills, self.days)

    @property
    def calls_per_month(self) -> Fraction | None:
        """Confirmation calls in 30 days."""
        return None if self.calls is None else Fraction(30 * self.calls, self.days)

    @property
    def refill_consolidation(self) -> Fraction | None:
        """1 - (V - 1)/(F - 1): 1 when all fills share one visit, 0 when each has its own; None below two fills."""
        if self.fills is None or self.fills < 2:
            return None
        return 1 - Fraction(self.visits - 1, self.fills - 1)

    @property
    def medicines_per_visit(self) -> Fraction | None:
        """Fills collected at one visit, on average."""
        return None if not self.visits or self.fills is None else Fraction(self.fills, self.visits)


@dataclass(frozen=True, slots=True)
class Pdc:
    """Proportion of days covered of one therapy; `value` is None with a `reason` where it may not be computed."""

    therapy: str
    covered_days: int
    days: int
    value: Fraction | None
    reason: str | None

    @property
    def adherent(self) -> bool | None:
        """Whether it reaches 0.80."""
        return None if self.value is None else self.value >= ADHERENT


@dataclass(frozen=True, slots=True)
class Figures:
    """The year before as observed, and the same horizon planned and unsynchronized (the gain is the difference)."""

    observed: Rhythm | None
    unsynchronized: Rhythm | None
    planned: Rhythm | None
    pdc: tuple[Pdc, ...]


def measure(
    therapies: Sequence[OngoingTherapy], stays: Sequence[InpatientStay], plan: Plan | None, today: date
) -> Figures:
    """Measure the ongoing therapies over the past year, and over the plan's horizon where there is a plan."""
    return Figures(
        observed=observe(therapies, today),
        unsynchronized=None
        if plan is None
        else Rhythm(plan.horizon_days, plan.unsynchronized.trips, None, None, plan.unsynchronized.gap_days),
        planned=None
        if plan is None
        else Rhythm(plan.horizon_days, plan.objective.trips, len(plan.fills), len(plan.calls), plan.objective.gap_days),
        pdc=tuple(adherence(one, stays, today) for one in therapies),
    )


def observe(therapies: Sequence[OngoingTherapy], today: date) -> Rhythm | None:
    """The rhythm of the past year to yesterday (less where the first fill is later); None where nothing was filled."""
    start = today - timedelta(days=OBSERVED_DAYS)
    recent = [(one, fill) for one in therapies for fill in one.fills if start <= fill.on < today]
    if not recent:
        return None
    if all(one.fills[0].on >= start for one in therapies if one.fills):
        start = min(fill.on for _, fill in recent)
    visits = {(fill.dispense.pharmacy or one.pharmacy, fill.on) for one, fill in recent}
    gaps = sum(days_without_supply(one.fills, start, today) for one in therapies)
    return Rhythm((today - start).days, len(visits), len(recent), None, gaps)


def adherence(therapy: OngoingTherapy, stays: Sequence[InpatientStay], today: date) -> Pdc:
    """PDC over the past year: from the first fill in it to yesterday, fills before it not counted (CMS)."""
    start = today - timedelta(days=OBSERVED_DAYS)
    fills = [fill for fill in therapy.fills if start <= fill.on < today]
    if len({fill.on for fill in fills}) < _FEWEST_FILLS:
        return Pdc(therapy.id, 0, 0, None, "fewer than two fills on different days in the past year")
    begins = fills[0].on
    away = days_away(stays, begins, today)
    days = (today - begins).days - len(away)
    covered = covered_days(((fill.on, fill.days) for fill in fills), begins, today, away)
    if (today - begins).days < _FEWEST_DAYS:
        return Pdc(therapy.id, covered, days, None, "the first fill is less than 91 days ago")
    if not days:
        return Pdc(therapy.id, covered, days, None, "all days were spent in hospital")
    return Pdc(therapy.id, covered, days, Fraction(covered, days), None)


def days_away(stays: Iterable[InpatientStay], start: date, end: date) -> frozenset[date]:
    """Hospital days in [start, end); both days of a stay belong to it, one without an end goes on."""
    return frozenset(
        stay.start + timedelta(days=day)
        for stay in stays
        for day in range(((stay.end or end) - stay.start).days + 1)
        if start <= stay.start + timedelta(days=day) < end
    )


def covered_days(
    supplies: Iterable[tuple[date, int]], start: date, end: date, away: frozenset[date] = frozenset()
) -> int:
    """Days in [start, end) covered by (date handed over, days' supply) pairs, each used when the one before has ended.

    Supply from before `start` carries into the window. On days `away` nothing is used and nothing counted.
    """
    covered = 0
    stock = 0
    pending = sorted(supplies)
    day = pending[0][0] if pending else end
    while day < end:
        while pending and pending[0][0] <= day:
            stock += pending.pop(0)[1]
        if day not in away and stock:
            stock -= 1
            covered += day >= start
        day += timedelta(days=1)
    return covered
