"""Writes plans and problems as JSON values: the formats of `pickupday solve`, version 1.

Whole numbers are ints, other amounts exact decimals or, where there is none, fractions as text; dates are YYYY-MM-DD.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from pickupday.plan import Objective, Plan
from pickupday.planner.problem_format import FORMAT
from pickupday.planner.several_pharmacies import PharmacyPlans
from pickupday.problem import OBJECTIVE, Cycle, EveryDays, MonthlyOnDay, Problem, Therapy

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def plan_to_json(plan: Plan) -> dict[str, Json]:
    """A plan as the output of `pickupday solve`. `notes` stands there only when something had to be left undone."""
    data: dict[str, Json] = {
        "format": FORMAT,
        "optimal": plan.optimal,
        "cycle": cycle_to_json(plan.cycle),
        "horizon_days": plan.horizon_days,
        "first_pickup": str(plan.first_pickup),
        "synchronized_from": _date(plan.synchronized_from),
        "objective": objective_to_json(plan.objective),
        "pickups": _dates(plan.pickups),
        "bridge_trips": _dates(plan.bridge_trips),
        "certificate": {
            "disjoint_windows": [
                {"from": str(window.start), "to": str(window.end), "therapy": window.therapy}
                for window in plan.certificate.disjoint_windows
            ],
            "bound": plan.certificate.bound,
        },
        "fills": [
            {
                "therapy": fill.therapy,
                "date": str(fill.date),
                "units": amount_to_json(fill.units),
                "days_supply": fill.days_supply,
                "kind": str(fill.kind),
                "reasons": list(fill.reasons),
            }
            for fill in plan.fills
        ],
        "rides_along": [{"therapy": ride.therapy, "reason": ride.reason} for ride in plan.rides_along],
        "renewals": [
            {"therapy": renewal.therapy, "needed_by": str(renewal.needed_by), "reason": renewal.reason}
            for renewal in plan.renewals
        ],
        "calls": [{"pickup": str(call.pickup), "call": str(call.call)} for call in plan.calls],
        "alternatives": [
            {
                "first_pickup": str(alternative.first_pickup),
                "cycle": cycle_to_json(alternative.cycle),
                "objective": _objective(alternative.objective),
                "reason": alternative.reason,
            }
            for alternative in plan.alternatives
        ],
        "cycles": [
            {
                "cycle": cycle_to_json(option.cycle),
                "first_pickup": _date(option.first_pickup),
                "objective": _objective(option.objective),
                **({"reason": option.reason} if option.reason else {}),
            }
            for option in plan.cycles
        ],
        "unsynchronized": {"trips": plan.unsynchronized.trips, "gap_days": plan.unsynchronized.gap_days},
        "heuristics": {
            name: {"trips": found.trips, "gap_days": found.gap_days} for name, found in plan.heuristics.items()
        },
    }
    if plan.notes:
        data["notes"] = list(plan.notes)
    return data


def plans_to_json(apart: PharmacyPlans) -> dict[str, Json]:
    """The plan of one pharmacy as it is; of several ones each with its name, and what a transfer would save."""
    if len(apart.plans) == 1:
        return plan_to_json(apart.plans[0].plan)
    found = apart.transfer
    transfer: dict[str, Json] | None = None
    if found is not None:
        transfer = {
            "to": found.to,
            "therapies": list(found.therapies),
            "horizon_days": found.horizon_days,
            "apart": {"trips": found.trips_apart, "gap_days": found.gap_days_apart},
            "together": {"trips": found.trips_together, "gap_days": found.gap_days_together},
            "sentence": found.sentence,
        }
    return {
        "format": FORMAT,
        "pharmacies": [{"pharmacy": one.pharmacy, "plan": plan_to_json(one.plan)} for one in apart.plans],
        "transfer": transfer,
    }


def problem_to_json(problem: Problem) -> dict[str, Json]:
    """A problem as the input of `pickupday solve`; reading it back gives the same problem."""
    programme, wishes = problem.programme, problem.preferences
    return {
        "format": FORMAT,
        "today": str(problem.today),
        "horizon_days": problem.horizon_days,
        "programme": {
            "cycles": [cycle_to_json(cycle) for cycle in programme.cycles],
            "open_weekdays": [*sorted(programme.open_weekdays)],
            "closed_dates": _dates(sorted(programme.closed_dates)),
            "prep_lead_days": programme.prep_lead_days,
            "call_lead_days": programme.call_lead_days,
            "renewal_lead_days": programme.renewal_lead_days,
            "objective": list(programme.objective),
        },
        "preferences": {
            "weekdays": [*sorted(wishes.weekdays)],
            "avoid_dates": _dates(sorted(wishes.avoid_dates)),
            "first_pickup": _date(wishes.first_pickup),
            "excluded": [*sorted(wishes.excluded)],
            "vacations": [{"from": str(away.start), "to": str(away.end)} for away in wishes.vacations],
            "confirmed": [
                {"date": str(pickup.date), "therapies": list(pickup.therapies)} for pickup in wishes.confirmed
            ],
        },
        "therapies": [_therapy(therapy) for therapy in problem.therapies],
    }


def cycle_to_json(cycle: Cycle) -> dict[str, Json]:
    """A cycle option as it stands in a programme."""
    if isinstance(cycle, EveryDays):
        return {"every_days": cycle.every_days}
    if isinstance(cycle, MonthlyOnDay):
        return {"monthly_on_day": cycle.monthly_on_day}
    return {"nth_weekday": [cycle.nth, cycle.weekday]}


def objective_to_json(objective: Objective) -> dict[str, Json]:
    """The eight measures, in the default order of importance."""
    return {name: int(getattr(objective, name)) for name in OBJECTIVE}


def amount_to_json(amount: Fraction) -> int | float | str:
    """A whole amount as an int, a decimal as a float, any other as a fraction: `"1/7"`. Reading it back is exact."""
    if amount.denominator == 1:
        return amount.numerator
    return float(amount) if Fraction(str(float(amount))) == amount else str(amount)


def _therapy(therapy: Therapy) -> dict[str, Json]:
    return {
        "id": therapy.id,
        "run_out": str(therapy.run_out),
        "earliest": str(therapy.earliest),
        "usual_days": therapy.usual_days,
        "max_days": therapy.max_days,
        "units_per_day": amount_to_json(therapy.units_per_day),
        "dispensable_unit": amount_to_json(therapy.dispensable_unit),
        "short_fill_allowed": therapy.short_fill_allowed,
        "short_fills_left": therapy.short_fills_left,
        "refill_too_soon": amount_to_json(therapy.refill_too_soon),
        "sync_overrides_left": therapy.sync_overrides_left,
        "controlled": therapy.controlled,
        "pharmacy": therapy.pharmacy,
        "prescriptions": [
            {"units": None if one.units is None else amount_to_json(one.units), "expires": _date(one.expires)}
            for one in therapy.prescriptions
        ],
    }


def _objective(objective: Objective | None) -> dict[str, Json] | None:
    return None if objective is None else objective_to_json(objective)


def _date(day: date | None) -> str | None:
    return None if day is None else str(day)


def _dates(days: Iterable[date]) -> list[Json]:
    return [str(day) for day in days]
