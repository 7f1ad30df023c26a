"""Writes an explanation as JSON values: the format of `pickupday explain --format json`, version 1."""

from __future__ import annotations

from pickupday.planner.explanation import Explanation
from pickupday.planner.plan_format import Json, cycle_to_json, objective_to_json
from pickupday.planner.problem_format import FORMAT


def explanation_to_json(told: Explanation) -> dict[str, Json]:
    """The sentences by section, and what they rest on: each first date, each trip, the bound."""
    plan = told.plan
    return {
        "format": FORMAT,
        "optimal": plan.optimal,
        "cycle": cycle_to_json(plan.cycle),
        "first_pickup": str(plan.first_pickup),
        "objective": objective_to_json(plan.objective),
        "order": list(told.order),
        "sections": [{"title": one.title, "sentences": list(one.sentences)} for one in told.sections],
        "first_dates": [
            {
                "first_pickup": str(one.alternative.first_pickup),
                "cycle": cycle_to_json(one.alternative.cycle),
                "objective": None
                if one.alternative.objective is None
                else objective_to_json(one.alternative.objective),
                "chosen": one.chosen,
                "worse_by": one.measure,
                "sentence": one.sentence,
            }
            for one in told.first_dates
        ],
        "trips": [
            {
                "date": str(trip.date),
                "kind": "bridge" if trip.bridge else "pickup",
                "therapies": list(trip.therapies),
                "forced_by": [
                    {"therapy": name, "days_without_supply": days} for name, days in sorted(trip.forced_by.items())
                ],
            }
            for trip in told.trips
        ],
        "bound": plan.certificate.bound,
    }
