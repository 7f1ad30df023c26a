"""Assess one patient: the five criteria in the order in which they are always shown, and who pays."""

from __future__ import annotations

from datetime import date

from pickupday.candidates.adherence_signs import not_adherent
from pickupday.candidates.criterion import BenefitStatement, Candidate, Criterion, Status
from pickupday.candidates.medicines import new_to_chronic_therapy, several_medicines
from pickupday.candidates.person import benefit, older, transportation
from pickupday.history import MedicationHistory
from pickupday.review.therapies import Review, review
from pickupday.rules import Rules


def assess_candidate(
    history: MedicationHistory,
    today: date,
    rules: Rules | None = None,
    *,
    reviewed: Review | None = None,
) -> Candidate:
    """Say why this patient would gain from synchronization, or not. `reviewed` is the history judged on that day.

    Somebody for whom no plan may be made (deceased, replaced) is not assessed: each criterion then says so.
    """
    rules = rules if rules is not None else Rules()
    thresholds = rules.candidates
    reviewed = reviewed if reviewed is not None else review(history, today, rules)
    criteria: tuple[Criterion, ...] = (
        older(history.patient, today, thresholds),
        transportation(history.circumstances, today, thresholds),
        new_to_chronic_therapy(reviewed, history, today, thresholds),
        several_medicines(reviewed, thresholds),
        not_adherent(reviewed, history, today, thresholds),
    )
    stop = history.patient.do_not_plan
    if stop is not None:
        why = f"Not assessed: {stop}."
        criteria = tuple(Criterion(one.code, one.title, Status.CANNOT_TELL, why) for one in criteria)
        return Candidate(criteria, BenefitStatement(None, None, why))
    return Candidate(criteria, benefit(history.circumstances, today, rules.payer_longest_days))
