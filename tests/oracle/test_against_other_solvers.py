"""The planner against two solvers that were written from the definition and share no code with it."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from pickupday.planner.best_plan import solve
from pickupday.planner.plan_format import cycle_to_json, objective_to_json
from pickupday.planner.problem_format import loads_problem
from tests.oracle import every_way
from tests.oracle.by_the_page import MEASURES, read
from tests.oracle.cp_model import Limit
from tests.oracle.instances import instance, small_instance
from tests.oracle.judging import judge

NO_HURRY = 60.0
CASES = sorted((Path(__file__).parents[2] / "fixtures" / "cases").glob("*/problem.json"))
SEEDS = range(330)
COMPARED = 300
# The solver's own measure of work ends a comparison on the same instance on every machine.
LIMIT = Limit(seconds=60, work=1)


def judge_seed(seed):
    return judge(small_instance(seed), LIMIT, budget=8.0, seed=seed)


@pytest.fixture(scope="module")
def verdicts():
    """Every small instance judged, on as many processors as there are."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1), mp_context=context) as pool:
        return list(pool.map(judge_seed, SEEDS, chunksize=5))


def test_small_instances_reach_what_cp_sat_proves_for_every_cycle_and_first_date(verdicts):
    counts = Counter(one.result for one in verdicts)
    vectors, dates = sum(one.vectors for one in verdicts), sum(one.dates for one in verdicts)
    print(f"\n{dict(counts)}; {vectors} whole vectors the same, {dates} other first dates proven to be no better")
    assert [one for one in verdicts if one.result == "DIFFERENT"] == []
    assert counts["same"] >= COMPARED, "a time-out is no agreement"
    assert vectors >= 2 * COMPARED * 0.8


def test_most_optima_are_not_what_the_latest_due_date_gives(verdicts):
    compared = [one for one in verdicts if one.result == "same"]
    share = sum(one.beats_latest_due for one in compared) / len(compared)
    print(f"\n{share:.0%} of {len(compared)} optima differ from latest due in days without supply or in trips")
    assert share >= 0.5


def test_the_instances_have_every_rule_in_them():
    problems = [json.loads(small_instance(seed)) for seed in SEEDS]
    wishes = [one["preferences"] for one in problems]
    therapies = [therapy for one in problems for therapy in one["therapies"]]
    for rule, count in {
        "confirmed": sum(bool(one["confirmed"]) for one in wishes),
        "vacations": sum(bool(one["vacations"]) for one in wishes),
        "excluded": sum(bool(one["excluded"]) for one in wishes),
        "weekdays": sum(bool(one["weekdays"]) for one in wishes),
        "closures": sum(bool(one["programme"]["closed_dates"]) for one in problems),
        "overrides": sum(bool(one["sync_overrides_left"]) for one in therapies),
        "packages": sum(not one["short_fill_allowed"] for one in therapies),
        "limited short fills": sum(one["short_fills_left"] in (1, 2) for one in therapies),
        "other orders": sum(one["programme"]["objective"] != MEASURES for one in problems),
        "several cycles": sum(len(one["programme"]["cycles"]) > 1 for one in problems),
    }.items():
        assert count >= 20, rule
    kinds = Counter(str(cycle) for one in problems for cycle in one["programme"]["cycles"])
    assert {f"{{'every_days': {days}}}" for days in (7, 10, 14, 28, 30)} <= set(kinds)
    assert sum("monthly" in kind for kind in kinds) >= 4
    assert sum("nth" in kind for kind in kinds) >= 8
    for text in map(small_instance, SEEDS):
        pages = [read(text, index) for index in range(len(json.loads(text)["programme"]["cycles"]))]
        assert all(page.horizon <= 60 and len(page.firsts) <= 8 for page in pages)
        assert 1 <= len(json.loads(text)["therapies"]) <= 3


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.parent.name)
def test_every_case_that_is_a_problem_reaches_what_cp_sat_proves(path):
    text, expected = path.read_text(), json.loads((path.parent / "expected.json").read_text())
    plan = solve(loads_problem(text), NO_HURRY)
    assert {
        "cycle": cycle_to_json(plan.cycle),
        "first_pickup": str(plan.first_pickup),
        "objective": objective_to_json(plan.objective),
    } == expected
    verdict = judge(text, Limit(), NO_HURRY, dates=0)
    assert verdict.result == "same", verdict


@pytest.mark.shared
@pytest.mark.parametrize("number", range(8))
def test_the_shared_problems_are_met(shared_data, number):
    """What is expected there was found by an independent solver."""
    folder = shared_data / "problems"
    text = (folder / f"p{number:04}.json").read_text()
    expected = json.loads((folder / f"p{number:04}.expected.json").read_text())
    plan = solve(loads_problem(text), NO_HURRY)
    found = {name: getattr(plan.objective, name) for name in MEASURES}
    assert (plan.cycle.every_days, str(plan.first_pickup), found) == (
        expected["every_days"],
        expected["first"],
        expected["objective"],
    )
    for mine, theirs in zip(plan.cycles, expected["cycles"], strict=True):
        assert {name: getattr(mine.objective, name) for name in MEASURES} == theirs["objective"]
        assert str(mine.first_pickup) == theirs["first"]


def compare_with_every_way(text):
    """The number of first dates whose whole vector is what trying every way, day by day, finds."""
    page = read(text)
    if not page.firsts:
        return 0
    plan = solve(loads_problem(text), NO_HURRY)
    for one in plan.alternatives:
        found = every_way.least(page, (one.first_pickup - page.today).days)
        assert found == {name: getattr(one.objective, name) for name in MEASURES}, one
    return len(plan.alternatives)


@pytest.mark.parametrize("block", range(3))
def test_one_therapy_reaches_what_trying_every_way_reaches(block):
    compared = sum(
        compare_with_every_way(instance(seed, 1, (7, 10, 14), (14, 30))) for seed in range(12 * block, 12 * block + 12)
    )
    assert compared >= 20


def test_one_therapy_reaches_it_in_other_orders_of_importance():
    compared = sum(
        compare_with_every_way(instance(seed, 1, (5, 7, 10), (10, 25), shuffled=True)) for seed in range(500, 515)
    )
    assert compared >= 20


def test_two_therapies_reach_what_trying_every_way_reaches():
    compared = sum(compare_with_every_way(instance(seed, 2, (3, 4, 5), (8, 14), (7,))) for seed in range(600, 604))
    assert compared >= 3
