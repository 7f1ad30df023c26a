"""The keys of a programme file. A key that is left out has the default that stands here."""

from __future__ import annotations

from collections import Counter
from datetime import date, time
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pickupday.drugs import Kind
from pickupday.problem import OBJECTIVE, Cycle, EveryDays, MonthlyOnDay, NthWeekday
from pickupday.rules import ControlledPolicy
from service.programmes.candidates import CandidatesTable
from service.programmes.opening import Closure, HolidaysTable, HoursTable, OpeningHours
from service.programmes.payers import Payer
from service.programmes.values import Count, Days, Language, Share, Shares, Table, Weekday, Words, ZoneName


class EveryDaysTable(Table):
    """A cycle of a fixed number of days."""

    every_days: Annotated[int, Field(strict=True, ge=7, le=366)]

    def cycle(self) -> Cycle:
        """As the planner knows it."""
        return EveryDays(self.every_days)


class MonthlyOnDayTable(Table):
    """The same date every month; 31 = the last day."""

    monthly_on_day: Annotated[int, Field(strict=True, ge=1, le=31)]

    def cycle(self) -> Cycle:
        """As the planner knows it."""
        return MonthlyOnDay(self.monthly_on_day)


class NthWeekdayTable(Table):
    """The nth weekday of the month; -1 = the last; Monday = 0."""

    nth_weekday: tuple[Literal[1, 2, 3, 4, -1], Weekday]

    def cycle(self) -> Cycle:
        """As the planner knows it."""
        return NthWeekday(*self.nth_weekday)


class UpToAuthorized(Table):
    """`up_to_authorized`: the law that lets a pharmacist hand out more at once, up to all that is authorized."""

    citation: Words


class ClaimHints(Table):
    """`claim_hints`: NCPDP submission clarification codes (field 420-DK) for synchronized fills."""

    short_fill: Annotated[int, Field(strict=True, ge=1, le=99)] = 47
    short_fill_where_taken: Annotated[int, Field(strict=True, ge=1, le=99)] = 61
    next_fill: Annotated[int, Field(strict=True, ge=1, le=99)] = 48


class PharmacyTable(Table):
    """`[pharmacy]`: who it is, how it takes part (reads FHIR, gets printed lists, or faxes), and how one opts in."""

    name: Words | None = None
    phone: Words | None = None
    fax: Words | None = None
    takes_part: Literal["fhir", "print", "fax"] = "print"
    opt_in: Words | None = None


class ProgrammeFile(Table):
    """The keys of a programme file."""

    name: Words
    description: str = ""
    cycles: tuple[EveryDaysTable | MonthlyOnDayTable | NthWeekdayTable, ...] = Field(
        (EveryDaysTable(every_days=28),), min_length=1
    )
    state: Literal["NY", "TX", "PA", "OK", "ME", "NM"] | None = None
    payer: str | None = None
    payers: tuple[Payer, ...] = ()
    open_weekdays: frozenset[Weekday] = Field(frozenset(range(6)), min_length=1)
    opens: time = time(9)
    closes: time = time(18)
    hours: HoursTable | None = None
    closed_dates: frozenset[date] = frozenset()
    closures: tuple[Closure, ...] = ()
    holidays: HolidaysTable | None = None
    timezone: ZoneName | None = None
    prep_lead_days: Days = 2
    call_lead_days: Days = 7
    call_again_days: tuple[Days, ...] = (3, 1)
    individual_refill_days: Days = 2
    renewal_lead_days: Days = 14
    horizon_days: Annotated[int, Field(strict=True, ge=28, le=400)] = 180
    objective: tuple[str, ...] = OBJECTIVE
    refill_too_soon: Share = Fraction(3, 4)
    refill_too_soon_by_schedule: Shares = Field(default_factory=dict)
    sync_overrides: Annotated[int, Field(strict=True, ge=0, le=12)] = 0
    short_fill_kinds: frozenset[Kind] = frozenset({Kind.SOLID_ORAL})
    short_fills_a_year: Count | None = None
    controlled: ControlledPolicy = ControlledPolicy.USUAL_FILLS
    up_to_authorized: UpToAuthorized | None = None
    daily_capacity: Annotated[int | None, Field(ge=1)] = None
    claim_hints: ClaimHints = ClaimHints()
    candidates: CandidatesTable = CandidatesTable()
    consent: dict[Language, Words] = Field(default_factory=dict)
    pharmacy: PharmacyTable = PharmacyTable()

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        given = self.model_fields_set
        if self.opens >= self.closes:
            raise ValueError("opens must be earlier than closes")
        if self.hours is not None and (twice := given & {"open_weekdays", "opens", "closes"}):
            raise ValueError(f"[hours] says all about the opening hours: leave out {', '.join(sorted(twice))}")
        if self.hours is not None and not self.hours.by_weekday():
            raise ValueError("[hours] names no day on which the pharmacy is open")
        if sorted(self.objective) != sorted(OBJECTIVE):
            raise ValueError(f"objective must name each of {', '.join(OBJECTIVE)} once")
        keys = [payer.key for payer in self.payers]
        if repeated := [key for key, times in Counter(keys).items() if times > 1]:
            raise ValueError(f"payers: {repeated[0]!r} stands twice")
        if self.payer is not None and self.payer not in keys:
            raise ValueError(f"payer {self.payer!r} is not among [[payers]]: {', '.join(keys) or 'there are none'}")
        if "call_again_days" in given and not all(day < self.call_lead_days for day in self.call_again_days):
            raise ValueError("call_again_days must be fewer days before the pickup than call_lead_days")
        return self

    def opening_hours(self) -> OpeningHours:
        """The hours of each weekday, from `[hours]` or from `open_weekdays`, `opens` and `closes`."""
        if self.hours is not None:
            return OpeningHours(self.hours.by_weekday())
        return OpeningHours(dict.fromkeys(sorted(self.open_weekdays), ((self.opens, self.closes),)))

    def further_calls(self) -> tuple[int, ...]:
        """Days before a pickup on which it is tried again to reach the patient, the earliest first."""
        return tuple(sorted((day for day in self.call_again_days if day < self.call_lead_days), reverse=True))

    def closed(self) -> frozenset[date]:
        """Every closed date: single ones, closures and public holidays."""
        shut = set(self.closed_dates)
        for closure in self.closures:
            shut |= closure.days()
        return frozenset(shut | (self.holidays.days() if self.holidays is not None else frozenset()))
