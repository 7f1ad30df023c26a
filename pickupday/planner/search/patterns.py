"""Which trips of a plan are on pickup days of the grid, and on which: tried from the most promising pattern on.

A *pattern* says of each trip that it is on a certain pickup day, or somewhere in its window off the grid. Patterns are
decided from the last trip to the first: what is not decided yet may be either, for each therapy as it likes, and that
bounds all patterns with the same end. Patterns with the same end share its tables, on whatever grid.

A pickup day that is used though the pattern does not name it is counted as off the grid here. That costs more than it
should, so the pattern that names it is preferred, provided that fills off the grid matter more than anything that a
pickup day costs by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from pickupday.planner.grid import Grid
from pickupday.planner.search.budget import OutOfBudgetError
from pickupday.planner.search.layers import NEVER, Extra, Kind, Layer, Window
from pickupday.planner.search.machine import Costs
from pickupday.planner.search.measured import Measured
from pickupday.planner.search.together import FREE, PickupCosts, Together, Walker

OFF = -1
Pattern = tuple[int, ...]  # by trip, from the first decided one on: a pickup day, or OFF
Dates = tuple[tuple[int, ...], ...]
UNWEIGHED, UNTRIED = -2, -1
NODES = 200  # opened at most before patterns are told apart


@dataclass(frozen=True, slots=True)
class Asked:
    """One grid, and what its best plan may cost.

    `extra`: the sizes that are even on a pickup day only. `own_cost`: what the used pickup days cost by themselves; of
    the last of them it is no more than of all. `pickup_costs`: the same day by day, above `least_own`.
    """

    grid: Grid
    extra: Callable[[Kind, int], Extra]
    own_cost: Callable[[Pattern], int]
    pickup_costs: PickupCosts
    least_own: int
    all_ties: bool
    at_most: int | None
    out_of_time: Callable[[], bool]


class TooManyError(Exception):
    """There are more patterns than were to be weighed."""


class Patterns:
    """Steady therapies that make so many trips within their windows, for any first date."""

    def __init__(
        self, medicines: Sequence[Measured], kinds: Sequence[Kind], costs: Costs, windows: list[list[int]]
    ) -> None:
        self.medicines, self.kinds, self.costs = medicines, kinds, costs
        self.windows = [tuple(window) for window in windows]
        self.ends = tuple(Layer(kind, None, None) for kind in kinds)
        self.solved: dict[tuple[tuple[Layer, ...], bool], tuple[int, Dates]] = {}
        self.failed: dict[tuple[Layer, ...], int] = {}  # no plan within so much above the bound

    def best(self, asked: Asked, most_patterns: int) -> tuple[int, Dates] | None:
        """The least cost besides gap days and trips on one grid, with the dates; None where it is more than `at_most`.

        None too where no plan exists. Raises TooManyError when more than so many patterns had to be weighed, and
        OutOfBudgetError.
        """
        grid, extra, own_cost, all_ties = asked.grid, asked.extra, asked.own_cost, asked.all_ties
        at_most, out_of_time = asked.at_most, asked.out_of_time
        found: tuple[int, Dates] | None = None
        top = NEVER if at_most is None else at_most + 1
        trips = len(self.windows)
        pickups = [[day for day in grid.dates if day in set(window)] for window in self.windows]
        extras = [{day: extra(kind, day) for days in pickups for day in days} for kind in self.kinds]
        undecided = [
            [Window(tuple((day, known[day]) for day in days), window) for known in extras]
            for days, window in zip(pickups, self.windows, strict=True)
        ]
        whole = self.ends
        for windows in reversed(undecided):
            whole = tuple(map(Layer.before, whole, windows))
        bound = self.bound(whole, ()) + asked.least_own
        if bound >= top:
            return None
        limit = min(self._limit(2), top - bound - 1)
        search = self._search(whole, limit, out_of_time, asked.pickup_costs, NODES)
        answer = search.run(all_ties)
        if answer is not None:
            return bound + answer[0], answer[1]
        if not search.limited or (limit == top - bound - 1 and search.nodes >= 0):
            return None
        # Least cost, trial, pattern.
        queue: list[tuple[int, int, Pattern]] = [(0, UNWEIGHED, ())]
        layers: dict[Pattern, tuple[Layer, ...]] = {(): self.ends}
        while queue:
            if out_of_time():
                raise OutOfBudgetError
            key, trial, pattern = heappop(queue)
            enough = top if found is None else found[0] + all_ties
            if key >= enough:
                break
            here = layers[pattern]
            if trial == UNWEIGHED:
                most_patterns -= 1
                if most_patterns < 0:
                    raise TooManyError
                bound = own_cost(pattern) + self.bound(here, undecided[: trips - len(pattern)])
                heappush(queue, (max(bound, key), UNTRIED, pattern))
            elif len(pattern) < trips:
                place = trips - len(pattern) - 1
                following = pattern[0] if pattern else NEVER
                for day in pickups[place]:
                    if day < (self.windows[place + 1][-1] if following == OFF else following):
                        windows = [Window(((day, known[day]),), ()) for known in extras]
                        layers[(day, *pattern)] = tuple(map(Layer.before, here, windows))
                        heappush(queue, (key, UNWEIGHED, (day, *pattern)))
                off_grid = Window((), self.windows[place])
                layers[(OFF, *pattern)] = tuple(layer.before(off_grid) for layer in here)
                heappush(queue, (key, UNWEIGHED, (OFF, *pattern)))
            else:
                own = own_cost(pattern)
                answer, above = self._try(here, key - own, enough - own - 1, max(0, trial), all_ties, out_of_time)
                if answer is None:
                    heappush(queue, (own + above, max(0, trial) + 1, pattern))
                elif found is None or answer[0] + own < found[0]:
                    found = (answer[0] + own, answer[1])
                elif answer[0] + own == found[0]:
                    found = (found[0], (*found[1], *answer[1]))
        return found

    def bound(self, layers: Sequence[Layer], undecided: Sequence[Sequence[Window]]) -> int:
        """What the therapies cost at the least, each alone, with these trips before those of the layers."""
        total = 0
        for index, layer in enumerate(layers):
            for windows in reversed(undecided):
                layer = layer.before(windows[index])
            for place in layer.kind.places:
                medicine = self.medicines[place]
                total += layer.wait(medicine.run_out, medicine.earliest, layer.kind.credits)
            if total >= NEVER:
                return NEVER
        return total

    def _try(
        self,
        layers: tuple[Layer, ...],
        bound: int,
        most: int,
        trial: int,
        all_ties: bool,
        out_of_time: Callable[[], bool],
    ) -> tuple[tuple[int, Dates] | None, int]:
        """The least cost of a pattern, if within the limit of a trial and at most `most`; else what it is above."""
        known = self.solved.get((layers, all_ties))
        if known is not None:
            return (known, 0) if known[0] <= most else (None, NEVER)
        bound = self.bound(layers, ())
        if bound >= NEVER:
            return None, NEVER
        once = self.solved.get((layers, False))
        limit = self._limit(trial) if once is None else once[0] - bound
        failed = self.failed.get(layers, -1)
        if failed >= min(limit, most - bound):
            return None, bound + failed + 1
        limit = min(limit, most - bound)
        search = self._search(layers, limit, out_of_time)
        found = search.run(all_ties)
        if found is None:
            self.failed[layers] = limit if search.limited else NEVER
            return None, bound + self.failed[layers] + 1
        answer = self.solved[(layers, all_ties)] = (bound + found[0], found[1])
        return answer, 0

    def _search(
        self,
        layers: Sequence[Layer],
        limit: int,
        out_of_time: Callable[[], bool],
        pickups: PickupCosts = FREE,
        most_nodes: int = NEVER,
    ) -> Together:
        walkers: list[Walker] = []
        starts: list[tuple[int, int]] = []
        for layer in layers:
            walker = Walker(layer, limit)
            for place in layer.kind.places:
                medicine = self.medicines[place]
                walkers.append(walker)
                starts.append((medicine.run_out, medicine.earliest))
        windows = [layer_window(layer) for layer in chain(layers[0])] if layers else []
        return Together(walkers, starts, windows, limit, out_of_time, pickups, most_nodes)

    def _limit(self, trial: int) -> int:
        """How much above the bound a plan of a pattern is looked for, first little, then more."""
        costs = self.costs
        if trial < 3:
            return (12 + 2 * len(self.medicines)) * (1, 3, 9)[trial] * costs.leftover + trial // 2 * costs.odd
        if trial == 3:
            return 3 * costs.odd
        fills = math.floor(math.pow(1.5, trial - 4))
        return fills * costs.off_grid + 3 * costs.odd


def chain(layer: Layer) -> list[Layer]:
    """The layers from this one to the last trip's."""
    found = []
    while layer.window is not None:
        found.append(layer)
        layer = layer.rest
    return found


def layer_window(layer: Layer) -> tuple[int, ...]:
    """The days on which the first trip of a decided layer can be."""
    assert layer.window is not None
    return layer.window.days or tuple(day for day, _ in layer.window.pickups)
