"""The entry of the planning core: the best synchronization plan of one patient at one pharmacy, with its proof.

`solve` plans every cycle option and every candidate first date, recommends one and explains it.
The same problem, its therapies in any order, has the same plan, unless the search budget ends first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter

from pickupday.errors import ContradictionError, ProblemError
from pickupday.plan import Alternative, Call, CyclePlan, Plan
from pickupday.planner.certificate import certify
from pickupday.planner.comparisons import compare_latest_due, compare_most_common, compare_unsynchronized
from pickupday.planner.confirmed import keep_confirmed
from pickupday.planner.grid import CycleDays, lay_out
from pickupday.planner.other_dates import give_reasons
from pickupday.planner.reasons import describe_fills, describe_rides
from pickupday.planner.renewals import find_renewals
from pickupday.planner.search.budget import Limits, OutOfBudgetError
from pickupday.planner.search.cycle import Outcome, PreparedCycle
from pickupday.planner.search.measured import measure
from pickupday.planner.search.remembered import Remembered
from pickupday.problem import Problem


@dataclass(frozen=True, slots=True)
class SolvedCycle:
    """One cycle option: `best` is None where it has no plan, `proven` False where the budget ended before the proof.

    `outcomes` holds what is known of each candidate first date, by the number of its first day.
    """

    days: CycleDays
    prepared: PreparedCycle | None
    outcomes: dict[int, Outcome]
    best: Outcome | None
    proven: bool
    notes: tuple[str, ...]


def solve(
    problem: Problem,
    budget_seconds: float = 2.0,
    clock: Callable[[], float] | None = None,
    remembered: Remembered | None = None,
) -> Plan:
    """Plan the problem exactly; when the budget ends first, the best plan found with `optimal=False`.

    `remembered`: what was found out about similar problems; it grows, and never changes a plan (see what_if).
    Raises ProblemError where no plan can exist at all: no open first date, a wanted first date that is closed; and
    ContradictionError where the planner breaks an invariant of its own.
    """
    now = clock or perf_counter
    try:
        return _solve(problem, budget_seconds, now, remembered or Remembered())
    except AssertionError as error:
        raise ContradictionError.at(problem, error) from error


def _solve(problem: Problem, seconds: float, now: Callable[[], float], remembered: Remembered) -> Plan:
    limits = Limits.within(seconds, now)
    check_references(problem)
    here = problem_at_one_pharmacy(problem)
    solved = [solve_cycle(here, lay_out(here, cycle), limits, remembered) for cycle in here.programme.cycles]
    solved = [weigh_other_dates(option) for option in solved]
    planned = [option for option in solved if option.best is not None]
    if not planned:
        raise ProblemError("programme.cycles", " ".join(dict.fromkeys(option.days.reason or "" for option in solved)))
    chosen = min(planned, key=_recommendation)
    return give_reasons(describe(problem, here, chosen, solved), problem.programme.objective)


def check_references(problem: Problem) -> None:
    """Refuse wishes about therapies that the problem does not have, and two therapies with one id."""
    names = [therapy.id for therapy in problem.therapies]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ProblemError("therapies", f"the id {twice!r} stands here twice")
    for unknown in sorted(problem.preferences.excluded - set(names)):
        raise ProblemError("preferences.excluded", f"no therapy has the id {unknown!r}")
    for index, pickup in enumerate(problem.preferences.confirmed):
        for unknown in sorted(set(pickup.therapies) - set(names)):
            raise ProblemError(f"preferences.confirmed[{index}].therapies", f"no therapy has the id {unknown!r}")


def problem_at_one_pharmacy(problem: Problem) -> Problem:
    """The problem without the excluded therapies; refused where they belong to several pharmacies (see by_pharmacy)."""
    kept = tuple(therapy for therapy in problem.therapies if therapy.id not in problem.preferences.excluded)
    named = sorted({therapy.pharmacy for therapy in kept if therapy.pharmacy is not None})
    if len(named) > 1:
        place = next(index for index, therapy in enumerate(problem.therapies) if therapy.pharmacy == named[1])
        message = f"each pharmacy is planned apart, and these therapies belong to {', '.join(named)}"
        raise ProblemError(f"therapies[{place}].pharmacy", message)
    return replace(problem, therapies=tuple(sorted(kept, key=lambda therapy: therapy.id)))


def by_pharmacy(problem: Problem) -> dict[str | None, Problem]:
    """One problem for each pharmacy. A therapy of no named pharmacy goes with the one that has the most therapies."""
    counts: dict[str, int] = {}
    for therapy in problem.therapies:
        if therapy.pharmacy is not None:
            counts[therapy.pharmacy] = counts.get(therapy.pharmacy, 0) + 1
    if not counts:
        return {None: problem}
    common = min(counts, key=lambda name: (-counts[name], name))
    problems: dict[str | None, Problem] = {}
    for name in sorted(counts):
        therapies = tuple(therapy for therapy in problem.therapies if (therapy.pharmacy or common) == name)
        ids = {therapy.id for therapy in therapies}
        wishes = problem.preferences
        confirmed = tuple(
            replace(pickup, therapies=tuple(one for one in pickup.therapies if one in ids))
            for pickup in wishes.confirmed
            if ids & set(pickup.therapies)
        )
        preferences = replace(wishes, excluded=wishes.excluded & ids, confirmed=confirmed)
        problems[name] = replace(problem, therapies=therapies, preferences=preferences)
    return problems


def solve_cycle(problem: Problem, days: CycleDays, limits: Limits, remembered: Remembered) -> SolvedCycle:
    """The best plan of one cycle option: of each first date only as much is found out as it takes to rule it out."""
    if not days.grids:
        return SolvedCycle(days, None, {}, None, True, ())
    medicines, notes = keep_confirmed(problem, days, [measure(one, days.calendar) for one in problem.therapies])
    prepared = PreparedCycle(problem, days, medicines, limits, remembered)
    outcomes: dict[int, Outcome] = {}
    best: Outcome | None = None
    try:
        for grid in days.grids:
            better = prepared.best(grid, all_ties=False, at_most=None if best is None else best.cost - 1)
            if better is not None and (best is None or better.cost < best.cost):
                best = outcomes[grid.first] = better
        assert best is not None, "without a limit every first date has a plan"
        best = prepared.best(best.grid, all_ties=True) or best
        return SolvedCycle(days, prepared, outcomes, best, True, notes)
    except OutOfBudgetError:
        for grid in days.grids:
            outcomes.setdefault(grid.first, prepared.quick(grid))
    best = min(outcomes.values(), key=lambda outcome: (outcome.cost, outcome.grid.first))
    return SolvedCycle(days, prepared, outcomes, best, False, notes)


def weigh_other_dates(option: SolvedCycle) -> SolvedCycle:
    """Find the complete measures of every other first date, exactly while the budget lasts."""
    prepared, outcomes, unproven = option.prepared, dict(option.outcomes), 0
    if prepared is None:
        return option
    for grid in option.days.grids:
        if grid.first in outcomes:
            unproven += not outcomes[grid.first].optimal
            continue
        try:
            found = None if unproven else prepared.best(grid, all_ties=False)
        except OutOfBudgetError:
            found = None
        outcomes[grid.first] = found or prepared.quick(grid)
        unproven += found is None
    notes = option.notes
    if unproven:
        dates = f"{unproven} first dates" if unproven > 1 else "one first date"
        notes = (
            *notes,
            f"The search budget ended before {dates} were weighed to the end: they may do better than shown.",
        )
    return replace(option, outcomes=outcomes, notes=notes)


def _recommendation(option: SolvedCycle) -> tuple[int, int, int]:
    assert option.best is not None
    objective = option.best.objective
    return (objective.gap_days, objective.off_grid_fills, objective.sync_overrides)


def describe(problem: Problem, here: Problem, chosen: SolvedCycle, solved: list[SolvedCycle]) -> Plan:
    """Put a solved cycle into words and dates."""
    prepared, best, calendar = chosen.prepared, chosen.best, chosen.days.calendar
    assert prepared is not None
    assert best is not None
    fills = prepared.best_fills(best)
    used = sorted({fill.day for _, row in fills for fill in row})
    on_grid = set(best.grid.dates)
    pickups = [day for day in used if day in on_grid]
    bridges = [day for day in used if day not in on_grid]
    synchronized = [day for day in pickups if not bridges or day > bridges[-1]]
    return Plan(
        optimal=all(option.proven for option in solved),
        cycle=chosen.days.cycle,
        horizon_days=chosen.days.horizon,
        first_pickup=calendar.date(best.grid.first),
        synchronized_from=calendar.date(synchronized[0]) if synchronized else None,
        objective=best.objective,
        pickups=tuple(calendar.date(day) for day in pickups),
        bridge_trips=tuple(calendar.date(day) for day in bridges),
        certificate=certify(prepared),
        fills=describe_fills(prepared, best.grid, fills),
        rides_along=describe_rides(prepared, best.grid, fills),
        renewals=find_renewals(here, calendar, fills),
        calls=tuple(_call(here, chosen.days, day) for day in pickups),
        alternatives=tuple(
            Alternative(option.days.calendar.date(outcome.grid.first), option.days.cycle, outcome.objective, None)
            for option in solved
            for _, outcome in sorted(option.outcomes.items())
        ),
        cycles=tuple(_cycle_plan(option) for option in solved),
        unsynchronized=compare_unsynchronized(here, chosen.days),
        heuristics={
            "latest_due": compare_latest_due(here, chosen.days),
            "most_common": compare_most_common(here, chosen.days),
        },
        notes=tuple(dict.fromkeys(note for option in solved for note in option.notes)),
    )


def _cycle_plan(option: SolvedCycle) -> CyclePlan:
    if option.best is None:
        return CyclePlan(option.days.cycle, None, None, option.days.reason)
    return CyclePlan(option.days.cycle, option.days.calendar.date(option.best.grid.first), option.best.objective)


def _call(problem: Problem, days: CycleDays, pickup: int) -> Call:
    """When to call about a pickup; inside the call lead the enrolment conversation is the confirmation."""
    calendar, lead = days.calendar, problem.programme.call_lead_days
    open_day = calendar.last_open(pickup - lead)
    return Call(calendar.date(pickup), calendar.date(open_day or 0), at_enrolment=pickup < lead)
