"""The exact search over trip dates on one grid: best first, with the therapies' states side by side."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from pickupday.search.machine import DEAD, Machine

Node = tuple[
    int, int, bool, tuple[int, ...]
]  # trips, the last of them, was a grid date used, the state of each therapy


OPEN, COMPLETE = -1, -2


class OutOfBudgetError(Exception):
    """The search budget ended."""


@dataclass(frozen=True, slots=True)
class Found:
    """The least packed cost on one grid and the date sequences that reach it (all of them where asked for)."""

    cost: int
    dates: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Day:
    """What a trip on one day costs by itself, and what a fill on it is."""

    number: int
    trip: int
    on_grid: bool
    even: tuple[tuple[int, ...], ...]  # by therapy: the sizes that are not odd
    must: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """What one search stands on."""

    machines: tuple[Machine, ...]
    starts: tuple[int, ...]
    days: tuple[Day, ...]
    horizon: int
    trip: int
    first: int
    forced: tuple[int, ...]  # days on which a trip must be
    first_before_trips: bool
    grid: tuple[int, ...]
    most_trips: int
    off_grid: int
    gap_first: bool


def search(ground: Ground, all_ties: bool, out_of_time: Callable[[], bool]) -> Found | None:
    """Find the least packed cost over all sequences of trip dates, and one or all sequences that reach it."""
    machines, horizon = ground.machines, ground.horizon
    numbers = [day.number for day in ground.days]
    start: Node = (0, -1, False, ground.starts)
    paid: dict[Node, int] = {start: 0}
    before: dict[Node, list[Node]] = {start: []}
    queue: list[tuple[int, int, Node, int]] = [(0, 0, start, OPEN)]
    closed: set[Node] = set()
    best: int | None = None
    ends: list[Node] = []
    count = 0
    days = ground.days
    while queue:
        bound, _, node, way = heappop(queue)
        if best is not None and (bound > best or not all_ties):
            break
        if way == COMPLETE:
            best = bound
            ends.append(node)
            continue
        cost, (trips, last, used, states) = paid[node], node
        if way != OPEN:  # one more trip, on days[way]
            day = days[way]
            first = day.on_grid and not used
            shared = cost + day.trip + (ground.first * day.number if first else 0)
            choices: Sequence[int] = range(len(machines)) if first and ground.first_before_trips else (-1,)
            ahead = day.number - last
            left, more = horizon - day.number, ground.most_trips - trips - 1
            for chosen in choices:
                then: list[int] = []
                reached = shared
                for place, machine in enumerate(machines):
                    must = 1 if place == chosen else day.must[place]
                    need = max(0, left - more * machine.largest)
                    after, gained = machine.step(states[place], ahead, day.even[place], not day.on_grid, must, need)
                    if after == DEAD:
                        break
                    then.append(after)
                    reached += gained
                else:
                    child: Node = (trips + 1, day.number, used or day.on_grid, tuple(then))
                    known = paid.get(child)
                    if known is not None and known <= reached:
                        if known == reached:
                            before[child].append(node)
                        continue
                    paid[child] = reached
                    before[child] = [node]
                    further = _bound(ground, child)
                    if further is not None:
                        count -= 1
                        heappush(queue, (max(bound, reached + further), count, child, OPEN))
            continue
        if node in closed:
            continue
        closed.add(node)
        if out_of_time():
            raise OutOfBudgetError
        must_by = min((day for day in ground.forced if day > last), default=horizon)
        if must_by == horizon:
            total = cost + (0 if used else ground.first * horizon)
            for machine, state in zip(machines, states, strict=True):
                end = machine.end(state, horizon - last)
                if end is None:
                    break
                total += end
            else:
                count -= 1
                heappush(queue, (total, count, node, COMPLETE))
        if trips == ground.most_trips:
            continue
        deadline = min(
            must_by, last + min((m.reach(s) for m, s in zip(machines, states, strict=True)), default=horizon)
        )
        for index in range(bisect_right(numbers, last), len(numbers)):
            day = days[index]
            if day.number > deadline:
                break
            # A trip that nobody uses is never worth while: off the grid it costs one fill off the grid at least.
            least = cost + day.trip + (ground.off_grid if not day.on_grid else 0)
            count -= 1
            heappush(queue, (max(bound, least), count, node, index))
    if best is None:
        return None
    return Found(best, tuple(path for node in ends for path in _paths(node, before)))


def _bound(ground: Ground, node: Node) -> int | None:
    if not ground.gap_first:
        return 0
    trips, last, _, states = node
    left = ground.horizon - last
    to_grid = next((day - last for day in ground.grid if day > last), left)
    more = ground.most_trips - trips
    total = 0
    for machine, state in zip(ground.machines, states, strict=True):
        low = machine.low(state, left, more, to_grid)
        if low is None:
            return None
        total += low
    return total


def _paths(node: Node, before: dict[Node, list[Node]]) -> list[tuple[int, ...]]:
    if node[1] < 0:
        return [()]
    return [(*path, node[1]) for earlier in before[node] for path in _paths(earlier, before)]
