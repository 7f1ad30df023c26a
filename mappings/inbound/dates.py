"""Instants and dates of a chart as days of the pharmacy's local calendar.

An instant becomes the local date in the pharmacy's zone; a date stays. A partial date ("2013-05") is no date: it is
named and left out, never completed.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from mappings.inbound.reading import Reading
from pickupday.findings import Severity

FIRST_YEAR, LAST_YEAR = 1850, 2200  # what lies outside is a typing error, not a day in a patient's life

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_PARTIAL = re.compile(r"\d{4}(-\d\d)?")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?")


def local_date(text: str | None, reading: Reading, resource: str, path: str) -> date | None:
    """The local day that `text` means, None where it means none; why not is noted at `path`."""
    if text is None:
        return None
    day, problem = _read(text, reading.zone)
    if problem is None:
        return day
    code, sentence = problem
    severity = Severity.WARNING if day else Severity.ERROR
    reading.note(code, severity, sentence, resource=resource, path=path, missing=day is None)
    return day


@lru_cache(maxsize=16_384)
def _read(text: str, zone: ZoneInfo) -> tuple[date | None, tuple[str, str] | None]:
    instant = None
    shown = text if len(text) <= 40 and text.isprintable() else "this value"
    try:
        if len(text) == 10 and _DATE.fullmatch(text):
            day = date.fromisoformat(text)
        elif instant := _INSTANT.fullmatch(text):
            day = _day_of_instant(instant, zone)
        elif _PARTIAL.fullmatch(text):
            return None, ("partial-date", f"{shown} is only part of a date; the day is missing.")
        else:
            return None, ("malformed-date", f"{shown} is no FHIR date.")
    except (ValueError, OverflowError):
        return None, ("impossible-date", f"{shown} is a day or time that does not exist.")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return None, ("impossible-date", f"{shown} lies outside the years {FIRST_YEAR} to {LAST_YEAR}.")
    if instant and instant[4] is None:
        return day, ("no-time-zone", f"{shown} has a time but no offset; its date is taken as local.")
    return day, None


def _day_of_instant(instant: re.Match[str], zone: ZoneInfo) -> date:
    day, minutes, seconds, offset = instant.groups()
    seconds = "59" if seconds == "60" else seconds or "00"  # a leap second is still the same day
    moment = datetime.fromisoformat(f"{day}T{minutes}:{seconds}{offset or ''}")
    return moment.astimezone(zone).date() if offset else moment.date()
