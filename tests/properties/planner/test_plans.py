"""What holds of every plan: no rule is broken, and its measures are what an independent replay finds."""

from __future__ import annotations

import itertools
import json
import random
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

import pytest

from pickupday.planner.best_plan import solve
from pickupday.planner.explanation import explain
from pickupday.planner.explanation_format import explanation_to_json
from pickupday.planner.necessity import from_first_date
from pickupday.planner.plan_format import plan_to_json
from pickupday.planner.problem_format import loads_problem
from tests.oracle.by_the_page import MEASURES, read, vector_of
from tests.oracle.instances import TODAY, instance, small_instance

BUDGET = 1.0
LARGE = [instance(9000 + seed, 1 + seed % 6, (14, 28, 30, 90), (70, 120), (28, 30)) for seed in range(18)]
SMALL = [small_instance(7000 + seed) for seed in range(24)]
PROBLEMS = LARGE + SMALL


@pytest.fixture(scope="module")
def solved():
    """Each problem with its plan, solved once."""
    return [(text, solve(loads_problem(text), BUDGET)) for text in PROBLEMS]


def page_of(text, plan):
    """The problem in the plan's cycle, as the definition reads it."""
    return read(text, list(loads_problem(text).programme.cycles).index(plan.cycle))


def day_of(when):
    return (when - TODAY).days


def fills_of(plan):
    return [(fill.therapy, day_of(fill.date), fill.days_supply) for fill in plan.fills]


def test_an_independent_replay_finds_the_same_supply_and_the_same_measures(solved):
    for text, plan in solved:
        found = vector_of(page_of(text, plan), day_of(plan.first_pickup), fills_of(plan))
        assert found == {name: getattr(plan.objective, name) for name in MEASURES}
        assert set(plan.pickups) | set(plan.bridge_trips) == {fill.date for fill in plan.fills}
        assert not set(plan.pickups) & set(plan.bridge_trips)
        assert all(fill.reasons for fill in plan.fills)
        json.dumps(plan_to_json(plan))


def test_no_fill_comes_too_soon_but_by_an_override_that_is_left(solved):
    for text, plan in solved:
        for drug in page_of(text, plan).drugs:
            run_out, earliest, left = drug.run_out, drug.earliest, drug.overrides
            for fill in sorted((one for one in plan.fills if one.therapy == drug.name), key=lambda one: one.date):
                day = day_of(fill.date)
                assert fill.sync_override == (day < earliest)
                left -= fill.sync_override
                run_out = max(run_out, day) + fill.days_supply
                earliest = run_out - drug.early[fill.days_supply]
            assert left >= 0


def least_missed(drug, opened, horizon):
    """The fewest days without supply that any fills of one therapy leave: every state is tried, day by day."""
    states = {(drug.run_out, drug.earliest, drug.overrides, drug.shorts): 0}
    for day in range(horizon):
        after = defaultdict(lambda: horizon)
        for (run_out, earliest, left, shorts), missed in states.items():
            kept = [] if day in drug.fixed else [(run_out, earliest, left, shorts)]
            if opened[day] and (day >= earliest or left):
                now = max(run_out, day)
                kept += [
                    (now + size, now + size - drug.early[size], left - (day < earliest), shorts - (size < drug.usual))
                    for size in drug.sizes
                    if size >= drug.usual or shorts
                ]
            for state in kept:
                # A claim that is possible now stays possible, a supply past the end is enough.
                key = (min(state[0], horizon), max(state[1], day), state[2], min(state[3], horizon))
                after[key] = min(after[key], missed + (state[0] <= day))
        states = after
    return min(states.values())


def test_no_day_without_supply_could_be_avoided(solved):
    for text, plan in solved[len(LARGE) :]:
        page = page_of(text, plan)
        if page.order[0] == "gap_days":
            least = sum(least_missed(drug, page.open, page.horizon) for drug in page.drugs)
            assert plan.objective.gap_days == least


