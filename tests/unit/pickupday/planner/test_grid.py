from __future__ import annotations

import pytest

from pickupday.errors import ProblemError
from pickupday.planner.grid import lay_out


def lay(read, document):
    problem = read(document)
    return lay_out(problem, problem.programme.cycles[0])


def dates(days, grid):
    return [str(days.calendar.date(day)) for day in grid.dates]


def test_the_horizon_is_the_largest_multiple_of_the_cycle(document, read):
    document["horizon_days"] = 60
    assert lay(read, document).horizon == 56


def test_candidates_are_the_open_days_of_one_cycle_after_the_preparation_lead(document, read):
    document["programme"]["open_weekdays"] = [0]
    days = lay(read, document)
    assert [str(days.calendar.date(grid.first)) for grid in days.grids] == [
        "2026-11-30",
        "2026-12-07",
        "2026-12-14",
        "2026-12-21",
    ]


def test_a_closed_date_moves_to_the_nearest_earlier_open_day_and_the_next_one_does_not(document, read):
    document["programme"].update(closed_dates=["2026-12-28", "2026-12-27"])
    document["preferences"] = {"first_pickup": "2026-11-30"}
    days = lay(read, document)
    assert dates(days, days.grids[0]) == ["2026-11-30", "2026-12-26", "2027-01-25"]


def test_a_date_that_would_not_come_after_the_one_before_is_dropped(document, read):
    document["programme"]["cycles"] = [{"every_days": 7}]
    document["preferences"] = {
        "first_pickup": "2026-11-30",
        "vacations": [{"from": "2026-12-01", "to": "2026-12-16"}],
    }
    days = lay(read, document)
    assert dates(days, days.grids[0])[:2] == ["2026-11-30", "2026-12-21"]


def test_the_patients_days_away_are_closed(document, read):
    document["preferences"] = {
        "avoid_dates": ["2026-11-25"],
        "vacations": [{"from": "2026-11-20", "to": "2026-11-24"}],
    }
    days = lay(read, document)
    assert [day for day in range(6) if not days.calendar.open[day]] == [0, 1, 2]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [("2026-11-22", "past"), ("2026-12-25", "closed"), ("2027-11-22", "not within")],
)
def test_a_wanted_first_date_that_cannot_be_is_an_error(document, read, wanted, reason):
    document["programme"]["closed_dates"] = ["2026-12-25"]
    document["preferences"] = {"first_pickup": wanted}
    with pytest.raises(ProblemError, match=reason) as error:
        lay(read, document)
    assert error.value.path == "preferences.first_pickup"


def test_the_same_date_every_month_ends_with_short_months(document, read):
    document.update(horizon_days=150)
    document["programme"].update(cycles=[{"monthly_on_day": 31}])
    days = lay(read, document)
    assert days.horizon == 150
    assert [dates(days, grid) for grid in days.grids] == [
        ["2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31"]
    ]


def test_the_second_tuesday_moves_when_it_is_closed(document, read):
    document.update(horizon_days=90)
    document["programme"].update(cycles=[{"nth_weekday": [2, 1]}], closed_dates=["2027-01-12"])
    days = lay(read, document)
    assert [dates(days, grid) for grid in days.grids] == [["2026-12-08", "2027-01-11", "2027-02-09"]]


def test_the_last_friday_is_counted_from_the_end(document, read):
    document.update(horizon_days=100)
    document["programme"].update(cycles=[{"nth_weekday": [-1, 4]}])
    days = lay(read, document)
    assert dates(days, days.grids[0]) == ["2026-11-27", "2026-12-25", "2027-01-29", "2027-02-26"]


def test_a_wanted_date_comes_before_the_calendars_dates(document, read):
    document["programme"].update(cycles=[{"monthly_on_day": 15}])
    document["preferences"] = {"first_pickup": "2026-12-01"}
    days = lay(read, document)
    assert dates(days, days.grids[0]) == ["2026-12-01", "2026-12-15", "2027-01-15"]


def test_a_cycle_longer_than_the_horizon_has_no_plan_and_says_so(document, read):
    document["horizon_days"] = 27
    days = lay(read, document)
    assert days.grids == ()
    assert days.reason == "The horizon of 27 days is shorter than one cycle of 28 days."


def test_no_open_day_at_all_is_said(document, read):
    document["programme"]["open_weekdays"] = []
    days = lay(read, document)
    assert days.grids == ()
    assert "No day from 2026-11-25 to 2026-12-22 is open" in (days.reason or "")
