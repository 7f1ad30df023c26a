"""How a medicine fares under a sequence of trip dates: a machine that the search steps from trip to trip.

Once the trip dates are chosen the therapies do not know of each other. A *label* is what may have become of one therapy
so far at a packed cost, a *state* the set of its labels that are still worth keeping, the least cost taken out. States
are numbered, and days are counted from the last trip, so that a step (state, days until the next trip, kind of day) is
worked out once for all dates, cycles and therapies with the same fill sizes.

Why labels may be intervals of run-outs. Of a fill whose size is odd only the count of odd fills matters, not the size.
Make such a fill smaller by one package, all dates kept: what follows can be claimed no later than before, every stock
on hand is smaller or the same, until some supply ends before its next fill. So in a best plan an odd fill is either the
smallest of its kind (short, or above the usual size), or just large enough for a later fill's date or the horizon. If
another odd fill stands in between that is not the largest of its kind, a package could be moved to that one, which is
better still. Hence an odd fill is kept as the interval of all its sizes, of which the least that still reaches is taken
when the next odd fill of open size comes; in between there are only even sizes and the largest of each kind. What an
interval costs above its low end grows with each fill on the way (`slope`), for there the stock on hand is larger.
Costs are linear between the points where something changes, so where gap days are traded for something else the two
ends of a piece are enough.
"""

from __future__ import annotations

from dataclasses import dataclass

from pickupday.planner.search.measured import Measured

NO_LIMIT = 1 << 20
COUNTED = -1  # as `slack`: gap days cost instead of being limited
DEAD = -1


# One way things may stand, days counted from the last trip: (low, high, base, early, overrides, shorts, slack, slope).
# The run-out is any of low, low + package, ..., high. `base` is the run-out before an odd fill of open size, KNOWN for
# a fill of known size; `early` how many days before its end a supply of known size may be followed. `slack`: gap days
# that may still come, or COUNTED. `slope`: fills since the open one.
Label = tuple[int, int, int, int, int, int, int, int]
KNOWN = -(1 << 20)


@dataclass(frozen=True, slots=True)
class Costs:
    """The packed weights of what happens to a single therapy."""

    gap: int
    off_grid: int
    override: int
    odd: int
    leftover: int


Labels = dict[Label, int]
State = tuple[tuple[Label, int], ...]


class Kept:
    """Labels found again by their run-outs."""

    __slots__ = ("all", "points", "ranges")

    def __init__(self) -> None:
        self.all: list[tuple[Label, int]] = []
        self.points: dict[int, list[tuple[Label, int]]] = {}
        self.ranges: list[tuple[Label, int]] = []

    def add(self, label: Label, cost: int) -> None:
        """Note one more label."""
        self.all.append((label, cost))
        if label[0] == label[1]:
            self.points.setdefault(label[0], []).append((label, cost))
        else:
            self.ranges.append((label, cost))

    def offering(self, label: Label) -> list[tuple[Label, int]]:
        """The labels noted that may offer all run-outs of this one."""
        if label[0] == label[1] and label[0] in self.points:
            return self.points[label[0]] + self.ranges
        return self.ranges


