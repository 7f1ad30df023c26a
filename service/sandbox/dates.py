"""FHIR dates as stretches of time: "2026-11" is a whole month, an instant is one millisecond.

Stretches are half-open, in milliseconds since 1970 UTC. Where no offset is given it is UTC. A search for days compares
with the date that a resource shows, whatever its offset: half past eleven at night in Albany is still that day.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

_FORM = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<clock>\d\d:\d\d)(?::(?P<second>\d\d)(?P<fraction>\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SECOND, _MINUTE, _DAY = 1_000, 60_000, 86_400_000
BEGINNING, END = -(2**62), 2**62  # of an open Period


class Stretch(NamedTuple):
    """Half-open: from `low` up to, not including, `high`."""

    low: int
    high: int


def as_shown(text: str) -> Stretch:
    """What is covered if the offset is disregarded: for comparison with whole days. Raises ValueError."""
    return stretch(text, shown=True)


def stretch(text: str, *, shown: bool = False) -> Stretch:
    """What a date, dateTime or instant covers at the precision it is written in. Raises ValueError."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError(f"{text!r} is no FHIR date")
    if form["clock"] is None:
        first = date(int(form["year"]), int(form["month"] or 1), int(form["day"] or 1))
        last = first if form["month"] else first.replace(month=12)
        last = last if form["day"] else last.replace(day=monthrange(last.year, last.month)[1])
        return Stretch(_milliseconds(first), _milliseconds(last) + _DAY)
    instant = datetime.fromisoformat(text)
    if shown or instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    low = (instant - _EPOCH) // _MILLISECOND
    return Stretch(low, low + (_MINUTE if form["second"] is None else _SECOND if form["fraction"] is None else 1))


def _milliseconds(day: date) -> int:
    return (day - _EPOCH.date()) // _MILLISECOND
