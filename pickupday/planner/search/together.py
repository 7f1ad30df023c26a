"""The exact search over trip dates for steady therapies, once it is decided which pickup days are used.

A node is a sequence of trip dates with, for each therapy, all the ways in which it may stand after the last of them
that can still be part of a good enough plan: its run-out and its next claim, at the cost above what the therapy would
have at the least if it were alone. The sum of these excesses is the bound; the first complete node that leaves the
queue is a best plan. A limit on the excess is tried from small to large: with it nearly nothing has to be kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from pickupday.planner.search.alone import NEVER, Row
from pickupday.planner.search.budget import OutOfBudgetError

# How a therapy may stand: (run-out, first day of the next claim, paid so far, paid and to come at the least). Both
# costs are counted from the cheapest way of the same therapy.
Way = tuple[int, int, int, int]
Ways = tuple[Way, ...]
DEAD = -1
COMPLETE = -1000
Node = tuple[int, int, tuple[int, ...]]  # trips, the last day, by therapy the number of its ways


class Walker:
    """Steps the therapies of one row from trip to trip; what exceeds the limit is dropped."""

    def __init__(self, row: Row, limit: int, even: dict[int, frozenset[int]]) -> None:
        self.row, self.limit, self.even = row, limit, even
        self.cut = False  # whether the limit ever dropped anything
        self.known: list[Ways] = []
        self.ends: list[int] = []
        self.reach: list[int] = []
        self.numbers: dict[Ways, int] = {}
        self.steps: dict[tuple[int, int, int], tuple[int, int]] = {}
        self.trims: dict[tuple[int, int], int] = {}

    def start(self, run_out: int, earliest: int) -> int:
        """The ways before any trip."""
        first = max(0, earliest)
        return self._number([(run_out, first, 0, self.row.wait(run_out, first))])[0]

    def step(self, number: int, day: int, most: int) -> tuple[int, int]:
        """The ways after a trip that cost no more than `most`, DEAD if none, and how much the least of them grew."""
        found = self.steps.get((number, day, most))
        if found is None:
            ways = self._after(self.known[number], day, min(most, self.limit))
            found = self.steps[(number, day, most)] = self._number(ways)
        return found

    def trim(self, number: int, most: int) -> int:
        """The ways without those that cost more than the cheapest one by more than `most`."""
        found = self.trims.get((number, most))
        if found is None:
            ways = self.known[number]
            kept = tuple([way for way in ways if way[3] <= most])
            self.cut = self.cut or len(kept) < len(ways)
            found = self.trims[(number, most)] = number if len(kept) == len(ways) else self._known(kept)
        return found

    def _after(self, ways: Ways, day: int, limit: int) -> list[Way]:
        row = self.row
        horizon, leftover, odd = row.horizon, row.costs.leftover, row.costs.odd
        even = self.even.get(day, row.even)
        here = 0 if day in row.extra else row.costs.off_grid
        after: list[Way] = []
        for way in ways:
            run_out, first, paid, total = way
            if run_out >= horizon:
                after.append(way)
                continue
            if run_out < day:
                continue
            if first > day:
                after.append(way)
                continue
            total = paid + row.wait(run_out, day + 1)
            if total <= limit:
                after.append((run_out, day + 1, paid, total))
            elif total < NEVER:
                self.cut = True
            paid += here + leftover * (run_out - day)
            for size in even:
                early = row.early.get(size)
                if early is not None:
                    then = run_out + size
                    total = paid + row.after[early][then]
                    if total <= limit:
                        after.append((then, then - early, paid, total))
                    elif total < NEVER:
                        self.cut = True
            paid += odd
            for go, then, earliest in row.fills(run_out):
                total = paid + go
                if total > limit:
                    self.cut = self.cut or total < NEVER
                    break
                after.append((then, earliest, paid, total))
        return after

    def _number(self, ways: list[Way]) -> tuple[int, int]:
        if not ways:
            return DEAD, 0
        horizon = self.row.horizon
        least = min([way[3] for way in ways])
        cheapest: dict[int, int] = {}
        kept = []
        # Of one run-out: a later claim is worth keeping only where less was paid for it so far.
        for run_out, first, paid, total in sorted(ways):
            if run_out >= horizon:
                run_out = first = horizon
            if cheapest.get(run_out, NEVER) > paid:
                cheapest[run_out] = paid
                kept.append((run_out, first, paid - least, total - least))
        return self._known(tuple(kept)), least

    def _known(self, state: Ways) -> int:
        number = self.numbers.get(state)
        if number is None:
            number = self.numbers[state] = len(self.known)
            self.known.append(state)
            horizon = self.row.horizon
            self.reach.append(max([way[0] for way in state]))
            self.ends.append(min([way[3] for way in state if way[0] >= horizon], default=NEVER))
        return number


class Together:
    """One search: therapies with their walkers, the windows of the trips, pickup days that must be used, the limit."""

    def __init__(
        self,
        walkers: Sequence[Walker],
        starts: Sequence[tuple[int, int]],
        windows: Sequence[Sequence[int]],
        must: Sequence[int],
        limit: int,
        out_of_time: Callable[[], bool],
    ) -> None:
        self.walkers, self.starts, self.windows, self.limit = walkers, starts, windows, limit
        self.must = (*must, NEVER)
        self.cut = False  # whether the limit on all together ever dropped anything
        self.coarse = walkers[0].row.costs.odd if walkers else 1
        self.fine = 8 * walkers[0].row.costs.leftover if walkers else 1
        self.out_of_time = out_of_time

    def run(self, all_ties: bool) -> tuple[int, tuple[tuple[int, ...], ...]] | None:
        """The least excess and one or all date sequences that reach it; None where the limit allows no plan."""
        trips = len(self.windows)
        states = tuple(w.start(*start) for w, start in zip(self.walkers, self.starts, strict=True))
        root: Node = (0, -1, states)
        paid = {root: 0}
        before: dict[Node, list[Node]] = {root: []}
        queue: list[tuple[int, int, Node]] = [(0, 0, root)]
        ends: list[Node] = []
        best: int | None = None
        while queue:
            bound, order, node = heappop(queue)
            if best is not None and (bound > best or not all_ties):
                break
            if order == COMPLETE:
                best = bound
                ends.append(node)
                continue
            cost = paid[node]
            if cost < bound:
                continue
            if self.out_of_time():
                raise OutOfBudgetError
            number, last, states = node
            if number == trips:
                total = cost + sum(w.ends[state] for w, state in zip(self.walkers, states, strict=True))
                if total <= self.limit:
                    heappush(queue, (total, COMPLETE, node))
                elif total < NEVER:
                    self.cut = True
                continue
            reach = min((w.reach[state] for w, state in zip(self.walkers, states, strict=True)), default=NEVER)
            reach = min(reach, self.must[bisect_right(self.must, last)])
            for day in self.windows[number]:
                if day <= last:
                    continue
                if day > reach:
                    break
                child = self._travel(states, day, cost)
                if child is None:
                    continue
                total, then = child
                following: Node = (number + 1, day, then)
                known = paid.get(following)
                if known is None or total < known:
                    paid[following] = total
                    before[following] = [node]
                    heappush(queue, (total, -number - 1, following))
                elif total == known:
                    before[following].append(node)
        if best is None:
            return None
        return best, tuple(path for node in ends for path in paths(node, before))

    def _travel(self, states: tuple[int, ...], day: int, cost: int) -> tuple[int, tuple[int, ...]] | None:
        then, most = [], self._left(cost)
        for walker, state in zip(self.walkers, states, strict=True):
            found = walker.steps.get((state, day, most)) or walker.step(state, day, most)
            if found[0] == DEAD:
                return None
            cost += found[1]
            if cost > self.limit:
                self.cut = True
                return None
            then.append(found[0])
        most = self._left(cost)
        return cost, tuple([walker.trim(state, most) for walker, state in zip(self.walkers, then, strict=True)])

    def _left(self, cost: int) -> int:
        """What a therapy may still cost more after so much, rounded up so that few different numbers come."""
        most = self.limit - cost
        unit = self.coarse if most >= self.coarse else self.fine
        return (most // unit + 1) * unit - 1

    @property
    def limited(self) -> bool:
        """Whether the limit kept anything out, so that a larger one may find more."""
        return self.cut or any(walker.cut for walker in self.walkers)


def paths(node: Node, before: dict[Node, list[Node]]) -> list[tuple[int, ...]]:
    """The date sequences that lead to a node."""
    if node[1] < 0:
        return [()]
    return [(*path, node[1]) for earlier in before[node] for path in paths(earlier, before)]
