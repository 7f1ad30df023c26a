"""Figures before and after: visits, fills, calls, days without supply, and adherence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from pickupday.adherence import OBSERVED_DAYS, Pdc, adherence, supplies_of
from pickupday.history import InpatientStay
from pickupday.plan import Plan
from pickupday.review.ongoing import NotPlanned, OngoingTherapy
from pickupday.review.supply import days_without_supply, lay_out

__all__ = ["Figures", "Pdc", "Rhythm", "measure", "observe"]


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
    def gap_days_per_90_days(self) -> Fraction:
        """Days without supply in 90 days, summed over therapies."""
        return Fraction(90 * self.gap_days, self.days)

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
class Figures:
    """The year before as observed, and the same horizon planned and unsynchronized (the gain is the difference)."""

    observed: Rhythm | None
    unsynchronized: Rhythm | None
    planned: Rhythm | None
    pdc: tuple[Pdc, ...]


def measure(
    therapies: Sequence[OngoingTherapy],
    stays: Sequence[InpatientStay],
    plan: Plan | None,
    today: date,
    left_out: Sequence[NotPlanned] = (),
    unsynchronized_fills: int | None = None,
) -> Figures:
    """Measure the ongoing therapies over the past year, and over the plan's horizon where there is a plan.

    `left_out` are the medicines that are not planned: they are in no figure, but other strengths of the same
    ingredient supply it.
    """
    return Figures(
        observed=observe(therapies, today, left_out),
        unsynchronized=None
        if plan is None
        else Rhythm(
            plan.horizon_days, plan.unsynchronized.trips, unsynchronized_fills, None, plan.unsynchronized.gap_days
        ),
        planned=None
        if plan is None
        else Rhythm(plan.horizon_days, plan.objective.trips, len(plan.fills), len(plan.calls), plan.objective.gap_days),
        pdc=tuple(adherence(one.id, supplies_of(one, therapies, left_out), stays, today) for one in therapies),
    )


def observe(therapies: Sequence[OngoingTherapy], today: date, left_out: Sequence[NotPlanned] = ()) -> Rhythm | None:
    """The rhythm of the past year to yesterday (less where the first fill is later); None where nothing was filled.

    Visits and fills are those of the therapies. A day is without supply where no strength of the ingredient covers it,
    counted once for each ingredient.
    """
    start = today - timedelta(days=OBSERVED_DAYS)
    recent = [(one, fill) for one in therapies for fill in one.fills if start <= fill.on < today]
    if not recent:
        return None
    if all(one.fills[0].on >= start for one in therapies if one.fills):
        start = min(fill.on for _, fill in recent)
    visits = {(fill.dispense.pharmacy or one.pharmacy, fill.on) for one, fill in recent}
    ingredients = {supplies_of(one, therapies, left_out): one for one in therapies}
    gaps = sum(
        days_without_supply(one.fills if fills == one.fills else lay_out(fills), start, today)
        for fills, one in ingredients.items()
    )
    return Rhythm((today - start).days, len(visits), len(recent), None, gaps)
