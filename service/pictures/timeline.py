"""The supply timeline: a row per medicine, what was filled and missing, today, then the plan, or what comes without it.

Places are per cent of the width, so that the same drawing fits a side panel and a wide screen without scaled letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from pickupday.history import Quantity
from pickupday.plan import Fill, FillKind, Plan
from pickupday.planner.comparisons import unsynchronized_refills
from pickupday.planner.grid import lay_out
from pickupday.problem import Problem
from pickupday.proposal import Proposal
from pickupday.review.therapies import OngoingTherapy
from pickupday.wording import say_amount, say_count

PAST_DAYS = 90
Range = tuple[date, date]
"""Half-open: the first day, and the first day no more."""


class MarkKind(StrEnum):
    """What a mark on a row stands for; each has a shape of its own."""

    FILLED = "filled"  # a dispense of the past
    PICKUP = "pickup"  # a planned fill on a pickup day
    SHORT = "short"  # a planned short fill on a pickup day
    BRIDGE = "bridge"  # a planned fill on a bridge trip
    ALONE = "alone"  # a refill of this medicine by itself, were nothing synchronized


@dataclass(frozen=True, slots=True)
class Mark:
    """One fill: `facts` are its day, amount and days, `why` the reasons of a planned one."""

    day: date
    at: float
    kind: MarkKind
    facts: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on end with supply, or without."""

    at: float
    width: float
    supplied: bool
    planned: bool
    facts: str


@dataclass(frozen=True, slots=True)
class Row:
    """One medicine. `facts` is the row in one sentence, for those who do not see it."""

    therapy: str
    label: str
    stretches: tuple[Stretch, ...]
    marks: tuple[Mark, ...]
    facts: str


@dataclass(frozen=True, slots=True)
class Line:
    """A vertical line through all rows."""

    day: date
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole picture, synchronized or not."""

    synchronized: bool
    rows: tuple[Row, ...]
    months: tuple[Line, ...]
    visits: tuple[Line, ...]  # the days on which the patient comes
    today: Line
    trips: int


@dataclass(frozen=True, slots=True)
class _Scale:
    start: date
    end: date

    def place(self, day: date) -> float:
        share = (day - self.start).days / (self.end - self.start).days
        return round(100 * min(1.0, max(0.0, share)), 2)


def draw_timeline(proposal: Proposal, today: date, *, synchronized: bool) -> Timeline | None:
    """The past 90 days and the plan's horizon; None where there is no plan to draw."""
    plan, problem = proposal.plan, proposal.problem
    if plan is None or problem is None:
        return None
    scale = _Scale(today - timedelta(days=PAST_DAYS), today + timedelta(days=plan.horizon_days))
    alone = {} if synchronized else _alone(problem, plan)
    rows, visits = [], set[date]()
    for therapy in sorted(proposal.review.therapies, key=lambda one: (one.drug.label.casefold(), one.id)):
        fills = sorted((one for one in plan.fills if one.therapy == therapy.id), key=lambda one: one.date)
        refills = alone.get(therapy.id, ())
        visits |= {one.date for one in fills} if synchronized else set(refills)
        rows.append(_row(therapy, fills if synchronized else (), refills, plan, scale, today))
    return Timeline(
        synchronized=synchronized,
        rows=tuple(rows),
        months=_months(scale),
        visits=tuple(Line(day, scale.place(day), short_day(day)) for day in sorted(visits)),
        today=Line(today, scale.place(today), "today"),
        trips=len(visits),
    )


def _alone(problem: Problem, plan: Plan) -> Mapping[str, Sequence[date]]:
    excluded = problem.preferences.excluded
    refills = unsynchronized_refills(problem, lay_out(problem, plan.cycle))
    return {therapy: days for therapy, days in refills.items() if therapy not in excluded}


def short_day(day: date) -> str:
    """A day as people say it: Tue 8 Dec."""
    return f"{day:%a} {day.day} {day:%b}"


