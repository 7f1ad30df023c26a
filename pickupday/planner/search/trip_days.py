"""On which days the trips of a plan can be, when so many of them have to do; the same for every first date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

from pickupday.planner.search.fewest import FEW_SIZES, FewestTrips
from pickupday.planner.search.measured import Measured
from pickupday.planner.search.reach import possible_days
from pickupday.planner.search.windows import Walk, narrowed

Windows = list[list[int]]


class TripDays:
    """The windows of the trips by their number, each worked out once.

    `pairs`: each therapy with the gap days that it must have. `deadlines`: by day, until when some fill is forced from
    that day on. `forced`: days on which a trip must be.
    """

    def __init__(
        self,
        pairs: Sequence[tuple[Measured, int]],
        deadlines: Sequence[int],
        open_days: Sequence[bool],
        horizon: int,
        forced: Sequence[int],
    ) -> None:
        self.deadlines, self.open_days, self.horizon = deadlines, open_days, horizon
        self.walks = tuple(Walk(medicine, gap, horizon) for medicine, gap in pairs)
        # Those with the fewest fill sizes first: they rule out most.
        self.needy = sorted((walk for walk in self.walks if walk.run_out < horizon), key=lambda walk: walk.sizes)
        # Without overrides nearly all that can be ruled out one therapy rules out by itself.
        self.depend = any(medicine.overrides for medicine, _ in pairs)
        self.fewest = FewestTrips([medicine for medicine, _ in pairs], self.walks, forced, horizon)
        self.known: dict[int, Windows | None] = {}
        self.tight: dict[int, Windows] = {}

    def windows(self, trips: int, out_of_time: Callable[[], bool]) -> Windows | None:
        """For each of so many trips its possible days, ascending; None where so many trips cannot do."""
        if trips not in self.known:
            self.known[trips] = self._windows(trips, out_of_time)
        return self.known[trips]

    def tightened(self, trips: int, out_of_time: Callable[[], bool]) -> Windows:
        """The same with more days ruled out, which takes its time."""
        found = self.tight.get(trips)
        if found is None:
            windows = self.windows(trips, out_of_time)
            assert windows is not None
            if self.depend:
                windows = narrowed(self.fewest.narrowed(windows, out_of_time), self.needy, out_of_time)
                assert windows is not None
            found = self.tight[trips] = windows
        return found

    def _windows(self, trips: int, out_of_time: Callable[[], bool]) -> Windows | None:
        windows = possible_days(self.deadlines, self.open_days, self.horizon, trips)
        few = [walk for walk in self.needy if walk.sizes <= FEW_SIZES]
        if windows is not None:
            windows = narrowed(windows, few, out_of_time)
        if windows is not None and self.depend and not self.fewest.possible(windows, out_of_time):
            return None
        return windows and narrowed(windows, self.needy, out_of_time)


def last_possible(days: Sequence[bool]) -> list[int]:
    """By day: the last possible day on or before it, -1 for none."""
    return list(accumulate((day if possible else -1 for day, possible in enumerate(days)), max))
