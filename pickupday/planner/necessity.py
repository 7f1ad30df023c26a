"""What would be lost without a part of the plan: its trips by leaving each out, its fills by planning without them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from pickupday.plan import Plan
from pickupday.planner.calendar import Calendar, read_calendar
from pickupday.planner.replay import planned_therapies
from pickupday.planner.search.least_gap import least_gap
from pickupday.planner.search.measured import measure
from pickupday.problem import Cycle, Problem, Therapy

Solve = Callable[[Problem], Plan]


def days_lost_without(problem: Problem, plan: Plan, trip: date) -> dict[str, int]:
    """By therapy: how many more days without supply it would have on the plan's other trips alone, where any."""
    calendar = read_calendar(problem, plan.horizon_days + 1)
    used = {calendar.number(fill.date) for fill in plan.fills}
    lost = {}
    for therapy in planned_therapies(problem):
        least = [_least_gap(therapy, calendar, days, plan) for days in (used, used - {calendar.number(trip)})]
        if least[1] > least[0]:
            lost[therapy.id] = least[1] - least[0]
    return lost


def _least_gap(therapy: Therapy, calendar: Calendar, days: set[int], plan: Plan) -> int:
    on_these = Calendar(calendar.today, tuple(day in days for day in range(len(calendar.open))))
    found = least_gap(measure(therapy, on_these), on_these, plan.horizon_days)
    assert found is not None, "without confirmed dates some fills always do"
    return found


def from_first_date(problem: Problem, first: date, cycle: Cycle) -> Problem:
    """The same problem with one first date and one cycle to choose from."""
    return replace(
        problem,
        programme=replace(problem.programme, cycles=(cycle,)),
        preferences=replace(problem.preferences, first_pickup=first),
    )


def with_usual_fills_only(problem: Problem, name: str) -> Problem:
    """The same problem where one therapy is never filled in another size than its usual one."""
    return _change(problem, name, lambda one: replace(one, short_fill_allowed=False, max_days=one.usual_days))


def without_overrides(problem: Problem, name: str) -> Problem:
    """The same problem where one therapy has no synchronization override left."""
    return _change(problem, name, lambda one: replace(one, sync_overrides_left=0))


def _change(problem: Problem, name: str, change: Callable[[Therapy], Therapy]) -> Problem:
    therapies = tuple(change(one) if one.id == name else one for one in problem.therapies)
    return replace(problem, therapies=therapies)
