"""When the trips of a plan can be at all, if so many trips have to do: for each trip the days that are possible.

Each therapy by itself says on which days the j-th trip can be: there must be days for the other trips on which it could
be filled in time. A day that one therapy rules out is out for all, and may rule out others, until nothing changes. What
is left is never too little; when nothing is left for a trip, so many trips cannot do.

The run-outs that a therapy can have reached are the bits of a whole number, one number for each distance between the
end of the supply and the earliest next claim, and for each number of overrides left. A limit on short fills is not
regarded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pickupday.planner.search.budget import OutOfBudgetError
from pickupday.planner.search.measured import Measured

Group = tuple[int, int]  # days early, overrides left
Masks = dict[Group, int]
ROUNDS = 6


def narrowed(
    windows: list[list[int]], walks: Sequence[Walk], out_of_time: Callable[[], bool]
) -> list[list[int]] | None:
    """The windows of the trips without the days that one therapy or another rules out; None where none is left."""
    left: list[list[list[int]] | None] = [None] * len(walks)
    for _ in range(ROUNDS):
        before = windows
        for place, walk in enumerate(walks):
            if not all(windows):
                return None
            if out_of_time():
                raise OutOfBudgetError
            if windows != left[place]:  # what it left once it leaves again
                windows = left[place] = walk.narrow(windows)
        if windows == before:
            break
    return windows if all(windows) else None


class Walk:
    """One therapy walking along the trips."""

    def __init__(self, medicine: Measured, gap: int, horizon: int) -> None:
        self.gap = gap
        self.horizon = horizon
        runs: dict[tuple[int, bool], list[int]] = {}
        for size in medicine.sizes:
            # The usual size may stand apart, above the most that a fill may hold otherwise.
            apart = size.days - medicine.package > medicine.therapy.max_days
            runs.setdefault((size.early, apart), []).append(size.days)
        self.by_early = [(early, spread(sizes, medicine.package)) for (early, _), sizes in runs.items()]
        self.run_out, self.largest, self.sizes = medicine.run_out, medicine.largest, len(medicine.sizes)
        self.single = self.sizes == 1 and not gap
        start = (medicine.run_out - medicine.earliest, medicine.overrides)
        self.start: Masks = {start: 1 << medicine.run_out}
        # Also the first distance with fewer overrides: the search may note a claim that is possible anyway by any of
        # them.
        earlies = {early for early, _ in self.by_early} | {start[0]}
        self.longest = max(earlies)
        self.groups = {(early, left) for early in earlies for left in range(medicine.overrides + 1)}
        self.ahead: dict[tuple[int, int, tuple[int, ...]], list[dict[int, list[Masks]]]] = {}
        top = horizon + medicine.largest + 1
        self.enough = (1 << top) - (1 << max(0, horizon - gap))
        self.needy = (1 << horizon) - 1

    def narrow(self, windows: list[list[int]]) -> list[list[int]]:
        """The windows without the days that this therapy rules out."""
        forward: list[dict[int, Masks]] = []
        before: dict[int, Masks] = {-1: self.start}
        for window in windows:
            after: dict[int, Masks] = {}
            arrived: Masks = {}
            waiting = sorted(before)
            for day in window:
                while waiting and waiting[0] < day:
                    for group, mask in before[waiting.pop(0)].items():
                        arrived[group] = arrived.get(group, 0) | mask
                masks = self.trip(arrived, day)
                if masks:
                    after[day] = masks
            forward.append(after)
            before = after
        groups = self.groups
        kept: list[list[int]] = []
        ahead: dict[int, Masks] | None = None
        for after in reversed(forward):
            fitting: dict[int, Masks] = {}
            onward: Masks = {} if ahead is not None else dict.fromkeys(groups, self.enough)
            waiting = sorted(ahead or ())
            for day in sorted(after, reverse=True):
                while waiting and waiting[-1] > day:
                    for group, mask in (ahead or {})[waiting.pop()].items():
                        onward[group] = onward.get(group, 0) | mask
                if any(mask & onward.get(group, 0) for group, mask in after[day].items()):
                    fitting[day] = self._before_trip(onward, onward, day, groups)
            kept.append(sorted(fitting))
            ahead = fitting
        return kept[::-1]

    def off_grid_ahead(self, windows: list[list[int]], grid: tuple[int, ...]) -> list[dict[int, list[Masks]]]:
        """For each trip and each of its days: the run-outs after it that do with no, one, two ... fills off the grid.

        The first entry stands for the time before any trip, as day -1. Later trips alike on several grids are shared.
        """
        found: list[dict[int, list[Masks]]] = []
        for number in range(len(windows), -1, -1):
            on_grid = tuple(day for window in windows[number:] for day in window if day in grid)
            key = (len(windows), number, on_grid)
            known = self.ahead.get(key)
            if known is None:
                known = [self._layer(windows, number, frozenset(on_grid), found[0] if found else None), *found]
                self.ahead[key] = known
            found = known
        return found

    def _layer(
        self, windows: list[list[int]], number: int, grid: frozenset[int], after: dict[int, list[Masks]] | None
    ) -> dict[int, list[Masks]]:
        days = windows[number - 1] if number else [-1]
        if after is None:
            return {day: [dict.fromkeys(self.groups, self.enough)] for day in days}
        before = {day: self._befores(layers, day, day in grid) for day, layers in after.items()}
        reached: dict[int, list[Masks]] = {}
        merged: list[Masks] = []
        waiting = sorted(before)
        for day in sorted(days, reverse=True):
            while waiting and waiting[-1] > day:
                merged = _merge(merged, before[waiting.pop()])
            reached[day] = merged
        return reached

    def _befores(self, layers: list[Masks], day: int, on_grid: bool) -> list[Masks]:
        """The same for the time before a trip on a day."""
        if on_grid:
            return [self._before_trip(masks, masks, day, self.groups) for masks in layers]
        fewer: list[Masks] = [{}, *layers]
        more = [*layers, layers[-1]] if layers else []
        return (
            [self._before_trip(here, then, day, self.groups) for here, then in zip(more, fewer, strict=True)]
            if more
            else []
        )

    def trip(self, masks: Masks, day: int) -> Masks:
        """What can have become of these run-outs after a trip on a day, filled then or not.

        With a single fill size, not to be filled when it could be is never of use: the run-outs do not depend on when
        that is. A claim that is possible from the next day on is noted as the earliest that there is.
        """
        still = day - self.gap
        after: Masks = {}
        ready: dict[int, int] = {}
        for (early, overrides), mask in masks.items():
            mask = mask >> still << still if still > 0 else mask
            if not mask:
                continue
            needy = mask & self.needy
            in_time = needy & ((1 << max(0, day + early + 1)) - 1)
            if in_time:
                ready[overrides] = ready.get(overrides, 0) | in_time
            if overrides and needy != in_time:
                ready[overrides - 1] = ready.get(overrides - 1, 0) | (needy ^ in_time)
            if self.single:
                mask ^= in_time
            if mask:
                after[(early, overrides)] = after.get((early, overrides), 0) | mask
        for overrides, mask in ready.items():
            late = mask & ((1 << day) - 1)
            if late:
                mask = mask ^ late | 1 << day
            for early, (least, steps) in self.by_early:
                filled = mask << least
                for step in steps:
                    filled |= filled << step
                group = (early, overrides)
                after[group] = after.get(group, 0) | filled
        longest = self.longest
        for early, overrides in list(after):
            if early < longest:
                mask = after[(early, overrides)]
                soon = mask & ((1 << max(0, day + early + 2)) - 1)
                if soon:
                    after[(longest, overrides)] = after.get((longest, overrides), 0) | soon
                    if soon == mask:
                        del after[(early, overrides)]
                    else:
                        after[(early, overrides)] = mask ^ soon
        return after

    def _before_trip(self, onward: Masks, filled: Masks, day: int, groups: set[Group]) -> Masks:
        """The run-outs before a trip from which one comes to `onward` without a fill on it, or to `filled` with one."""
        fillable: dict[int, int] = {}
        for overrides in {group[1] for group in groups}:
            mask = 0
            for early, (least, steps) in self.by_early:
                then = filled.get((early, overrides), 0) >> least
                if then:
                    for step in steps:
                        then |= then >> step
                    mask |= then
            if mask >> day & 1:
                mask |= (1 << day) - 1
            else:
                mask = mask >> day << day
            fillable[overrides] = mask & self.needy
        still = max(0, day - self.gap)
        before: Masks = {}
        for early, overrides in groups:
            in_time = (1 << max(0, day + early + 1)) - 1
            mask = onward.get((early, overrides), 0) | fillable[overrides] & in_time
            if overrides:
                mask |= fillable.get(overrides - 1, 0) & ~in_time
            before[(early, overrides)] = mask >> still << still
        return before


def spread(sizes: Sequence[int], package: int) -> tuple[int, tuple[int, ...]]:
    """The least of some sizes one package apart, and the shifts that make all: each takes in what was made before."""
    made, steps = 1, []
    while made < len(sizes):
        more = min(made, len(sizes) - made)
        steps.append(more * package)
        made += more
    return sizes[0], tuple(steps)


def _merge(one: list[Masks], other: list[Masks]) -> list[Masks]:
    """By number of fills off the grid, what either allows; not longer than until nothing new comes."""
    merged: list[Masks] = []
    for number in range(max(len(one), len(other))):
        mine = one[min(number, len(one) - 1)] if one else {}
        theirs = other[min(number, len(other) - 1)] if other else {}
        both = {group: mine.get(group, 0) | theirs.get(group, 0) for group in mine.keys() | theirs.keys()}
        merged.append(both)
    while len(merged) > 1 and merged[-1] == merged[-2]:
        merged.pop()
    return merged
