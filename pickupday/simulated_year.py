"""A past stretch of days lived again: synchronized, or each medicine refilled by itself, with what was known each day.

Nothing of a later day is looked at: a medicine is planned from the day of its first dispense, a changed fill size from
the day on which it was first handed out. What is assumed is said: every pickup is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import floor
from time import perf_counter

from pickupday.errors import ProblemError
from pickupday.planner.best_plan import SolvedCycle, solve_cycle
from pickupday.planner.grid import lay_out
from pickupday.planner.search.budget import Limits
from pickupday.planner.search.fills import PlannedFill
from pickupday.planner.search.remembered import Remembered
from pickupday.problem import Cycle, Preferences, Problem, Programme, Therapy
from pickupday.review.medicine import PART_FILLS
from pickupday.review.supply import JudgedFill


@dataclass(frozen=True, slots=True)
class Past:
    """One medicine as it was dispensed: its fills by date, and the rules of the payer and the pharmacy for it."""

    therapy: Therapy
    fills: tuple[JudgedFill, ...]

    def usual_by(self, day: date) -> int:
        """The days' supply of the last whole fill handed over until that day (a part fill where there is no other)."""
        known = [one for one in self.fills if one.on <= day]
        whole = [one for one in known if (one.dispense.supply_type or "").upper() not in PART_FILLS]
        return (whole or known)[-1].days


@dataclass(slots=True)
class Tally:
    """What happened: fill dates, fills, pickups on the grid, days without supply; `proven` False after a budget."""

    dates: set[date] = field(default_factory=set)
    pickups: set[date] = field(default_factory=set)
    fills: int = 0
    gap_days: int = 0
    proven: bool = True


@dataclass(slots=True)
class _Held:
    """What the patient has of one medicine on a day, and what the payer still grants."""

    past: Past
    run_out: date
    last_days: int
    usual: int
    overrides: int
    shorts: int | None

    def take(self, on: date, days: int) -> None:
        """Hand over a fill: it is used when what there is has ended."""
        self.run_out = max(self.run_out, on) + timedelta(days=days)
        self.last_days = days

    def take_planned(self, on: date, fill: PlannedFill) -> None:
        """Hand over a planned fill, which may use up an early or a short fill that is granted."""
        self.overrides -= fill.override
        if self.shorts is not None and fill.days < self.usual:
            self.shorts = max(0, self.shorts - 1)
        self.take(on, fill.days)

    def as_problem(self, today: date) -> Therapy:
        """The therapy as it was on that day: fills of the usual size at most, short ones where they are allowed."""
        therapy, usual = self.past.therapy, self.usual
        early = timedelta(days=floor((1 - therapy.refill_too_soon) * self.last_days))
        unit, short = therapy.dispensable_unit, therapy.short_fill_allowed
        if (usual * therapy.units_per_day / unit).denominator != 1:
            unit, short = usual * therapy.units_per_day, False
        return replace(
            therapy,
            run_out=max(today, self.run_out),
            earliest=max(today, self.run_out - early),
            usual_days=usual,
            max_days=usual,
            dispensable_unit=unit,
            short_fill_allowed=short,
            short_fills_left=self.shorts,
            sync_overrides_left=self.overrides,
            prescriptions=(),
        )


def live_synchronized(
    past: Sequence[Past],
    programme: Programme,
    horizon_days: int,
    start: date,
    end: date,
    *,
    weekdays: frozenset[int] = frozenset(),
    budget_seconds: float = 0.2,
) -> Tally:
    """Live [start, end) synchronized: plan on the first day, then whenever something is new or half a plan is used up.

    Once two medicines share a rhythm it is kept. Raises ProblemError where a day cannot be planned at all.
    """
    tally, rhythm = Tally(), _Rhythm(programme, horizon_days, weekdays, budget_seconds)
    held = {one.therapy.id: _hold(one, start) for one in past if one.fills[0].on < start}
    for day in _days(start, end):
        news = day == start
        for one in past:
            name = one.therapy.id
            if one.fills[0].on == day:
                held[name] = _first_fill(one, day)
                tally.dates.add(day)
                tally.fills += len([fill for fill in one.fills if fill.on == day])
                news = True
            elif name in held and held[name].usual != one.usual_by(day):
                held[name].usual = one.usual_by(day)
                news = True
        if held and (news or day >= rhythm.look_again_on):
            rhythm.plan(day, held.values())
        for name, fill in rhythm.fills_on(day):
            held[name].take_planned(day, fill)
            tally.dates.add(day)
            tally.fills += 1
            if day in rhythm.pickups:
                tally.pickups.add(day)
        tally.gap_days += sum(one.run_out <= day for one in held.values())
    tally.proven = rhythm.proven
    return tally


