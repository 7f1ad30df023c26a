"""The best plan of one first date where every therapy is steady: the number of trips from below, then their pattern."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from pickupday.planner.grid import CycleDays, Grid
from pickupday.planner.search.even import common_sizes, even_sizes
from pickupday.planner.search.layers import Extra, Kind
from pickupday.planner.search.machine import Costs
from pickupday.planner.search.measured import Measured
from pickupday.planner.search.patterns import OFF, Asked, Pattern, Patterns, TooManyError
from pickupday.planner.search.together import PickupCosts
from pickupday.planner.search.trip_days import TripDays, Windows
from pickupday.planner.search.trips import Found
from pickupday.planner.search.weights import Weights

FEW, MANY = 120, 1 << 60  # patterns to weigh before the windows are tightened, and after


class Steady:
    """Steady therapies in one cycle. `tables`: what was found out by the number of trips, and whether tightened."""

    def __init__(
        self,
        medicines: Sequence[Measured],
        days: CycleDays,
        weights: Weights,
        costs: Costs,
        wanted_weekdays: frozenset[int],
        trip_days: TripDays,
        tables: dict[tuple[int, bool], Patterns],
    ) -> None:
        self.days, self.weights, self.costs, self.wanted_weekdays = days, weights, costs, wanted_weekdays
        self.trip_days, self.tables, self.medicines = trip_days, tables, medicines
        places: dict[object, list[int]] = {}
        for place, one in enumerate(medicines):
            alike = (one.sizes, one.therapy.usual_days, one.overrides, one.shorts)
            places.setdefault(alike, []).append(place)
        kinds = [
            Kind(medicines[alike[0]], tuple(alike), common_sizes(medicines[alike[0]], days.step), costs, days.horizon)
            for alike in places.values()
        ]
        self.kinds = sorted(kinds, key=lambda kind: len(kind.early))

    def best(
        self,
        grid: Grid,
        least_trips: int,
        all_ties: bool,
        left_for: Callable[[int], int | None],
        out_of_time: Callable[[], bool],
    ) -> tuple[Found, int] | None:
        """The least cost besides gap days and trips, the dates that reach it, and how many trips they are.

        None where it is more than `left_for` so many trips. Raises OutOfBudgetError.
        """
        pickup_costs, least = self._pickup_costs(grid)

        def own_cost(pattern: Pattern) -> int:
            used = [day for day in pattern if day != OFF]
            if not used:
                return least + (pickup_costs.none if len(pattern) == trips else 0)
            first = pickup_costs.first[used[0]] if len(pattern) == trips else pickup_costs.later[used[0]]
            return least + first + sum(pickup_costs.later[day] for day in used[1:])

        def extra(kind: Kind, day: int) -> Extra:
            known = kind.early.keys() - set(kind.even)
            return tuple(size for size in even_sizes(kind.medicine, self.days.step, grid, day) if size in known)

        for trips in count(least_trips):
            at_most = left_for(trips)
            if at_most is not None and at_most < 0:
                return None
            windows = self.trip_days.windows(trips, out_of_time)
            if windows is None:
                continue
            asked = Asked(grid, extra, own_cost, pickup_costs, least, all_ties, at_most, out_of_time)
            tight = trips in self.trip_days.tight
            try:
                found = self._patterns(trips, windows, tight).best(asked, MANY if tight else FEW)
            except TooManyError:
                windows = self.trip_days.tightened(trips, out_of_time)
                found = self._patterns(trips, windows, tight=True).best(asked, MANY)
            if found is not None:
                return Found(*found), trips
        raise AssertionError("steady therapies can be filled without a gap day")

    def _patterns(self, trips: int, windows: Windows, tight: bool) -> Patterns:
        known = self.tables.get((trips, tight))
        if known is None:
            if tight:
                windows = self.trip_days.tight[trips]
            known = self.tables[(trips, tight)] = Patterns(self.medicines, self.kinds, self.costs, windows)
        return known

    def _pickup_costs(self, grid: Grid) -> tuple[PickupCosts, int]:
        """What the pickup days of a grid cost by themselves above the least, and the least."""
        weekday, horizon, weights = self.days.calendar.weekday, self.days.horizon, self.weights
        soonest = next(iter(grid.dates), horizon)
        later = {
            day: weights.preference * bool(self.wanted_weekdays and weekday(day) not in self.wanted_weekdays)
            for day in grid.dates
        }
        first = {day: weights.first * (day - soonest) + cost for day, cost in later.items()}
        return PickupCosts(first, later, weights.first * (horizon - soonest)), weights.first * soonest
