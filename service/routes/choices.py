"""The choices of the page's form: read with a sentence for each that cannot be, and shown again as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from mappings.outbound.wording import spoken_cycle
from pickupday.plan import Plan
from pickupday.problem import Programme
from pickupday.proposal import Proposal
from pickupday.review.fill_sizes import MONTH, THREE_MONTHS, other_sizes
from pickupday.review.therapies import OngoingTherapy
from service.pictures.first_days import FirstDays, draw_first_days
from service.programmes import PharmacyProgramme
from service.programmes.directory import find_programme
from service.routes.calls import read_calls
from service.routes.writes import Form
from service.use_cases.opt_in import read_away, read_count
from service.use_cases.sessions import Choices, Work

ANY_DAY = "any"
DAYS_AT_A_TIME = frozenset(str(days) for days in (*MONTH, *THREE_MONTHS))
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def read_choices(form: Form, work: Work, programmes: Sequence[PharmacyProgramme]) -> tuple[Work, tuple[str, ...]]:
    """The work after this form: a step back, everything taken back, or the new choices; and what is wrong with them.

    A first day is a button of its own: where none was pressed, the one chosen before stays. What another programme
    does not know, a rhythm or a day on which it is closed, is given up with the old one.
    """
    if form.get("undo"):
        return work.undo(), ()
    if form.get("reset"):
        return work.choose(Choices()), ()
    on_hand, wrong = _counts(form)
    weekdays = tuple(sorted({int(text) for text in form.all("weekday") if text in {str(day) for day in range(7)}}))
    choices = Choices(
        on_hand=on_hand,
        still_taken=tuple(dict.fromkeys(form.all("still_taken"))),
        cycle=form.get("cycle"),
        first_pickup=work.choices.first_pickup,
        left_out=tuple(sorted(set(form.all("left_out")))),
        fill_days={key: int(text) for key, text in form.named("fill_days.").items() if text in DAYS_AT_A_TIME},
        weekdays=weekdays,
        away_from=form.get("away_from"),
        away_to=form.get("away_to"),
    )
    choices, unusable = read_calls(form, choices, work.choices)
    wrong += unusable
    choices, unknown = _join(form.get("programme"), choices, work, programmes)
    wrong += unknown
    first = form.get("first_pickup")
    if first == ANY_DAY:
        choices = replace(choices, first_pickup="")
    elif first:
        choices = replace(choices, first_pickup=first)
        wrong += () if _is_day(first) else ("The first day is no date.",)
    if choices.away_from or choices.away_to:
        try:
            read_away(choices.away_from, choices.away_to)
        except ValueError:
            wrong += ("Days away: write two dates, the first not after the last.",)
    return work.choose(choices), wrong


def _join(
    name: str, choices: Choices, work: Work, programmes: Sequence[PharmacyProgramme]
) -> tuple[Choices, tuple[str, ...]]:
    """The choices under the programme of that name; the site's own one counts as no choice."""
    programme = find_programme(programmes, name)
    if programme is None:
        known = ", ".join(one.name for one in programmes)
        return choices, (f"There is no programme “{name[:40]}” here; choose one of: {known}.",)
    choices = replace(choices, programme="" if programme is programmes[0] else programme.name)
    if choices.programme == work.choices.programme:
        return choices, ()
    if choices.cycle not in map(spoken_cycle, programme.search.cycles):
        choices = replace(choices, cycle="")
    if choices.first_pickup and not _is_open(programme, choices.first_pickup):
        choices = replace(choices, first_pickup="")
    return choices, ()


def _is_open(programme: PharmacyProgramme, text: str) -> bool:
    day = date.fromisoformat(text)
    return day.weekday() in programme.search.open_weekdays and day not in programme.search.closed_dates


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _counts(form: Form) -> tuple[dict[str, str], tuple[str, ...]]:
    """The counts of the form, and a sentence for each that is none."""
    counts: dict[str, str] = {}
    wrong: list[str] = []
    for key, text in form.named("on_hand.").items():
        if not text:
            continue
        counts[key] = text
        try:
            read_count(text)
        except ValueError:
            wrong.append(f"“{text[:20]}” is no count: write how many are left, such as 42 or 2.5.")
    return counts, tuple(wrong)


