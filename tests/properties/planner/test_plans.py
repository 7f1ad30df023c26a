"""What holds of every plan: no rule is broken, and its measures are what an independent replay finds."""

from __future__ import annotations

import itertools
import json
import random

import pytest

from pickupday.planner.best_plan import solve
from pickupday.planner.plan_format import plan_to_json
from pickupday.planner.problem_format import loads_problem
from tests.oracle.by_the_page import MEASURES, read, vector_of
from tests.oracle.instances import TODAY, instance

BUDGET = 1.0


PROBLEMS = [instance(9000 + seed, 1 + seed % 6, (14, 28, 30, 90), (70, 120), (28, 30)) for seed in range(24)]


@pytest.mark.parametrize("text", PROBLEMS)
def test_an_independent_replay_finds_the_same_supply_and_the_same_measures(text):
    page = read(text)
    plan = solve(loads_problem(text), BUDGET)
    fills = [(fill.therapy, (fill.date - TODAY).days, fill.days_supply) for fill in plan.fills]
    found = vector_of(page, (plan.first_pickup - TODAY).days, fills)
    assert found == {name: getattr(plan.objective, name) for name in MEASURES}
    assert set(plan.pickups) | set(plan.bridge_trips) == {fill.date for fill in plan.fills}
    assert all(fill.reasons for fill in plan.fills)
    json.dumps(plan_to_json(plan))


@pytest.mark.parametrize("text", PROBLEMS)
def test_windows_of_the_certificate_do_not_overlap_and_each_holds_a_fill_of_its_therapy(text):
    plan = solve(loads_problem(text), BUDGET)
    windows = plan.certificate.disjoint_windows
    assert plan.certificate.bound == len(windows) <= plan.objective.trips
    for one, following in itertools.pairwise(windows):
        assert one.end < following.start
    for window in windows:
        dates = [fill.date for fill in plan.fills if fill.therapy == window.therapy]
        assert any(window.start <= day <= window.end for day in dates)


@pytest.mark.parametrize("seed", range(6))
def test_shuffled_therapies_have_the_same_plan(seed):
    text = instance(9100 + seed, 3, (14, 28, 30), (30, 60), (14, 28))
    data = json.loads(text)
    plan = solve(loads_problem(text), 30)
    random.Random(seed).shuffle(data["therapies"])
    again = solve(loads_problem(json.dumps(data)), 30)
    assert plan.optimal
    assert again == plan
