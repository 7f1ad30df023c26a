"""Proportion of days covered, as the CMS Star Ratings technical notes: per ingredient, hospital days left out.

Overlapping supply of the same ingredient shifts forward, hospital days leave numerator and denominator, and a value is
given from two fills on different days and 91 days on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from pickupday.history import InpatientStay
from pickupday.review.ongoing import NotPlanned, OngoingTherapy
from pickupday.review.siblings import are_same_substance
from pickupday.review.supply import JudgedFill

OBSERVED_DAYS = 365
ADHERENT = Fraction(4, 5)
_FEWEST_FILLS = 2
_FEWEST_DAYS = 91
_NOT_TAKEN_DAILY = frozenset({"as-needed", "acute-course", "bounded-course", "dose-varies"})


@dataclass(frozen=True, slots=True)
class Pdc:
    """Proportion of days covered of one therapy; `value` is None with a `reason` where it may not be computed."""

    therapy: str
    covered_days: int
    days: int
    value: Fraction | None
    reason: str | None

    @property
    def adherent(self) -> bool | None:
        """Whether it reaches 0.80."""
        return None if self.value is None else self.value >= ADHERENT


def supplies_of(
    therapy: OngoingTherapy, therapies: Sequence[OngoingTherapy], left_out: Sequence[NotPlanned]
) -> tuple[JudgedFill, ...]:
    """All fills of the therapy's ingredient by date: its own, of other strengths, replaced ones, and elsewhere."""
    others: list[JudgedFill] = []
    for one in therapies:
        if one.id != therapy.id and are_same_substance(one.drug, therapy.drug):
            others += one.fills
    for line in left_out:
        if line.drug is not None and line.code not in _NOT_TAKEN_DAILY and are_same_substance(line.drug, therapy.drug):
            others += line.fills
    return tuple(sorted((*therapy.fills, *others), key=lambda fill: (fill.on, fill.dispense.key)))


def adherence(therapy: str, supplies: Sequence[JudgedFill], stays: Sequence[InpatientStay], today: date) -> Pdc:
    """PDC over the past year: from the first fill in it to yesterday, fills before it not counted (CMS)."""
    start = today - timedelta(days=OBSERVED_DAYS)
    fills = [fill for fill in supplies if start <= fill.on < today]
    if len({fill.on for fill in fills}) < _FEWEST_FILLS:
        return Pdc(therapy, 0, 0, None, "fewer than two fills on different days in the past year")
    begins = fills[0].on
    away = days_away(stays, begins, today)
    days = (today - begins).days - len(away)
    covered = covered_days(((fill.on, fill.days) for fill in fills), begins, today, away)
    if (today - begins).days < _FEWEST_DAYS:
        return Pdc(therapy, covered, days, None, "the first fill is less than 91 days ago")
    if not days:
        return Pdc(therapy, covered, days, None, "all days were spent in hospital")
    return Pdc(therapy, covered, days, Fraction(covered, days), None)


def days_away(stays: Iterable[InpatientStay], start: date, end: date) -> frozenset[date]:
    """Hospital days in [start, end); both days of a stay belong to it, one without an end goes on."""
    return frozenset(
        stay.start + timedelta(days=day)
        for stay in stays
        for day in range(((stay.end or end) - stay.start).days + 1)
        if start <= stay.start + timedelta(days=day) < end
    )


def covered_days(
    supplies: Iterable[tuple[date, int]], start: date, end: date, away: frozenset[date] = frozenset()
) -> int:
    """Days in [start, end) covered by (date handed over, days' supply) pairs, each used when the one before has ended.

    Supply from before `start` carries into the window. On days `away` nothing is used and nothing counted.
    """
    fills = sorted(supplies)
    if away:
        return sum(covered for day, covered in _day_by_day(fills, end, away) if day >= start)
    begins = max(start, fills[0][0]) if fills else end
    bare = sum(max(0, (stop - max(since, begins)).days) for since, stop, _ in _bare_ranges(fills, end))
    return max(0, (end - begins).days) - bare


@dataclass(frozen=True, slots=True)
class Spell:
    """Successive days without supply: from `start` to the refill on `refilled`, None where there was none."""

    start: date
    days: int  # hospital days not counted
    refilled: date | None


def spells_without(
    supplies: Iterable[tuple[date, int]], start: date, end: date, away: frozenset[date] = frozenset()
) -> tuple[Spell, ...]:
    """The spells without supply after the first fill that are refilled after `start`, or still last at `end`."""
    fills = sorted(supplies)
    if not away:
        ranges = _bare_ranges(fills, end)
        return tuple(Spell(since, (stop - since).days, on) for since, stop, on in ranges if on is None or on > start)
    spells: list[Spell] = []
    bare: list[date] = []
    for day, covered in _day_by_day(fills, end, away):
        if not covered:
            bare.append(day)
        elif bare:
            if day > start:
                spells.append(Spell(bare[0], len(bare), day))
            bare = []
    if bare:
        spells.append(Spell(bare[0], len(bare), None))
    return tuple(spells)


def _bare_ranges(fills: Sequence[tuple[date, int]], end: date) -> list[tuple[date, date, date | None]]:
    """The half-open ranges before `end` without supply after the first fill, with the refill that ends each, if any."""
    ranges: list[tuple[date, date, date | None]] = []
    if not fills:
        return ranges
    until = fills[0][0]
    for on, days in fills:
        if on >= end:
            break
        if not days:
            continue
        if on > until:
            ranges.append((until, on, on))
        until = max(until, on) + timedelta(days=days)
    if until < end:
        ranges.append((until, end, None))
    return ranges


def _day_by_day(fills: Sequence[tuple[date, int]], end: date, away: frozenset[date]) -> Iterator[tuple[date, bool]]:
    """Each day from the first fill until `end` that is not spent `away`, with whether there was supply."""
    stock = 0
    pending = list(reversed(fills))
    day = pending[-1][0] if pending else end
    while day < end:
        while pending and pending[-1][0] <= day:
            stock += pending.pop()[1]
        if day not in away:
            yield day, stock > 0
            stock -= stock > 0
        day += timedelta(days=1)
