"""The exact search over trip dates for steady therapies, once it is decided which pickup days are used.

A node is a sequence of trip dates with, for each therapy, all the ways in which it may stand after the last of them
that can still be part of a good enough plan: its run-out and its next claim, at the cost above what the therapy would
have at the least if it were alone. The sum of these excesses is the bound; the first complete node that leaves the
queue is a best plan. A limit on the excess is tried from small to large: with it nearly nothing has to be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from pickupday.planner.search.budget import OutOfBudgetError
from pickupday.planner.search.layers import NEVER, Extra, Layer

# How a therapy may stand: (run-out, first day of the next claim, credits left, paid so far, paid and to come at the
# least). Both costs are counted from the cheapest way of the same therapy.
Way = tuple[int, int, int, int, int]
Ways = tuple[Way, ...]
DEAD = -1
COMPLETE = -1000
Node = tuple[int, int, bool, tuple[int, ...]]  # trips, the last day, whether on a pickup day yet, by therapy its ways


@dataclass(frozen=True, slots=True)
class PickupCosts:
    """What pickup days cost by themselves, above the least: by day as the first one, as a later one; with none."""

    first: dict[int, int]
    later: dict[int, int]
    none: int


FREE = PickupCosts({}, {}, 0)


class Walker:
    """Steps the therapies of one kind from trip to trip; what exceeds the limit is dropped."""

    def __init__(self, layer: Layer, limit: int) -> None:
        self.kind, self.limit = layer.kind, limit
        self.layers = [layer]  # by the number of trips made: the trips that follow
        while layer.window is not None:
            layer = layer.rest
            self.layers.append(layer)
        one, most = self.kind.one_override, self.kind.credits
        # By credits: those that are no more of either.
        self.covered = [
            [left for left in range(have + 1) if left % one <= have % one and left // one <= have // one]
            for have in range(most + 1)
        ]
        self.cut = False  # whether the limit ever dropped anything
        self.known: list[Ways] = []
        self.ends: list[int] = []
        self.reach: list[int] = []
        self.numbers: dict[Ways, int] = {}
        self.steps: dict[tuple[int, int, int, int], tuple[int, int]] = {}
        self.trims: dict[tuple[int, int], int] = {}

    def start(self, run_out: int, claim: int) -> int:
        """The ways before any trip."""
        left = self.kind.credits
        return self._number([(run_out, claim, left, 0, self.layers[0].wait(run_out, claim, left))])[0]

    def step(self, number: int, trip: int, day: int, most: int) -> tuple[int, int]:
        """The ways after a trip that cost no more than `most`, DEAD if none, and how much the least of them grew."""
        found = self.steps.get((number, trip, day, most))
        if found is None:
            ways = self._after(self.known[number], trip, day, min(most, self.limit))
            found = self.steps[(number, trip, day, most)] = self._number(ways)
        return found

    def trim(self, number: int, most: int) -> int:
        """The ways without those that cost more than the cheapest one by more than `most`."""
        found = self.trims.get((number, most))
        if found is None:
            ways = self.known[number]
            kept = tuple([way for way in ways if way[4] <= most])
            self.cut = self.cut or len(kept) < len(ways)
            found = self.trims[(number, most)] = number if len(kept) == len(ways) else self._known(kept)
        return found

    def _after(self, ways: Ways, trip: int, day: int, limit: int) -> list[Way]:
        kind, layer = self.kind, self.layers[trip]
        rest, window, horizon, costs = layer.rest, layer.window, kind.horizon, kind.costs
        assert window is not None
        here = costs.off_grid
        pickup_sizes: Extra = ()
        for pickup, extra in window.pickups:
            if pickup == day:
                here, pickup_sizes = 0, extra
        after: list[Way] = []
        for way in ways:
            run_out, claim, left, paid, total = way
            if run_out >= horizon:
                after.append(way)
                continue
            if run_out < day:
                continue
            total = paid + rest.wait(run_out, claim, left)
            if total <= limit:
                after.append((run_out, claim, left, paid, total))
            elif total < NEVER:
                self.cut = True
            if claim > day:
                left -= kind.one_override
                if left < 0:
                    continue
                paid += costs.override
            paid += here + costs.leftover * (run_out - day)
            even = kind.evens[left]
            if pickup_sizes:
                even = even + kind.more_even(pickup_sizes, left)
            for size, early, fewer in even:
                then = run_out + size
                total = paid + rest.after[fewer][early][then]
                if total <= limit:
                    after.append((then, then - early, fewer, paid, total))
                elif total < NEVER:
                    self.cut = True
            paid += costs.odd
            for go, then, claim, fewer in layer.fills(run_out, left):
                total = paid + go
                if total > limit:
                    self.cut = self.cut or total < NEVER
                    break
                after.append((then, claim, fewer, paid, total))
        return after

    def _number(self, ways: list[Way]) -> tuple[int, int]:
        if not ways:
            return DEAD, 0
        horizon, covered = self.kind.horizon, self.covered
        least = min([way[4] for way in ways])
        cheapest: dict[tuple[int, int], int] = {}
        kept = []
        # Of one run-out: a later claim, or fewer credits, are worth keeping only where less was paid for it so far.
        for run_out, claim, left, paid, total in sorted(ways):
            if run_out >= horizon:
                run_out = claim = horizon
                left = 0
            if cheapest.get((run_out, left), NEVER) > paid:
                for fewer in covered[left]:
                    if cheapest.get((run_out, fewer), NEVER) > paid:
                        cheapest[(run_out, fewer)] = paid
                kept.append((run_out, claim, left, paid - least, total - least))
        return self._known(tuple(kept)), least

    def _known(self, state: Ways) -> int:
        number = self.numbers.get(state)
        if number is None:
            number = self.numbers[state] = len(self.known)
            self.known.append(state)
            horizon = self.kind.horizon
            self.reach.append(max([way[0] for way in state]))
            self.ends.append(min([way[4] for way in state if way[0] >= horizon], default=NEVER))
        return number


class Together:
    """One search: therapies with their walkers, the windows of the trips, the limit."""

    def __init__(
        self,
        walkers: Sequence[Walker],
        starts: Sequence[tuple[int, int]],
        windows: Sequence[Sequence[int]],
        limit: int,
        out_of_time: Callable[[], bool],
        pickups: PickupCosts = FREE,
        most_nodes: int = NEVER,
    ) -> None:
        self.walkers, self.starts, self.windows, self.limit = walkers, starts, windows, limit
        self.pickups, self.nodes = pickups, most_nodes
        self.cut = False  # whether the limit on all together ever dropped anything
        self.coarse = walkers[0].kind.costs.odd if walkers else 1
        self.fine = 8 * walkers[0].kind.costs.leftover if walkers else 1
        self.out_of_time = out_of_time

    def run(self, all_ties: bool) -> tuple[int, tuple[tuple[int, ...], ...]] | None:
        """The least excess and one or all date sequences that reach it; None where the limit allows no plan.

        None too when as many nodes as allowed were opened before; then the search counts as limited.
        """
        trips = len(self.windows)
        states = tuple(w.start(*start) for w, start in zip(self.walkers, self.starts, strict=True))
        root: Node = (0, -1, False, states)
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
            number, last, used, states = node
            self.nodes -= 1
            if self.nodes < 0:
                self.cut = True
                return None
            if number == trips:
                total = cost + (0 if used else self.pickups.none)
                total += sum(w.ends[state] for w, state in zip(self.walkers, states, strict=True))
                if total <= self.limit:
                    heappush(queue, (total, COMPLETE, node))
                elif total < NEVER:
                    self.cut = True
                continue
            reach = min((w.reach[state] for w, state in zip(self.walkers, states, strict=True)), default=NEVER)
            for day in self.windows[number]:
                if day <= last:
                    continue
                if day > reach:
                    break
                own = (self.pickups.later if used else self.pickups.first).get(day)
                child = self._travel(states, number, day, cost + (own or 0))
                if child is None:
                    continue
                total, then = child
                following: Node = (number + 1, day, used or own is not None, then)
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

    def _travel(self, states: tuple[int, ...], trip: int, day: int, cost: int) -> tuple[int, tuple[int, ...]] | None:
        if cost > self.limit:
            self.cut = True
            return None
        then, most = [], self._left(cost)
        for walker, state in zip(self.walkers, states, strict=True):
            found = walker.steps.get((state, trip, day, most)) or walker.step(state, trip, day, most)
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
        if most >= self.coarse:
            return (most // self.coarse + 1) * self.coarse - 1
        unit = self.fine
        while unit <= most:
            unit *= 2
        return unit - 1

    @property
    def limited(self) -> bool:
        """Whether the limit kept anything out, so that a larger one may find more."""
        return self.cut or any(walker.cut for walker in self.walkers)


def paths(node: Node, before: dict[Node, list[Node]]) -> list[tuple[int, ...]]:
    """The date sequences that lead to a node."""
    if node[1] < 0:
        return [()]
    return [(*path, node[1]) for earlier in before[node] for path in paths(earlier, before)]
