"""The supply timeline of one medicine: each fill begins to be used when the one before it ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from math import floor

from pickupday.history import Dispense, Quantity


@dataclass(frozen=True, slots=True)
class JudgedFill:
    """A dispense that counts, with its judged days' supply and the days it covers (`covers_to` = the first not)."""

    dispense: Dispense
    on: date
    days: int
    days_source: str
    units: Quantity | None
    covers_from: date
    covers_to: date
    prescription: str | None


@dataclass(frozen=True, slots=True)
class DoseChange:
    """From `on` the units at hand last `ratio` times as long (old daily use / new daily use)."""

    on: date
    ratio: Fraction


def lay_out(fills: Iterable[JudgedFill], changes: Sequence[DoseChange] = ()) -> tuple[JudgedFill, ...]:
    """Lay fills one after the other by date handed over, same-day fills adding up, and divide stock by each new dose.

    What `covers_from` and `covers_to` of the given fills are does not matter. The run-out date is the last `covers_to`.
    """
    laid: list[JudgedFill] = []
    pending = sorted(changes, key=lambda change: change.on)
    for fill in sorted(fills, key=lambda one: (one.on, one.dispense.key)):
        while pending and pending[0].on <= fill.on:
            laid = _rescale(laid, pending.pop(0))
        begins = max(laid[-1].covers_to, fill.on) if laid else fill.on
        laid.append(replace(fill, covers_from=begins, covers_to=begins + timedelta(days=fill.days)))
    for change in pending:
        laid = _rescale(laid, change)
    return tuple(laid)


def _rescale(laid: list[JudgedFill], change: DoseChange) -> list[JudgedFill]:
    """Stretch or shrink what is at hand on the day of the change: floor(days x old daily use / new daily use)."""

    def moved(day: date) -> date:
        beyond = (day - change.on).days
        return day if beyond <= 0 else change.on + timedelta(days=floor(beyond * change.ratio))

    return [replace(fill, covers_from=moved(fill.covers_from), covers_to=moved(fill.covers_to)) for fill in laid]


def lay_out_from_count(told_on: date, units: Fraction, daily_use: Fraction, fills: Iterable[JudgedFill]) -> date:
    """The first day without supply by a count: floor(units / daily use) days from that day, then the fills after it."""
    run_out = told_on + timedelta(days=floor(units / daily_use))
    for fill in sorted(fills, key=lambda one: (one.on, one.dispense.key)):
        if fill.on > told_on:
            run_out = max(run_out, fill.on) + timedelta(days=fill.days)
    return run_out


def days_without_supply(fills: Sequence[JudgedFill], start: date, end: date) -> int:
    """Days in [start, end) from the first fill on that no fill covers; `fills` as laid out."""
    if not fills:
        return 0
    begins = max(start, fills[0].covers_from)
    covered = sum(max(0, (min(fill.covers_to, end) - max(fill.covers_from, begins)).days) for fill in fills)
    return max(0, (end - begins).days) - covered