class Machine:
    """The states of all medicines with the same fill sizes under the same costs."""

    def __init__(self, medicine: Measured, costs: Costs) -> None:
        self.costs = costs
        self.usual = medicine.therapy.usual_days
        self.package = medicine.package
        self.early = {size.days: size.early for size in medicine.sizes}
        shorts = [size.days for size in medicine.sizes if size.short]
        longs = [size.days for size in medicine.sizes if size.days > self.usual]
        self.short_top = shorts[-1] if shorts else 0
        self.long_top = longs[-1] if longs else 0
        self.largest = medicine.largest
        # The largest fill that may be followed so many days after the run-out before it.
        self.wait = min(size.days - size.early for size in medicine.sizes)
        self.ready: dict[int, int] = {}
        for size in medicine.sizes:
            for waited in range(size.days - size.early, self.largest + 1):
                self.ready[waited] = size.days
        self.indexes: dict[int, Kept] = {}
        self.openings: dict[tuple[int, int], list[tuple[int, int]]] = {}
        self.covers: dict[tuple[int, int], int | None] = {}
        self.choices: dict[tuple[int, ...], list[tuple[int, int, bool, bool]]] = {}
        self.states: list[State] = []
        self.numbers: dict[State, int] = {}
        self.steps: dict[tuple[int, int, tuple[int, ...], bool, int, int], tuple[int, int]] = {}
        self.reaches: list[int] = []

    def start(self, medicine: Measured, slack: int) -> int:
        """The state before the first trip, days counted from yesterday."""
        shorts = NO_LIMIT if medicine.shorts is None else medicine.shorts
        early, run_out = medicine.run_out - medicine.earliest, medicine.run_out + 1
        label = (run_out, run_out, KNOWN, early, medicine.overrides, shorts, slack, 0)
        return self.single(label)

    def single(self, label: Label) -> int:
        """The state of one label."""
        return self._number({label: 0}, -NO_LIMIT)[0]

    def step(
        self, state: int, days: int, even: tuple[int, ...], off_grid: bool, must: int, need: int
    ) -> tuple[int, int]:
        """The state after a trip so many days later, and the cost that every label gained at least.

        `even`: the sizes that are not odd on that day. `must`: 1 = this therapy has to be filled then. `need`: what
        does not reach so many days further is of no use.
        """
        key = (state, days, even, off_grid, must, need)
        found = self.steps.get(key)
        if found is None:
            found = self.steps[key] = self._number(self._after(self.states[state], days, even, off_grid, must), need)
        return found

    def reach(self, state: int) -> int:
        """The last day, from the last trip, by which the next must come lest more gap days come than may."""
        return self.reaches[state]

    def renumber(self, labels: list[tuple[Label, int]]) -> tuple[int, int]:
        """The state of some labels of a state, and the cost that all of them have more than it has."""
        least = min(cost for _, cost in labels)
        return self._known(tuple((label, cost - least) for label, cost in labels)), least

    def opening(self, low: int, high: int) -> list[tuple[int, int]]:
        """For the sizes from `low` to `high`: by days early, the sizes as bits."""
        found = self.openings.get((low, high))
        if found is None:
            bits: dict[int, int] = {}
            for size in range(low, high + 1, self.package):
                bits[self.early[size]] = bits.get(self.early[size], 0) | 1 << size
            found = self.openings[(low, high)] = list(bits.items())
        return found

    def cover(self, one: int, other: int) -> int | None:
        """How much more at most the first state costs than the second, whatever comes; None where it offers less.

        Both are after a trip on the same day. Negative where the first one is cheaper in every case.
        """
        if one == other:
            return 0
        key = (one, other)
        if key in self.covers:
            return self.covers[key]
        most: int | None = None
        index = self._indexed(one)
        for label, cost in self.states[other]:
            least: int | None = None
            for best, paid in index.offering(label):
                more = self._excess(best, paid, label, cost)
                if more is not None and (least is None or more < least):
                    least = more
            if least is None:
                most = None
                break
            if most is None or least > most:
                most = least
        self.covers[key] = most
        return most

    def end(self, state: int, days: int) -> int | None:
        """The least further cost when no trip comes in the days left; None where too many gap days would come."""
        least: int | None = None
        for label, cost in self.states[state]:
            low, slack, slope = label[0], label[6], label[7]
            for run_out in self._ends(label, days):
                gap = max(0, days - run_out)
                total = cost + slope * (run_out - low) * self.costs.leftover
                if slack == COUNTED:
                    total += gap * self.costs.gap
                elif gap > slack:
                    continue
                if least is None or total < least:
                    least = total
        return least

    def _ends(self, label: Label, days: int) -> set[int]:
        """The run-outs of a label that may be the cheapest when nothing more is filled."""
        low, high, slack, package = label[0], label[1], label[6], self.package
        if low >= days or low == high:
            return {low}
        ends = {low, high}
        for target in (days, days - max(0, slack)):
            up = low + max(0, -((low - target) // package)) * package
            if up <= high:
                ends.add(up)
            if low <= up - package <= high:
                ends.add(up - package)
        return ends

    def _after(self, labels: State, days: int, even: tuple[int, ...], off_grid: bool, must: int) -> Labels:
        after: Labels = {}
        here = self.costs.off_grid if off_grid else 0
        leftover, package = self.costs.leftover, self.package
        for (low, high, base, early, overrides, shorts, slack, slope), cost in labels:
            low -= days
            high -= days
            if base != KNOWN:
                base -= days
            if low < 0:
                from_zero = low % package
                nearest = min(high, from_zero - package)
                for run_out in {nearest} if slack != COUNTED else {nearest, low}:
                    gap = -run_out
                    paid = cost + slope * (run_out - low) * leftover
                    left = slack
                    if slack == COUNTED:
                        paid += gap * self.costs.gap
                    elif gap > slack:
                        continue
                    else:
                        left -= gap
                    then = (early if base == KNOWN else self.early[run_out - base]) + gap
                    now = (0, 0, KNOWN, then, overrides, shorts, left, 0)
                    if not must:
                        keep(after, now, paid)
                    self._fill(after, now, paid + here, even)
                if from_zero > high:
                    continue
                cost += slope * (from_zero - low) * leftover
                low = from_zero
            now = (low, high, base, early, overrides, shorts, slack, slope)
            if not must:
                keep(after, now, cost)
            self._fill(after, now, cost + here, even)
        return after

    def _fill(self, after: Labels, label: Label, cost: int, even: tuple[int, ...]) -> None:
        """Add what a fill today makes of a label whose run-out is today or later."""
        low, high, base, early, overrides, _, _, slope = label
        package = self.package
        if base == KNOWN:
            ready = min(high, early)
        else:
            ready = min(high, base + self.ready.get(-base, self.largest) if -base >= self.wait else low - 1)
        if ready >= low:
            ready = low + (ready - low) // package * package
            self._fill_from(after, label, low, ready, overrides, cost, even)
        if ready < high and overrides:
            first = low if ready < low else ready + package
            paid = cost + self.costs.override + slope * (first - low) * self.costs.leftover
            self._fill_from(after, label, first, high, overrides - 1, paid, even)

    def _fill_from(
        self, after: Labels, label: Label, low: int, high: int, overrides: int, cost: int, even: tuple[int, ...]
    ) -> None:
        _, _, _, _, _, shorts, slack, slope = label
        cost += low * self.costs.leftover
        slope = slope + 1 if high > low else 0
        odd = cost + self.costs.odd
        fewer = shorts if shorts == NO_LIMIT else shorts - 1
        for size, early, short, is_even in self._choices(even):
            if short and not shorts:
                continue
            then = (low + size, high + size, KNOWN, early, overrides, fewer if short else shorts, slack, slope)
            keep(after, then, cost if is_even else odd)
        package = self.package
        if self.short_top > package and shorts:
            keep(after, (low + package, low + self.short_top, low, 0, overrides, fewer, slack, 0), odd)
        bottom = self.usual + package
        if self.long_top > bottom:
            keep(after, (low + bottom, low + self.long_top, low, 0, overrides, shorts, slack, 0), odd)

    def _choices(self, even: tuple[int, ...]) -> list[tuple[int, int, bool, bool]]:
        """The sizes that are kept as they are: (days, days early, short, even)."""
        found = self.choices.get(even)
        if found is None:
            tops = {self.short_top, self.long_top} - {0}
            sizes = sorted((set(even) | tops) & self.early.keys())
            found = [(size, self.early[size], size < self.usual, size in even) for size in sizes]
            self.choices[even] = found
        return found

    def _number(self, labels: Labels, need: int) -> tuple[int, int]:
        kept = self._undominated(labels, need)
        if not kept:
            return DEAD, 0
        least = kept[0][1]
        return self._known(tuple(sorted((label, cost - least) for label, cost in kept))), least

    def _known(self, state: State) -> int:
        number = self.numbers.get(state)
        if number is None:
            number = self.numbers[state] = len(self.states)
            self.states.append(state)
            counted = state[0][0][6] == COUNTED
            self.reaches.append(NO_LIMIT if counted else max(label[1] + label[6] for label, _ in state))
        return number

    def _undominated(self, labels: Labels, need: int) -> list[tuple[Label, int]]:
        """Leave out a label when another one offers each of its run-outs on no worse terms; cheapest first."""
        rivals: list[tuple[int, int, int, Label]] = []
        for label, cost in labels.items():
            low, high, base, early, overrides, shorts, slack, slope = label
            if slack != COUNTED and high + slack < need:
                continue
            # The next trip is a day later at least: an earlier next claim is as good as one on that day.
            if base == KNOWN and early >= high:
                label = (low, high, base, high - 1, overrides, shorts, slack, slope)
            rivals.append((cost, low - high, slope, label))
        rivals.sort()
        kept = Kept()
        for cost, _, _, label in rivals:
            for best, paid in kept.offering(label):
                more = self._excess(best, paid, label, cost)
                if more is not None and more <= 0:
                    break
            else:
                kept.add(label, cost)
        return kept.all

    def _indexed(self, state: int) -> Kept:
        index = self.indexes.get(state)
        if index is None:
            index = self.indexes[state] = Kept()
            for label, cost in self.states[state]:
                index.add(label, cost)
        return index

    def _excess(self, one: Label, paid: int, other: Label, cost: int) -> int | None:
        """How much more the first label costs at most at any run-out of the second; None where it lacks one."""
        low1, high1, base1, early1, overrides1, shorts1, slack1, slope1 = one
        low, high, base, early, overrides, shorts, slack, slope = other
        if low1 > low or high1 < high or overrides1 < overrides or shorts1 < shorts or slack1 < slack:
            return None
        if (low - low1) % self.package:
            return None
        if base1 != base or base == KNOWN:
            mine = early1 if base1 == KNOWN else self.early[low - base1]
            if mine < (early if base == KNOWN else self.early[high - base]):
                return None
        more = paid + slope1 * (low - low1) * self.costs.leftover - cost
        if high > low and slope1 > slope:
            more += (slope1 - slope) * (high - low) * self.costs.leftover
        return more


def keep(labels: Labels, label: Label, cost: int) -> None:
    """Note a label unless it was reached more cheaply before."""
    if labels.get(label, cost) >= cost:
        labels[label] = cost
