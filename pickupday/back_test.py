"""The back-test: what the past year would have looked like synchronized, beside what it was. No claim beyond the data.

Planned day by day with only what was known then (see simulated_year). Left out, and named, is every medicine of which
the dispenses do not say enough; where the history as a whole is too short, nothing is said but why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from pickupday.adherence import OBSERVED_DAYS
from pickupday.errors import ProblemError
from pickupday.figures import Rhythm
from pickupday.history import Dispense, DispenseStatus, MedicationHistory
from pickupday.problem import EveryDays, Problem
from pickupday.proposal import Proposal
from pickupday.review.supply import JudgedFill, days_without_supply
from pickupday.review.therapies import OngoingTherapy
from pickupday.rules import Rules
from pickupday.simulated_year import Past, Tally, live_apart, live_synchronized
from pickupday.wording import say_count

_QUARTER = 90
FEWEST_DAYS = 91
FEWEST_MEDICINES = 2
_SAME_DOSE = Fraction(1, 10)  # units a day that differ by less are the same dose, rounded

ASSUMPTIONS = (
    "Every pickup is kept: how often a patient would have come is not in the chart.",
    "The medicines are those that are planned today; each joins on the day of its first dispense.",
    "What changed is known from the day of the dispense that shows it, and nothing before.",
)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One medicine that the back-test says nothing about, and why."""

    therapy: str
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class BackTest:
    """[start, start + days) as it was, synchronized, and with each medicine refilled apart but in time.

    Without the three rhythms `reason` says why nothing can be said. `proven` is False where the planner's budget ended
    before a plan was proven best: then the synchronized year may have been better still.
    """

    start: date | None
    days: int
    therapies: tuple[str, ...]
    observed: Rhythm | None
    synchronized: Rhythm | None
    apart: Rhythm | None
    left_out: tuple[LeftOut, ...]
    proven: bool
    reason: str | None


def back_test(proposal: Proposal, budget_seconds: float = 0.2) -> BackTest:
    """Live the past year again. `budget_seconds` is for one plan; about six are made, ten where much changed."""
    problem, rules = proposal.problem, proposal.rules
    if problem is None:
        return _abstain(proposal.reason or "Nothing is planned.", ())
    today = problem.today
    wanted = [one for one in proposal.review.therapies if one.id not in problem.preferences.excluded]
    since = today - timedelta(days=OBSERVED_DAYS)
    doubts = [(one, _doubt(one, proposal.history, since, today, rules)) for one in wanted]
    left_out = [LeftOut(one.id, one.drug.label, doubt) for one, doubt in doubts if doubt is not None]
    left_out += [
        LeftOut(line.therapy, line.label, f"not planned: {line.reason}")
        for line in proposal.review.not_planned
        if line.therapy and line.missing is not None
    ]
    used = [one for one, doubt in doubts if doubt is None]
    if len(used) < FEWEST_MEDICINES:
        why = "there are fewer than two planned medicines whose dispenses of the past year say enough"
        return _abstain(f"No back-test: {why}.", left_out)
    start = max(since, min(one.fills[0].on for one in used))
    days = (today - start).days
    if days < FEWEST_DAYS:
        why = f"No back-test: the first dispense is of {start}, less than {FEWEST_DAYS} days ago."
        return _abstain(why, left_out)
    past = [Past(one.problem, _until(one.fills, today)) for one in used]
    try:
        synchronized = _live(past, problem, start, budget_seconds)
    except ProblemError as error:
        return _abstain(f"No back-test: the past cannot be planned by this programme ({error.message}).", left_out)
    return BackTest(
        start=start,
        days=days,
        therapies=tuple(one.id for one in used),
        observed=_observed(used, start, today),
        synchronized=_rhythm(synchronized, days, calls=len(synchronized.pickups)),
        apart=_rhythm(live_apart(past, problem.programme, start, today), days, calls=None),
        left_out=tuple(left_out),
        proven=synchronized.proven,
        reason=None,
    )


