"""The fewest days without supply that any plan leaves one therapy, were every open day a trip.

As gap days are a sum over therapies, the least sum is reached only when each therapy has its own least. Two facts keep
the search small. Without a gap a fill's date does not change what follows it, so the earliest date that is allowed will
do. With one, the first date after the run-out is best: any later plan can keep its dates and sizes after an earlier
fill and loses no more later than was won.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from pickupday.planner.calendar import Calendar
from pickupday.planner.search.machine import NO_LIMIT
from pickupday.planner.search.measured import Measured, Size

State = tuple[int, int, int, int, int]  # minus run-out, earliest, minus overrides, minus short fills, last fill date
Step = tuple[int, int, bool, int, int]  # day, days' supply, override, run-out and earliest claim before it
Walked = tuple[Step, ...]
Trail = tuple[Step, "Trail"] | None
ENDED: State = (-NO_LIMIT, 0, 0, 0, 0)


def least_gap(medicine: Measured, calendar: Calendar, horizon: int) -> int | None:
    """The least gap days of a therapy before the horizon; None when its confirmed dates cannot all be kept."""
    found = walk_least_gap(medicine, calendar, horizon)
    return None if found is None else found[0]


def walk_least_gap(medicine: Measured, calendar: Calendar, horizon: int) -> tuple[int, Walked] | None:
    """The least gap days, and fills that reach them."""
    shorts = NO_LIMIT if medicine.shorts is None else medicine.shorts
    start: State = (-medicine.run_out, medicine.earliest, -medicine.overrides, -shorts, -1)
    queue: list[tuple[int, State, int, Trail]] = [(0, start, 0, None)]
    count = 0
    soonest: dict[tuple[int, int, int, int], int] = {}
    last_fixed = max(medicine.fixed, default=-1)
    while queue:
        gap, state, _, trail = heappop(queue)
        if state == ENDED:
            return gap, _walked(trail)
        run_out, earliest, last = -state[0], state[1], state[4]
        rest = (state[0], *state[2:])
        if soonest.get(rest, earliest + 1) <= earliest:
            continue
        soonest[rest] = earliest
        if last >= last_fixed:
            heappush(queue, (gap + max(0, horizon - run_out), ENDED, 0, trail))
        for day, overrides in _dates(medicine, calendar, horizon, state):
            for size, left in _sizes(medicine, -state[3]):
                then = max(run_out, day) + size.days
                after = (-then, then - size.early, -overrides, -left, day)
                fill = (day, size.days, day < earliest, run_out, earliest)
                count += 1
                heappush(queue, (gap + max(0, day - run_out), after, count, (fill, trail)))
    return None


def _walked(trail: Trail) -> Walked:
    fills = []
    while trail is not None:
        fills.append(trail[0])
        trail = trail[1]
    return tuple(reversed(fills))


def _dates(medicine: Measured, calendar: Calendar, horizon: int, state: State) -> Iterator[tuple[int, int]]:
    """The dates of the next fill that matter, each with the overrides left after it."""
    run_out, earliest, overrides, last = -state[0], state[1], -state[2], state[4]
    fixed = min((day for day in medicine.fixed if day > last), default=None)
    end = horizon - 1 if fixed is None else fixed
    starts = [max(last + 1, earliest), max(last + 1, earliest, run_out)]
    if overrides:
        starts.append(last + 1)
    days = {day for day in (_open_from(calendar, start, end) for start in starts) if day is not None}
    if fixed is not None:
        days.add(fixed)
    for day in sorted(days):
        if day >= earliest:
            yield day, overrides
        elif overrides:
            yield day, overrides - 1


def _open_from(calendar: Calendar, day: int, end: int) -> int | None:
    return next((later for later in range(max(0, day), end + 1) if calendar.open[later]), None)


def _sizes(medicine: Measured, shorts: int) -> Iterator[tuple[Size, int]]:
    for size in medicine.sizes:
        if not size.short:
            yield size, shorts
        elif shorts:
            yield size, shorts if shorts == NO_LIMIT else shorts - 1
