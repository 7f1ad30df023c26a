"""How few trips can do: the same states without any cost, to tell early that a sequence of dates leads nowhere."""

from __future__ import annotations

from collections.abc import Callable

from pickupday.search.budget import OutOfBudgetError
from pickupday.search.machine import DEAD, Machine

EFFORT = 20_000


class FewestTrips:
    """Answers, for all first dates alike, whether so many trips can still do. Never says no without a proof.

    `effort` limits the steps of all answers together; when it is used up everything counts as possible.
    """

    def __init__(
        self,
        machines: tuple[Machine, ...],
        open_days: tuple[int, ...],
        must: dict[int, tuple[int, ...]],
        horizon: int,
        out_of_time: Callable[[], bool],
    ) -> None:
        self.machines = machines
        self.days = open_days
        self.must = must
        self.forced = sorted(must)
        self.none = (0,) * len(machines)
        self.usual = tuple((machine.usual,) for machine in machines)
        self.horizon = horizon
        self.out_of_time = out_of_time
        self.known: dict[tuple[int, tuple[int, ...]], tuple[int, int]] = {}
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

    def possible(self, last: int, states: tuple[int, ...], trips: int) -> bool:
        """Whether at most so many more trips can do."""
        left = self.horizon - last
        must_by = next((day for day in self.forced if day > last), self.horizon)
        reach = self.horizon
        for machine, state in zip(self.machines, states, strict=True):
            far = machine.reach(state)
            if far + trips * machine.largest < left:
                return False
            reach = min(reach, last + far)
        if must_by == self.horizon and reach >= self.horizon:
            return True
        if not trips:
            return False
        key = (last, states)
        never, enough = self.known.get(key, (-1, 1 << 20))
        if trips <= never:
            return False
        if trips >= enough:
            return True
        for day in reversed(self.days):
            if day > min(reach, must_by):
                continue
            if day <= last:
                break
            self.effort -= 1
            if self.out_of_time():
                raise OutOfBudgetError
            if self.effort < 0:
                return True
            then = self.follow(last, states, day)
            if then is not None and self.possible(day, then, trips - 1):
                if self.effort >= 0:
                    self.known[key] = (never, min(enough, trips))
                return True
        self.known[key] = (max(never, trips), enough)
        return False
