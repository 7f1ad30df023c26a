"""The planning problem as its definition says it, read straight from the JSON: shares nothing with the planner.

Days are counted from today. `read` gives what the other solvers need: therapies, horizon, candidate first dates, grids.
"""

from __future__ import annotations

import json
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import floor

MEASURES = [
    "gap_days",
    "trips",
    "off_grid_fills",
    "sync_overrides",
    "preference",
    "odd_fills",
    "days_to_first",
    "leftover_days",
]


@dataclass
class Drug:
    name: str
    run_out: int
    earliest: int
    usual: int
    sizes: list
    early: dict
    overrides: int
    shorts: int  # a large number where there is no limit
    fixed: list = field(default_factory=list)  # confirmed fill dates


@dataclass
class Instance:
    drugs: list
    cycle: dict
    horizon: int
    open: list
    firsts: list  # candidate first dates
    weekdays: list
    today: date
    order: list

    @property
    def step(self):
        return self.cycle.get("every_days")

    def nominal(self, first):
        """The days that the cycle names after the first one."""
        if self.step:
            return range(first + self.step, self.horizon, self.step)
        return [day for day in named_days(self.cycle, self.today, self.horizon) if day > first]

    def grid(self, first):
        if first >= self.horizon:
            return []
        dates = [first]
        for nominal in self.nominal(first):
            day = nominal
            while day >= 0 and not self.open[day]:
                day -= 1
            if day > dates[-1]:
                dates.append(day)
        return dates

    def unwanted(self, day):
        return bool(self.weekdays) and (self.today.weekday() + day) % 7 not in self.weekdays

    def even(self, drug, size, day, grid):
        if size == drug.usual or (self.step and size % self.step == 0):
            return True
        return day in grid and day + size in grid


def named_days(cycle, today, before):
    """The days that a calendar cycle names from today on: day 31 is the last day of a month."""
    found = []
    for number in range(before):
        day = today + timedelta(number)
        length = monthrange(day.year, day.month)[1]
        if "monthly_on_day" in cycle:
            named = day.day == min(cycle["monthly_on_day"], length)
        else:
            nth, weekday = cycle["nth_weekday"]
            place = (day.day - 1) // 7 + 1 if nth > 0 else -1
            named = day.weekday() == weekday and (place == nth if nth > 0 else day.day + 7 > length)
        if named:
            found.append(number)
    return found


def read(text, cycle_index=0):
    data = json.loads(text, parse_float=Fraction)
    today = date.fromisoformat(data["today"])
    programme, wishes = data["programme"], data.get("preferences", {})
    cycle = programme["cycles"][cycle_index]
    step = cycle.get("every_days")
    horizon = data["horizon_days"] // step * step if step else data["horizon_days"]
    prep = programme.get("prep_lead_days", 2)
    closed = {date.fromisoformat(one) for one in programme.get("closed_dates", []) + wishes.get("avoid_dates", [])}
    for trip in wishes.get("vacations", []):
        day = date.fromisoformat(trip["from"])
        while day <= date.fromisoformat(trip["to"]):
            closed.add(day)
            day += timedelta(1)
    weekdays = programme.get("open_weekdays", list(range(7)))
    opened = []
    for number in range(max(horizon, prep + (step or 70)) + 1):
        day = today + timedelta(number)
        opened.append(day.weekday() in weekdays and day not in closed)
    drugs = []
    for one in sorted(data["therapies"], key=lambda one: one["id"]):
        confirmed = {
            (date.fromisoformat(pickup["date"]) - today).days
            for pickup in wishes.get("confirmed", [])
            if one["id"] in pickup["therapies"]
        }
        drug = read_drug(one, today)
        drug.fixed = keepable(
            drug, sorted(day for day in confirmed if 0 <= day < horizon and opened[day]), opened, horizon
        )
        if one["id"] not in wishes.get("excluded", []) and (drug.run_out < horizon or drug.fixed):
            drugs.append(drug)
    order = programme.get("objective", MEASURES)
    instance = Instance(drugs, cycle, horizon, opened, [], wishes.get("weekdays", []), today, order)
    instance.firsts = first_dates(instance, prep, wishes.get("first_pickup"))
    return instance


