"""What a therapy would cost if every trip suited it: an exact bound for each therapy, trip by trip.

A plan's trips are numbered, and each can be on certain days only (its window). A therapy that needs no gap day is then
described by its run-out, by how many days before it the next claim is taken, and by its *credits*: the overrides and
the short fills that it has left. Its least cost from there over the trips that follow is one number in a table, worked
out from the last trip backwards. What a fill makes possible does not depend on its own date, so of the days off the
grid only the last one on or before the run-out matters, while a pickup day has a price of its own.

Tables with the same trips to come are shared: by all therapies of the same kind, and by all first dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pickupday.planner.search.machine import Costs
from pickupday.planner.search.measured import Measured

NEVER = 1 << 400

Extra = tuple[int, ...]  # sizes that are even on a pickup day beside those that are even on any day
Fill = tuple[int, int, int, int]  # cost to go after it, run-out, first day of the next claim, credits left
MOST_CREDITS = 12


def is_steady(medicine: Measured, gap: int) -> bool:
    """Whether the tables of this module hold for a therapy with so many gap days that it must have."""
    different = (medicine.overrides + 1) * ((medicine.shorts or 0) + 1)
    return not gap and not medicine.fixed and different <= MOST_CREDITS


def settled(medicine: Measured, gap: int, open_days: Sequence[bool]) -> tuple[Measured, int]:
    """The therapy as if its supply ended on its first fill, where that fill has one possible day; and the gap left.

    That is so where all days without supply that it must have are before the first open day on which it can be filled.
    """
    day = medicine.run_out + gap
    claim = 0 if medicine.overrides else max(0, medicine.earliest)
    if not gap or day >= len(open_days) or any(open_days[claim:day]) or not open_days[day] or medicine.earliest > day:
        return medicine, gap
    return replace(medicine, run_out=day, earliest=day), 0


@dataclass(frozen=True, slots=True)
class Window:
    """Where one trip can be: on pickup days of the grid, each with its extra even sizes, or on days off the grid."""

    pickups: tuple[tuple[int, Extra], ...]
    days: tuple[int, ...]  # off the grid, ascending


class Kind:
    """All therapies with the same sizes and credits, by their places among all, and what their tables share.

    Credits are one number: the short fills left, and `one_override` for each override left.
    """

    def __init__(
        self, medicine: Measured, places: tuple[int, ...], even: tuple[int, ...], costs: Costs, horizon: int
    ) -> None:
        self.medicine, self.places, self.even = medicine, places, even
        self.costs, self.horizon = costs, horizon
        self.one_override = (medicine.shorts or 0) + 1
        self.credits = (medicine.overrides + 1) * self.one_override - 1
        self.earlies = tuple(sorted({size.early for size in medicine.sizes}))
        self.early = {size.days: size.early for size in medicine.sizes}
        self.top = horizon + medicine.largest + 1
        known = set(even)
        # By credits: the sizes that can be filled, as (days, days early, credits left after it), even ones and others.
        self.evens: list[list[tuple[int, int, int]]] = []
        self.odds: list[list[tuple[int, int, int]]] = []
        for left in range(self.credits + 1):
            sizes = [
                (size.days, size.early, left - (size.short and medicine.shorts is not None))
                for size in medicine.sizes
                if medicine.shorts is None or not size.short or left % self.one_override
            ]
            self.evens.append([size for size in sizes if size[0] in known])
            self.odds.append([size for size in sizes if size[0] not in known])

    def more_even(self, days: Extra, left: int) -> list[tuple[int, int, int]]:
        """Of some sizes those that can be filled with these credits, as (days, days early, credits left after it)."""
        return [size for size in self.odds[left] if size[0] in days]


class Layer:
    """The cost to go of one kind when the trips to come have these windows; `rest`: the same without the first."""

    def __init__(self, kind: Kind, window: Window | None, rest: Layer | None) -> None:
        self.kind, self.window = kind, window
        self.rest = rest if rest is not None else self
        # By credits and days early: by run-out.
        self.after: list[dict[int, list[int]]]
        self.waits: dict[tuple[int, int, int], int] = {}
        self.options: dict[tuple[int, int], list[Fill]] = {}
        self.prices: dict[tuple[int, int, Extra], int] = {}
        self.longer: dict[Window, Layer] = {}
        if window is None or rest is None:
            end = [NEVER] * kind.horizon + [0] * (kind.top - kind.horizon)
            self.after = [dict.fromkeys(kind.earlies, end) for _ in range(kind.credits + 1)]
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
        high = min(horizon, last + longest + 1) if kind.credits < kind.one_override else horizon
        # Ways to be filled on this trip, by credits before it: (days before the run-out, run-out, cost).
        ways: list[list[tuple[int, int, int]]] = []
        for left in range(kind.credits + 1):
            price = self._prices(rest.after, left, low, high)
            found: list[tuple[int, int, int]] = []
            if days:
                position, count = 0, len(days)
                for run_out in range(max(low, days[0]), high):
                    while position + 1 < count and days[position + 1] <= run_out:
                        position += 1
                    ahead = run_out - days[position]
                    found.append((ahead, run_out, off_grid + leftover * ahead + price[run_out - low]))
            for day, extra in window.pickups:
                rows = [(size, rest.after[then][early]) for size, early, then in kind.more_even(extra, left)]
                for run_out in range(day, high):
                    least = min([price[run_out - low], *[row[run_out + size] for size, row in rows]])
                    found.append((run_out - day, run_out, leftover * (run_out - day) + least))
            found.sort()
            ways.append(found)
        self.after = []
        for left in range(kind.credits + 1):
            tables: dict[int, list[int]] = {}
            for early in kind.earlies:
                row = rest.after[left][early].copy()
                for ahead, run_out, cost in ways[left]:
                    if ahead > early:
                        break
                    if cost < row[run_out]:
                        row[run_out] = cost
                if left >= kind.one_override:
                    for ahead, run_out, cost in ways[left - kind.one_override]:
                        if ahead > early and cost + costs.override < row[run_out]:
                            row[run_out] = cost + costs.override
                tables[early] = row
            self.after.append(tables)

    def _prices(self, after: list[dict[int, list[int]]], left: int, low: int, high: int) -> list[int]:
        """By run-out, from `low` to below `high`: the least of any fill's size and of what follows it."""
        kind, odd = self.kind, self.kind.costs.odd
        prices = [NEVER] * (high - low)
        if kind.odds[left]:
            rows = [after[then][early][low + size : high + size] for size, early, then in kind.odds[left]]
            prices = [odd + least for least in (map(min, *rows) if len(rows) > 1 else rows[0])]
        for size, early, then in kind.evens[left]:
            prices = list(map(min, prices, after[then][early][low + size : high + size]))
        return prices

    def wait(self, run_out: int, claim: int, left: int) -> int:
        """The least cost to go when the supply ends at `run_out` and the next claim is taken from `claim` on."""
        kind = self.kind
        if run_out >= kind.horizon:
            return 0
        row = self.after[left].get(run_out - claim)
        if row is not None:
            return row[run_out]
        if self.window is None:
            return NEVER
        key = (run_out, claim, left)
        found = self.waits.get(key)
        if found is None:
            found = self.waits[key] = min(self.rest.wait(run_out, claim, left), self._filled_now(*key))
        return found

    def _filled_now(self, run_out: int, claim: int, left: int) -> int:
        window, costs = self.window, self.kind.costs
        assert window is not None
        least, fewer = NEVER, left - self.kind.one_override
        last = max([day for day in window.days if day <= run_out], default=-1)
        ways: list[tuple[int, int, Extra]] = [(last, costs.off_grid, ())] if last >= 0 else []
        ways += [(day, 0, extra) for day, extra in window.pickups if day <= run_out]
        for day, cost, extra in ways:
            cost += costs.leftover * (run_out - day)
            if day >= claim:
                least = min(least, cost + self._price(run_out, left, extra))
            elif fewer >= 0:
                least = min(least, cost + costs.override + self._price(run_out, fewer, extra))
        return least

    def _price(self, run_out: int, left: int, extra: Extra) -> int:
        key = (run_out, left, extra)
        found = self.prices.get(key)
        if found is None:
            after = self.rest.after
            least = self._prices(after, left, run_out, run_out + 1)
            least += [after[then][early][run_out + size] for size, early, then in self.kind.more_even(extra, left)]
            found = self.prices[key] = min(least)
        return found

    def fills(self, run_out: int, left: int) -> list[Fill]:
        """What a fill of each size on this trip leads to, with so many credits before it, cheapest first."""
        key = (run_out, left)
        found = self.options.get(key)
        if found is None:
            after = self.rest.after
            found = [
                (after[then][early][run_out + size], run_out + size, run_out + size - early, then)
                for sizes in (self.kind.evens[left], self.kind.odds[left])
                for size, early, then in sizes
            ]
            found.sort()
            self.options[key] = found
        return found
