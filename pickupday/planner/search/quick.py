"""Some good fills on given trip dates, found at once and without any proof: what is left when the search budget ends.

A few sizes are tried at each date (usual, even, the largest, just enough for one of the next dates) and of the ways to
go on only the cheapest are kept. Where that leads to days without supply that could be avoided, the therapy goes its
own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pickupday.planner.search.fills import PlannedFill
from pickupday.planner.search.machine import Costs
from pickupday.planner.search.measured import Measured, Size
from pickupday.planner.search.trips import Day

KEPT = 24
AHEAD = 3


class _Way(NamedTuple):
    cost: int
    run_out: int
    earliest: int
    overrides: int
    shorts: int
    fills: tuple[PlannedFill, ...]


def quick_fills(
    medicine: Measured, days: Sequence[Day], place: int, costs: Costs, horizon: int
) -> tuple[PlannedFill, ...]:
    """Fills on the given dates, cheap as far as a short look goes."""
    shorts = len(days) + 1 if medicine.shorts is None else medicine.shorts
    ways = [_Way(0, medicine.run_out, medicine.earliest, medicine.overrides, shorts, ())]
    for index, day in enumerate(days):
        ahead = [later.number for later in days[index + 1 : index + 1 + AHEAD]]
        following = ahead[0] if ahead else horizon
        best: dict[tuple[int, int], _Way] = {}
        for way in ways:
            for after in _on(medicine, way, day, place, costs, [*ahead, horizon]):
                # What runs out before the next date is charged here, so that it does not look cheap for a while.
                charged = after.cost + costs.gap * max(0, min(following, horizon) - max(after.run_out, day.number))
                known = best.get((after.run_out, after.overrides))
                if known is None or charged < known.cost:
                    best[(after.run_out, after.overrides)] = after._replace(cost=charged)
        ways = sorted(best.values())[:KEPT]
        ways = [
            way._replace(cost=way.cost - costs.gap * max(0, min(following, horizon) - max(way.run_out, day.number)))
            for way in ways
        ]
    return min(ways, key=lambda way: way.cost + costs.gap * max(0, horizon - way.run_out)).fills


def _on(medicine: Measured, way: _Way, day: Day, place: int, costs: Costs, ahead: list[int]) -> list[_Way]:
    now = day.number
    ways = [] if day.must[place] else [way]
    too_soon = way.earliest > now
    if too_soon and not way.overrides:
        return ways or [way]
    start = max(way.run_out, now)
    cost = way.cost + costs.gap * (start - way.run_out) + costs.leftover * (start - now)
    cost += (0 if day.on_grid else costs.off_grid) + (costs.override if too_soon else 0)
    for size in _few(medicine, day.even[place], start, ahead):
        if size.short and not way.shorts:
            continue
        ways.append(
            _Way(
                cost if size.days in day.even[place] else cost + costs.odd,
                start + size.days,
                start + size.days - size.early,
                way.overrides - too_soon,
                way.shorts - size.short,
                (*way.fills, PlannedFill(now, size.days, too_soon, way.run_out, way.earliest)),
            )
        )
    return ways


def _few(medicine: Measured, even: tuple[int, ...], start: int, ahead: list[int]) -> list[Size]:
    exact = {
        next((size.days for size in medicine.sizes if start + size.days >= target), 0)
        for target in ahead
        if target > start
    }
    wanted = {medicine.therapy.usual_days, medicine.largest, *even, *exact}
    return [size for size in medicine.sizes if size.days in wanted]


def as_late_as_possible(
    medicines: Sequence[Measured], opened: Sequence[bool], horizon: int, forced: Sequence[int]
) -> tuple[int, ...]:
    """Trip dates that do for usual fills: each trip as late as the supply allows, and those that are forced."""
    run_outs = [(medicine.run_out, medicine.earliest) for medicine in medicines]
    dates: list[int] = []
    last = -1
    while min((run_out for run_out, _ in run_outs), default=horizon) < horizon or any(day > last for day in forced):
        due = min((run_out for run_out, _ in run_outs), default=horizon)
        by = min([due, *(day for day in forced if day > last)])
        day = next((day for day in range(by, last, -1) if opened[day]), None)
        if day is None:
            day = next((day for day in range(max(by, last + 1), horizon) if opened[day]), None)
        if day is None:
            break
        last = day
        dates.append(day)
        for place, (medicine, (run_out, earliest)) in enumerate(zip(medicines, run_outs, strict=True)):
            if earliest <= day or run_out <= day:
                usual = medicine.therapy.usual_days
                then = max(run_out, day) + usual
                early = next(size.early for size in medicine.sizes if size.days == usual)
                run_outs[place] = (then, then - early)
    return tuple(dates)
