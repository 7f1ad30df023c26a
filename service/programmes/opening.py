"""When a pharmacy is open: hours of each weekday, closures, public holidays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Annotated, Self

import holidays
from pydantic import AfterValidator, Field, model_validator

from service.programmes.values import WEEKDAYS, Table, Weekday, Words, read_spans

HOLIDAY_YEARS = range(2005, 2046)
"""The years whose public holidays are known; a plan never looks further than 400 days ahead."""

Spans = tuple[tuple[time, time], ...]


def _spans(text: str) -> str:
    read_spans(text)
    return text


DayHours = Annotated[str, AfterValidator(_spans)]


class HoursTable(Table):
    """`[hours]`: the hours of each weekday; a day that is not named is closed."""

    mon: DayHours | None = None
    tue: DayHours | None = None
    wed: DayHours | None = None
    thu: DayHours | None = None
    fri: DayHours | None = None
    sat: DayHours | None = None
    sun: DayHours | None = None

    def by_weekday(self) -> dict[int, Spans]:
        """Monday = 0; closed days are absent."""
        named = {number: getattr(self, day) for number, day in enumerate(WEEKDAYS)}
        return {number: read_spans(text) for number, text in named.items() if text is not None}


class Closure(Table):
    """`[[closures]]`: days on which the pharmacy is closed, both inclusive."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    why: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("`to` is before `from`")
        if (self.last - self.first).days > 366:
            raise ValueError("a closure of more than a year")
        return self

    def days(self) -> frozenset[date]:
        """Every day of the closure."""
        return frozenset(self.first + timedelta(days=day) for day in range((self.last - self.first).days + 1))


class HolidaysTable(Table):
    """`[holidays]`: closed on the public holidays of a country (ISO 3166), but for those that are named."""

    country: Words
    subdivision: str | None = None
    open_on: frozenset[str] = frozenset()

    @model_validator(mode="after")
    def _exists(self) -> Self:
        names = {name for listed in _public(self.country, self.subdivision).values() for name in listed.split("; ")}
        unknown = sorted(self.open_on - names)
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no public holiday there; these are: {', '.join(sorted(names))}")
        return self

    def days(self) -> frozenset[date]:
        """The days on which the pharmacy is closed for them; one that is moved is the same holiday."""
        kept = {name.removesuffix(" (observed)") for name in self.open_on}
        return frozenset(
            day
            for day, listed in _public(self.country, self.subdivision).items()
            if not {name.removesuffix(" (observed)") for name in listed.split("; ")} <= kept
        )


@lru_cache(maxsize=64)
def _public(country: str, subdivision: str | None) -> Mapping[date, str]:
    try:
        return dict(holidays.country_holidays(country, subdiv=subdivision, years=HOLIDAY_YEARS, language="en_US"))
    except NotImplementedError as error:
        raise ValueError(str(error)) from None


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """The local hours of each weekday (Monday = 0; absent = closed), without closures and holidays."""

    by_weekday: Mapping[int, Spans]

    @property
    def weekdays(self) -> frozenset[Weekday]:
        """The weekdays on which it opens."""
        return frozenset(self.by_weekday)

    def on(self, day: date) -> Spans:
        """The hours of one day; empty where it is closed on that weekday."""
        return self.on_weekday(day.weekday())

    def on_weekday(self, weekday: int) -> Spans:
        """The hours of one weekday (Monday = 0); empty where it is closed."""
        return self.by_weekday.get(weekday, ())

    @property
    def opens(self) -> time:
        """The earliest time at which it is open on every one of its days."""
        return max(spans[0][0] for spans in self.by_weekday.values())

    @property
    def closes(self) -> time:
        """The time until which it stays open from `opens` on, on every one of its days (breaks are not counted)."""
        opens = self.opens
        after = [next((end for _, end in spans if end > opens), spans[-1][1]) for spans in self.by_weekday.values()]
        return min(after)
