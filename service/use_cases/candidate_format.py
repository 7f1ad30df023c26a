"""Why this patient would gain, as JSON: the five criteria in their order, each with its evidence, and the benefit."""

from __future__ import annotations

from collections.abc import Iterable

from pickupday.candidates.criterion import BenefitStatement, Candidate, Criterion, Evidence

Json = dict[str, object]


def candidate_to_json(candidate: Candidate) -> Json:
    """All criteria, whether met, not met or nobody can tell; `met` counts those that speak for synchronization."""
    return {
        "met": len(candidate.met),
        "criteria": [_criterion(one) for one in candidate.criteria],
        "benefit": _benefit(candidate.benefit),
    }


def _criterion(one: Criterion) -> Json:
    return {
        "code": one.code,
        "title": one.title,
        "status": one.status.value,
        "reason": one.reason,
        "evidence": _evidence(one.evidence),
        "missing": one.missing,
        "next_step": one.next_step,
    }


def _benefit(benefit: BenefitStatement) -> Json:
    return {
        "payer": benefit.payer,
        "ninety_days_allowed": benefit.ninety_days,
        "reason": benefit.reason,
        "evidence": _evidence(benefit.evidence),
        "missing": benefit.missing,
    }


def _evidence(evidence: Iterable[Evidence]) -> list[Json]:
    return [
        {"resource": one.resource, "date": one.date.isoformat() if one.date is not None else None, "value": one.value}
        for one in evidence
    ]
