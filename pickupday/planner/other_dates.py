"""What makes every other first date worse than the plan: the most important measure that differs, with both numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pickupday.plan import Alternative, Objective, Plan
from pickupday.problem import Cycle, EveryDays, MonthlyOnDay

ACROSS_CYCLES = ("gap_days", "off_grid_fills", "sync_overrides")  # then the programme's order of its cycles

MEASURES = {
    "gap_days": ("day without supply", "days without supply"),
    "trips": ("trip", "trips"),
    "off_grid_fills": ("fill off the pickup days", "fills off the pickup days"),
    "sync_overrides": ("claim before its earliest date", "claims before their earliest date"),
    "preference": ("pickup on an unwanted weekday", "pickups on an unwanted weekday"),
    "odd_fills": ("fill of an unusual size", "fills of an unusual size"),
    "days_to_first": ("day until the first pickup", "days until the first pickup"),
    "leftover_days": ("day of medicine still on hand at the fills", "days of medicine still on hand at the fills"),
}
assert set(MEASURES) == set(Objective.__dataclass_fields__)

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}


@dataclass(frozen=True, slots=True)
class Difference:
    """The first measure, in an order of importance, in which two plans differ."""

    measure: str
    better: int
    worse: int

    def say(self) -> str:
        """The difference in words: `1 more trip (8 instead of 7)`."""
        number = abs(self.worse - self.better)
        one, many = MEASURES[self.measure]
        more = "more" if self.worse > self.better else "fewer"
        return f"{number} {more} {one if number == 1 else many} ({self.worse} instead of {self.better})"


def first_difference(better: Objective, worse: Objective, order: Sequence[str]) -> Difference | None:
    """The most important measure that differs; None where all of them are the same."""
    for measure in order:
        here, there = int(getattr(better, measure)), int(getattr(worse, measure))
        if here != there:
            return Difference(measure, here, there)
    return None


def give_reasons(plan: Plan, order: Sequence[str]) -> Plan:
    """The plan with a reason at every first date but its own."""
    return replace(
        plan, alternatives=tuple(replace(one, reason=_reason(plan, one, order)) for one in plan.alternatives)
    )


def is_chosen(plan: Plan, alternative: Alternative) -> bool:
    """Whether this first date is the plan's own."""
    return (alternative.cycle, alternative.first_pickup) == (plan.cycle, plan.first_pickup)


def say_cycle(cycle: Cycle) -> str:
    """A cycle option in words: `every 28 days`, `the second Tuesday of every month`."""
    if isinstance(cycle, EveryDays):
        return "every day" if cycle.every_days == 1 else f"every {cycle.every_days} days"
    if isinstance(cycle, MonthlyOnDay):
        last = cycle.monthly_on_day == 31
        return "the last day of every month" if last else f"day {cycle.monthly_on_day} of every month"
    return f"the {_NTH[cycle.nth]} {_WEEKDAYS[cycle.weekday]} of every month"


def _reason(plan: Plan, alternative: Alternative, order: Sequence[str]) -> str | None:
    if is_chosen(plan, alternative) or alternative.objective is None:
        return alternative.reason
    if alternative.cycle == plan.cycle:
        return _say_worse(first_difference(plan.objective, alternative.objective, order))
    best = next(one for one in plan.cycles if one.cycle == alternative.cycle)
    assert best.objective is not None, "a cycle with first dates has a best one"
    if best.first_pickup != alternative.first_pickup:
        worse = _say_worse(first_difference(best.objective, alternative.objective, order))
        return f"{worse[:-1]}, compared with {best.first_pickup}, the best first date of this cycle."
    found = first_difference(plan.objective, best.objective, ACROSS_CYCLES)
    if found is None:
        return f"The programme prefers {say_cycle(plan.cycle)} where two cycles do equally well."
    return f"{found.say()}, compared with {say_cycle(plan.cycle)}."


def _say_worse(found: Difference | None) -> str:
    if found is None:
        return "As good by every measure; of equal plans the earlier first date, then the first fills are taken."
    return f"{found.say()}."
