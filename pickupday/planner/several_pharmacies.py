"""Therapies of several pharmacies: each pharmacy is planned apart, and what a transfer would save is named.

A visit is a pharmacy and a date: two pharmacies on one day are two trips.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pickupday.plan import Plan
from pickupday.planner.best_plan import by_pharmacy, solve
from pickupday.planner.replay import planned_therapies
from pickupday.problem import Problem


@dataclass(frozen=True, slots=True)
class PharmacyPlan:
    """The problem of one pharmacy with its plan; `pharmacy` is None where no therapy names one."""

    pharmacy: str | None
    problem: Problem
    plan: Plan


@dataclass(frozen=True, slots=True)
class Transfer:
    """What it would save if `therapies` were filled at the pharmacy `to`, where the patient's other ones are.

    Trips and days without supply of all pharmacies in `horizon_days`, in the cycle of the plan of `to`: apart, and with
    everything at one pharmacy.
    """

    to: str
    therapies: tuple[str, ...]
    horizon_days: int
    trips_apart: int
    trips_together: int
    gap_days_apart: int
    gap_days_together: int

    @property
    def sentence(self) -> str:
        """The opportunity in words, with what it depends on."""
        many = len(self.therapies) > 1
        named = ", ".join(self.therapies)
        gap = self.gap_days_apart - self.gap_days_together
        return (
            f"{named} {'are' if many else 'is'} filled elsewhere. At {self.to} all medicines together would need "
            f"{self.trips_together} trips in {self.horizon_days} days instead of {self.trips_apart}"
            + (f", with {gap} fewer days without supply" if gap > 0 else "")
            + f": ask the patient, the prescriber and the payer whether {'they' if many else 'it'} can be transferred."
        )


@dataclass(frozen=True, slots=True)
class PharmacyPlans:
    """One plan for each pharmacy, by its name; `transfer` where everything at one pharmacy would do better."""

    plans: tuple[PharmacyPlan, ...]
    transfer: Transfer | None


def solve_each(
    problem: Problem, budget_seconds: float = 2.0, clock: Callable[[], float] | None = None
) -> PharmacyPlans:
    """Plan each pharmacy by itself, each within the budget; one pharmacy is planned as `solve` does.

    Raises ProblemError and ContradictionError as `solve` does.
    """
    named = {therapy.pharmacy for therapy in planned_therapies(problem)} - {None}
    if len(named) < 2:
        only = next(iter(named), None)
        return PharmacyPlans((PharmacyPlan(only, problem, solve(problem, budget_seconds, clock)),), None)
    apart = tuple(
        PharmacyPlan(name, part, solve(part, budget_seconds, clock))
        for name, part in by_pharmacy(problem).items()
        if planned_therapies(part)
    )
    return PharmacyPlans(apart, _transfer(problem, apart, budget_seconds, clock))


def _transfer(
    problem: Problem, apart: tuple[PharmacyPlan, ...], budget_seconds: float, clock: Callable[[], float] | None
) -> Transfer | None:
    """What one pharmacy for all would save in the same cycle; None where it saves no trip and no day without supply."""
    home = max(apart, key=lambda one: len(planned_therapies(one.problem)))
    assert home.pharmacy is not None, "of several pharmacies each has a name"

    def plan_in_step(part: Problem) -> Plan:
        cycles = replace(part.programme, cycles=(home.plan.cycle,))
        return solve(replace(part, programme=cycles), budget_seconds, clock)

    merged = tuple(replace(therapy, pharmacy=home.pharmacy) for therapy in problem.therapies)
    together = plan_in_step(replace(problem, therapies=merged)).objective
    each = [(one.plan if one.plan.cycle == home.plan.cycle else plan_in_step(one.problem)).objective for one in apart]
    found = Transfer(
        to=home.pharmacy,
        therapies=tuple(therapy.id for one in apart if one is not home for therapy in planned_therapies(one.problem)),
        horizon_days=home.plan.horizon_days,
        trips_apart=sum(objective.trips for objective in each),
        trips_together=together.trips,
        gap_days_apart=sum(objective.gap_days for objective in each),
        gap_days_together=together.gap_days,
    )
    saves = (found.gap_days_together, found.trips_together) < (found.gap_days_apart, found.trips_apart)
    return found if saves else None