def say_back_test(found: BackTest) -> str:
    """The back-test in one plain sentence, or why there is none."""
    was, would = found.observed, found.synchronized
    if was is None or would is None:
        return found.reason or "No back-test."
    return (
        f"In the past {found.days} days {say_count(len(found.therapies), 'medicine')} took "
        f"{say_count(was.visits, 'trip')}, with {say_count(was.gap_days, 'day')} without medicine; planned day by day "
        f"with what was known then, and every pickup kept, it would have been {say_count(would.visits, 'trip')} and "
        f"{say_count(would.calls or 0, 'call')}, with {say_count(would.gap_days, 'day')} without medicine."
    )


def _live(past: Sequence[Past], problem: Problem, start: date, budget_seconds: float) -> Tally:
    return live_synchronized(
        past,
        problem.programme,
        _ahead(problem),
        start,
        problem.today,
        weekdays=problem.preferences.weekdays,
        budget_seconds=budget_seconds,
    )


def _ahead(problem: Problem) -> int:
    """Days that each plan of the past looks ahead: a quarter, or two of the longest cycle; it is made anew halfway."""
    longest = max((one.every_days for one in problem.programme.cycles if isinstance(one, EveryDays)), default=0)
    return min(problem.horizon_days, max(_QUARTER, 2 * longest))


def _doubt(therapy: OngoingTherapy, history: MedicationHistory, since: date, today: date, rules: Rules) -> str | None:
    """Why the dispenses of the past year do not say enough about one medicine, None where they do."""
    fills = _until(therapy.fills, today)
    if not fills:
        return "it has not been dispensed before today"
    unknown = _unjudged(therapy, history.dispenses, since, today)
    if unknown is not None:
        return f"how long the dispense of {unknown} lasts is not known"
    for one, following in zip(fills, [*fills[1:], None], strict=True):
        resumed = following.on if following is not None else today
        gap = (resumed - one.covers_to).days
        if resumed > since and gap > max(rules.lapse_days, one.days):
            return (
                f"nothing was dispensed for {gap} days after {one.covers_to}, and nobody knows whether it was stopped"
            )
        if following is not None and following.on >= since and _dose_differs(one, following):
            return f"its dose changed by the dispense of {following.on}"
    return None


def _unjudged(therapy: OngoingTherapy, dispenses: Iterable[Dispense], since: date, today: date) -> date | None:
    """The day of a dispense under one of its prescriptions that does not count because its days are not known."""
    judged = {one.dispense.key for one in therapy.fills}
    prescribed = {one.key for one in therapy.prescriptions}
    days = (
        on
        for one in dispenses
        if one.status is DispenseStatus.COMPLETED
        and one.key not in judged
        and not one.inpatient
        and not prescribed.isdisjoint(one.prescriptions)
        and (on := one.handed_over or one.prepared) is not None
        and since <= on < today
    )
    return max(days, default=None)


def _dose_differs(one: JudgedFill, other: JudgedFill) -> bool:
    if one.units is None or other.units is None or one.units.unit != other.units.unit or not one.days or not other.days:
        return False
    first, second = one.units.value / one.days, other.units.value / other.days
    return abs(first - second) > _SAME_DOSE * max(first, second)


def _until(fills: Iterable[JudgedFill], today: date) -> tuple[JudgedFill, ...]:
    return tuple(one for one in fills if one.on < today)


def _observed(used: Sequence[OngoingTherapy], start: date, today: date) -> Rhythm:
    recent = [(one, fill) for one in used for fill in one.fills if start <= fill.on < today]
    visits = {(fill.dispense.pharmacy or one.pharmacy, fill.on) for one, fill in recent}
    gaps = sum(days_without_supply(_until(one.fills, today), start, today) for one in used)
    return Rhythm((today - start).days, len(visits), len(recent), None, gaps)


def _rhythm(tally: Tally, days: int, calls: int | None) -> Rhythm:
    return Rhythm(days, len(tally.dates), tally.fills, calls, tally.gap_days)


def _abstain(reason: str, left_out: Iterable[LeftOut]) -> BackTest:
    return BackTest(None, 0, (), None, None, None, tuple(left_out), proven=True, reason=reason)
