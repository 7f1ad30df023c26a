"""Pickups that were promised already: kept when replanning, unless a hard rule breaks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pickupday.planner.grid import CycleDays
from pickupday.planner.search.least_gap import least_gap
from pickupday.planner.search.measured import Measured
from pickupday.problem import Problem


def keep_confirmed(
    problem: Problem, days: CycleDays, medicines: Iterable[Measured]
) -> tuple[tuple[Measured, ...], tuple[str, ...]]:
    """Fix the confirmed fill dates that can be kept, earliest first; of each other one a sentence says why not."""
    wanted: dict[str, set[int]] = {}
    for pickup in problem.preferences.confirmed:
        for name in pickup.therapies:
            wanted.setdefault(name, set()).add(days.calendar.number(pickup.date))
    kept: list[Measured] = []
    notes: list[str] = []
    for medicine in medicines:
        for day in sorted(wanted.get(medicine.therapy.id, ())):
            fixed = replace(medicine, fixed=(*medicine.fixed, day))
            problem_with = _why_not(fixed, day, days)
            if problem_with is None:
                medicine = fixed
            else:
                when = days.calendar.date(day)
                notes.append(f"The confirmed pickup of {medicine.therapy.id} on {when} is not kept: {problem_with}.")
        kept.append(medicine)
    return tuple(kept), tuple(notes)


def _why_not(medicine: Measured, day: int, days: CycleDays) -> str | None:
    if day < 0:
        return "the date has passed"
    if day >= days.horizon:
        return f"the plan ends after {days.horizon} days"
    if not days.calendar.is_open(day):
        return "no pickup can be on that day any more"
    if least_gap(medicine, days.calendar, days.horizon) is None:
        return "the claim would come too soon, and no synchronization override is left"
    return None
