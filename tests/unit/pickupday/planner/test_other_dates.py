"""Every first date but the chosen one says what makes it worse."""

from __future__ import annotations

import pytest

from pickupday.planner.best_plan import solve
from pickupday.planner.other_dates import first_difference, is_chosen, say_cycle
from pickupday.planner.plan_format import plan_to_json
from pickupday.problem import EveryDays, MonthlyOnDay, NthWeekday


def test_every_first_date_but_the_chosen_one_says_what_makes_it_worse(document, read, therapy):
    document["therapies"].append(therapy("b", run_out="2026-12-09", earliest="2026-12-02"))
    plan = solve(read(document))
    for one in plan.alternatives:
        assert (one.reason is None) == is_chosen(plan, one)
    written = plan_to_json(plan)["alternatives"]
    assert [one["reason"] for one in written].count(None) == 1


def test_the_reason_is_the_most_important_measure_that_differs_with_both_numbers(document, read):
    # One medicine that ends on 3 December, 30 days each: filled then, the first pickup is day 10 of 84.
    document["therapies"][0].update(short_fill_allowed=False)
    plan = solve(read(document))
    reasons = {str(one.first_pickup): one.reason for one in plan.alternatives}
    assert reasons["2026-12-04"] == "1 more fill off the pickup days (1 instead of 0)."


def test_the_order_of_importance_of_the_programme_decides_the_reason(document, read, therapy):
    document["therapies"].append(therapy("b", run_out="2026-12-09", earliest="2026-12-02"))
    order = ["gap_days", "days_to_first", "trips", "off_grid_fills", "sync_overrides", "preference", "odd_fills"]
    document["programme"]["objective"] = [*order, "leftover_days"]
    plan = solve(read(document))
    reasons = [one.reason for one in plan.alternatives if not is_chosen(plan, one)]
    assert any("until the first pickup" in reason for reason in reasons)
    assert not any("trip" in reason.replace("more days until the first pickup", "") for reason in reasons)


def test_equal_first_dates_say_that_the_earlier_one_is_taken(document, read):
    document["therapies"] = []
    plan = solve(read(document))
    assert plan.alternatives[1].reason.startswith("As good by every measure")


def test_another_cycle_is_compared_by_what_decides_between_cycles(document, read):
    document["programme"]["cycles"] = [{"every_days": 30}, {"every_days": 28}]
    plan = solve(read(document))
    other = next(one for one in plan.cycles if one.cycle != plan.cycle)
    best = next(one for one in plan.alternatives if one.cycle == other.cycle and one.first_pickup == other.first_pickup)
    assert best.reason == "The programme prefers every 30 days where two cycles do equally well."
    rest = [one for one in plan.alternatives if one.cycle == other.cycle and one != best]
    assert all(str(other.first_pickup) in one.reason for one in rest)


def test_a_cycle_that_does_worse_says_so(document, read):
    # Packs of 30 days meet every 30 days, and drift off a grid of 28.
    document["programme"]["cycles"] = [{"every_days": 28}, {"every_days": 30}]
    document["therapies"][0].update(short_fill_allowed=False, dispensable_unit=60, refill_too_soon=1)
    document["therapies"][0].update(run_out="2026-12-03", earliest="2026-12-03")
    plan = solve(read(document))
    best = next(
        one for one in plan.alternatives if one.cycle == EveryDays(28) and "compared with every 30" in one.reason
    )
    assert plan.cycle == EveryDays(30)
    assert "off the pickup days" in best.reason


@pytest.mark.parametrize(
    ("cycle", "said"),
    [
        (EveryDays(28), "every 28 days"),
        (EveryDays(1), "every day"),
        (MonthlyOnDay(31), "the last day of every month"),
        (MonthlyOnDay(5), "day 5 of every month"),
        (NthWeekday(2, 1), "the second Tuesday of every month"),
        (NthWeekday(-1, 4), "the last Friday of every month"),
    ],
)
def test_a_cycle_is_said_as_people_say_it(cycle, said):
    assert say_cycle(cycle) == said


def test_plans_with_the_same_measures_have_no_difference(document, read):
    objective = solve(read(document)).objective
    assert first_difference(objective, objective, ("trips",)) is None
