"""The only place of the application that reads the clock; everything else is given a date or an instant."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo


def today_in(zone: ZoneInfo) -> date:
    """The local date in the zone, now."""
    return datetime.now(zone).date()


def now() -> datetime:
    """The instant, in UTC."""
    return datetime.now(UTC)


def stopwatch() -> float:
    """Seconds of a clock that never jumps; only differences mean something."""
    return time.monotonic()


def machine_zone(localtime: Path = Path("/etc/localtime")) -> ZoneInfo:
    """The zone this machine is set to: TZ, else what /etc/localtime points at, else UTC.

    A named zone and not today's offset: a plan crosses the change to and from summer time.
    """
    candidates = (os.environ.get("TZ", "").removeprefix(":"), str(localtime.resolve()).rpartition("zoneinfo/")[2])
    for name in candidates:
        with suppress(KeyError, ValueError, OSError):  # unknown, absolute, or a rule like EST5EDT,M3.2.0
            if name:
                return ZoneInfo(name)
    return ZoneInfo("UTC")
