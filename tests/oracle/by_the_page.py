"""The planning problem as its definition says it, read straight from the JSON: shares nothing with the planner.

Days are counted from today. `read` gives what both oracles need: therapies, horizon, candidate first dates, grids.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
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


@dataclass
class Instance:
    drugs: list
    step: int
    horizon: int
    open: list
    firsts: list  # candidate first dates
    weekdays: list
    monday: int
    order: list

    def grid(self, first):
        dates = []
        for nominal in range(first, self.horizon, self.step):
            day = nominal
            while day >= 0 and not self.open[day]:
                day -= 1
            if not dates or day > dates[-1]:
                dates.append(day)
        return dates

    def unwanted(self, day):
        return bool(self.weekdays) and (self.monday + day) % 7 not in self.weekdays

    def even(self, drug, size, day, grid):
        if size == drug.usual or size % self.step == 0:
            return True
        return day in grid and day + size in grid


def read(text, cycle_index=0):
    data = json.loads(text, parse_float=Fraction)
    today = date.fromisoformat(data["today"])
    programme, wishes = data["programme"], data.get("preferences", {})
    step = programme["cycles"][cycle_index]["every_days"]
    horizon = data["horizon_days"] // step * step
    prep = programme.get("prep_lead_days", 2)
    closed = {date.fromisoformat(one) for one in programme.get("closed_dates", []) + wishes.get("avoid_dates", [])}
    for trip in wishes.get("vacations", []):
        day = date.fromisoformat(trip["from"])
        while day <= date.fromisoformat(trip["to"]):
            closed.add(day)
            day += timedelta(1)
    weekdays = programme.get("open_weekdays", list(range(7)))
    span = max(horizon, prep + step) + 1
    opened = []
    for number in range(span):
        day = today + timedelta(number)
        opened.append(day.weekday() in weekdays and day not in closed)
    wanted = wishes.get("first_pickup")
    if wanted:
        firsts = [(date.fromisoformat(wanted) - today).days]
    else:
        firsts = [day for day in range(prep, prep + step) if opened[day]]
    drugs = []
    for one in sorted(data["therapies"], key=lambda one: one["id"]):
        if one["id"] in wishes.get("excluded", []):
            continue
        run_out = max(0, (date.fromisoformat(one["run_out"]) - today).days)
        if run_out >= horizon:
            continue
        usual, most = one["usual_days"], one["max_days"]
        sizes, early = [], {}
        share = Fraction(one.get("refill_too_soon", Fraction(3, 4)))
        for size in range(1, max(usual, most) + 1):
            if size > most and size != usual:
                continue
            if size < usual and not one.get("short_fill_allowed", False):
                continue
            if (size * Fraction(one["units_per_day"])) % Fraction(one["dispensable_unit"]) != 0:
                continue
            sizes.append(size)
            early[size] = floor((1 - share) * size)
        left = one.get("short_fills_left")
        drugs.append(
            Drug(
                one["id"],
                run_out,
                (date.fromisoformat(one["earliest"]) - today).days,
                usual,
                sizes,
                early,
                0 if one.get("controlled", False) else one.get("sync_overrides_left", 0),
                10**6 if left is None else left,
            )
        )
    return Instance(
        drugs,
        step,
        horizon,
        opened,
        firsts,
        wishes.get("weekdays", []),
        today.weekday(),
        programme.get("objective", MEASURES),
    )


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
