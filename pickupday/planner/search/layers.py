"""What a therapy would cost if every trip suited it: an exact bound for each therapy, trip by trip.

A plan's trips are numbered, and each can be on certain days only (its window). A therapy that needs no gap day and has
no limit on short fills is then described by its run-out, by how many days before it the next claim is taken, and by
its overrides left; its least cost from there over the trips that follow is one number in a table, worked out from the
last trip backwards. What a fill makes possible does not depend on its own date, so of the days off the grid only the
last one on or before the run-out matters, while a pickup day has a price of its own.

Tables with the same trips to come are shared: by all therapies of the same kind, and by all first dates.
"""

from __future__ import annotations

from dataclasses import dataclass

from pickupday.planner.search.machine import Costs
from pickupday.planner.search.measured import Measured

NEVER = 1 << 400

Extra = tuple[int, ...]  # sizes that are even on a pickup day beside those that are even on any day
Fill = tuple[int, int, int, int]  # cost to go after it, run-out, first day of the next claim, days' supply


def is_steady(medicine: Measured, gap: int) -> bool:
    """Whether the tables of this module hold for a therapy with so many gap days that it must have."""
    return not gap and medicine.shorts is None and not medicine.fixed


@dataclass(frozen=True, slots=True)
class Window:
    """Where one trip can be: on pickup days of the grid, each with its extra even sizes, or on days off the grid."""

    pickups: tuple[tuple[int, Extra], ...]
    days: tuple[int, ...]  # off the grid, ascending


class Kind:
    """All therapies with the same sizes and overrides, by their places among all, and what their tables share."""

    def __init__(
        self, medicine: Measured, places: tuple[int, ...], even: tuple[int, ...], costs: Costs, horizon: int
    ) -> None:
        self.medicine, self.places, self.even = medicine, places, even
        self.costs, self.horizon = costs, horizon
        self.overrides = medicine.overrides
        self.sizes = tuple((size.days, size.early) for size in medicine.sizes)
        self.early = dict(self.sizes)
        self.earlies = tuple(sorted({early for _, early in self.sizes}))
        self.top = horizon + medicine.largest + 1
        known = set(even)
        self.evens = tuple(pair for pair in self.sizes if pair[0] in known)
        self.odds = tuple(pair for pair in self.sizes if pair[0] not in known)


