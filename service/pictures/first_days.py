"""The calendar of possible first days: what each would cost against the best one, in words and by a sign."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from pickupday.plan import Alternative, Objective, Plan
from pickupday.planner.other_dates import first_difference
from pickupday.problem import Problem
from pickupday.wording import say_count


class Cost(StrEnum):
    """How a first day compares; each has a sign of its own."""

    BEST = "best"  # the day that the planner recommends
    AS_GOOD = "as-good"  # as good in all that a patient notices
    MORE_FILLS = "more-fills"  # the same trips, but odd or short sizes, or an override
    MORE_TRIPS = "more-trips"  # more trips, or fills apart from the pickups
    GAP = "gap"  # days without medicine
    CLOSED = "closed"  # not possible


@dataclass(frozen=True, slots=True)
class FirstDay:
    """One day of the calendar. `words` says in one line what a first pickup on it would mean."""

    day: date
    cost: Cost
    words: str
    chosen: bool = False  # the plan that is shown starts on it


@dataclass(frozen=True, slots=True)
class FirstDays:
    """One month: weeks of seven days, None outside the month or the candidates' reach."""

    title: str
    weeks: tuple[tuple[FirstDay | None, ...], ...]


def draw_first_days(problem: Problem, plan: Plan, chosen: date) -> tuple[FirstDays, ...]:
    """The months that hold candidates of the plan's own cycle, Monday first; days between them that are closed too.

    `plan` is the best one, made without a wish for its first day; `chosen` the day that the shown plan starts on.
    """
    own = {one.first_pickup: one for one in plan.alternatives if one.cycle == plan.cycle}
    months = sorted({(day.year, day.month) for day in own})
    return tuple(_month(year, month, own, plan, chosen, problem) for year, month in months)


def _month(
    year: int, month: int, own: dict[date, Alternative], plan: Plan, chosen: date, problem: Problem
) -> FirstDays:
    first, last = min(own), max(own)
    weeks = []
    for week in Calendar().monthdatescalendar(year, month):
        days: list[FirstDay | None] = []
        for day in week:
            if day.month != month or not first <= day <= last:
                days.append(None)
            elif day in own:
                weighed = _weigh(own[day], plan, problem.programme.objective)
                days.append(replace(weighed, chosen=day == chosen))
            else:
                days.append(FirstDay(day, Cost.CLOSED, _why_closed(day, problem)))
        weeks.append(tuple(days))
    return FirstDays(f"{date(year, month, 1):%B %Y}", tuple(weeks))


def _weigh(option: Alternative, plan: Plan, order: Sequence[str]) -> FirstDay:
    if option.first_pickup == plan.first_pickup:
        return FirstDay(option.first_pickup, Cost.BEST, "The best day to start.")
    if option.objective is None:
        return FirstDay(option.first_pickup, Cost.CLOSED, option.reason or "No plan can start on this day.")
    cost, words = compare(option.objective, plan.objective, order)
    return FirstDay(option.first_pickup, cost, option.reason or words)


_MEASURES = {
    "gap_days": (Cost.GAP, "day without medicine", "days without medicine"),
    "trips": (Cost.MORE_TRIPS, "trip", "trips"),
    "off_grid_fills": (Cost.MORE_TRIPS, "fill apart", "fills apart"),
    "sync_overrides": (Cost.MORE_FILLS, "early fill to be allowed", "early fills to be allowed"),
    "preference": (Cost.MORE_FILLS, "pickup on an unwanted weekday", "pickups on unwanted weekdays"),
    "odd_fills": (Cost.MORE_FILLS, "fill of unusual size", "fills of unusual size"),
}


def compare(other: Objective, best: Objective, order: Sequence[str]) -> tuple[Cost, str]:
    """What another first day costs against the best one, by the first measure of the programme that differs."""
    found = first_difference(best, other, [measure for measure in order if measure != "leftover_days"])
    if found is None:
        return Cost.AS_GOOD, "As good; some medicine is left over longer."
    difference = found.worse - found.better
    if found.measure == "days_to_first":
        when = "later" if difference > 0 else "sooner"
        return Cost.AS_GOOD, f"As good, {say_count(abs(difference), 'day')} {when}."
    cost, one, several = _MEASURES[found.measure]
    count = f"{abs(difference)} {'more' if difference > 0 else 'fewer'} {one if abs(difference) == 1 else several}"
    return cost if difference > 0 else Cost.AS_GOOD, f"{count}."


def _why_closed(day: date, problem: Problem) -> str:
    wishes = problem.preferences
    if day in wishes.avoid_dates or any(one.start <= day <= one.end for one in wishes.vacations):
        return "The patient cannot come."
    return "The pharmacy is closed."
