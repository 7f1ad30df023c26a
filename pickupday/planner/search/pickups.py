"""Which pickup days of a grid are used: tried from the most promising choice on, each with an exact bound.

Once it is decided which pickup days are used, the grid has no more to say: every other day is off the grid. So what was
found out for a choice holds for every first date that allows it, and choices that have their last days in common share
the tables after them. Fewer pickup days cost each therapy no less: a choice is left out with all choices within it as
soon as the bounds of a few therapies show that it cannot be better.

A pickup day that is used though it was not chosen is counted as off the grid here. That costs more than it should, so
the choice with that day in it is preferred, provided that fills off the grid matter more than anything that a pickup
day costs by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from pickupday.planner.grid import Grid
from pickupday.planner.search.alone import NEVER, Extra, Row
from pickupday.planner.search.machine import Costs
from pickupday.planner.search.measured import Measured
from pickupday.planner.search.together import Together, Walker

Choice = tuple[int, ...]  # the pickup days that are used
Marks = tuple[tuple[int, Extra], ...]
Dates = tuple[tuple[int, ...], ...]
UNWEIGHED = -1


@dataclass(frozen=True, slots=True)
class Kind:
    """Therapies with the same sizes, by their places among all."""

    medicine: Measured
    places: tuple[int, ...]
    even: tuple[int, ...]


@dataclass(slots=True)
class Pickups:
    """Steady therapies that make so many trips within their windows, for any first date."""

    medicines: Sequence[Measured]
    kinds: Sequence[Kind]
    costs: Costs
    windows: list[list[int]]
    horizon: int
    days: tuple[int, ...] = ()
    rows: dict[tuple[int, Marks], Row] = field(default_factory=dict)
    solved: dict[tuple[tuple[Marks, ...], bool], tuple[int, Dates]] = field(default_factory=dict)
    failed: dict[tuple[Marks, ...], int] = field(default_factory=dict)  # no plan within so much above the bound

    def __post_init__(self) -> None:
        self.days = tuple(sorted({day for window in self.windows for day in window}))

    def best(
        self,
        grid: Grid,
        extra: Callable[[Kind, int], Extra],
        own_cost: Callable[[Choice], int],
        all_ties: bool,
        at_most: int | None,
        out_of_time: Callable[[], bool],
    ) -> tuple[int, Dates] | None:
        """The least cost besides gap days and trips on one grid, with the dates; None where it is more than `at_most`.

        None too where no plan exists.

        `extra`: the sizes that are even on a pickup day only. `own_cost`: what a choice costs by itself.
        """
        possible = set(self.days)
        most: Choice = tuple(day for day in grid.dates if day in possible)
        best: tuple[int, Dates] | None = None
        top = NEVER if at_most is None else at_most + 1
        # Least cost, trial (UNWEIGHED: all choices within this one cost at least that), choice, its bound by kind.
        queue: list[tuple[int, int, Choice, tuple[int, ...]]] = [(0, UNWEIGHED, most, (0,) * len(self.kinds))]
        seen = {most}
        while queue:
            key, trial, choice, bounds = heappop(queue)
            enough = top if best is None else best[0] + all_ties
            if key >= enough:
                break
            marks = tuple(tuple((day, extra(kind, day)) for day in choice) for kind in self.kinds)
            own = own_cost(choice)
            if trial == UNWEIGHED:
                bounds, complete = self.bounds(marks, bounds, min(enough, queue[0][0] + 1 if queue else enough))
                bound = sum(bounds)
                if bound >= enough:
                    continue
                if not complete:
                    heappush(queue, (bound, UNWEIGHED, choice, bounds))
                    continue
                for left_out in range(len(choice)):
                    fewer = (*choice[:left_out], *choice[left_out + 1 :])
                    if fewer not in seen:
                        seen.add(fewer)
                        heappush(queue, (bound, UNWEIGHED, fewer, bounds))
                if not fits(choice, self.windows):
                    continue
                if choice != most:
                    heappush(queue, (bound + own, 0, choice, bounds))
                    continue
                trial = 0
            found, above = self._try(choice, marks, sum(bounds), enough - own - 1, trial, all_ties, out_of_time)
            if found is None:
                heappush(queue, (own + above, trial + 1, choice, bounds))
            elif best is None or found[0] + own < best[0]:
                best = (found[0] + own, found[1])
            elif found[0] + own == best[0]:
                best = (best[0], (*best[1], *found[1]))
        return best

    def bounds(self, marks: Sequence[Marks], known: Sequence[int], enough: int) -> tuple[tuple[int, ...], bool]:
        """By kind what its therapies cost at the least, each alone; and whether that is worked out for every kind.

        `known`: bounds with more pickup days, so never too large. They stand for the rest once `enough` is reached.
        """
        found, total = list(known), sum(known)
        for index, kind in enumerate(self.kinds):
            if total >= enough:
                return tuple(found), False
            row = self.row(index, marks[index])
            least = 0
            for place in kind.places:
                medicine = self.medicines[place]
                least += row.wait(medicine.run_out, medicine.earliest)
            total += least - found[index]
            found[index] = least
        return tuple(found), True

    def row(self, index: int, marks: Marks) -> Row:
        """The table of one kind with these pickup days, built on that without the first of them."""
        found = self.rows.get((index, marks))
        if found is None:
            kind = self.kinds[index]
            rest = self.row(index, marks[1:]) if marks else None
            found = Row(kind.medicine, self.costs, kind.even, self.days, self.horizon, marks, rest)
            self.rows[(index, marks)] = found
        return found

    def _try(
        self,
        choice: Choice,
        marks: tuple[Marks, ...],
        bound: int,
        most: int,
        trial: int,
        all_ties: bool,
        out_of_time: Callable[[], bool],
    ) -> tuple[tuple[int, Dates] | None, int]:
        """The least cost of a choice, if it is within the limit of a trial and no more than `most`; else above what."""
        known = self.solved.get((marks, all_ties))
        if known is not None:
            return (known, 0) if known[0] <= most else (None, NEVER)
        once = self.solved.get((marks, False))
        limit = self._limit(trial) if once is None else once[0] - bound
        failed = self.failed.get(marks, -1)
        if failed >= min(limit, most - bound):
            return None, bound + failed + 1
        limit = min(limit, most - bound)
        walkers, starts = self._walkers(marks, limit)
        search = Together(walkers, starts, self.windows, choice, limit, out_of_time)
        found = search.run(all_ties)
        if found is None:
            self.failed[marks] = limit if search.limited else NEVER
            return None, bound + self.failed[marks] + 1
        answer = self.solved[(marks, all_ties)] = (bound + found[0], found[1])
        return answer, 0

    def _limit(self, trial: int) -> int:
        """How much above the bound a plan of a choice is looked for, first little, then more."""
        costs = self.costs
        if trial < 3:
            return (12 + 2 * len(self.medicines)) * (1, 3, 9)[trial] * costs.leftover + trial // 2 * costs.odd
        if trial == 3:
            return 3 * costs.odd
        fills = math.floor(math.pow(1.5, trial - 4))
        return fills * costs.off_grid + 3 * costs.odd

    def _walkers(self, marks: Sequence[Marks], limit: int) -> tuple[list[Walker], list[tuple[int, int]]]:
        walkers: list[Walker] = []
        starts: list[tuple[int, int]] = []
        for index, kind in enumerate(self.kinds):
            row = self.row(index, marks[index])
            even = {day: row.even | set(sizes) for day, sizes in marks[index]}
            walker = Walker(row, limit, even)
            for place in kind.places:
                walkers.append(walker)
                starts.append((self.medicines[place].run_out, self.medicines[place].earliest))
        return walkers, starts


def fits(choice: Choice, windows: Sequence[Sequence[int]]) -> bool:
    """Whether trips one after the other, one in each window, can be on all the chosen days."""
    reached = {-1}
    for window in windows:
        following = set()
        for day in window:
            skipped = max((one for one in choice if one < day), default=-1)
            if any(skipped <= before < day for before in reached):
                following.add(day)
        reached = following
    last = choice[-1] if choice else -1
    return any(day >= last for day in reached)
