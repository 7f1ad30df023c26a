"""What a plan's fills do to the supply, walked from the problem alone: no part of the search is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from pickupday.plan import Fill, Plan
from pickupday.problem import Problem, Therapy


@dataclass(frozen=True, slots=True)
class Supplied:
    """One fill with the supply around it, in days: on hand when it is made, missed before it; `ends` after it."""

    fill: Fill
    on_hand: int
    missed: int
    ended: date
    ends: date


@dataclass(frozen=True, slots=True)
class Gap:
    """Days without supply of one therapy, from `start` on; `until_end` where no fill follows before the plan ends."""

    therapy: str
    start: date
    days: int
    until_end: bool


def replay(therapy: Therapy, fills: Iterable[Fill], today: date) -> tuple[Supplied, ...]:
    """The fills of one therapy in order, each with the supply before and after it."""
    run_out = max(today, therapy.run_out)
    walked = []
    for fill in sorted((one for one in fills if one.therapy == therapy.id), key=lambda one: one.date):
        on_hand, ended = max(0, (run_out - fill.date).days), run_out
        missed = max(0, (fill.date - run_out).days)
        run_out = max(run_out, fill.date) + timedelta(days=fill.days_supply)
        walked.append(Supplied(fill, on_hand, missed, ended, run_out))
    return tuple(walked)


def planned_therapies(problem: Problem) -> tuple[Therapy, ...]:
    """The therapies that a plan is about, by id: all but those left out by choice."""
    wanted = (therapy for therapy in problem.therapies if therapy.id not in problem.preferences.excluded)
    return tuple(sorted(wanted, key=lambda therapy: therapy.id))


def gaps(problem: Problem, plan: Plan) -> tuple[Gap, ...]:
    """Every stretch of days without supply before the plan's end, by therapy, then date."""
    found, end = [], problem.today + timedelta(days=plan.horizon_days)
    for therapy in planned_therapies(problem):
        run_out = max(problem.today, therapy.run_out)
        for step in replay(therapy, plan.fills, problem.today):
            if step.missed:
                found.append(Gap(therapy.id, step.ended, step.missed, until_end=False))
            run_out = step.ends
        if run_out < end:
            found.append(Gap(therapy.id, run_out, (end - run_out).days, until_end=True))
    return tuple(found)
