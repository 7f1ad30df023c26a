"""What the plan from another first date would need that the plan itself does not: the medicine, the date, the fill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from pickupday.plan import Fill, FillKind, Plan
from pickupday.planner.necessity import days_lost_without
from pickupday.planner.other_dates import MEASURES, Difference
from pickupday.planner.replay import gaps, planned_therapies, replay
from pickupday.planner.saying import Words, say_all, say_another, say_days
from pickupday.problem import Problem

MOST_NAMED = 2


def say_what_it_needs(problem: Problem, plan: Plan, other: Plan, found: Difference, words: Words) -> str:
    """The clause after a date: `would need a second short fill of lisinopril on Thursday 26 November (12 days)`.

    `found` is the first measure in which the two plans differ.
    """
    return _CLAUSES[found.measure](problem, plan, other, found, words)


def unusual_fills(plan: Plan) -> list[Fill]:
    """The fills that count as odd: neither the usual size nor in step with the cycle."""
    return [fill for fill in plan.fills if fill.kind in (FillKind.SHORT, FillKind.ODD)]


def off_grid_fills(plan: Plan) -> list[Fill]:
    """The fills on bridge trips."""
    return [fill for fill in plan.fills if fill.date in plan.bridge_trips]


def _extra(mine: Iterable[Fill], theirs: Iterable[Fill]) -> tuple[list[Fill], Counter[str]]:
    """Of each therapy the fills of a kind that the other plan has more of, and how many the plan has of it."""
    own = list(mine)
    counts = Counter(fill.therapy for fill in own)
    dates = {(fill.therapy, fill.date) for fill in own}
    rows: dict[str, list[Fill]] = {}
    for fill in theirs:
        rows.setdefault(fill.therapy, []).append(fill)
    extra = []
    for name, row in sorted(rows.items()):
        new_first = sorted(row, key=lambda fill: ((fill.therapy, fill.date) in dates, fill.date))
        extra += new_first[: max(0, len(row) - counts[name])]
    return sorted(extra, key=lambda fill: (fill.date, fill.therapy)), counts


def _gap(problem: Problem, plan: Plan, other: Plan, found: Difference, words: Words) -> str:
    mine: Counter[str] = Counter()
    for gap in gaps(problem, plan):
        mine[gap.therapy] += gap.days
    theirs: Counter[str] = Counter()
    for gap in gaps(problem, other):
        theirs[gap.therapy] += gap.days
    more = (
        f"{words.name(name)} {say_days(days)} without supply instead of {mine[name]}"
        for name, days in sorted(theirs.items())
        if days > mine[name]
    )
    return f"would leave {say_all(more, MOST_NAMED)}"


def _trips(problem: Problem, plan: Plan, other: Plan, found: Difference, words: Words) -> str:
    new = [day for day in other.bridge_trips if day not in plan.bridge_trips]
    said = f"would need {found.worse} trips instead of {found.better}"
    if not new:
        return said
    told = []
    for day in new[: found.worse - found.better]:
        forced = days_lost_without(problem, other, day) or [fill.therapy for fill in other.fills if fill.date == day]
        told.append(f"a bridge trip on {words.day(day)} for {words.medicines(sorted(forced))}")
    return f"{said}, with {say_all(told, MOST_NAMED)}"


def _off_grid(problem: Problem, plan: Plan, other: Plan, found: Difference, words: Words) -> str:
    extra, counts = _extra(off_grid_fills(plan), off_grid_fills(other))
    return f"would need {_say_fills(extra, counts, 'fill of {} off the pickup days', found, words)}"


def _overrides(problem: Problem, plan: Plan, other: Plan, found: Difference, words: Words) -> str:
    extra, counts = _extra(
        (fill for fill in plan.fills if fill.sync_override), (fill for fill in other.fills if fill.sync_override)
    )
    return f"would need {_say_fills(extra, counts, 'claim of {} before its earliest date', found, words)}"


def _odd(problem: Problem, plan: Plan, other: Plan, found: Difference, words: Words) -> str:
    extra, counts = _extra(unusual_fills(plan), unusual_fills(other))
    short = all(fill.kind is FillKind.SHORT for fill in extra)
    thing = "short fill of {}" if short else "fill of {} in an unusual size"
    return f"would need {_say_fills(extra, counts, thing, found, words)}"


def _say_fills(extra: list[Fill], counts: Counter[str], thing: str, found: Difference, words: Words) -> str:
    """Each of few further fills in full; of many the number, with the first two."""
    if len(extra) > MOST_NAMED:
        several = MEASURES[found.measure][1]
        return f"{found.worse} {several} instead of {found.better}, such as {say_all(map(words.fill, extra[:2]))}"
    told, seen = [], Counter(counts)
    for fill in extra:
        what = thing.format(words.name(fill.therapy))
        told.append(
            f"{say_another(seen[fill.therapy])} {what} on {words.day(fill.date)} ({say_days(fill.days_supply)})"
        )
        seen[fill.therapy] += 1
    return say_all(told)


def _preference(problem: Problem, plan: Plan, other: Plan, found: Difference, words: Words) -> str:
    wanted = problem.preferences.weekdays
    days = [words.day(day) for day in other.pickups if day.weekday() not in wanted]
    return f"would put {say_all(days, MOST_NAMED)} on a weekday that is not wanted ({found.worse}, not {found.better})"


def _days_to_first(problem: Problem, plan: Plan, other: Plan, found: Difference, words: Words) -> str:
    later = say_days(found.worse - found.better)
    if not other.pickups:
        return "would not be used by any fill: no pickup would be on its dates"
    if other.pickups[0] != other.first_pickup:
        return f"would not be used before {words.day(other.pickups[0])}, {later} later than the plan's first pickup"
    return f"is {later} later, and better by nothing that counts more"


def _leftover(problem: Problem, plan: Plan, other: Plan, found: Difference, words: Words) -> str:
    differences = []
    for therapy in planned_therapies(problem):
        mine, theirs = (
            sum(step.on_hand for step in replay(therapy, one.fills, problem.today)) for one in (plan, other)
        )
        differences.append((theirs - mine, therapy.id))
    more, name = max(differences)
    said = f"would have {found.worse} days of medicine still on hand at the fills instead of {found.better}"
    return f"{said}: {say_days(more)} more of {words.name(name)} alone"


_CLAUSES: dict[str, Callable[[Problem, Plan, Plan, Difference, Words], str]] = {
    "gap_days": _gap,
    "trips": _trips,
    "off_grid_fills": _off_grid,
    "sync_overrides": _overrides,
    "preference": _preference,
    "odd_fills": _odd,
    "days_to_first": _days_to_first,
    "leftover_days": _leftover,
}
