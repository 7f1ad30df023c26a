"""What if: the plan of a problem that differs a little from one that is planned already.

`prepare(problem)` is planned once; each `with_...` is the plan of the changed problem, the very same that `solve`
finds from scratch, but what the change does not touch is used again. The changes themselves are plain functions from
problem to problem, so that they can be shown, stored, and combined: `prepared.plan_for(leave_out(problem, "x"))`.

    prepared = prepare(problem)
    prepared.plan()
    prepared.with_first_pickup(date(2026, 12, 8))
    prepared.with_days("metformin", usual_days=90, max_days=90)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from pickupday.errors import ProblemError
from pickupday.plan import Plan
from pickupday.planner.best_plan import solve
from pickupday.planner.search.remembered import Remembered
from pickupday.problem import Cycle, Problem, Therapy, Vacation


def choose_first_pickup(problem: Problem, day: date | None) -> Problem:
    """The problem with a wanted first pickup; None = any date will do."""
    return replace(problem, preferences=replace(problem.preferences, first_pickup=day))


def choose_cycle(problem: Problem, cycle: Cycle) -> Problem:
    """The problem with one cycle option only."""
    return replace(problem, programme=replace(problem.programme, cycles=(cycle,)))


def leave_out(problem: Problem, therapy: str) -> Problem:
    """The problem without one therapy: it is filled by itself. What was confirmed for it is left out as well."""
    place_of(problem, therapy)
    wishes = problem.preferences
    return replace(problem, preferences=replace(wishes, excluded=wishes.excluded | {therapy}))


def take_in(problem: Problem, therapy: Therapy) -> Problem:
    """The problem with one more therapy, or with this one in place of that of the same id; no longer excluded."""
    wishes = problem.preferences
    others = tuple(one for one in problem.therapies if one.id != therapy.id)
    preferences = replace(wishes, excluded=wishes.excluded - {therapy.id})
    return replace(problem, therapies=(*others, therapy), preferences=preferences)


def add_vacation(problem: Problem, vacation: Vacation) -> Problem:
    """The problem with one more vacation."""
    if vacation.end < vacation.start:
        raise ProblemError("preferences.vacations", f"{vacation.end} is before {vacation.start}")
    wishes = problem.preferences
    return replace(problem, preferences=replace(wishes, vacations=(*wishes.vacations, vacation)))


def change_days(problem: Problem, therapy: str, usual_days: int, max_days: int | None = None) -> Problem:
    """The problem with other fill sizes of one therapy, such as 90 days instead of 30; `max_days` = the usual one."""
    place = place_of(problem, therapy)
    one = problem.therapies[place]
    path = f"therapies[{place}].usual_days"
    if usual_days < 1:
        raise ProblemError(path, f"{usual_days} is no number of days")
    if usual_days * one.units_per_day % one.dispensable_unit:
        units = usual_days * one.units_per_day
        raise ProblemError(path, f"{units} units for {usual_days} days cannot be handed out in {one.dispensable_unit}s")
    changed = replace(one, usual_days=usual_days, max_days=usual_days if max_days is None else max_days)
    therapies = (*problem.therapies[:place], changed, *problem.therapies[place + 1 :])
    return replace(problem, therapies=therapies)


def place_of(problem: Problem, therapy: str) -> int:
    """Where a therapy stands in the problem; ProblemError where it does not."""
    for place, one in enumerate(problem.therapies):
        if one.id == therapy:
            return place
    raise ProblemError("therapies", f"no therapy has the id {therapy!r}")


class Prepared:
    """One problem with all that was found out while planning it and its changes.

    The budget holds for each plan by itself. Not safe for use by several threads at once.
    """

    def __init__(self, problem: Problem, budget_seconds: float = 2.0, clock: Callable[[], float] | None = None) -> None:
        self.problem = problem
        self.budget_seconds = budget_seconds
        self.clock = clock
        self.remembered = Remembered()
        self.plans: dict[Problem, Plan] = {}

    def plan_for(self, problem: Problem) -> Plan:
        """The plan of any problem; the closer it is to those planned before, the sooner it is found."""
        found = self.plans.get(problem)
        if found is None:
            found = solve(problem, self.budget_seconds, self.clock, self.remembered)
            if found.optimal:
                self.plans[problem] = found
        return found

    def plan(self) -> Plan:
        """The plan of the problem as it stands."""
        return self.plan_for(self.problem)

    def with_first_pickup(self, day: date | None) -> Plan:
        """What if the first pickup were on that day."""
        return self.plan_for(choose_first_pickup(self.problem, day))

    def with_cycle(self, cycle: Cycle) -> Plan:
        """What if the pickups came in this rhythm."""
        return self.plan_for(choose_cycle(self.problem, cycle))

    def without(self, therapy: str) -> Plan:
        """What if one medicine stayed out of the synchronization."""
        return self.plan_for(leave_out(self.problem, therapy))

    def with_therapy(self, therapy: Therapy) -> Plan:
        """What if one more medicine came in, or one that is excluded or otherwise described."""
        return self.plan_for(take_in(self.problem, therapy))

    def with_vacation(self, vacation: Vacation) -> Plan:
        """What if the patient were away for some days."""
        return self.plan_for(add_vacation(self.problem, vacation))

    def with_days(self, therapy: str, usual_days: int, max_days: int | None = None) -> Plan:
        """What if one medicine came in other amounts, such as 90 days instead of 30."""
        return self.plan_for(change_days(self.problem, therapy, usual_days, max_days))


def prepare(problem: Problem, budget_seconds: float = 2.0, clock: Callable[[], float] | None = None) -> Prepared:
    """Make a problem ready for questions; nothing is planned before the first one."""
    return Prepared(problem, budget_seconds, clock)
