"""The planning problem, free of any chart: which therapies, which programme, which wishes, which day is today.

These are the values of `pickupday solve PROBLEM.json`; `problem_format.py` reads them from JSON.
Days and dates are the pharmacy's local calendar days; weekdays count from Monday = 0; amounts are exact fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

OBJECTIVE = (
    "gap_days",
    "trips",
    "off_grid_fills",
    "sync_overrides",
    "preference",
    "odd_fills",
    "days_to_first",
    "leftover_days",
)


@dataclass(frozen=True, slots=True)
class EveryDays:
    """A cycle of a fixed number of days: 28, 30, 84, 90."""

    every_days: int


@dataclass(frozen=True, slots=True)
class MonthlyOnDay:
    """The same date every month; 31 = the last day of the month."""

    monthly_on_day: int


@dataclass(frozen=True, slots=True)
class NthWeekday:
    """The nth (1-4, -1 = last) given weekday of every month."""

    nth: int
    weekday: int


Cycle = EveryDays | MonthlyOnDay | NthWeekday


@dataclass(frozen=True, slots=True)
class Programme:
    """How a pharmacy runs synchronization, as far as the search needs it."""

    cycles: tuple[Cycle, ...]
    open_weekdays: frozenset[int] = frozenset(range(7))
    closed_dates: frozenset[date] = frozenset()
    prep_lead_days: int = 2
    call_lead_days: int = 7
    renewal_lead_days: int = 14
    objective: tuple[str, ...] = OBJECTIVE


@dataclass(frozen=True, slots=True)
class Vacation:
    """Days on which the patient cannot come, both inclusive."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class ConfirmedPickup:
    """A pickup already promised: these therapies have a fill on that date."""

    date: date
    therapies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the patient wants. Empty `weekdays` = any."""

    weekdays: frozenset[int] = frozenset()
    avoid_dates: frozenset[date] = frozenset()
    first_pickup: date | None = None
    excluded: frozenset[str] = frozenset()
    vacations: tuple[Vacation, ...] = ()
    confirmed: tuple[ConfirmedPickup, ...] = ()


@dataclass(frozen=True, slots=True)
class PrescriptionSupply:
    """What one prescription still authorizes: units left, until `expires` inclusive. None = unknown."""

    units: Fraction | None
    expires: date | None


@dataclass(frozen=True, slots=True)
class Therapy:
    """One ongoing medicine as the search sees it.

    `run_out` is the first day with no supply, `earliest` the first day on which the payer takes the next claim. A fill
    of s days is allowed for 1 <= s <= max_days (s = usual_days always), s x units_per_day a multiple of
    dispensable_unit, and below usual_days only where short_fill_allowed (at most short_fills_left times, None = any
    number of times).
    """

    id: str
    run_out: date
    earliest: date
    usual_days: int
    max_days: int
    units_per_day: Fraction
    dispensable_unit: Fraction
    short_fill_allowed: bool
    short_fills_left: int | None = None
    refill_too_soon: Fraction = Fraction(3, 4)
    sync_overrides_left: int = 0
    controlled: bool = False
    pharmacy: str | None = None
    prescriptions: tuple[PrescriptionSupply, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that decides a plan. The same problem, therapies in any order, has the same plan."""

    today: date
    horizon_days: int
    programme: Programme
    preferences: Preferences
    therapies: tuple[Therapy, ...]