class Layer:
    """The cost to go of one kind when the trips to come have these windows; `rest`: the same without the first."""

    def __init__(self, kind: Kind, window: Window | None, rest: Layer | None) -> None:
        self.kind, self.window = kind, window
        self.rest = rest if rest is not None else self
        # By overrides left and days early: by run-out.
        self.after: list[dict[int, list[int]]]
        self.waits: dict[tuple[int, int, int], int] = {}
        self.options: dict[tuple[int, int], list[Fill]] = {}
        self.prices: dict[tuple[int, int, Extra], int] = {}
        self.longer: dict[Window, Layer] = {}
        if window is None or rest is None:
            end = [NEVER] * kind.horizon + [0] * (kind.top - kind.horizon)
            self.after = [dict.fromkeys(kind.earlies, end) for _ in range(kind.overrides + 1)]
            self.latest: list[int] = []
            return
        self._fill_in(window, rest)

    def before(self, window: Window) -> Layer:
        """The layer with one more trip before the first of this one's."""
        found = self.longer.get(window)
        if found is None:
            found = self.longer[window] = Layer(self.kind, window, self)
        return found

    def _fill_in(self, window: Window, rest: Layer) -> None:
        kind, costs = self.kind, self.kind.costs
        horizon, leftover, off_grid = kind.horizon, costs.leftover, costs.off_grid
        days, longest = window.days, kind.earlies[-1]
        low = min([day for day, _ in window.pickups] + list(days[:1]))
        last = max([day for day, _ in window.pickups] + list(days[-1:]))
        high = horizon if kind.overrides else min(horizon, last + longest + 1)
        # Ways to be filled on this trip, by overrides left before it: (days before the run-out, run-out, cost).
        ways: list[list[tuple[int, int, int]]] = []
        for left in range(kind.overrides + 1):
            price = self._prices(rest.after[left], low, high)
            found: list[tuple[int, int, int]] = []
            if days:
                position, count = 0, len(days)
                for run_out in range(max(low, days[0]), high):
                    while position + 1 < count and days[position + 1] <= run_out:
                        position += 1
                    ahead = run_out - days[position]
                    found.append((ahead, run_out, off_grid + leftover * ahead + price[run_out - low]))
            for day, extra in window.pickups:
                rows = [(size, rest.after[left][kind.early[size]]) for size in extra]
                for run_out in range(day, high):
                    least = min([price[run_out - low], *[row[run_out + size] for size, row in rows]])
                    found.append((run_out - day, run_out, leftover * (run_out - day) + least))
            found.sort()
            ways.append(found)
        self.after = []
        for left in range(kind.overrides + 1):
            tables: dict[int, list[int]] = {}
            for early in kind.earlies:
                row = rest.after[left][early].copy()
                for ahead, run_out, cost in ways[left]:
                    if ahead > early:
                        break
                    if cost < row[run_out]:
                        row[run_out] = cost
                if left:
                    for ahead, run_out, cost in ways[left - 1]:
                        if ahead > early and cost + costs.override < row[run_out]:
                            row[run_out] = cost + costs.override
                tables[early] = row
            self.after.append(tables)

    def _prices(self, after: dict[int, list[int]], low: int, high: int) -> list[int]:
        """By run-out, from `low` to below `high`: the least of any fill's size and of what follows it."""
        kind, odd = self.kind, self.kind.costs.odd
        prices = [NEVER] * (high - low)
        if kind.odds:
            rows = [after[early][low + size : high + size] for size, early in kind.odds]
            prices = [odd + least for least in (map(min, *rows) if len(rows) > 1 else rows[0])]
        for size, early in kind.evens:
            prices = list(map(min, prices, after[early][low + size : high + size]))
        return prices

    def wait(self, run_out: int, claim: int, overrides: int) -> int:
        """The least cost to go when the supply ends at `run_out` and the next claim is taken from `claim` on."""
        kind = self.kind
        if run_out >= kind.horizon:
            return 0
        row = self.after[overrides].get(run_out - claim)
        if row is not None:
            return row[run_out]
        if self.window is None:
            return NEVER
        key = (run_out, claim, overrides)
        found = self.waits.get(key)
        if found is None:
            found = self.waits[key] = min(self.rest.wait(run_out, claim, overrides), self._filled_now(*key))
        return found

    def _filled_now(self, run_out: int, claim: int, overrides: int) -> int:
        window, costs = self.window, self.kind.costs
        assert window is not None
        least = NEVER
        last = max([day for day in window.days if day <= run_out], default=-1)
        ways: list[tuple[int, int, Extra]] = [(last, costs.off_grid, ())] if last >= 0 else []
        ways += [(day, 0, extra) for day, extra in window.pickups if day <= run_out]
        for day, cost, extra in ways:
            cost += costs.leftover * (run_out - day)
            if day >= claim:
                least = min(least, cost + self._price(run_out, overrides, extra))
            elif overrides:
                least = min(least, cost + costs.override + self._price(run_out, overrides - 1, extra))
        return least

    def _price(self, run_out: int, overrides: int, extra: Extra) -> int:
        key = (run_out, overrides, extra)
        found = self.prices.get(key)
        if found is None:
            kind, after = self.kind, self.rest.after[overrides]
            least = [self._prices(after, run_out, run_out + 1)[0]]
            least += [after[kind.early[size]][run_out + size] for size in extra]
            found = self.prices[key] = min(least)
        return found

    def fills(self, run_out: int, overrides: int) -> list[Fill]:
        """What a fill of each size on this trip leads to, with so many overrides left after it, cheapest first."""
        key = (run_out, overrides)
        found = self.options.get(key)
        if found is None:
            after = self.rest.after[overrides]
            found = [
                (after[early][run_out + size], run_out + size, run_out + size - early, size)
                for size, early in self.kind.sizes
            ]
            found.sort()
            self.options[key] = found
        return found