def live_apart(past: Sequence[Past], programme: Programme, start: date, end: date) -> Tally:
    """Live [start, end) with each medicine refilled by itself, on the last open day on or before its run-out."""
    tally = Tally()
    closed = programme.closed_dates
    is_open = {day: day.weekday() in programme.open_weekdays and day not in closed for day in _days(start, end)}
    for one in past:
        first = one.fills[0].on
        held = _hold(one, start) if first < start else _first_fill(one, first)
        after = start
        if first >= start:
            tally.dates.add(first)
            tally.fills += len([fill for fill in one.fills if fill.on == first])
            after = first + timedelta(days=1)
        while held.run_out < end:
            before = [day for day in _days(after, min(held.run_out + timedelta(days=1), end)) if is_open[day]]
            later = (day for day in _days(max(after, held.run_out), end) if is_open[day])
            day = before[-1] if before else next(later, end)
            tally.gap_days += max(0, (day - max(held.run_out, start)).days)
            if day >= end:
                break
            held.take(day, one.usual_by(day))
            tally.dates.add(day)
            tally.fills += 1
            after = day + timedelta(days=1)
    return tally


class _Rhythm:
    """The plan in force and its grid; made anew when asked, on the same grid once two medicines share it."""

    def __init__(
        self, programme: Programme, horizon_days: int, weekdays: frozenset[int], budget_seconds: float
    ) -> None:
        self.programme = programme
        self.horizon_days = horizon_days
        self.weekdays = weekdays
        self.budget_seconds = budget_seconds
        self.pickups: frozenset[date] = frozenset()
        self.look_again_on = date.max
        self.proven = True
        self._cycle: Cycle | None = None  # kept once two medicines share it
        self._fills: dict[date, list[tuple[str, PlannedFill]]] = {}
        self._remembered = Remembered()

    def fills_on(self, day: date) -> list[tuple[str, PlannedFill]]:
        """What the plan in force hands over on a day, each with its therapy."""
        return self._fills.get(day, [])

    def plan(self, day: date, held: Iterable[_Held]) -> None:
        """Make the plan of that day; the fills of the days before it have happened."""
        therapies = sorted((one.as_problem(day) for one in held), key=lambda one: one.id)
        wanted = min((one for one in self.pickups if one >= day), default=None) if self._cycle is not None else None
        programme = self.programme if self._cycle is None else replace(self.programme, cycles=(self._cycle,))
        wishes = Preferences(weekdays=self.weekdays, first_pickup=wanted)
        problem = Problem(day, self.horizon_days, programme, wishes, tuple(therapies))
        solved = self._solve(problem)
        prepared, best, calendar = solved.prepared, solved.best, solved.days.calendar
        assert prepared is not None
        assert best is not None
        self.proven = self.proven and solved.proven
        if len(therapies) > 1:
            self._cycle = solved.days.cycle
        self.look_again_on = day + timedelta(days=solved.days.horizon // 2)
        self._fills = {}
        for therapy, row in prepared.best_fills(best):
            for fill in row:
                self._fills.setdefault(calendar.date(fill.day), []).append((therapy, fill))
        self.pickups = frozenset(calendar.date(number) for number in best.grid.dates) & self._fills.keys()

    def _solve(self, problem: Problem) -> SolvedCycle:
        """The recommended plan alone, without the other first dates that a person would be shown."""
        limits = Limits.within(self.budget_seconds, perf_counter)
        options = [
            solve_cycle(problem, lay_out(problem, cycle), limits, self._remembered)
            for cycle in problem.programme.cycles
        ]
        planned = [(one.best.objective, one) for one in options if one.best is not None]
        if not planned:
            raise ProblemError("programme.cycles", " ".join(dict.fromkeys(one.days.reason or "" for one in options)))
        measures = [(one.gap_days, one.off_grid_fills, one.sync_overrides) for one, _ in planned]
        return planned[measures.index(min(measures))][1]


def _hold(one: Past, start: date) -> _Held:
    before = [fill for fill in one.fills if fill.on < start]
    therapy = one.therapy
    return _Held(
        one,
        before[-1].covers_to,
        before[-1].days,
        one.usual_by(start - timedelta(days=1)),
        therapy.sync_overrides_left,
        therapy.short_fills_left,
    )


def _first_fill(one: Past, day: date) -> _Held:
    """The first dispense happens on its day, however the others are planned."""
    same_day = [fill for fill in one.fills if fill.on == day]
    therapy = one.therapy
    return _Held(
        one,
        same_day[-1].covers_to,
        same_day[-1].days,
        one.usual_by(day),
        therapy.sync_overrides_left,
        therapy.short_fills_left,
    )


def _days(start: date, end: date) -> Iterable[date]:
    return (start + timedelta(days=number) for number in range((end - start).days))
