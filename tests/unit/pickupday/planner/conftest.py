"""Small problems to change: one tablet a day, 30 days, a cycle of 28 days, open every day, today a Monday."""

from __future__ import annotations

import copy
import json

import pytest

from pickupday.planner.problem_format import loads_problem

THERAPY = {
    "id": "metformin",
    "run_out": "2026-12-03",
    "earliest": "2026-11-26",
    "usual_days": 30,
    "max_days": 30,
    "units_per_day": 2,
    "dispensable_unit": 1,
    "short_fill_allowed": True,
    "prescriptions": [{"units": 1000, "expires": "2027-10-01"}],
}
PROBLEM = {
    "format": 1,
    "today": "2026-11-23",
    "horizon_days": 84,
    "programme": {"cycles": [{"every_days": 28}]},
    "therapies": [THERAPY],
}


@pytest.fixture
def document():
    """The problem as JSON values, to be changed freely."""
    return copy.deepcopy(PROBLEM)


@pytest.fixture
def therapy():
    """One more therapy as JSON values."""

    def make(name, **changes):
        return {**copy.deepcopy(THERAPY), "id": name, **changes}

    return make


@pytest.fixture
def read():
    """Read JSON values as a problem, by way of their text."""
    return lambda data: loads_problem(json.dumps(data))