def _row(
    therapy: OngoingTherapy, fills: Sequence[Fill], refills: Sequence[date], plan: Plan, scale: _Scale, today: date
) -> Row:
    unit = therapy.unit
    past = [one for one in therapy.fills if one.on >= scale.start]
    marks = [
        Mark(
            one.on,
            scale.place(one.on),
            MarkKind.FILLED,
            f"{short_day(one.on)}: filled for {say_count(one.days, 'day')}.",
        )
        for one in past
    ]
    for fill in fills:
        amount = f"{say_amount(Quantity(fill.units, unit))} for {say_count(fill.days_supply, 'day')}"
        marks.append(
            Mark(
                fill.date,
                scale.place(fill.date),
                _kind(fill, plan),
                f"{short_day(fill.date)}: {amount}.",
                " ".join(fill.reasons),
            )
        )
    usual = say_count(therapy.usual_days, "day")
    marks += [
        Mark(day, scale.place(day), MarkKind.ALONE, f"{short_day(day)}: a trip for its own refill of {usual}.")
        for day in refills
    ]
    supplied = [*_past_supply(therapy, today)]
    run_out = max((end for _, end in supplied), default=today)
    ahead = [(fill.date, fill.days_supply) for fill in fills] or [(day, therapy.usual_days) for day in refills]
    for day, days in ahead:
        begins = max(run_out, day)
        run_out = begins + timedelta(days=days)
        supplied.append((begins, run_out))
    stretches = _stretches(supplied, scale, today)
    return Row(
        therapy.id, therapy.drug.label, stretches, tuple(marks), _summary(therapy, past, fills, refills, stretches)
    )


def _past_supply(therapy: OngoingTherapy, today: date) -> Iterable[Range]:
    """What was handed out; where a count was told, what is at hand from today on is what was told."""
    for fill in therapy.fills:
        end = fill.covers_to if therapy.told is None else min(fill.covers_to, today)
        if fill.covers_from < end:
            yield (fill.covers_from, end)
    if therapy.run_out > today and (therapy.told is not None or not therapy.fills):
        yield (today, therapy.run_out)


def _kind(fill: Fill, plan: Plan) -> MarkKind:
    if fill.date in plan.bridge_trips:
        return MarkKind.BRIDGE
    return MarkKind.SHORT if fill.kind is FillKind.SHORT else MarkKind.PICKUP


def _stretches(supplied: Sequence[Range], scale: _Scale, today: date) -> tuple[Stretch, ...]:
    """Supply and gaps from the first supply on, cut at today: the past is fact, the rest is plan."""
    found: list[Stretch] = []
    known_from = min((begins for begins, _ in supplied), default=today)
    position = max(scale.start, known_from)
    for begins, ends in [*_joined(supplied), (scale.end, scale.end)]:
        if begins > position:
            found += _cut(position, min(begins, scale.end), False, scale, today)
        found += _cut(max(begins, position), min(ends, scale.end), True, scale, today)
        position = max(position, ends)
    return tuple(found)


def _joined(ranges: Sequence[Range]) -> list[Range]:
    joined: list[Range] = []
    for begins, ends in sorted(ranges):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return joined


def _cut(begins: date, ends: date, supplied: bool, scale: _Scale, today: date) -> list[Stretch]:
    pieces = [(begins, min(ends, today), False), (max(begins, today), ends, True)]
    drawn = []
    for start, stop, planned in pieces:
        if start < stop:
            what = "supplied" if supplied else f"{say_count((stop - start).days, 'day')} without supply"
            last = stop - timedelta(days=1)
            facts = f"{short_day(start)} to {short_day(last)}: {what}."
            left = scale.place(start)
            drawn.append(Stretch(left, round(scale.place(stop) - left, 2), supplied, planned, facts))
    return drawn


def _months(scale: _Scale) -> tuple[Line, ...]:
    lines, day = [], scale.start.replace(day=1)
    while day < scale.end:
        if day >= scale.start:
            lines.append(Line(day, scale.place(day), f"{day:%b}"))
        day = (day + timedelta(days=31)).replace(day=1)
    return tuple(lines)


def _summary(
    therapy: OngoingTherapy,
    past: Sequence[object],
    fills: Sequence[Fill],
    refills: Sequence[date],
    stretches: Sequence[Stretch],
) -> str:
    parts = [f"{therapy.drug.label}: {say_count(len(past), 'fill')} in the past {PAST_DAYS} days"]
    gaps = sum(1 for one in stretches if not one.supplied and not one.planned)
    if gaps:
        parts.append(f"with {say_count(gaps, 'gap')}")
    parts.append(f"supply until {short_day(therapy.run_out)}")
    days = [one.date for one in fills] or list(refills)
    if days:
        parts.append(f"then {say_count(len(days), 'fill')}, the first on {short_day(days[0])}")
    return ", ".join(parts) + "."
