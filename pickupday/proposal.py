"""A proposal: a history judged, its problem solved, and the figures that show what it changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from pickupday.candidates.assess import assess_candidate
from pickupday.candidates.criterion import Candidate
from pickupday.figures import Figures, measure
from pickupday.history import MedicationHistory
from pickupday.plan import Plan
from pickupday.planner.best_plan import problem_at_one_pharmacy, solve
from pickupday.planner.comparisons import unsynchronized_refills
from pickupday.planner.grid import lay_out
from pickupday.problem import Preferences, Problem, Programme
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
    budget_seconds: float = 2.0,
) -> Proposal:
    """Judge the history, plan what can be planned, and measure it. `confirmed`: see `therapies.review`."""
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
    plan = solve(problem, budget_seconds)
    apart = unsynchronized_refills(problem_at_one_pharmacy(problem), lay_out(problem, plan.cycle))
    fills_apart = sum(len(days) for days in apart.values())
    figures = measure(wanted, history.stays, plan, today, reviewed.not_planned, fills_apart)
    return Proposal(history, reviewed, problem, plan, figures, None, candidate, rules)


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
