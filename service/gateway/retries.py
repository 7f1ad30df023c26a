"""How often and how long one request is tried again: a few times, with growing pauses, within a budget of seconds.

Whether it may be sent again at all is not decided here but where the fault is known (`faults`, `refusals`).
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import datetime

from service import clock
from service.config import Settings


class Time:
    """Time as the wire knows it. A test puts its own in this place and never waits."""

    def now(self) -> datetime:
        """The instant, in UTC; Retry-After may be a date."""
        return clock.now()

    def stopwatch(self) -> float:
        """Seconds; only differences mean something."""
        return clock.stopwatch()

    async def sleep(self, seconds: float) -> None:
        """Let the seconds pass."""
        await asyncio.sleep(seconds)

    def chance(self) -> float:
        """A number from 0 up to 1: requests that failed together shall not come back together."""
        return random.random()  # noqa: S311 - nothing secret hangs on it


@dataclass(slots=True)
class Retries:
    """The sendings of one request, counted."""

    settings: Settings
    time: Time
    sent: int = 0
    began: float = field(init=False)

    def begin(self) -> int:
        """Count one more sending; returns which one it is. Seconds run from the first."""
        if self.sent == 0:
            self.began = self.time.stopwatch()
        self.sent += 1
        return self.sent

    def pause(self, asked: float | None) -> float | None:
        """Seconds to wait before the next sending; None where it is given up.

        The pause doubles each time, and half of it is left to chance. A server that asks to wait (Retry-After) is never
        asked earlier: where it wants more than the setting or the budget allows, it is not asked again at all.
        """
        limits = self.settings
        if self.sent >= limits.max_attempts or (asked or 0) > limits.max_retry_after_seconds:
            return None
        half = limits.retry_pause_seconds * 2 ** (self.sent - 1) / 2
        pause = (asked or half) + half * self.time.chance()
        spent = self.time.stopwatch() - self.began
        return pause if spent + pause <= limits.retry_seconds else None
