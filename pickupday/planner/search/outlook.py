"""What a medicine will still cost at the least on one grid, whatever the other therapies do: a bound for the search."""

from __future__ import annotations

from bisect import bisect_left

from pickupday.planner.search.machine import COUNTED, KNOWN, Label, Machine
from pickupday.planner.search.windows import Masks

FEW_SIZES = 4
IMPOSSIBLE = 1 << 400


class Outlook:
    """Lower bounds for the states of one therapy on one grid, when every possible day may be a trip.

    `ahead`: by trip and day the run-outs that do with so many fills off the grid; None where trips are not limited.
    """

    def __init__(
        self,
        machine: Machine,
        grid: tuple[int, ...],
        even: dict[int, tuple[int, ...]],
        last_open: list[int],
        horizon: int,
        ahead: list[dict[int, list[Masks]]] | None,
        earlies: list[int],
    ) -> None:
        self.machine = machine
        self.grid = grid
        self.even = even
        self.last_open = last_open
        self.horizon = horizon
        self.ahead = ahead
        self.earlies = earlies
        self.chains: dict[tuple[int, int, int, int], int] = {}
        self.seen: dict[tuple[int, int, int], tuple[int, ...]] = {}
        self.trims: dict[tuple[int, int, int, int], tuple[int, int]] = {}
        self.few = len(machine.early) <= FEW_SIZES
        self.nearest = [next((date for date in self.grid if date > day), horizon) for day in range(-1, horizon)]

    def totals(self, state: int, trips: int, day: int) -> tuple[int, ...]:
        """By label of a state after so many trips, the last on `day`: what it has cost and will cost at the least."""
        key = (state, trips, day)
        found = self.seen.get(key)
        if found is None:
            labels = self.machine.states[state]
            found = self.seen[key] = tuple(cost + self._to_come(label, trips, day) for label, cost in labels)
        return found

    def trim(self, state: int, trips: int, day: int, most: int) -> tuple[int, int]:
        """The state without the labels whose total is over the least by more than `most`, and what all gained."""
        key = (state, trips, day, most)
        found = self.trims.get(key)
        if found is None:
            totals = self.totals(state, trips, day)
            limit = min(totals) + most
            labels = self.machine.states[state]
            kept = [label for label, total in zip(labels, totals, strict=True) if total <= limit]
            found = (state, 0) if len(kept) == len(labels) else self.machine.renumber(kept)
            self.trims[key] = found
        return found

    def _to_come(self, label: Label, trips: int, day: int) -> int:
        low, high, base, early, overrides, _, slack, _ = label
        if slack == COUNTED:
            return 0
        least = 0
        if self.ahead is not None:
            off_grid = self._off_grid(label, self.ahead[trips][day], day)
            if off_grid is None:
                return IMPOSSIBLE
            least = off_grid * self.machine.costs.off_grid
        else:
            reach, nearest = day + high + slack, self.nearest[day + 1]
            if reach < nearest:
                least = self.machine.costs.off_grid * -((reach - nearest) // self.machine.largest)
        if self.few and not slack and low == high and base == KNOWN:
            run_out = day + high
            chain = self._chain(run_out, max(run_out - early, day + 1), overrides, day + 1 if overrides else 0)
            least = max(least, chain)
        return least

    def _off_grid(self, label: Label, layers: list[Masks], day: int) -> int | None:
        """The fewest fills off the grid that may still come; None where nothing does."""
        low, high, base, early, overrides, _, _, _ = label
        if base == KNOWN:
            # A claim possible from tomorrow on may be noted as just that: any group that can claim as early will do.
            group = (self.earlies[bisect_left(self.earlies, early)], overrides)
            if high + day >= self.horizon:
                bits = 1 << self.horizon
            else:
                bits = 0
            if low + day < self.horizon:
                if self.machine.package == 1:
                    bits |= (1 << high + day + 1) - (1 << low + day)
                else:
                    for run_out in range(low, high + 1, self.machine.package):
                        bits |= 1 << run_out + day
            wanted = [(group, bits)]
        else:
            then = base + day
            wanted = [((gone, overrides), bits << then) for gone, bits in self.machine.opening(low - base, high - base)]
            if high + day > self.horizon:
                wanted.append(((self.earlies[-1], overrides), 1 << self.horizon))
        for number, masks in enumerate(layers):
            for group, bits in wanted:
                if bits & masks.get(group, 0):
                    return number
        return None

    def _chain(self, run_out: int, earliest: int, overrides: int, after: int) -> int:
        """The least cost to go from a run-out, the next fill on `earliest` at the soonest, without any gap day."""
        if run_out >= self.horizon:
            return 0
        key = (run_out, earliest, overrides, after)
        found = self.chains.get(key)
        if found is not None:
            return found
        costs, machine = self.machine.costs, self.machine
        least = IMPOSSIBLE
        # Day, the soonest day that it may stand for, cost, overrides left. Off the grid the last day leaves the least
        # on hand, but a fill may be earlier for the sake of the next one.
        options: list[tuple[int, int, int, int]] = []
        for date in self.grid:
            if earliest <= date <= run_out:
                options.append((date, date, 0, overrides))
            elif overrides and after <= date < earliest and date <= run_out:
                options.append((date, date, costs.override, overrides - 1))
        last = self.last_open[run_out]
        if last >= earliest:
            options.append((last, max(0, earliest), costs.off_grid, overrides))
        if overrides:
            last = self.last_open[min(run_out, earliest - 1)]
            if last >= after:
                options.append((last, after, costs.off_grid + costs.override, overrides - 1))
        for date, soonest, cost, left in options:
            cost += costs.leftover * (run_out - date)
            even = self.even.get(date, self.even[-1])
            for size, early in machine.early.items():
                paid = cost if size in even else cost + costs.odd
                if paid >= least:
                    continue
                then = run_out + size
                paid += self._chain(then, max(then - early, soonest + 1), left, soonest + 1 if left else 0)
                least = min(least, paid)
        self.chains[key] = least
        return least
