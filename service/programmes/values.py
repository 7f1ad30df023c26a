"""The kinds of values that programme files and rule packs are written in, each with what is allowed."""

from __future__ import annotations

from datetime import time
from fractions import Fraction
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from pickupday.drugs import Schedule

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Table(BaseModel):
    """A table of a file: an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _share(value: object) -> Fraction:
    if isinstance(value, str | int | float | Fraction) and not isinstance(value, bool):
        try:
            share = Fraction(str(value).strip())
        except (ValueError, ZeroDivisionError):
            share = Fraction(-1)
        if 0 <= share <= 1:
            return share
    raise ValueError('a share of the last fill, between 0 and 1, such as "0.75"')


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("not a time zone of the IANA database, such as America/New_York") from None
    return name


def _language(code: str) -> str:
    parts = code.split("-")
    if not all(part.isalnum() and part.isascii() for part in parts) or not 2 <= len(parts[0]) <= 3:
        raise ValueError("a language code (BCP 47), such as en or es-MX")
    return code


Days = Annotated[int, Field(strict=True, ge=0, le=366)]
Count = Annotated[int, Field(strict=True, ge=0, le=366)]
Weekday = Annotated[int, Field(strict=True, ge=0, le=6)]
Share = Annotated[
    Fraction, BeforeValidator(_share), WithJsonSchema({"type": ["string", "number"], "description": "0 to 1"})
]
Shares = dict[Schedule, Share]
ZoneName = Annotated[str, AfterValidator(_known_zone)]
Language = Annotated[str, AfterValidator(_language)]
Words = Annotated[str, Field(min_length=1, max_length=2_000)]


def read_spans(text: str) -> tuple[tuple[time, time], ...]:
    """The times of one day as written: "09:00-12:30, 13:30-18:00"; each span after the one before.

    Raises ValueError with what is allowed.
    """
    spans: list[tuple[time, time]] = []
    for part in text.split(","):
        begins, dash, ends = part.strip().partition("-")
        try:
            span = (time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip()))
        except ValueError:
            span = (time.max, time.min)
        if not dash or span[0] >= span[1] or (spans and spans[-1][1] >= span[0]):
            raise ValueError('opening hours as "09:00-18:00" or "09:00-12:30, 13:30-18:00", one after the other')
        spans.append(span)
    return tuple(spans)
