"""One cycle option made ready for the search: what all its candidate first dates share is worked out once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product, starmap

from pickupday.plan import Objective
from pickupday.planner.grid import CycleDays, Grid
from pickupday.planner.search.budget import Limits
from pickupday.planner.search.even import common_sizes, even_sizes
from pickupday.planner.search.fills import PlannedFill, PlannedFills, cheapest_fills, gap_days, in_order
from pickupday.planner.search.layers import is_steady, settled
from pickupday.planner.search.least_gap import least_gap, walk_least_gap
from pickupday.planner.search.machine import COUNTED, Costs
from pickupday.planner.search.measured import Measured
from pickupday.planner.search.outlook import Outlook
from pickupday.planner.search.quick import as_late_as_possible, quick_fills
from pickupday.planner.search.reach import forced_by, forced_windows, furthest_supply
from pickupday.planner.search.remembered import Remembered, numbers_of
from pickupday.planner.search.steady import Steady
from pickupday.planner.search.trip_days import TripDays, Windows, last_possible
from pickupday.planner.search.trips import Day, Ground, search
from pickupday.planner.search.weights import weigh
from pickupday.problem import Problem


@dataclass(frozen=True, slots=True)
class Outcome:
    """The best plan found for one first date: its measures and the trip dates that reach them."""

    grid: Grid
    cost: int
    objective: Objective
    dates: tuple[tuple[int, ...], ...]
    optimal: bool
    fills: PlannedFills | None = None  # of a plan without proof


class PreparedCycle:
    """A cycle with its therapies, ascending by id; those whose supply outlasts the horizon need no fill: left out."""

    def __init__(
        self,
        problem: Problem,
        days: CycleDays,
        medicines: Iterable[Measured],
        limits: Limits,
        remembered: Remembered,
    ) -> None:
        self.days = days
        self.too_late = limits.too_late
        self.out_of_time = limits.out_of_time
        self.wanted_weekdays = problem.preferences.weekdays
        self.medicines = tuple(
            medicine
            for medicine in sorted(medicines, key=lambda medicine: medicine.therapy.id)
            if medicine.run_out < days.horizon or medicine.fixed
        )
        on_hand = max((medicine.run_out + days.horizon * medicine.largest for medicine in self.medicines), default=0)
        self.weights = weigh(problem.programme.objective, days.horizon, len(self.medicines), on_hand)
        gaps = [least_gap(medicine, days.calendar, days.horizon) for medicine in self.medicines]
        self.gaps = [gap or 0 for gap in gaps]
        weights = self.weights
        self.costs = costs = Costs(weights.gap, weights.off_grid, weights.override, weights.odd, weights.leftover)
        self.machines = tuple(remembered.machine(medicine, costs) for medicine in self.medicines)
        self.starts = tuple(
            machine.start(medicine, gap if weights.gap_first else COUNTED)
            for machine, medicine, gap in zip(self.machines, self.medicines, self.gaps, strict=True)
        )
        self.forced = tuple(sorted({day for medicine in self.medicines for day in medicine.fixed}))
        # With gap days and trips first, the least number of trips is the same for every first date.
        self.trips_second = weights.order[:2] == ("gap_days", "trips")
        self.first_before_trips = weights.order.index("days_to_first") < weights.order.index("trips")
        opened, horizon = days.calendar.open, days.horizon
        pairs = list(zip(self.medicines, self.gaps, strict=True))
        self.reaches = [[end + gap for end in furthest_supply(one, opened, horizon)] for one, gap in pairs]
        self.deadlines = forced_by(self.reaches, horizon)
        self.least_trips = len(forced_windows(self.deadlines, horizon)) if weights.gap_first else 0
        shift = {name: position for name, position, _ in weights.shifts}
        self.limited = shift[weights.order[2]] if self.trips_second else None
        self.late_dates: tuple[int, ...] | None = None
        self.remembered = remembered
        # All that decides what trips can do, and what a plan costs.
        self.case = (days.horizon, days.calendar.open[: days.horizon], tuple(map(numbers_of, self.medicines)))
        wanted = self.wanted_weekdays and (self.wanted_weekdays, days.calendar.weekday(0))
        even = tuple(common_sizes(medicine, days.step) for medicine in self.medicines)
        self.priced_case = (self.case, wanted, weights, even)
        self.at_hand: dict[PlannedFills, None] = {}
        self.known_dates: dict[tuple[int, ...], None] = {}
        alone = [settled(*pair, opened) for pair in pairs]
        steady = weights.order[:3] == ("gap_days", "trips", "off_grid_fills") and all(starmap(is_steady, alone))
        self.trip_days = remembered.trip_days.setdefault(
            (self.case, steady), TripDays(alone if steady else pairs, self.deadlines, opened, horizon, self.forced)
        )
        self.steady: Steady | None = None
        if steady:
            medicines = [medicine for medicine, _ in alone]
            tables = remembered.patterns.setdefault((self.case, weights, even), {})
            self.steady = Steady(medicines, days, weights, self.costs, self.wanted_weekdays, self.trip_days, tables)

    def best(self, grid: Grid, all_ties: bool, at_most: int | None = None) -> Outcome | None:
        """The best plan of one first date, proven; None where it costs more than `at_most`.

        Raises OutOfBudgetError when the time ends before the proof does.
        """
        weights = self.weights
        gaps = sum(self.gaps) * weights.gap if weights.gap_first else 0

        def left_for(trips: int) -> int | None:
            return None if at_most is None else at_most - gaps - trips * weights.trip

        memory = self.remembered.tied if all_ties else self.remembered.solved
        known = memory.get((self.priced_case, self._alike(grid)))
        if known is not None:
            return self._outcome(grid, *known)
        if self.steady is not None:
            found = self.steady.best(grid, self.least_trips, all_ties, left_for, self.out_of_time)
        else:
            found = search(
                lambda trips: self._ground(grid, trips),
                self.least_trips if self.trips_second else None,
                sum(self.days.calendar.open[: self.days.horizon]),
                all_ties,
                self.out_of_time,
                left_for,
            )
        if found is None:
            return None
        best, trips = found
        self.least_trips = trips
        cost = best.cost + trips * weights.trip + gaps
        memory[(self.priced_case, self._alike(grid))] = (cost, best.dates)
        return self._outcome(grid, cost, best.dates)

    def _outcome(self, grid: Grid, cost: int, dates: tuple[tuple[int, ...], ...]) -> Outcome:
        self.known_dates[dates[0]] = None
        return Outcome(grid, cost, self.weights.unpack(cost), dates, optimal=True)

    def _alike(self, grid: Grid) -> object:
        """What of a grid decides its best plan: the dates that a plan may use, each with its even sizes."""
        found = self._windows(self.least_trips) if self.trips_second else None
        possible = range(self.days.horizon) if found is None else set(found[1])
        return tuple(
            (day, tuple(self.even_sizes(medicine, grid, day) for medicine in self.medicines))
            for day in grid.dates
            if day in possible
        )

    def quick(self, grid: Grid) -> Outcome:
        """Some plan for a first date, found at once and without proof.

        Every plan at hand is weighed on this grid; while there is time fills are also made for it, on trip dates that
        are known to do.
        """
        if not self.at_hand or not self.too_late():
            table = {day.number: day for day in self._day_table(grid)}
            for dates in self._known_dates():
                self.at_hand[self._quick_fills([table[day] for day in dates])] = None
                if self.too_late():
                    break
        fills = min(self.at_hand, key=lambda fills: (self.cost(grid, fills), in_order(fills)))
        cost = self.cost(grid, fills)
        used = tuple(sorted({fill.day for _, row in fills for fill in row}))
        return Outcome(grid, cost, self.weights.unpack(cost), (used,), False, fills)

    def _known_dates(self) -> list[tuple[int, ...]]:
        """Trip dates that do: of the plans found for other first dates, and each trip as late as the supply allows."""
        if self.late_dates is None:
            self.late_dates = as_late_as_possible(
                self.medicines, self.days.calendar.open, self.days.horizon, self.forced
            )
        return list(dict.fromkeys([*list(self.known_dates)[-1:], self.late_dates]))

    def _quick_fills(self, days: list[Day]) -> PlannedFills:
        rows = []
        for place, medicine in enumerate(self.medicines):
            row = quick_fills(medicine, days, place, self.costs, self.days.horizon)
            if self.weights.gap_first and gap_days(medicine, row, self.days.horizon) > self.gaps[place]:
                found = walk_least_gap(medicine, self.days.calendar, self.days.horizon)
                assert found is not None
                row = tuple(PlannedFill(*step) for step in found[1])
            rows.append((medicine.therapy.id, row))
        return tuple(rows)

    def fills(self, grid: Grid, dates: tuple[int, ...], chosen: int | None = None) -> PlannedFills | None:
        """The cheapest fills on given trip dates, by therapy id; None where the dates do not do.

        `chosen`: the therapy that has to be filled on the first grid date among them.
        """
        table = {day.number: day for day in self._day_table(grid)}
        first = next((day for day in dates if table[day].on_grid), None)
        if chosen is not None and first is not None:
            must = tuple(1 if place == chosen else must for place, must in enumerate(table[first].must))
            table[first] = replace(table[first], must=must)
        rows: list[tuple[str, tuple[PlannedFill, ...]]] = []
        for place, (machine, medicine) in enumerate(zip(self.machines, self.medicines, strict=True)):
            slack = self.gaps[place] if self.weights.gap_first else COUNTED
            row = cheapest_fills(machine, medicine, slack, [table[day] for day in dates], place, self.days.horizon)
            if row is None:
                return None
            rows.append((medicine.therapy.id, row))
        return tuple(rows)

    def best_fills(self, outcome: Outcome) -> PlannedFills:
        """Of all plans that reach an outcome, the first in the order of (therapy, date, days)."""
        if outcome.fills is not None:
            return outcome.fills
        best: PlannedFills | None = None
        best_key: list[tuple[str, int, int]] = []
        chosen: list[int | None] = [None, *range(len(self.medicines) if self.first_before_trips else 0)]
        for dates, place in product(outcome.dates, chosen):
            fills = self.fills(outcome.grid, dates, place)
            if fills is None or self.cost(outcome.grid, fills) != outcome.cost:
                continue
            key = in_order(fills)
            if best is None or key < best_key:
                best, best_key = fills, key
        assert best is not None
        return best

    def cost(self, grid: Grid, fills: PlannedFills) -> int:
        """The packed measures of a plan, counted from its fills."""
        weights, horizon, on_grid = self.weights, self.days.horizon, set(grid.dates)
        used = {fill.day for _, row in fills for fill in row}
        pickups = sorted(used & on_grid)
        cost = weights.trip * len(used) + weights.first * (pickups[0] if pickups else horizon)
        if self.wanted_weekdays:
            unwanted = sum(self.days.calendar.weekday(day) not in self.wanted_weekdays for day in pickups)
            cost += weights.preference * unwanted
        for (_, row), medicine in zip(fills, self.medicines, strict=True):
            run_out = medicine.run_out
            for fill in row:
                cost += weights.gap * max(0, fill.day - run_out) + weights.leftover * max(0, run_out - fill.day)
                cost += weights.off_grid * (fill.day not in on_grid) + weights.override * fill.override
                cost += weights.odd * (fill.days not in self.even_sizes(medicine, grid, fill.day))
                run_out = max(run_out, fill.day) + fill.days
            cost += weights.gap * max(0, horizon - run_out)
        return cost

    def even_sizes(self, medicine: Measured, grid: Grid, day: int) -> tuple[int, ...]:
        """The sizes that are not odd on one day of a grid."""
        return even_sizes(medicine, self.days.step, grid, day)

    def _ground(self, grid: Grid, trips: int | None) -> Ground | None:
        weights, horizon = self.weights, self.days.horizon
        found = self._windows(trips)
        if found is None:
            return None
        windows, last_open = found
        possible = {day for day in last_open if day >= 0}
        outlooks = []
        grid_dates = tuple(day for day in grid.dates if day in possible)
        for place, (machine, medicine) in enumerate(zip(self.machines, self.medicines, strict=True)):
            even = {day: self.even_sizes(medicine, grid, day) for day in (-1, *grid.dates)}
            ahead, earlies = None, []
            if windows is not None:
                walk = self.trip_days.walks[place]
                ahead = walk.off_grid_ahead(windows, grid_dates)
                earlies = sorted({early for early, _ in walk.groups})
            outlooks.append(Outlook(machine, grid_dates, even, last_open, horizon, ahead, earlies))
        return Ground(
            machines=self.machines,
            outlooks=tuple(outlooks),
            starts=self.starts,
            days=tuple(day for day in self._day_table(grid) if day.number in possible),
            horizon=horizon,
            first=weights.first,
            next_on_grid=tuple(
                next((date for date in grid_dates if date >= day), horizon) for day in range(horizon + 1)
            ),
            forced=self.forced,
            first_before_trips=self.first_before_trips,
            off_grid=weights.off_grid,
            limited=self.limited,
            windows=None if windows is None else [frozenset(window) for window in windows],
        )

    def _windows(self, trips: int | None) -> tuple[Windows | None, list[int]] | None:
        """The possible days of each of so many trips, and by day the last possible one until then (-1 for none).

        None where so many trips cannot do; any open day for any trip where their number is not limited.
        """
        if trips is None:
            return None, last_possible(self.days.calendar.open[: self.days.horizon])
        windows = self.trip_days.windows(trips, self.out_of_time)
        if windows is None:
            return None
        used = {day for window in windows for day in window}
        return windows, last_possible([day in used for day in range(self.days.horizon)])

    def _day_table(self, grid: Grid) -> list[Day]:
        on_grid, table = set(grid.dates), []
        calendar, weights = self.days.calendar, self.weights
        off_grid_even = tuple(self.even_sizes(medicine, grid, -1) for medicine in self.medicines)
        for day in range(self.days.horizon):
            if not calendar.open[day]:
                continue
            cost = 0 if self.trips_second else weights.trip
            even = off_grid_even
            if day in on_grid:
                even = tuple(self.even_sizes(medicine, grid, day) for medicine in self.medicines)
                if self.wanted_weekdays and calendar.weekday(day) not in self.wanted_weekdays:
                    cost += weights.preference
            must = tuple(int(day in medicine.fixed) for medicine in self.medicines)
            table.append(Day(day, cost, day in on_grid, even, must))
        return table
