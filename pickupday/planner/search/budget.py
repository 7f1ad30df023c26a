"""The search budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

LAST_SHARE = 0.1


class OutOfBudgetError(Exception):
    """The search budget ended before the proof was complete."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When the search has to end, and when even plans without proof are no longer made one by one."""

    out_of_time: Callable[[], bool]
    too_late: Callable[[], bool]

    @classmethod
    def within(cls, seconds: float, now: Callable[[], float]) -> Limits:
        """So many seconds from now on the search, and a tenth of them more."""
        until = now() + seconds
        return cls(lambda: now() >= until, lambda: now() >= until + LAST_SHARE * seconds)
