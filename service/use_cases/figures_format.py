"""The figures as JSON: before and after, adherence of each therapy, and the back-test over the past year."""

from __future__ import annotations

from fractions import Fraction

from pickupday.adherence import Pdc
from pickupday.back_test import ASSUMPTIONS, BackTest, say_back_test
from pickupday.figures import Figures, Rhythm

Json = dict[str, object]


def figures_to_json(figures: Figures, back_test: BackTest) -> Json:
    """Before (the past year as observed, and the horizon unsynchronized) and after (as planned)."""
    return {
        "before": {"observed": _rhythm(figures.observed), "unsynchronized": _rhythm(figures.unsynchronized)},
        "after": _rhythm(figures.planned),
        "pdc": [_pdc(one) for one in figures.pdc],
        "back_test": back_test_to_json(back_test),
    }


def back_test_to_json(found: BackTest) -> Json:
    """The past year as it was, synchronized, and refilled apart; `reason` says why where nothing can be said."""
    return {
        "from": found.start.isoformat() if found.start is not None else None,
        "days": found.days,
        "therapies": list(found.therapies),
        "observed": _rhythm(found.observed),
        "synchronized": _rhythm(found.synchronized),
        "apart_in_time": _rhythm(found.apart),
        "left_out": [{"therapy": one.therapy, "label": one.label, "reason": one.reason} for one in found.left_out],
        "optimal": found.proven,
        "sentence": say_back_test(found),
        "assumptions": list(ASSUMPTIONS),
        "reason": found.reason,
    }


def _rhythm(rhythm: Rhythm | None) -> Json | None:
    if rhythm is None:
        return None
    return {
        "days": rhythm.days,
        "visits": rhythm.visits,
        "fills": rhythm.fills,
        "calls": rhythm.calls,
        "gap_days": rhythm.gap_days,
        "visits_per_90_days": _rounded(rhythm.visits_per_90_days),
        "fills_per_90_days": _rounded(rhythm.fills_per_90_days),
        "gap_days_per_90_days": _rounded(rhythm.gap_days_per_90_days),
        "calls_per_month": _rounded(rhythm.calls_per_month),
        "refill_consolidation": _rounded(rhythm.refill_consolidation),
        "medicines_per_visit": _rounded(rhythm.medicines_per_visit),
    }


def _pdc(pdc: Pdc) -> Json:
    return {
        "therapy": pdc.therapy,
        "covered_days": pdc.covered_days,
        "days": pdc.days,
        "value": _rounded(pdc.value),
        "adherent": pdc.adherent,
        "reason": pdc.reason,
    }


def _rounded(value: Fraction | None) -> float | None:
    """A rate, which is no amount to be dispensed: four decimals."""
    return round(float(value), 4) if value is not None else None
