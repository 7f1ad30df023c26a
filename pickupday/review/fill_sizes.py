"""A month or three months at a time: which of the two one medicine can be filled for, and why not the other."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from pickupday.drugs import Schedule
from pickupday.review.days_supply import same_unit
from pickupday.review.long_fills import what_longer_fills_need
from pickupday.review.ongoing import OngoingTherapy
from pickupday.review.sizes import why_never_split
from pickupday.rules import Rules
from pickupday.wording import say_count

MONTH, THREE_MONTHS = range(30, 27, -1), range(90, 83, -1)
"""The days that people call 30 and 90; of those that are possible the first one is taken."""


@dataclass(frozen=True, slots=True)
class FillSize:
    """One size: `days`, and why it is not possible; None where it is."""

    days: int
    why_not: str | None = None


def other_sizes(therapy: OngoingTherapy, rules: Rules) -> tuple[FillSize, ...]:
    """A month and three months, without the one that is usual already."""
    return tuple(
        _size(therapy, rules, days) for days in (MONTH, THREE_MONTHS) if therapy.usual_days not in (*days, days[0] + 1)
    )


def _size(therapy: OngoingTherapy, rules: Rules, wanted: range) -> FillSize:
    whole = [days for days in wanted if not days * therapy.problem.units_per_day % therapy.problem.dispensable_unit]
    if wanted[0] < therapy.usual_days:
        return _less(therapy, rules, whole, wanted)
    possible = [days for days in whole if days <= therapy.problem.max_days]
    if possible:
        return FillSize(possible[0])
    return FillSize(wanted[0], _why_not_more(therapy, rules, wanted, fits=bool(whole)))


def _less(therapy: OngoingTherapy, rules: Rules, whole: list[int], wanted: range) -> FillSize:
    """Less than usual: a smaller number of whole units or packages, where the law lets it be split at all."""
    drug = therapy.drug
    against = None
    if not rules.may_split(drug) or rules.excludes(drug) is not None or drug.package is None:
        against = why_never_split(drug, rules)
    if against is None and whole:
        return FillSize(whole[0])
    return FillSize(wanted[0], f"{against}." if against is not None else _why_not_whole(therapy, wanted))


def _why_not_more(therapy: OngoingTherapy, rules: Rules, wanted: range, *, fits: bool) -> str:
    drug, longest = therapy.drug, therapy.problem.max_days
    if drug.schedule is not Schedule.NOT_CONTROLLED:
        named = "whether it is a controlled substance is not known"
        if drug.schedule is not Schedule.UNKNOWN:
            named = f"it is a controlled substance ({drug.schedule.value})"
        return f"{named}: not more than {say_count(longest, 'day')} at a time."
    if therapy.watched is not None:
        most = say_count(rules.watch_fill_days, "day")
        return f"new or changed on {therapy.watched}: at most {most} at a time for {rules.watch_days} days."
    payer = rules.payer_longest_days
    if not fits or (_prescribed(therapy) >= wanted[-1] and (payer is None or payer >= wanted[-1])):
        return _why_not_whole(therapy, wanted)
    why, next_step = what_longer_fills_need(payer, wanted[0])
    return f"{why}.{f' {next_step}' if next_step else ''}"


def _why_not_whole(therapy: OngoingTherapy, wanted: range) -> str:
    """The chart's own reason where there is one, else that packages do not come out even."""
    said = next((reason for reason in therapy.reasons if reason.startswith("Only the usual fill")), None)
    span = f"{wanted[-1]} to {wanted[0]} days"
    return said if said is not None else f"no whole number of packages lasts {span}."


def _prescribed(therapy: OngoingTherapy) -> Fraction:
    """Days that one prescribed fill lasts; 0 where that is not known."""
    asked = therapy.prescriptions[-1].quantity if therapy.prescriptions else None
    if asked is None or not same_unit(asked, therapy.daily_use, therapy.drug.kind):
        return Fraction(0)
    return asked.value / therapy.daily_use.value
