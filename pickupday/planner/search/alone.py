"""What one steady therapy would cost if every possible trip day were its own: an exact bound for all of them together.

A therapy is *steady* when it needs no gap day, has no override and no limit on short fills. How it goes on after a fill
then depends on two numbers only, its run-out and the first day of the next claim; and what a fill makes possible does
not depend on its own date. So the least cost to go from a run-out r is one row of numbers, worked out from the horizon
backwards: the next fill is on a pickup day as late as r allows, or else on the last other day on or before r.

The pickups that count as on the grid are given (`marks`). What lies after the first of them does not depend on it, so
that part is shared with the table of the other marks.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from pickupday.planner.search.machine import Costs
from pickupday.planner.search.measured import Measured

NEVER = 1 << 400

Extra = tuple[int, ...]  # sizes that are even on a pickup day beside those that are even on any day


def is_steady(medicine: Measured, gap: int) -> bool:
    """Whether the tables of this module hold for a therapy with so many gap days that it must have."""
    return not gap and not medicine.overrides and medicine.shorts is None and not medicine.fixed


@dataclass(frozen=True, slots=True)
class Block:
    """The sizes after which the next claim is taken equally early: from `low` to `high` by whole packages."""

    early: int
    low: int
    high: int


class Row:
    """The cost to go of all steady therapies with the same sizes, on given possible days with given marks.

    `to_go[r]`: from a fill on a day without a mark that follows a supply until r, that fill's size included.
    `after[early][r]`: from after a fill, the supply then ending at r and the next claim `early` days before that.
    """

    def __init__(
        self,
        medicine: Measured,
        costs: Costs,
        even: tuple[int, ...],
        days: tuple[int, ...],
        horizon: int,
        marks: tuple[tuple[int, Extra], ...],
        rest: Row | None,
    ) -> None:
        self.costs, self.horizon, self.even = costs, horizon, frozenset(even)
        self.package = package = medicine.package
        self.sizes = tuple((size.days, size.early) for size in medicine.sizes)
        self.early = dict(self.sizes)
        self.marks = tuple(day for day, _ in marks)
        self.extra = dict(marks)
        blocks: dict[int, list[int]] = {}
        for size, early in self.sizes:
            blocks.setdefault(early, []).append(size)
        self.blocks = [Block(early, sizes[0], sizes[-1]) for early, sizes in sorted(blocks.items())]
        top = horizon + medicine.largest + 1
        first = self.marks[0] if rest is not None else -1
        # By run-out: the last possible day until then that has no mark, -1 for none.
        marked, last, self.latest = set(self.marks), -1, []
        possible = set(days)
        for day in range(horizon):
            if day in possible and day not in marked:
                last = day
            self.latest.append(last)
        self.waits: dict[tuple[int, int], int] = {}
        self.options: dict[int, list[tuple[int, int, int]]] = {}
        self.after: dict[int, list[int]]
        if rest is None:
            self.to_go = [0] * top
            self.after = {block.early: [0] * top for block in self.blocks}
            start = horizon - 1
        else:
            self.to_go = rest.to_go.copy()
            self.after = {early: row.copy() for early, row in rest.after.items()}
            # A claim window that holds the first mark begins at most the longest claim window before it.
            start = min(horizon - 1, first + self.blocks[-1].early)
        evens = [(size, self.after[self.early[size]]) for size in even if size in self.early]
        odds = [(self.after[block.early], block.low, block.high + 1) for block in self.blocks]
        earlies = [(block.early, self.after[block.early]) for block in self.blocks]
        to_go, odd, longest = self.to_go, costs.odd, self.blocks[-1].early
        for run_out in range(start, -1, -1):
            if run_out < first or rest is None:
                least = min([NEVER, *(row[run_out + size] for size, row in evens)])
                more = min([min(row[run_out + low : run_out + high : package]) for row, low, high in odds])
                to_go[run_out] = min(least, odd + more)
            # How a supply until then may go on, each with the days that the next fill is before its end.
            last, before = self.latest[run_out], []
            if last >= 0:
                before.append((run_out - last, costs.off_grid + costs.leftover * (run_out - last) + to_go[run_out]))
            before.extend(
                (run_out - mark, costs.leftover * (run_out - mark) + self._to_go_on(mark, run_out))
                for mark in self.marks
                if run_out - longest <= mark <= run_out
            )
            for early, row in earlies:
                least = NEVER
                for ahead, cost in before:
                    if ahead <= early and cost < least:
                        least = cost
                row[run_out] = least

    def wait(self, run_out: int, first: int) -> int:
        """The least cost to go when the supply ends at `run_out` and the next claim is taken from `first` on."""
        if run_out >= self.horizon:
            return 0
        key = (run_out, first)
        found = self.waits.get(key)
        if found is None:
            found = self.waits[key] = self._wait(run_out, first)
        return found

    def fills(self, run_out: int) -> list[tuple[int, int, int]]:
        """What a fill of each size after a supply until `run_out` leads to, cheapest first.

        Each as (cost to go, run-out, first day of the next claim).
        """
        found = self.options.get(run_out)
        if found is None:
            after = self.after
            found = [
                (after[early][run_out + size], run_out + size, run_out + size - early) for size, early in self.sizes
            ]
            found.sort()
            self.options[run_out] = found
        return found

    def _wait(self, run_out: int, first: int) -> int:
        costs, last = self.costs, self.latest[run_out]
        least = NEVER
        if last >= max(0, first):
            least = costs.off_grid + costs.leftover * (run_out - last) + self.to_go[run_out]
        for mark in self.marks[bisect_left(self.marks, first) :]:
            if mark > run_out:
                break
            least = min(least, costs.leftover * (run_out - mark) + self._to_go_on(mark, run_out))
        return least

    def _to_go_on(self, mark: int, run_out: int) -> int:
        least = self.to_go[run_out]
        for size in self.extra[mark]:
            least = min(least, self.after[self.early[size]][run_out + size])
        return least
