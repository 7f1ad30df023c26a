"""The sandbox's own clock: the only place of it that knows what time it is."""

from __future__ import annotations

from datetime import UTC, date, datetime


def now() -> datetime:
    """The instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The date on this machine's calendar: what {{today}} means in a chart when nobody says otherwise."""
    return now().astimezone().date()
