"""The planner against two solvers that were written from the definition and share no code with it."""

from __future__ import annotations

import json
import random

import pytest

from pickupday.errors import ProblemError
from pickupday.planner.best_plan import solve
from pickupday.planner.problem_format import loads_problem
from tests.oracle import cp_model, every_way
from tests.oracle.by_the_page import MEASURES, read, vector_of
from tests.oracle.instances import TODAY, instance

NO_HURRY = 60.0


def compare(text, least, candidates, seed=0):
    """Solve, replay the fills, and compare some candidate first dates; the number of those compared."""
    page = read(text)
    if not page.firsts:
        with pytest.raises(ProblemError):
            solve(loads_problem(text))
        return 0
    plan = solve(loads_problem(text), NO_HURRY)
    assert plan.optimal
    fills = [(fill.therapy, (fill.date - TODAY).days, fill.days_supply) for fill in plan.fills]
    mine = {name: getattr(plan.objective, name) for name in MEASURES}
    assert vector_of(page, (plan.first_pickup - TODAY).days, fills) == mine
    assert plan.certificate.bound <= plan.objective.trips
    assert [(one.first_pickup - TODAY).days for one in plan.alternatives] == page.firsts
    compared = 0
    chosen = random.Random(seed).sample(plan.alternatives, min(candidates, len(plan.alternatives)))
    for alternative in chosen:
        found = least(page, (alternative.first_pickup - TODAY).days)
        if found is not None:  # a time-out of the other solver is no comparison
            assert found == {name: getattr(alternative.objective, name) for name in MEASURES}, alternative
            compared += 1
    best = min([getattr(one.objective, name) for name in page.order] for one in plan.alternatives)
    assert [mine[name] for name in page.order] == best
    return compared


@pytest.mark.parametrize("block", range(3))
def test_one_therapy_reaches_what_trying_every_way_reaches(block):
    compared = sum(
        compare(instance(seed, 1, (7, 10, 14), (14, 30)), every_way.least, 3, seed)
        for seed in range(12 * block, 12 * block + 12)
    )
    assert compared >= 20


@pytest.mark.parametrize("seed", [20, 41338, 41367])
def test_a_claim_that_is_possible_only_after_the_supply_ends_may_be_overridden(seed):
    assert compare(instance(seed, 1, (7, 10, 14), (14, 30)), every_way.least, 30, seed) >= 2


def test_one_therapy_reaches_it_in_other_orders_of_importance():
    compared = sum(
        compare(instance(seed, 1, (5, 7, 10), (10, 25), shuffled=True), every_way.least, 3, seed)
        for seed in range(500, 515)
    )
    assert compared >= 25


def test_two_therapies_reach_what_trying_every_way_reaches():
    compared = sum(
        compare(instance(seed, 2, (3, 4, 5), (8, 14), (7,)), every_way.least, 1, seed) for seed in range(600, 606)
    )
    assert compared >= 3


@pytest.mark.parametrize(("therapies", "seeds"), [(2, range(700, 730)), (3, [*range(800, 816), 15011])])
def test_several_therapies_reach_what_cp_sat_proves(therapies, seeds):
    compared = sum(
        compare(instance(seed, therapies, (7, 14, 28, 30), (14, 46)), cp_model.least, 2, seed) for seed in seeds
    )
    assert compared >= len(seeds)


@pytest.mark.shared
@pytest.mark.parametrize("number", range(8))
def test_the_shared_problems_are_met(shared_data, number):
    folder = shared_data / "problems"
    expected = json.loads((folder / f"p{number:04}.expected.json").read_text())
    plan = solve(loads_problem((folder / f"p{number:04}.json").read_text()), NO_HURRY)
    found = {name: getattr(plan.objective, name) for name in MEASURES}
    assert (plan.cycle.every_days, str(plan.first_pickup), found) == (
        expected["every_days"],
        expected["first"],
        expected["objective"],
    )
    for mine, theirs in zip(plan.cycles, expected["cycles"], strict=True):
        assert {name: getattr(mine.objective, name) for name in MEASURES} == theirs["objective"]
        assert str(mine.first_pickup) == theirs["first"]