def test_nothing_beyond_the_prescriptions_is_unmarked(solved):
    for text, _ in solved[:10]:
        data, draw = json.loads(text), random.Random(text)
        for therapy in data["therapies"]:
            per_fill = therapy["usual_days"] * therapy["units_per_day"]
            units = per_fill * draw.choice([0, 1, 2, 5])
            therapy["prescriptions"] = [
                {"units": units, "expires": str(TODAY + timedelta(days=draw.randrange(20, 200)))}
            ]
        plan = solve(loads_problem(json.dumps(data)), BUDGET)
        lead = timedelta(days=data["programme"].get("renewal_lead_days", 14))
        marked = {renewal.therapy: renewal.needed_by + lead for renewal in plan.renewals}
        for therapy in data["therapies"]:
            (allowed,) = therapy["prescriptions"]
            left, expires = Fraction(str(allowed["units"])), date.fromisoformat(allowed["expires"])
            for fill in sorted((one for one in plan.fills if one.therapy == therapy["id"]), key=lambda one: one.date):
                left -= fill.units
                if left < 0 or fill.date > expires:
                    assert marked[therapy["id"]] == fill.date
                    break
            else:
                assert therapy["id"] not in marked


def test_windows_of_the_certificate_do_not_overlap_and_in_each_a_fill_is_forced(solved):
    for _, plan in solved:
        windows = plan.certificate.disjoint_windows
        assert plan.certificate.bound == len(windows) <= plan.objective.trips
        for one, following in itertools.pairwise(windows):
            assert one.end < following.start
        for window in windows:
            dates = [fill.date for fill in plan.fills if fill.therapy == window.therapy]
            assert any(window.start <= day <= window.end for day in dates)
    for text, plan in solved[len(LARGE) :]:
        page = page_of(text, plan)
        for window in plan.certificate.disjoint_windows:
            drug = next(one for one in page.drugs if one.name == window.therapy)
            drug.fixed = []
            closed = range(day_of(window.start), day_of(window.end) + 1)
            without = [is_open and day not in closed for day, is_open in enumerate(page.open)]
            # Without a fill in its window the therapy misses more days than it must.
            missed = least_missed(drug, page.open, page.horizon)
            assert least_missed(drug, without, page.horizon) > missed


@pytest.mark.parametrize("seed", range(6))
def test_therapies_in_any_order_have_the_same_plan(seed):
    text = instance(9100 + seed, 3, (14, 28, 30), (30, 60), (14, 28))
    data = json.loads(text)
    plan = solve(loads_problem(text), 30)
    random.Random(seed).shuffle(data["therapies"])
    again = solve(loads_problem(json.dumps(data)), 30)
    assert plan.optimal
    assert again == plan == solve(loads_problem(text), 30)


def test_a_first_date_asked_for_has_the_measures_that_its_alternative_says(solved):
    draw, compared = random.Random(1), 0
    for text, plan in solved[len(LARGE) :]:
        if plan.notes or not plan.optimal:
            continue
        within = [one for one in plan.alternatives if day_of(one.first_pickup) < plan.horizon_days]
        one = draw.choice(within)
        pinned = solve(from_first_date(loads_problem(text), one.first_pickup, one.cycle), 10)
        if pinned.optimal:
            assert pinned.objective == one.objective
            compared += 1
    assert compared >= 8


def test_every_plan_can_be_told_and_every_other_first_date_says_why(solved):
    for text, plan in solved[len(LARGE) : len(LARGE) + 12]:
        problem = loads_problem(text)
        told = explain(problem, plan, budget_seconds=2)
        json.dumps(explanation_to_json(told))
        assert len(told.first_dates) == len(plan.alternatives)
        assert sum(one.chosen for one in told.first_dates) == 1
        for section in told.sections:
            assert all(sentence.strip() == sentence and sentence[-1] in ".?" for sentence in section.sentences), section
        if plan.optimal and problem.programme.objective[:2] == ("gap_days", "trips"):
            confirmed = {pickup.date for pickup in problem.preferences.confirmed}
            assert all(trip.forced_by for trip in told.trips if trip.date not in confirmed)
