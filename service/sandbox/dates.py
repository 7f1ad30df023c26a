"""FHIR dates as stretches of time: "2026-11" is a whole month, an instant is one millisecond.

Stretches are half-open, in milliseconds since 1970 UTC. Where no offset is given it is UTC. A search for days compares
with the date that a resource shows, whatever its offset: half past eleven at night in Albany is still that day.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import NamedTuple

_FORM = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<clock>\d\d:\d\d)(?::(?P<second>\d\d)(?P<fraction>\.\d{1,9})?)?(?P<offset>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
BEGINNING, END = -(2**62), 2**62  # of an open Period


class Stretch(NamedTuple):
    """Half-open: from `low` up to, not including, `high`."""

    low: int
    high: int


def as_shown(text: str) -> Stretch:
    """What is covered if the offset is disregarded: for comparison with whole days. Raises ValueError."""
    return stretch(text, offset=UTC)


def stretch(text: str, offset: timezone | None = None) -> Stretch:
    """What a date, dateTime or instant covers at the precision it is written in. Raises ValueError.

    `offset` is used in place of the one that is written there.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError(f"{text!r} is no FHIR date")
    year, month, day = (int(form[name]) if form[name] else None for name in ("year", "month", "day"))
    assert year is not None
    first = date(year, month or 1, day or 1)
    if form["clock"] is None:
        after = (
            first + timedelta(days=1)
            if day
            else _month_after(first)
            if month
            else _month_after(first.replace(month=12))
        )
        return Stretch(_milliseconds(first), _milliseconds(after))
    hour, minute = int(form["clock"][:2]), int(form["clock"][3:])
    fraction = int((form["fraction"] or ".0")[1:4].ljust(3, "0"))
    instant = datetime(
        year,
        first.month,
        first.day,
        hour,
        minute,
        int(form["second"] or 0),
        fraction * 1000,
        tzinfo=offset or _zone(form["offset"]),
    )
    length = 60_000 if form["second"] is None else 1000 if form["fraction"] is None else 1
    low = (instant - _EPOCH) // _MILLISECOND
    return Stretch(low, low + length)


def _month_after(first: date) -> date:
    return (first.replace(day=1) + timedelta(days=32)).replace(day=1)


def _milliseconds(day: date) -> int:
    return (day - _EPOCH.date()) // _MILLISECOND


def _zone(offset: str | None) -> timezone:
    if offset in (None, "Z"):
        return UTC
    assert offset is not None
    sign = -1 if offset[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:])))