@dataclass(frozen=True, slots=True)
class CycleChoice:
    """One rhythm of the programme. `outcome` says in short what its best plan is like, where it was planned."""

    value: str
    outcome: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class MedicineChoice:
    """One medicine that can be in or out."""

    therapy: str
    label: str
    out: bool


@dataclass(frozen=True, slots=True)
class SizeChoice:
    """How many days at a time one medicine is filled for: what is usual, and what else is possible."""

    therapy: str
    label: str
    usual: int
    others: tuple[int, ...]
    chosen: int | None


@dataclass(frozen=True, slots=True)
class ChoicesView:
    """The form as it stands."""

    months: tuple[FirstDays, ...]
    first_pickup: date | None
    cycles: tuple[CycleChoice, ...]
    medicines: tuple[MedicineChoice, ...]
    sizes: tuple[SizeChoice, ...]
    no_sizes: tuple[tuple[str, tuple[str, ...]], ...]  # a size and why it is not possible, for which medicines
    weekdays: tuple[tuple[int, str, bool], ...]
    away_from: str
    away_to: str
    can_undo: bool
    anything: bool


def view_choices(proposal: Proposal, programme: Programme, work: Work, any_first_day: Plan | None) -> ChoicesView:
    """What can be chosen for this plan; `any_first_day` is the plan without a wish for its first day."""
    choices, plan = work.choices, any_first_day
    best = {spoken_cycle(one.cycle): one for one in plan.cycles} if plan is not None else {}
    outcomes = {
        name: f"{one.objective.trips} trips" if one.objective is not None else (one.reason or "no plan")
        for name, one in best.items()
    }
    first = date.fromisoformat(choices.first_pickup) if choices.first_pickup else None
    months: tuple[FirstDays, ...] = ()
    if proposal.problem is not None and plan is not None:
        months = draw_first_days(proposal.problem, plan, first or plan.first_pickup)
    return ChoicesView(
        months=months,
        first_pickup=first,
        cycles=tuple(
            CycleChoice(name, outcomes.get(name, ""), name == choices.cycle)
            for name in map(spoken_cycle, programme.cycles)
        ),
        medicines=tuple(
            MedicineChoice(one.id, one.drug.label, one.id in choices.left_out) for one in _by_name(proposal)
        ),
        sizes=_sizes(proposal, choices),
        no_sizes=_not_possible(proposal),
        weekdays=tuple(
            (day, name, day in choices.weekdays) for day, name in enumerate(WEEKDAYS) if day in programme.open_weekdays
        ),
        away_from=choices.away_from,
        away_to=choices.away_to,
        can_undo=bool(work.past),
        anything=choices != Choices(),
    )


def _sizes(proposal: Proposal, choices: Choices) -> tuple[SizeChoice, ...]:
    """The medicines that can be filled for more or fewer days than now."""
    found = []
    for one in _by_name(proposal):
        possible = tuple(size.days for size in other_sizes(one, proposal.rules) if size.why_not is None)
        chosen = choices.fill_days.get(one.id)
        if possible:
            kept = chosen if chosen in possible else None
            found.append(SizeChoice(one.id, one.drug.label, one.usual_days, possible, kept))
    return tuple(found)


def _not_possible(proposal: Proposal) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What is not possible and why, each reason once with all its medicines."""
    found: dict[str, list[str]] = {}
    for one in _by_name(proposal):
        for size in other_sizes(one, proposal.rules):
            if size.why_not is not None:
                found.setdefault(f"Not {size.days} days: {size.why_not}", []).append(one.drug.label)
    return tuple((why, tuple(labels)) for why, labels in found.items())


def _by_name(proposal: Proposal) -> list[OngoingTherapy]:
    return sorted(proposal.review.therapies, key=lambda one: one.drug.label.casefold())
