from __future__ import annotations

from dataclasses import replace

import pytest

from pickupday.plan import Objective
from pickupday.problem import OBJECTIVE, Vacation
from service.pictures.first_days import Cost, compare, draw_first_days

BEST = Objective(0, 7, 1, 0, 0, 1, 8, 20)


def days_of(months):
    return [day for month in months for week in month.weeks for day in week if day is not None]


def test_every_candidate_of_the_cycle_stands_in_the_calendar_with_what_it_costs(rosa):
    days = days_of(draw_first_days(rosa.problem, rosa.plan, rosa.plan.first_pickup))
    open_days = {day.day for day in days if day.cost is not Cost.CLOSED}
    assert open_days == {one.first_pickup for one in rosa.plan.alternatives if one.cycle == rosa.plan.cycle}
    assert [day.day for day in days if day.cost is Cost.BEST] == [rosa.plan.first_pickup]
    assert all(day.words.endswith(".") for day in days)


def test_the_day_that_was_chosen_is_marked_whatever_it_costs(rosa):
    other = next(one.first_pickup for one in rosa.plan.alternatives if one.first_pickup != rosa.plan.first_pickup)
    days = days_of(draw_first_days(rosa.problem, rosa.plan, other))
    assert [day.day for day in days if day.chosen] == [other]


def test_weeks_have_seven_days_and_start_on_monday(rosa):
    for month in draw_first_days(rosa.problem, rosa.plan, rosa.plan.first_pickup):
        for week in month.weeks:
            assert len(week) == 7
            assert all(day is None or day.day.weekday() == place for place, day in enumerate(week))


def test_a_closed_day_says_whether_pharmacy_or_patient_cannot(rosa):
    months = draw_first_days(rosa.problem, rosa.plan, rosa.plan.first_pickup)
    sunday = next(day for day in days_of(months) if day.day.weekday() == 6)
    assert (sunday.cost, sunday.words) == (Cost.CLOSED, "The pharmacy is closed.")
    away = replace(rosa.problem.preferences, vacations=(Vacation(sunday.day, sunday.day),))
    days = days_of(draw_first_days(replace(rosa.problem, preferences=away), rosa.plan, rosa.plan.first_pickup))
    assert next(day for day in days if day.day == sunday.day).words == "The patient cannot come."


@pytest.mark.parametrize(
    ("changes", "cost", "words"),
    [
        ({"gap_days": 2, "trips": 6}, Cost.GAP, "2 more days without medicine."),
        ({"trips": 8}, Cost.MORE_TRIPS, "1 more trip."),
        ({"off_grid_fills": 3}, Cost.MORE_TRIPS, "2 more fills apart."),
        ({"sync_overrides": 1}, Cost.MORE_FILLS, "1 more early fill to be allowed."),
        ({"odd_fills": 2}, Cost.MORE_FILLS, "1 more fill of unusual size."),
        ({"odd_fills": 0}, Cost.AS_GOOD, "1 fewer fill of unusual size."),
        ({"days_to_first": 10}, Cost.AS_GOOD, "As good, 2 days later."),
        ({"leftover_days": 30}, Cost.AS_GOOD, "As good; some medicine is left over longer."),
    ],
)
def test_the_measure_that_comes_first_decides_what_is_said(changes, cost, words):
    assert compare(replace(BEST, **changes), BEST, OBJECTIVE) == (cost, words)


def test_a_programme_may_rank_the_measures_otherwise():
    other = replace(BEST, odd_fills=2, trips=6)
    order = ("gap_days", "odd_fills", "trips")
    assert compare(other, BEST, order) == (Cost.MORE_FILLS, "1 more fill of unusual size.")
    assert compare(other, BEST, OBJECTIVE) == (Cost.AS_GOOD, "1 fewer trip.")


def test_medicine_left_over_is_said_only_where_nothing_else_differs():
    order = ("leftover_days", "trips")
    assert compare(replace(BEST, leftover_days=30, trips=8), BEST, order) == (Cost.MORE_TRIPS, "1 more trip.")
