from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from pickupday.errors import ProblemError
from pickupday.planner.best_plan import solve
from pickupday.planner.problem_format import loads_problem
from pickupday.planner.what_if import (
    add_vacation,
    change_days,
    choose_cycle,
    choose_first_pickup,
    leave_out,
    prepare,
    take_in,
)
from pickupday.problem import EveryDays, Vacation

NO_HURRY = 60.0


@pytest.fixture
def problem(document, read, therapy):
    """Three medicines that run out on different days."""
    document["therapies"] += [
        therapy("lisinopril", run_out="2026-12-09", earliest="2026-12-02"),
        therapy("pack", run_out="2026-11-28", earliest="2026-11-23", dispensable_unit=60, short_fill_allowed=False),
    ]
    return read(document)


@pytest.fixture
def prepared(problem):
    """The same, planned already."""
    ready = prepare(problem, NO_HURRY)
    assert ready.plan() == solve(problem, NO_HURRY)
    return ready


def test_another_first_pickup_has_the_plan_that_solving_anew_finds(prepared, problem):
    for alternative in prepared.plan().alternatives:
        day = alternative.first_pickup
        plan = prepared.with_first_pickup(day)
        assert plan == solve(choose_first_pickup(problem, day), NO_HURRY)
        assert plan.objective == alternative.objective


def test_a_closed_first_pickup_is_refused(prepared):
    with pytest.raises(ProblemError, match="past"):
        prepared.with_first_pickup(date(2026, 11, 1))


def test_another_cycle_has_the_plan_that_solving_anew_finds(prepared, problem):
    plan = prepared.with_cycle(EveryDays(30))
    assert plan.cycle == EveryDays(30)
    assert plan == solve(choose_cycle(problem, EveryDays(30)), NO_HURRY)


def test_a_medicine_left_out_has_no_fills_and_comes_back_in(prepared, problem):
    plan = prepared.without("pack")
    assert {fill.therapy for fill in plan.fills} == {"metformin", "lisinopril"}
    assert plan == solve(leave_out(problem, "pack"), NO_HURRY)
    pack = next(one for one in problem.therapies if one.id == "pack")
    assert take_in(leave_out(problem, "pack"), pack) == problem
    more = replace(pack, id="more")
    assert prepared.with_therapy(more) == solve(take_in(problem, more), NO_HURRY)


def test_nobody_comes_while_on_vacation(prepared, problem):
    away = Vacation(date(2026, 12, 1), date(2026, 12, 12))
    plan = prepared.with_vacation(away)
    assert not any(away.start <= fill.date <= away.end for fill in plan.fills)
    assert plan == solve(add_vacation(problem, away), NO_HURRY)
    with pytest.raises(ProblemError, match="is before"):
        prepared.with_vacation(Vacation(away.end, away.start))


def test_ninety_days_instead_of_thirty(prepared, problem):
    plan = prepared.with_days("lisinopril", 90)
    assert plan == solve(change_days(problem, "lisinopril", 90), NO_HURRY)
    thirty = sum(fill.therapy == "lisinopril" for fill in prepared.plan().fills)
    assert sum(fill.therapy == "lisinopril" for fill in plan.fills) < thirty


@pytest.mark.parametrize(
    ("name", "days", "message"),
    [("nobody", 30, "no therapy"), ("pack", 31, "cannot be handed out"), ("pack", 0, "no number of days")],
)
def test_impossible_amounts_are_refused(prepared, name, days, message):
    with pytest.raises(ProblemError, match=message):
        prepared.with_days(name, days)


def test_the_same_question_is_answered_from_memory(prepared):
    assert prepared.without("pack") is prepared.without("pack")


def test_questions_do_not_touch_one_another(document, read):
    document["preferences"] = {"excluded": ["metformin"], "weekdays": [2]}
    problem = loads_problem(json.dumps(document))
    prepared = prepare(problem, NO_HURRY)
    first = prepared.plan()
    prepared.with_therapy(problem.therapies[0])
    assert solve(problem, NO_HURRY, remembered=prepared.remembered) == first
