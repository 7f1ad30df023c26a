"""The windows of the certificate hold: checked against everything that the fills of one therapy can reach."""

from __future__ import annotations

import random

import pytest

from pickupday.planner.best_plan import solve
from pickupday.planner.calendar import read_calendar
from pickupday.planner.search.measured import measure
from pickupday.planner.search.reach import furthest_supply


def reached_by_trying(medicine, opened, horizon):
    """By day: of all ways to fill before it, the latest end of supply less the days missed until then."""
    states = {(medicine.run_out, medicine.earliest, medicine.overrides, 0)}
    reach = [medicine.run_out]
    for day in range(horizon):
        for run_out, earliest, left, missed in list(states) if opened[day] else ():
            if day >= earliest or left:
                for size in medicine.sizes:
                    then = max(run_out, day) + size.days
                    late = missed + max(0, day - run_out)
                    states.add((then, max(day, then - size.early), left - (day < earliest), late))
        reach.append(max(run_out - missed for run_out, _, _, missed in states))
    return reach


def therapies(seed):
    draw = random.Random(seed)
    usual = draw.choice([7, 10, 14])
    run_out = draw.randrange(0, 12)
    return {
        "run_out": f"2026-11-{23 + min(run_out, 7):02}",
        "earliest": f"2026-11-{23 + draw.randrange(0, 8):02}",
        "usual_days": usual,
        "max_days": draw.choice([usual, 14]),
        "units_per_day": 1,
        "dispensable_unit": draw.choice([1, 1, usual]),
        "short_fill_allowed": draw.random() < 0.6,
        "refill_too_soon": draw.choice([0.75, 0.5, 1]),
        "sync_overrides_left": draw.choice([0, 0, 1]),
    }


@pytest.mark.parametrize("seed", range(60))
def test_no_way_to_fill_reaches_further_than_the_certificate_says(document, read, seed):
    document["therapies"][0].update(therapies(seed))
    document["programme"]["open_weekdays"] = random.Random(seed).choice([[0, 1, 2, 3, 4, 5, 6], [0, 3], [1, 2, 5]])
    problem = read(document)
    horizon = 24
    calendar = read_calendar(problem, horizon)
    medicine = measure(problem.therapies[0], calendar)
    said = furthest_supply(medicine, calendar.open, horizon)
    tried = reached_by_trying(medicine, calendar.open, horizon)
    assert all(mine >= most for mine, most in zip(said, tried, strict=True)), (said, tried)
    assert said[0] == medicine.run_out
    if len(medicine.sizes) == 1 and not medicine.overrides and medicine.earliest <= medicine.run_out:
        assert said == tried


def test_when_the_windows_prove_the_trips_nothing_else_is_needed(document, read):
    # 30 days from day 10 on, 84 days in all: days 10, 40 and 70 at the latest.
    document["therapies"][0].update(short_fill_allowed=False)
    plan = solve(read(document))
    assert (plan.certificate.bound, plan.objective.trips) == (3, 3)
    first, second, _ = plan.certificate.disjoint_windows
    assert (str(first.start), str(first.end)) == ("2026-11-23", "2026-12-03")
    # Before 4 December it is filled once at most, and lasts until 2 January.
    assert (str(second.start), str(second.end)) == ("2026-12-04", "2027-01-02")
