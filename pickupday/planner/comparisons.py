"""The same horizon under other policies, so that a gain is a difference and not a claim.

Unsynchronized: each therapy is refilled in its usual quantity on the last open day on or before its run-out; where
no such day is left, on the next open one. The usual heuristics take one anchor date and the cycle from there on: what
runs out before the anchor is bridged by a fill of its own, short where allowed; on each later date of the anchor's grid
everything is refilled that would not reach the next one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from pickupday.plan import Comparison
from pickupday.planner.calendar import Calendar
from pickupday.planner.grid import CycleDays, grid_dates
from pickupday.planner.search.measured import Measured, measure
from pickupday.problem import Problem


def compare_unsynchronized(problem: Problem, days: CycleDays) -> Comparison:
    """Trips and gap days when every therapy is refilled by itself."""
    return _count([_own_fills(one, days.calendar, days.horizon) for one in _needed(problem, days)])


def unsynchronized_refills(problem: Problem, days: CycleDays) -> dict[str, tuple[date, ...]]:
    """By therapy the days on which it would be refilled by itself; therapies that outlast the horizon are left out."""
    calendar = days.calendar
    return {
        one.therapy.id: tuple(calendar.date(day) for day in sorted(_own_fills(one, calendar, days.horizon)[0]))
        for one in _needed(problem, days)
    }


def compare_latest_due(problem: Problem, days: CycleDays) -> Comparison:
    """Trips and gap days when all is aligned to the therapy that is due last."""
    due = [one.run_out for one in _needed(problem, days)]
    return _aligned(problem, days, max(due, default=0))


def compare_most_common(problem: Problem, days: CycleDays) -> Comparison:
    """Trips and gap days when all is aligned to the date on which most therapies are due, the first of several."""
    due = Counter(_due(one.run_out, 0, days.calendar, days.horizon) for one in _needed(problem, days))
    return _aligned(problem, days, min(due, key=lambda day: (-due[day], day), default=0))


def _needed(problem: Problem, days: CycleDays) -> list[Measured]:
    medicines = (measure(therapy, days.calendar) for therapy in problem.therapies)
    return [medicine for medicine in medicines if medicine.run_out < days.horizon]


def _due(run_out: int, after: int, calendar: Calendar, horizon: int) -> int:
    """The last open day on or before the run-out, from `after` on; else the next open one; the horizon if none."""
    last = calendar.last_open(run_out)
    if last is not None and last >= after:
        return last
    return next((day for day in range(max(after, run_out), horizon) if calendar.open[day]), horizon)


Fills = tuple[set[int], int]  # dates, gap days


def _own_fills(medicine: Measured, calendar: Calendar, horizon: int) -> Fills:
    run_out, after, gap, dates = medicine.run_out, 0, 0, set[int]()
    while run_out < horizon:
        day = _due(run_out, after, calendar, horizon)
        gap += max(0, day - run_out)
        if day >= horizon:
            break
        dates.add(day)
        run_out, after = max(run_out, day) + medicine.therapy.usual_days, day + 1
    return dates, gap


def _aligned(problem: Problem, days: CycleDays, anchor: int) -> Comparison:
    first = _due(anchor, 0, days.calendar, days.horizon)
    grid = grid_dates(days.cycle, first, days.horizon, days.calendar)
    return _count([_aligned_fills(one, grid, days.calendar, days.horizon) for one in _needed(problem, days)])


def _aligned_fills(medicine: Measured, grid: tuple[int, ...], calendar: Calendar, horizon: int) -> Fills:
    """Walk the days: on a grid date what would not reach the next one is refilled if it may be; else what is due."""
    run_out, earliest, gap, dates = medicine.run_out, medicine.earliest, 0, set[int]()
    after = 0
    while run_out < horizon:
        due = _due(run_out, after, calendar, horizon)
        on_grid = next((day for day in _needed_at(grid, run_out, horizon) if max(after, earliest) <= day <= due), None)
        day = due if on_grid is None else on_grid
        gap += max(0, day - run_out)
        if day >= horizon:
            break
        dates.add(day)
        run_out = max(run_out, day)
        following = next((later for later in grid if later > day), None)
        size = medicine.therapy.usual_days
        if on_grid is None and following is not None:
            exact = [one for one in medicine.sizes if one.short and run_out + one.days >= following]
            size = exact[0].days if exact else size
        run_out += size
        early = next(one.early for one in medicine.sizes if one.days == size)
        earliest, after = run_out - early, day + 1
    return dates, gap


def _needed_at(grid: tuple[int, ...], run_out: int, horizon: int) -> Iterator[int]:
    for index, day in enumerate(grid):
        if run_out < (grid[index + 1] if index + 1 < len(grid) else horizon):
            yield day


def _count(fills: list[Fills]) -> Comparison:
    dates: set[int] = set().union(*(dates for dates, _ in fills))
    return Comparison(trips=len(dates), gap_days=sum(gap for _, gap in fills))
