"""A proposal: a history judged, its problem solved, and the figures that show what it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pickupday.candidates.assess import assess_candidate
from pickupday.candidates.criterion import Candidate
from pickupday.errors import ProblemError
from pickupday.figures import Figures, measure
from pickupday.history import MedicationHistory
from pickupday.plan import Plan
from pickupday.planner.best_plan import problem_at_one_pharmacy, solve
from pickupday.planner.comparisons import unsynchronized_refills
from pickupday.planner.grid import lay_out
from pickupday.planner.search.remembered import Remembered
from pickupday.planner.what_if import change_days
from pickupday.problem import Preferences, Problem, Programme
from pickupday.review.fill_sizes import other_sizes
from pickupday.review.therapies import OngoingTherapy, Review, review
from pickupday.rules import Rules


@dataclass(frozen=True, slots=True)
class Proposal:
    """The plan proposed for one patient, with all that it rests on; without a plan `reason` says why there is none."""

    history: MedicationHistory
    review: Review
    problem: Problem | None
    plan: Plan | None
    figures: Figures
    reason: str | None
    candidate: Candidate | None = None  # why this patient would gain; None where it was not asked
    rules: Rules = field(default_factory=Rules)  # those by which the history was judged


def propose_plan(
    history: MedicationHistory,
    programme: Programme,
    preferences: Preferences,
    today: date,
    rules: Rules | None = None,
    *,
    confirmed: Iterable[str] = (),
    fill_days: Mapping[str, int] | None = None,
    budget_seconds: float = 2.0,
    remembered: Remembered | None = None,
) -> Proposal:
    """Judge the history, plan what can be planned, and measure it. `confirmed`: see `therapies.review`.

    `fill_days` are chosen days at a time by therapy; one that is not possible is a ProblemError that says why.
    `remembered` carries what was found out from one search to the next (`what_if`).
    """
    rules = rules if rules is not None else Rules()
    reviewed = review(history, today, rules, confirmed=confirmed)
    wanted = [one for one in reviewed.therapies if one.id not in preferences.excluded]
    candidate = assess_candidate(history, today, rules, reviewed=reviewed)
    reason = _why_none(history, reviewed, wanted)
    if reason is not None:
        figures = measure(wanted, history.stays, None, today, reviewed.not_planned)
        return Proposal(history, reviewed, None, None, figures, reason, candidate, rules)
    problem = Problem(
        today=today,
        horizon_days=rules.horizon_days,
        programme=programme,
        preferences=preferences,
        therapies=tuple(one.problem for one in reviewed.therapies),
    )
    for therapy in reviewed.therapies:
        if (days := (fill_days or {}).get(therapy.id)) is not None:
            problem = _fill_for(problem, therapy, days, rules)
    plan = solve(problem, budget_seconds, remembered=remembered)
    apart = unsynchronized_refills(problem_at_one_pharmacy(problem), lay_out(problem, plan.cycle))
    fills_apart = sum(len(days) for days in apart.values())
    figures = measure(wanted, history.stays, plan, today, reviewed.not_planned, fills_apart)
    return Proposal(history, reviewed, problem, plan, figures, None, candidate, rules)


def _fill_for(problem: Problem, therapy: OngoingTherapy, days: int, rules: Rules) -> Problem:
    """The problem with one medicine filled for so many days at a time. Raises ProblemError, saying why not."""
    if days == therapy.usual_days:
        return problem
    sizes = other_sizes(therapy, rules)
    if not any(one.days == days and one.why_not is None for one in sizes):
        why = next((one.why_not for one in sizes if one.days == days and one.why_not), "that is no size of it")
        raise ProblemError(f"fill_days.{therapy.id}", f"{therapy.drug.label} for {days} days: {why.rstrip('.')}")
    return change_days(problem, therapy.id, days)


def _why_none(history: MedicationHistory, reviewed: Review, wanted: Sequence[OngoingTherapy]) -> str | None:
    """Why there is nothing to plan, or None."""
    if history.patient.do_not_plan is not None:
        return f"No plan is made for this patient: {history.patient.do_not_plan}."
    if not history.prescriptions and not history.dispenses:
        return "There is no plan: the chart holds no prescription and no dispense."
    if not reviewed.therapies:
        return "There is no plan: none of the medicines can be planned; each one's reason and next step is listed."
    if not wanted:
        return "There is no plan: every medicine that could be planned was left out by choice."
    return None