def read_drug(one, today):
    usual, most = one["usual_days"], one.get("max_days", one["usual_days"])
    share = Fraction(one.get("refill_too_soon", Fraction(3, 4)))
    per_day, package = Fraction(one.get("units_per_day", 1)), Fraction(one.get("dispensable_unit", 1))
    left = one.get("short_fills_left")
    shorts = 0 if not one.get("short_fill_allowed", False) else 10**6 if left is None else left
    sizes = [
        size
        for size in range(1, max(usual, most) + 1)
        if (size <= most or size == usual) and (size >= usual or shorts) and (size * per_day) % package == 0
    ]
    return Drug(
        name=one["id"],
        run_out=max(0, (date.fromisoformat(one["run_out"]) - today).days),
        earliest=(date.fromisoformat(one["earliest"]) - today).days,
        usual=usual,
        sizes=sizes,
        early={size: floor((1 - share) * size) for size in sizes},
        overrides=0 if one.get("controlled", False) else one.get("sync_overrides_left", 0),
        shorts=shorts,
    )


def first_dates(instance, prep, wanted):
    if not instance.horizon:
        return []
    if wanted:
        return [(date.fromisoformat(wanted) - instance.today).days]
    if instance.step:
        return [day for day in range(prep, prep + instance.step) if instance.open[day]]
    for named in named_days(instance.cycle, instance.today, prep + 62):
        while named >= 0 and not instance.open[named]:
            named -= 1
        if named >= prep:
            return [named]
    return []


def keepable(drug, dates, opened, horizon):
    """Of the confirmed dates, taken in order, those that some fills can keep together with the ones before."""
    kept = []
    for day in dates:
        if can_keep(drug, [*kept, day], opened, horizon):
            kept.append(day)
    return kept


def can_keep(drug, fixed, opened, horizon):
    states = {(drug.run_out, drug.earliest, drug.overrides, drug.shorts)}
    for day in range(max(fixed) + 1):
        after = set() if day in fixed else set(states)
        for run_out, earliest, overrides, shorts in states if opened[day] else ():
            if day < earliest and not overrides:
                continue
            for size in drug.sizes:
                if size >= drug.usual or shorts:
                    then = max(run_out, day) + size
                    short = size < drug.usual
                    after.add((then, max(day, then - drug.early[size]), overrides - (day < earliest), shorts - short))
        states = after
    return bool(states)


def vector_of(instance, first, fills):
    """The measures of given fills, [(name, day, size)], walked day by day; raises AssertionError on a broken rule."""
    grid = instance.grid(first)
    used = sorted({day for _, day, _ in fills})
    pickups = [day for day in used if day in grid]
    found = dict.fromkeys(MEASURES, 0)
    found["trips"] = len(used)
    found["off_grid_fills"] = sum(day not in grid for _, day, _ in fills)
    found["preference"] = sum(instance.unwanted(day) for day in pickups)
    found["days_to_first"] = pickups[0] if pickups else instance.horizon
    assert {name for name, _, _ in fills} <= {drug.name for drug in instance.drugs}
    for drug in instance.drugs:
        mine = {}
        for name, day, size in fills:
            if name == drug.name:
                assert day not in mine, "two fills on one day"
                assert 0 <= day < instance.horizon
                assert instance.open[day], "a fill on a closed day"
                assert size in drug.sizes, "a size that cannot be handed out"
                mine[day] = size
        assert set(drug.fixed) <= set(mine), "a confirmed pickup is not kept"
        stock, earliest, overrides, shorts = drug.run_out, drug.earliest, drug.overrides, drug.shorts
        for day in range(instance.horizon):
            if day in mine:
                size = mine[day]
                if day < earliest:
                    overrides -= 1
                    found["sync_overrides"] += 1
                if size < drug.usual:
                    shorts -= 1
                found["odd_fills"] += not instance.even(drug, size, day, grid)
                found["leftover_days"] += stock  # days on hand at the fill
                stock += size
                earliest = day + stock - drug.early[size]
            if stock:
                stock -= 1
            else:
                found["gap_days"] += 1
        assert overrides >= 0, "more overrides than granted"
        assert shorts >= 0, "more short fills than allowed"
    return found
