"""The exact search over trip dates on one grid: best first, with the therapies' states side by side.

A node is a sequence of trip dates, kept as the state of every therapy after the last of them. Its bound is what was
paid and what each therapy will cost at the least; the first complete plan that leaves the queue is therefore a best
one. Two nodes with the same last date and the same states have the same future, so only the cheaper one goes on; where
both are as cheap, both are remembered for the tie-break.

Where gap days and trips come first, the number of trips is tried from below, and so is the measure that comes third
(`limit`): under a limit most of what a therapy might do is known to be too much, and its states stay small.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from pickupday.planner.search.budget import OutOfBudgetError
from pickupday.planner.search.machine import DEAD, Machine
from pickupday.planner.search.outlook import IMPOSSIBLE, Outlook

# Trips, the last of them, whether a grid date was used, the state of each therapy.
Node = tuple[int, int, bool, tuple[int, ...]]
OPEN, COMPLETE = -1, -2


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
    """What one search stands on. `windows` and `limited` are None where gap days and trips do not come first."""

    machines: tuple[Machine, ...]
    outlooks: tuple[Outlook, ...]
    starts: tuple[int, ...]
    days: tuple[Day, ...]
    horizon: int
    first: int
    next_on_grid: tuple[int, ...]  # by day: the first possible grid date from then on, the horizon if none
    forced: tuple[int, ...]  # days on which a trip must be
    first_before_trips: bool
    off_grid: int
    windows: list[frozenset[int]] | None  # by trip, where their number is limited: the possible days
    limited: int | None  # position of the lowest bit of the measure that is tried from below


@dataclass(slots=True)
class Search:
    """One search under a limit on the trips and on the cost."""

    ground: Ground
    most_trips: int
    limit: int | None  # no plan that costs more is looked for
    out_of_time: Callable[[], bool]
    was_limited: bool = False
    paid: dict[Node, int] = field(default_factory=dict)
    before: dict[Node, list[Node]] = field(default_factory=dict)
    queue: list[tuple[int, int, Node, int]] = field(default_factory=list)
    opened: dict[tuple[int, bool], list[tuple[Node, int]]] = field(default_factory=dict)
    count: int = 0

    def run(self, all_ties: bool) -> Found | None:
        """The least packed cost, and one or all date sequences that reach it; None where the limits allow no plan."""
        ground = self.ground
        start: Node = (0, -1, False, ground.starts)
        self.before[start] = []
        self._enter(start, 0, 0, None)
        closed: dict[Node, int] = {}
        best: int | None = None
        ends: list[Node] = []
        while self.queue:
            bound, _, node, way = heappop(self.queue)
            if best is not None and (bound > best or not all_ties):
                break
            if way == COMPLETE:
                best = bound
                ends.append(node)
            elif way != OPEN:
                if self.out_of_time():
                    raise OutOfBudgetError
                self._travel(node, ground.days[way], bound)
            elif closed.get(node, self.paid[node] + 1) > self.paid[node]:
                closed[node] = self.paid[node]
                if not self._is_beaten(node, all_ties):
                    self._open(node, bound)
        if best is None:
            return None
        return Found(best, tuple(path for node in ends for path in self._paths(node)))

    def _is_beaten(self, node: Node, all_ties: bool) -> bool:
        """Whether an opened node with the same last date, no more trips and no worse states costs as little."""
        trips, last, used, states = node
        cost = self.paid[node] - (1 if all_ties else 0)
        rivals = self.opened.setdefault((last, used), [])
        for rival, paid in rivals:
            if rival[0] > trips:
                continue
            for machine, mine, other in zip(self.ground.machines, rival[3], states, strict=True):
                more = machine.cover(mine, other)
                if more is None:
                    break
                paid += more
            else:
                if paid <= cost:
                    return True
        rivals.append((node, self.paid[node]))
        return False

    def _open(self, node: Node, bound: int) -> None:
        """Let a node end here, and let it wait for each possible next date at the least that this may cost."""
        ground, (trips, last, used, states) = self.ground, node
        cost = self.paid[node]
        must_by = min((day for day in ground.forced if day > last), default=ground.horizon)
        if must_by == ground.horizon:
            total: int | None = cost + (0 if used else ground.first * ground.horizon)
            for machine, state in zip(ground.machines, states, strict=True):
                end = machine.end(state, ground.horizon - last)
                if end is None:
                    total = None
                    break
                assert total is not None
                total += end
            if total is not None:
                self._push(total, node, COMPLETE)
        if trips == self.most_trips:
            return
        reaches = (machine.reach(state) for machine, state in zip(ground.machines, states, strict=True))
        deadline = min(must_by, last + min(reaches, default=ground.horizon))
        for index in range(bisect_right(ground.days, last, key=_number), len(ground.days)):
            day = ground.days[index]
            if day.number > deadline:
                break
            if ground.windows is not None and day.number not in ground.windows[trips]:
                continue
            # A trip that nobody uses is never worth while: off the grid it costs one fill off the grid at least.
            least = cost + day.trip + (0 if day.on_grid else ground.off_grid)
            self._push(max(bound, least), node, index)

    def _travel(self, node: Node, day: Day, bound: int) -> None:
        """Add the node after one more trip."""
        ground, (trips, last, used, states) = self.ground, node
        first = day.on_grid and not used
        shared = self.paid[node] + day.trip + (ground.first * day.number if first else 0)
        ahead, left, more = day.number - last, ground.horizon - day.number, self.most_trips - trips - 1
        choices: Sequence[int] = range(len(states)) if first and ground.first_before_trips else (-1,)
        for chosen in choices:
            then: list[int] = []
            cost = shared
            for place, machine in enumerate(ground.machines):
                must = 1 if place == chosen else day.must[place]
                need = max(0, left - more * machine.largest)
                after, gained = machine.step(states[place], ahead, day.even[place], not day.on_grid, must, need)
                if after == DEAD:
                    break
                then.append(after)
                cost += gained
            else:
                child: Node = (trips + 1, day.number, used or day.on_grid, tuple(then))
                self._enter(child, cost, bound, node)

    def _enter(self, node: Node, cost: int, bound: int, parent: Node | None) -> None:
        """Bound a new node, cut from its states what is over the limit, and let it wait for its turn."""
        trips, last, used, states = node
        total = cost
        if not used:
            total += self.ground.first * self.ground.next_on_grid[last + 1]
        for outlook, state in zip(self.ground.outlooks, states, strict=True):
            total += min(outlook.totals(state, trips, last))
        bound = max(bound, total)
        if bound >= IMPOSSIBLE:
            return
        if self.limit is not None:
            if bound > self.limit:
                self.was_limited = True
                return
            shift = self.ground.limited
            assert shift is not None
            most = (((self.limit >> shift) - (total >> shift) + 1) << shift) - 1
            trimmed = []
            for outlook, state in zip(self.ground.outlooks, states, strict=True):
                number, gained = outlook.trim(state, trips, last, most)
                self.was_limited = self.was_limited or number != state
                trimmed.append(number)
                cost += gained
            node = (trips, last, used, tuple(trimmed))
        known = self.paid.get(node)
        if known is not None and known <= cost:
            if known == cost and parent is not None:
                self.before[node].append(parent)
            return
        self.paid[node] = cost
        self.before[node] = [] if parent is None else [parent]
        self._push(bound, node, OPEN)

    def _push(self, bound: int, node: Node, way: int) -> None:
        if self.limit is not None and bound > self.limit:
            self.was_limited = True
            return
        self.count -= 1
        heappush(self.queue, (bound, self.count, node, way))

    def _paths(self, node: Node) -> list[tuple[int, ...]]:
        if node[1] < 0:
            return [()]
        return [(*path, node[1]) for earlier in self.before[node] for path in self._paths(earlier)]


def _number(day: Day) -> int:
    return day.number


def search(
    ground_for: Callable[[int | None], Ground | None],
    fewest_trips: int | None,
    most_trips: int,
    all_ties: bool,
    out_of_time: Callable[[], bool],
    left_for: Callable[[int], int | None],
) -> tuple[Found, int] | None:
    """Search with as few trips as will do, from `fewest_trips` to `most_trips`; and how many that are.

    `ground_for`: what a search with at most so many trips stands on. `fewest_trips` None: the number is not tried from
    below but weighed with the rest; then it stands in the cost, and 0 is answered. `left_for`: what a plan with so many
    trips may cost besides them to be of interest (None = anything); None is answered where no plan is.
    """
    if fewest_trips is None:
        ground = ground_for(None)
        assert ground is not None
        found = Search(ground, 1 << 20, None, out_of_time).run(all_ties)
        return None if found is None else (found, 0)
    for trips in range(fewest_trips, most_trips + 1):
        at_most = left_for(trips)
        if at_most is not None and at_most < 0:
            return None
        found = _search_within(ground_for(trips), trips, all_ties, out_of_time, at_most)
        if found is not None:
            return found, trips
    return None


def _search_within(
    ground: Ground | None, trips: int, all_ties: bool, out_of_time: Callable[[], bool], at_most: int | None
) -> Found | None:
    """Search with at most so many trips and cost, the measure that comes third tried from below."""
    if ground is None or ground.limited is None:
        return None
    starts = zip(ground.outlooks, ground.starts, strict=True)
    low = sum(min(outlook.totals(state, 0, -1)) for outlook, state in starts)
    limit = (((low >> ground.limited) + 1) << ground.limited) - 1
    while low < IMPOSSIBLE and (at_most is None or low <= at_most):
        one = Search(ground, trips, limit if at_most is None else min(limit, at_most), out_of_time)
        found = one.run(all_ties)
        if found is not None or not one.was_limited or (at_most is not None and limit >= at_most):
            return found
        limit += 1 << ground.limited
    return None
