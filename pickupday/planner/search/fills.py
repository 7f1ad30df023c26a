"""The cheapest fills of one therapy once the trip dates are known; of equally cheap ones the first by (date, days)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pickupday.planner.search.machine import COUNTED, DEAD, KNOWN, NO_LIMIT, Machine
from pickupday.planner.search.measured import Measured
from pickupday.planner.search.trips import Day


@dataclass(frozen=True, slots=True)
class PlannedFill:
    """A fill by its day from today; `run_out` is when the supply before it ends, `earliest` when it may be claimed."""

    day: int
    days: int
    override: bool
    run_out: int
    earliest: int


PlannedFills = tuple[tuple[str, tuple[PlannedFill, ...]], ...]
"""The fills of a plan by therapy, ascending by id."""


def cheapest_fills(
    machine: Machine, medicine: Measured, slack: int, days: Sequence[Day], place: int, horizon: int
) -> tuple[PlannedFill, ...] | None:
    """Walk the trip dates and take at each the first choice that keeps the least cost; None where no plan exists.

    A fill comes before no fill and a smaller one before a larger one: so the first list in the order of (date, days) of
    all that cost the least is found.
    """
    left = cost_to_go(machine, machine.start(medicine, slack), -1, days, place, horizon)
    if left is None:
        return None
    run_out, earliest, overrides = medicine.run_out, medicine.earliest, medicine.overrides
    shorts = NO_LIMIT if medicine.shorts is None else medicine.shorts
    supply_end, costs, fills = run_out, machine.costs, []
    for index, day in enumerate(days):
        now = day.number
        gap = max(0, now - run_out)
        if gap:
            run_out = now
            if slack == COUNTED:
                left -= gap * costs.gap
            else:
                slack -= gap
        rest = days[index + 1 :]
        override = earliest > now
        if not override or overrides:
            paid = costs.leftover * (run_out - now) + (0 if day.on_grid else costs.off_grid)
            paid += costs.override if override else 0
            for size in medicine.sizes:
                if size.short and not shorts:
                    continue
                spent = paid if size.days in day.even[place] else paid + costs.odd
                if spent > left:
                    continue
                then = run_out + size.days
                fewer = shorts - 1 if size.short and shorts != NO_LIMIT else shorts
                label = (then - now, then - now, KNOWN, size.early, overrides - override, fewer, slack, 0)
                go = cost_to_go(machine, machine.single(label), now, rest, place, horizon)
                if go is not None and spent + go == left:
                    fills.append(PlannedFill(now, size.days, override, supply_end, earliest))
                    run_out, supply_end, earliest = then, then, then - size.early
                    overrides, shorts, left = overrides - override, fewer, go
                    break
    return tuple(fills)


def cost_to_go(machine: Machine, state: int, last: int, days: Sequence[Day], place: int, horizon: int) -> int | None:
    """The least cost from a state over the given trip dates to the horizon."""
    total = 0
    for index, day in enumerate(days):
        # The same question as in the search: what cannot reach the horizon with a fill on each later date is of no use.
        need = max(0, horizon - day.number - (len(days) - index - 1) * machine.largest)
        state, gained = machine.step(state, day.number - last, day.even[place], not day.on_grid, day.must[place], need)
        if state == DEAD:
            return None
        total += gained
        last = day.number
    end = machine.end(state, horizon - last)
    return None if end is None else total + end


def in_order(fills: PlannedFills) -> list[tuple[str, int, int]]:
    """What decides between plans of the same measures: their fills as (therapy, day, days' supply)."""
    return [(name, fill.day, fill.days) for name, row in fills for fill in row]


def gap_days(medicine: Measured, row: Sequence[PlannedFill], horizon: int) -> int:
    """The days without supply that some fills leave a therapy before the horizon."""
    run_out, gap = medicine.run_out, 0
    for fill in row:
        gap += max(0, fill.day - run_out)
        run_out = max(run_out, fill.day) + fill.days
    return gap + max(0, horizon - run_out)
