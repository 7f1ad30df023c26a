"""The plan in plain words: why this first date, what each other one would need, what forces each trip, what is proven.

Every statement is worked out, never guessed: what another date would need is read from the best plan of that date,
what a trip is needed for from the days without supply that leaving it out would cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from time import perf_counter

from pickupday.errors import ProblemError
from pickupday.plan import Alternative, Plan
from pickupday.planner.best_plan import solve
from pickupday.planner.explained_sections import (
    Section,
    explain_calls,
    explain_cycles,
    explain_first_date,
    explain_gain,
    explain_gaps,
    explain_limits,
    explain_overrides,
    explain_proof,
    explain_renewals,
    explain_rides,
    explain_sizes,
    explain_visits,
)
from pickupday.planner.necessity import days_lost_without, from_first_date
from pickupday.planner.other_dates import first_difference, is_chosen
from pickupday.planner.other_plans import say_what_it_needs
from pickupday.planner.saying import Words
from pickupday.problem import Problem

SECONDS_PER_PLAN = 2.0
OTHER_FIRST_DATES = "The other first dates"


@dataclass(frozen=True, slots=True)
class FirstDate:
    """A first date with what makes it worse: `measure` is the one that decides (None for the plan's own date)."""

    alternative: Alternative
    chosen: bool
    measure: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Trip:
    """One visit, and for which therapies it is forced: so many more days without supply they would have without it."""

    date: date
    bridge: bool
    therapies: tuple[str, ...]
    forced_by: dict[str, int]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A plan with its reasons: `sections` in the order in which people ask, each with its sentences."""

    plan: Plan
    order: tuple[str, ...]
    sections: tuple[Section, ...]
    first_dates: tuple[FirstDate, ...]
    trips: tuple[Trip, ...]


class Budget:
    """Solves further problems as long as the time lasts; afterwards it has no answer."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.until = clock() + seconds
        self.refused = 0

    def solve(self, problem: Problem) -> Plan | None:
        """The best plan; None where the time does not last for the proof, or where nothing can be asked for.

        A first date after the plan's end is a candidate, but not one that can be wished for.
        """
        left = self.until - self.clock()
        try:
            plan = solve(problem, min(left, SECONDS_PER_PLAN), self.clock) if left > 0 else None
        except ProblemError:
            return None
        if plan is None or not plan.optimal:
            self.refused += 1
            return None
        return plan


def explain(
    problem: Problem,
    plan: Plan,
    names: Mapping[str, str] | None = None,
    budget_seconds: float = 10.0,
    clock: Callable[[], float] | None = None,
) -> Explanation:
    """Tell a plan that `solve` made for the problem. `names`: what people call the therapies, by id.

    Other plans are worked out for comparison; when the budget ends first, those sentences are shorter, and it is said.
    """
    words = Words(problem.today, names or {})
    budget = Budget(budget_seconds, clock or perf_counter)
    trips = tuple(_explain_trip(problem, plan, day) for day in sorted({*plan.pickups, *plan.bridge_trips}))
    dates = tuple(_explain_date(problem, plan, one, budget, words) for one in plan.alternatives)
    same_cycle = [one for one in dates if one.alternative.cycle == plan.cycle]
    sections = [
        explain_first_date(problem, plan, _next_best(problem, plan, same_cycle), budget.solve, words),
        explain_cycles(problem, plan, words),
        explain_visits(plan, {trip.date: trip.forced_by for trip in trips}, words),
        explain_gaps(problem, plan, words),
        explain_sizes(problem, plan, budget.solve, words),
        explain_overrides(problem, plan, budget.solve, words),
        explain_rides(plan, words),
        explain_renewals(problem, plan, words),
        explain_calls(problem, plan, words),
        explain_gain(plan),
        Section(OTHER_FIRST_DATES, tuple(one.sentence for one in same_cycle if not one.chosen)),
        explain_proof(problem, plan, words),
        explain_limits(problem, plan, budget.refused, words),
    ]
    told = tuple(section for section in sections if section.sentences)
    return Explanation(plan, problem.programme.objective, told, dates, trips)


def _explain_trip(problem: Problem, plan: Plan, day: date) -> Trip:
    filled = tuple(sorted(fill.therapy for fill in plan.fills if fill.date == day))
    return Trip(day, day in plan.bridge_trips, filled, days_lost_without(problem, plan, day))


def _explain_date(problem: Problem, plan: Plan, one: Alternative, budget: Budget, words: Words) -> FirstDate:
    """One first date: of the plan's own cycle with the fills that make it worse, of another one in short."""
    day = words.day(one.first_pickup)
    if is_chosen(plan, one):
        return FirstDate(one, True, None, f"{day} is the plan's first pickup.")
    assert one.reason is not None, "every other first date has a reason"
    short = f"{day}: {words.dates(one.reason)}"
    if one.cycle != plan.cycle or one.objective is None:
        return FirstDate(one, False, None, short)
    found = first_difference(plan.objective, one.objective, problem.programme.objective)
    if found is None:
        return FirstDate(one, False, None, short)
    other = budget.solve(from_first_date(problem, one.first_pickup, one.cycle))
    if other is None or other.objective != one.objective:
        return FirstDate(one, False, found.measure, short)
    needs = say_what_it_needs(problem, plan, other, found, words)
    return FirstDate(one, False, found.measure, f"{day} {needs}.")


def _next_best(problem: Problem, plan: Plan, dates: list[FirstDate]) -> str | None:
    """Of the other first dates of the same cycle the one that comes next, in its sentence."""
    others = [one for one in dates if not one.chosen]

    def key(one: FirstDate) -> tuple[list[int], date]:
        measures = [getattr(one.alternative.objective, name) for name in problem.programme.objective]
        return measures, one.alternative.first_pickup

    return min(others, key=key).sentence if others else None
