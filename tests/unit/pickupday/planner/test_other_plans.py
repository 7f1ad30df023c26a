"""What another plan would need: each measure has its own clause, with the medicine, the date and the fill."""

from __future__ import annotations

import pytest

from pickupday.planner.best_plan import solve
from pickupday.planner.other_dates import Difference, first_difference
from pickupday.planner.other_plans import say_what_it_needs
from pickupday.planner.saying import Words


@pytest.fixture
def clause(read, document):
    """The clause of a measure for two problems that differ in something."""

    def say(other, measure):
        problem = read(document)
        plan, worse = solve(problem), solve(read(other))
        found = first_difference(plan.objective, worse.objective, [measure])
        assert found is not None
        return say_what_it_needs(problem, plan, worse, found, Words(problem.today))

    return say


def changed(document, **therapy):
    return {**document, "therapies": [{**document["therapies"][0], **therapy}]}


def test_more_days_without_supply_name_the_medicine(document, clause):
    other = {**document, "preferences": {"vacations": [{"from": "2026-11-23", "to": "2026-12-04"}]}}
    assert clause(other, "gap_days") == "would leave metformin 2 days without supply instead of 0"


def test_more_trips_name_the_bridge_trip_and_who_forces_it(document, clause, therapy):
    # Packs that can only be claimed on the day they end never meet: 3 trips each.
    document["therapies"].append(therapy("b"))
    document["preferences"] = {"first_pickup": "2026-12-03"}
    packs = {"short_fill_allowed": False, "dispensable_unit": 60, "refill_too_soon": 1}
    rows = [
        therapy("metformin", earliest="2026-12-03", **packs),
        therapy("b", run_out="2026-11-25", earliest="2026-11-25", **packs),
    ]
    said = clause({**document, "therapies": rows}, "trips")
    assert said.startswith("would need 6 trips instead of 3, with a bridge trip on Wednesday 25 November for b")


def test_more_trips_on_the_grid_are_only_counted(document, read):
    problem = read(document)
    plan = solve(problem)
    said = say_what_it_needs(problem, plan, plan, Difference("trips", 3, 4), Words(problem.today))
    assert said == "would need 4 trips instead of 3"


def test_an_override_is_named(document, clause):
    document["therapies"][0].update(run_out="2026-11-23", earliest="2026-11-26")
    other = changed(document, sync_overrides_left=1)
    assert clause(other, "sync_overrides") == (
        "would need a claim of metformin before its earliest date on Monday 23 November (28 days)"
    )


def test_unwanted_weekdays_are_named(document, clause):
    document["preferences"] = {"weekdays": [3]}
    other = {**document, "programme": {**document["programme"], "open_weekdays": [0]}}
    assert clause(other, "preference").endswith("on a weekday that is not wanted (3, not 0)")


def test_medicine_left_over_names_who_has_most_of_it(document, clause):
    document["preferences"] = {"first_pickup": "2026-12-03"}
    other = {**document, "preferences": {"first_pickup": "2026-11-27"}}
    said = clause(other, "leftover_days")
    assert said.startswith("would have ")
    assert said.endswith("more of metformin alone")


def test_a_first_date_that_no_fill_uses_says_so(document, read):
    problem = read(changed(document, run_out="2027-12-01"))
    empty = solve(problem)
    found = Difference("days_to_first", 3, 84)
    assert say_what_it_needs(problem, empty, empty, found, Words(problem.today)) == (
        "would not be used by any fill: no pickup would be on its dates"
    )
