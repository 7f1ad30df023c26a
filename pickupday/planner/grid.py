"""The pickup dates that a cycle and a first date make.

Where the definition leaves calendar cycles open (same date monthly, nth weekday), their dates are those that
the calendar names: the first pickup is the first of them that leaves the preparation lead, each later one is the next
month's.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pickupday.errors import ProblemError
from pickupday.planner.calendar import Calendar, read_calendar
from pickupday.problem import Cycle, EveryDays, MonthlyOnDay, NthWeekday, Problem

LONGEST_MONTHLY_STEP = 62  # days that surely hold the next two dates of any calendar cycle


@dataclass(frozen=True, slots=True)
class Grid:
    """The pickup dates that one first date makes, as days from today, ascending, all before the horizon."""

    first: int
    dates: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CycleDays:
    """One cycle option laid over the calendar: its horizon and its grids by first date (empty where `reason` says why).

    `step` is the number of days of a fixed cycle, None for calendar cycles.
    """

    cycle: Cycle
    step: int | None
    horizon: int
    calendar: Calendar
    grids: tuple[Grid, ...]
    reason: str | None = None


def horizon_of(cycle: Cycle, horizon_days: int) -> int:
    """The largest multiple of the cycle's days that the horizon holds; the whole horizon for calendar cycles."""
    return horizon_days - horizon_days % cycle.every_days if isinstance(cycle, EveryDays) else horizon_days


def lay_out(problem: Problem, cycle: Cycle) -> CycleDays:
    """Every candidate first date of a cycle with its grid."""
    horizon = horizon_of(cycle, problem.horizon_days)
    step = cycle.every_days if isinstance(cycle, EveryDays) else None
    soonest = problem.programme.prep_lead_days
    window = soonest + (step or LONGEST_MONTHLY_STEP)
    calendar = read_calendar(problem, max(horizon, window) + 1)
    if not horizon:
        too_short = f"The horizon of {problem.horizon_days} days is shorter than one cycle of {step} days."
        return CycleDays(cycle, step, 0, calendar, (), too_short)
    wanted = _wanted_first(problem, calendar, horizon)
    if wanted is not None:
        firsts = [wanted]
    elif step is not None:
        firsts = [day for day in range(soonest, soonest + step) if calendar.is_open(day)]
    else:
        moved = (calendar.last_open(nominal) for nominal in nominal_days(cycle, calendar, window))
        firsts = [day for day in moved if day is not None and day >= soonest][:1]
    grids = tuple(Grid(first, grid_dates(cycle, first, horizon, calendar)) for first in firsts)
    reason: str | None = None
    if not grids:
        a, b = calendar.date(soonest), calendar.date(window - 1)
        reason = f"No day from {a} to {b} is open, so no first pickup can be offered."
    return CycleDays(cycle, step, horizon, calendar, grids, reason)


def grid_dates(cycle: Cycle, first: int, horizon: int, calendar: Calendar) -> tuple[int, ...]:
    """The first date and every later one before the horizon, closed ones moved to the nearest earlier open day."""
    if first >= horizon:
        return ()
    if isinstance(cycle, EveryDays):
        later: Iterator[int] = iter(range(first + cycle.every_days, horizon, cycle.every_days))
    else:
        later = (day for day in nominal_days(cycle, calendar, horizon) if day > first)
    dates = [first]
    for nominal in later:
        moved = calendar.last_open(nominal)
        if moved is not None and moved > dates[-1]:
            dates.append(moved)
    return tuple(dates)


def nominal_days(cycle: Cycle, calendar: Calendar, before: int) -> Iterator[int]:
    """The dates that a calendar cycle names, open or not, from today until before the given day."""
    year, month = calendar.today.year, calendar.today.month
    while True:
        number = calendar.number(date(year, month, _day_of_month(cycle, year, month)))
        if number >= before:
            return
        if number >= 0:
            yield number
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _day_of_month(cycle: Cycle, year: int, month: int) -> int:
    first_weekday, length = monthrange(year, month)
    if isinstance(cycle, MonthlyOnDay):
        return min(cycle.monthly_on_day, length)
    assert isinstance(cycle, NthWeekday)
    days = range(1 + (cycle.weekday - first_weekday) % 7, length + 1, 7)
    return days[cycle.nth - 1 if cycle.nth > 0 else -1]


def _wanted_first(problem: Problem, calendar: Calendar, horizon: int) -> int | None:
    wanted = problem.preferences.first_pickup
    if wanted is None:
        return None
    path, day = "preferences.first_pickup", calendar.number(wanted)
    if day < 0:
        raise ProblemError(path, f"{wanted} is in the past")
    if day >= horizon:
        raise ProblemError(path, f"{wanted} is not within the planned {horizon} days")
    if not calendar.is_open(day):
        raise ProblemError(path, f"{wanted} is closed: no pickup can be on that day")
    return day
