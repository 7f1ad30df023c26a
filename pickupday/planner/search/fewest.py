"""How few trips can do: the same states without any cost, to tell early that a sequence of dates leads nowhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pickupday.planner.search.budget import OutOfBudgetError
from pickupday.planner.search.machine import DEAD, Machine

EFFORT = 4_000


class FewestTrips:
    """Answers, for all first dates alike, whether so many trips can do. Never says no without a proof.

    `effort` limits the steps of all answers together; when it is used up everything counts as possible.
    """

    def __init__(
        self,
        machines: tuple[Machine, ...],
        must: dict[int, tuple[int, ...]],
        horizon: int,
        out_of_time: Callable[[], bool],
    ) -> None:
        self.machines = machines
        self.must = must
        self.forced = sorted(must)
        self.none = (0,) * len(machines)
        self.usual = tuple((machine.usual,) for machine in machines)
        self.horizon = horizon
        self.out_of_time = out_of_time
        self.never: set[tuple[int, int, tuple[int, ...]]] = set()
        self.effort = EFFORT

    def follow(self, last: int, states: tuple[int, ...], day: int) -> tuple[int, ...] | None:
        """The states after one more trip."""
        then: list[int] = []
        must = self.must.get(day, self.none)
        for place, machine in enumerate(self.machines):
            after, _ = machine.step(states[place], day - last, self.usual[place], False, must[place], 0)
            if after == DEAD:
                return None
            then.append(after)
        return tuple(then)

    def possible(self, last: int, states: tuple[int, ...], windows: Sequence[Sequence[int]]) -> bool:
        """Whether trips in these windows, one in each, can do."""
        left, trips = self.horizon - last, len(windows)
        must_by = next((day for day in self.forced if day > last), self.horizon)
        reach = self.horizon
        for machine, state in zip(self.machines, states, strict=True):
            far = machine.reach(state)
            if far + trips * machine.largest < left:
                return False
            reach = min(reach, last + far)
        if must_by == self.horizon and reach >= self.horizon:
            return True
        if not trips or (trips, last, states) in self.never:
            return False
        for day in reversed(windows[0]):
            if day > min(reach, must_by):
                continue
            if day <= last:
                break
            self.effort -= 1
            if self.out_of_time():
                raise OutOfBudgetError
            then = self.follow(last, states, day)
            if self.effort < 0 or (then is not None and self.possible(day, then, windows[1:])):
                return True
        self.never.add((trips, last, states))
        return False
