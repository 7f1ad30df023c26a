"""How few trips can do for all therapies together: dates tried one after the other, without regard to any cost.

A therapy with few fill sizes is followed exactly: its windows are what makes many trips necessary. Of one with many
sizes only the furthest run-out that it can have is followed, by the overrides used for it: that is never too little,
and two courses of dates soon have it in common.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from pickupday.planner.search.budget import OutOfBudgetError
from pickupday.planner.search.measured import Measured
from pickupday.planner.search.windows import Masks, Walk

EFFORT = 150_000
FEW_SIZES = 3
DEAD = -1
NEVER = 1 << 30

Standing = TypeVar("Standing")


class Course(Generic[Standing]):
    """One therapy from trip to trip; how it may stand is numbered, so that each step is worked out once."""

    largest: int  # days' supply of the largest fill

    def __init__(self, start: Standing) -> None:
        self.known: list[Standing] = []
        self.reach: list[int] = []  # by number: the last day by which the next trip must be
        self.numbers: dict[Hashable, int] = {}
        self.steps: dict[tuple[int, int], int] = {}
        self._number(start)

    def step(self, number: int, day: int) -> int:
        """How it may stand after one more trip; DEAD where there is no way."""
        found = self.steps.get((number, day))
        if found is None:
            found = self.steps[(number, day)] = self._number(self.after(self.known[number], day))
        return found

    @abstractmethod
    def after(self, standing: Standing, day: int) -> Standing | None:
        """How it may stand after a trip."""

    @abstractmethod
    def describe(self, standing: Standing) -> tuple[Hashable, int]:
        """What tells it from others, and the last day by which the next trip must be."""

    def _number(self, standing: Standing | None) -> int:
        if not standing:
            return DEAD
        key, reach = self.describe(standing)
        found = self.numbers.get(key)
        if found is None:
            found = self.numbers[key] = len(self.known)
            self.known.append(standing)
            self.reach.append(reach)
        return found


class Exactly(Course[Masks]):
    """All the run-outs that a therapy can have."""

    def __init__(self, walk: Walk) -> None:
        self.walk, self.largest = walk, walk.largest
        super().__init__(walk.start)

    def after(self, standing: Masks, day: int) -> Masks | None:
        """The run-outs after a trip."""
        return self.walk.trip(standing, day)

    def describe(self, standing: Masks) -> tuple[Hashable, int]:
        """The masks by group, and the furthest run-out."""
        furthest = max(mask.bit_length() for mask in standing.values()) - 1
        return tuple(sorted(standing.items())), furthest + self.walk.gap


class Roughly(Course[tuple[int, ...]]):
    """By overrides used: the furthest run-out that a therapy can have, never too small."""

    def __init__(self, medicine: Measured, gap: int, horizon: int) -> None:
        self.gap, self.horizon, self.largest = gap, horizon, medicine.largest
        # A first fill may be as early as its own claim allows, each later one as early as after any size.
        self.early = max(medicine.run_out - medicine.earliest, *(size.early for size in medicine.sizes))
        super().__init__((medicine.run_out,) * (medicine.overrides + 1))

    def after(self, standing: tuple[int, ...], day: int) -> tuple[int, ...] | None:
        """The furthest run-outs after a trip: filled as largely as can be, from a supply that a claim may follow."""
        if standing[-1] + self.gap < day:
            return None
        reached: list[int] = []
        for overrides, run_out in enumerate(standing):
            then = max(run_out, max(day, min(run_out, day + self.early)) + self.largest)
            if run_out + self.gap < day:
                then = run_out
            if overrides:
                then = max(then, reached[-1], standing[overrides - 1] + self.largest)
            reached.append(min(then, self.horizon))
        return tuple(reached)

    def describe(self, standing: tuple[int, ...]) -> tuple[Hashable, int]:
        """The run-outs, and the furthest of them."""
        return standing, standing[-1] + self.gap


class FewestTrips:
    """Says, for all first dates alike, on which days so many trips can be. Never leaves out a day without a proof.

    `forced`: days on which a trip must be.
    """

    def __init__(
        self,
        medicines: Sequence[Measured],
        walks: Sequence[Walk],
        forced: Sequence[int],
        horizon: int,
    ) -> None:
        self.courses: list[Exactly | Roughly] = [
            Exactly(walk) if len(medicine.sizes) <= FEW_SIZES else Roughly(medicine, walk.gap, horizon)
            for medicine, walk in zip(medicines, walks, strict=True)
            if medicine.run_out < horizon
        ]
        self.courses.sort(key=lambda course: isinstance(course, Roughly))  # what rules out most comes first
        self.forced, self.horizon = forced, horizon
        self.out_of_time: Callable[[], bool] = bool
        self.does: dict[tuple[int, int, tuple[int, ...]], bool] = {}
        self.days: list[set[int]] = []
        self.effort, self.every_day = 0, True

    def possible(self, windows: list[list[int]], out_of_time: Callable[[], bool]) -> bool:
        """Whether trips in these windows, one in each, can do; True too when EFFORT steps do not tell."""
        self.out_of_time = out_of_time
        try:
            return self._try(windows, every_day=False)
        except TooLongError:
            return True

    def narrowed(self, windows: list[list[int]], out_of_time: Callable[[], bool]) -> list[list[int]]:
        """The windows of possible trips without the days that all therapies together rule out.

        When EFFORT steps are used up the windows are left as they are.
        """
        self.out_of_time = out_of_time
        try:
            self._try(windows, every_day=True)
        except TooLongError:
            return windows
        return [sorted(days) for days in self.days]

    def _try(self, windows: list[list[int]], every_day: bool) -> bool:
        self.effort, self.every_day = EFFORT, every_day
        self.does.clear()
        self.days = [set() for _ in windows]
        return self._goes_on(-1, (0,) * len(self.courses), windows, 0)

    def _goes_on(self, last: int, states: tuple[int, ...], windows: Sequence[Sequence[int]], trip: int) -> bool:
        """Whether the trips from here on can do; notes the days on which they can be."""
        reach, left = NEVER, len(windows) - trip
        for course, state in zip(self.courses, states, strict=True):
            far = course.reach[state]
            if far + left * course.largest < self.horizon:
                return False
            reach = min(reach, far)
        must_by = next((day for day in self.forced if day > last), self.horizon)
        if trip == len(windows):
            return must_by == self.horizon and reach >= self.horizon
        key = (trip, last, states)
        known = self.does.get(key)
        if known is not None:
            return known
        can = False
        latest = min(reach, must_by)
        for day in reversed(windows[trip]):
            if day > latest:
                continue
            if day <= last:
                break
            self.effort -= 1
            if self.effort < 0:
                raise TooLongError
            if self.out_of_time():
                raise OutOfBudgetError
            then = []
            for course, state in zip(self.courses, states, strict=True):
                after = course.steps.get((state, day))
                if after is None:
                    after = course.step(state, day)
                if after == DEAD:
                    break
                then.append(after)
            else:
                if self._goes_on(day, tuple(then), windows, trip + 1):
                    self.days[trip].add(day)
                    can = True
                    if not self.every_day:
                        break
        self.does[key] = can
        return can


class TooLongError(Exception):
    """The effort is used up."""
