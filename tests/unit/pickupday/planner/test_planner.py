from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import date

import pytest

from pickupday.errors import ProblemError
from pickupday.plan import FillKind
from pickupday.planner.best_plan import by_pharmacy, solve
from pickupday.planner.plan_format import plan_to_json


def told(plan):
    return [(fill.therapy, str(fill.date), fill.days_supply) for fill in plan.fills]


def test_two_medicines_meet_on_one_day(document, read, therapy):
    document["therapies"].append(therapy("lisinopril", run_out="2026-12-13", earliest="2026-12-06"))
    plan = solve(read(document))
    assert plan.optimal
    assert plan.objective.gap_days == 0
    assert plan.objective.trips == len({fill.date for fill in plan.fills}) == len(plan.pickups) + len(plan.bridge_trips)


def test_without_therapies_there_is_nothing_to_do(document, read):
    document["therapies"] = []
    plan = solve(read(document))
    assert (plan.fills, plan.objective.trips, plan.objective.days_to_first) == ((), 0, 84)
    assert plan.first_pickup == date(2026, 11, 25)


def test_a_therapy_that_outlasts_the_horizon_needs_no_fill(document, read):
    document["therapies"][0]["run_out"] = "2027-12-03"
    assert solve(read(document)).fills == ()


def test_excluded_medicines_are_left_out(document, read, therapy):
    document["therapies"].append(therapy("lisinopril"))
    document["preferences"] = {"excluded": ["metformin"]}
    assert {fill.therapy for fill in solve(read(document)).fills} == {"lisinopril"}


def test_the_same_therapies_in_any_order_have_the_same_plan(document, read, therapy):
    rows = [
        document["therapies"][0],
        therapy("b", run_out="2026-12-09", earliest="2026-12-02"),
        therapy("c", run_out="2026-11-28", earliest="2026-11-23", dispensable_unit=60, short_fill_allowed=False),
    ]
    plans = []
    for order in itertools.permutations(rows):
        document["therapies"] = list(order)
        plans.append(solve(read(document)))
    assert all(plan == plans[0] for plan in plans)


def test_no_open_day_is_an_error_that_says_so(document, read):
    document["programme"]["open_weekdays"] = []
    with pytest.raises(ProblemError, match="No day from"):
        solve(read(document))


def test_a_cycle_without_a_plan_is_listed_with_its_reason(document, read):
    document["programme"]["cycles"] = [{"every_days": 90}, {"every_days": 28}]
    plan = solve(read(document))
    assert plan.cycle.every_days == 28
    assert plan_to_json(plan)["cycles"][0] == {
        "cycle": {"every_days": 90},
        "first_pickup": None,
        "objective": None,
        "reason": "The horizon of 84 days is shorter than one cycle of 90 days.",
    }


def test_the_wanted_first_date_is_the_only_candidate(document, read):
    document["preferences"] = {"first_pickup": "2026-12-02"}
    plan = solve(read(document))
    assert [str(alternative.first_pickup) for alternative in plan.alternatives] == ["2026-12-02"]


def test_a_confirmed_pickup_is_kept_though_another_day_is_better(document, read):
    free = solve(read(document))
    document["preferences"] = {"confirmed": [{"date": "2026-11-27", "therapies": ["metformin"]}]}
    plan = solve(read(document))
    assert ("metformin", "2026-11-27") not in {(fill.therapy, str(fill.date)) for fill in free.fills}
    kept = next(fill for fill in plan.fills if str(fill.date) == "2026-11-27")
    assert "This pickup is confirmed and is kept." in kept.reasons
    assert plan.notes == ()


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2026-11-20", "the date has passed"),
        ("2026-11-24", "too soon"),
        ("2027-11-24", "the plan ends after 84 days"),
        ("2026-12-02", "no pickup can be on that day any more"),
    ],
)
def test_a_confirmed_pickup_that_breaks_a_rule_is_not_kept_and_said(document, read, day, reason):
    document["programme"]["closed_dates"] = ["2026-12-02"]
    document["preferences"] = {"confirmed": [{"date": day, "therapies": ["metformin"]}]}
    plan = solve(read(document))
    assert day not in {str(fill.date) for fill in plan.fills}
    assert reason in plan.notes[0]
    assert plan_to_json(plan)["notes"] == list(plan.notes)


def test_days_without_supply_that_nobody_can_avoid_are_explained(document, read):
    document["therapies"][0]["run_out"] = "2026-11-23"
    document["programme"]["closed_dates"] = ["2026-11-23", "2026-11-24", "2026-11-25"]
    plan = solve(read(document))
    assert plan.objective.gap_days == 3
    assert any(
        "3 days without supply from 2026-11-23: no day in between is open." in fill.reasons for fill in plan.fills
    )


def test_a_claim_that_comes_late_is_explained(document, read):
    document["therapies"][0].update(run_out="2026-11-23", earliest="2026-11-26")
    plan = solve(read(document))
    assert plan.objective.gap_days == 3
    assert any("the claim is not possible before 2026-11-26" in reason for reason in plan.fills[0].reasons)


def test_an_override_is_used_where_it_saves_more_than_it_costs_and_never_for_controlled(document, read):
    document["therapies"][0].update(run_out="2026-11-23", earliest="2026-11-26", sync_overrides_left=1)
    plan = solve(read(document))
    assert (plan.objective.gap_days, plan.objective.sync_overrides) == (0, 1)
    assert plan.fills[0].sync_override
    assert "uses a synchronization override" in " ".join(plan.fills[0].reasons)
    document["therapies"][0]["controlled"] = True
    assert solve(read(document)).objective.sync_overrides == 0


def test_packs_are_never_split_and_ride_along_where_they_do_not_fit(document, read, therapy):
    document["therapies"].append(
        therapy("inhaler", run_out="2026-11-28", earliest="2026-11-27", refill_too_soon=0.95, dispensable_unit=60)
        | {"short_fill_allowed": False}
    )
    document["preferences"] = {"first_pickup": "2026-12-03"}
    plan = solve(read(document))
    assert {fill.days_supply for fill in plan.fills if fill.therapy == "inhaler"} == {30}
    assert "inhaler" in [ride.therapy for ride in plan.rides_along]
    assert "No pickup day lies between" in plan.rides_along[0].reason


def test_a_ninety_day_medicine_is_filled_at_every_third_pickup(document, read):
    document.update(horizon_days=168)
    document["therapies"][0].update(
        run_out="2026-12-01", earliest="2026-11-23", usual_days=90, max_days=90, short_fill_allowed=False
    )
    document["preferences"] = {"first_pickup": "2026-12-01"}
    plan = solve(read(document))
    assert [str(fill.date) for fill in plan.fills] == ["2026-12-01", "2027-02-23"]


def test_short_fills_are_counted(document, read):
    document["therapies"][0].update(short_fills_left=0)
    document["preferences"] = {"first_pickup": "2026-12-20"}
    plan = solve(read(document))
    assert all(fill.days_supply >= 30 for fill in plan.fills)
    assert FillKind.SHORT not in {fill.kind for fill in plan.fills}


def test_the_call_is_made_on_the_last_open_day_before_the_lead(document, read):
    document["programme"].update(open_weekdays=[0, 1, 2, 3, 4])
    document["preferences"] = {"first_pickup": "2026-12-03"}
    plan = solve(read(document))
    first = plan.calls[0]
    assert (str(first.pickup), str(first.call), first.at_enrolment) == ("2026-12-03", "2026-11-26", False)


def test_a_pickup_inside_the_call_lead_is_confirmed_at_enrolment(document, read):
    document["preferences"] = {"first_pickup": "2026-11-27"}
    document["therapies"][0].update(run_out="2026-11-28")
    call = solve(read(document)).calls[0]
    assert (str(call.call), call.at_enrolment) == ("2026-11-23", True)


def test_therapies_of_two_pharmacies_are_planned_apart(document, read, therapy):
    document["therapies"] += [therapy("b", pharmacy="P1"), therapy("c", pharmacy="P1"), therapy("d", pharmacy="P2")]
    problem = read(document)
    with pytest.raises(ProblemError, match="planned apart") as error:
        solve(problem)
    assert error.value.path == "therapies[3].pharmacy"
    apart = by_pharmacy(problem)
    assert {name: [one.id for one in each.therapies] for name, each in apart.items()} == {
        "P1": ["metformin", "b", "c"],
        "P2": ["d"],
    }
    assert solve(apart["P1"]).optimal


def test_by_pharmacy_splits_wishes_too(document, read, therapy):
    document["therapies"] = [therapy("a", pharmacy="P1"), therapy("b", pharmacy="P2")]
    document["preferences"] = {
        "excluded": ["a"],
        "confirmed": [{"date": "2026-12-01", "therapies": ["a", "b"]}, {"date": "2026-12-03", "therapies": ["b"]}],
    }
    apart = by_pharmacy(read(document))
    assert apart["P1"].preferences.excluded == {"a"}
    assert [pickup.therapies for pickup in apart["P2"].preferences.confirmed] == [("b",), ("b",)]
    assert [pickup.therapies for pickup in apart["P1"].preferences.confirmed] == [("a",)]


def test_one_unnamed_pharmacy_is_one_problem(document, read):
    problem = read(document)
    assert by_pharmacy(problem) == {None: problem}


def test_the_budget_ends_in_the_best_plan_found_and_says_so(document, read, therapy):
    document["therapies"].append(therapy("b", run_out="2026-12-09", earliest="2026-12-02"))
    problem = read(document)
    plan = solve(problem, budget_seconds=0)
    best = solve(problem)
    assert not plan.optimal
    assert plan.objective.gap_days == best.objective.gap_days
    assert plan.objective.trips >= best.objective.trips >= plan.certificate.bound
    assert all(alternative.objective is not None for alternative in plan.alternatives)


@pytest.fixture
def after(document, read, therapy):
    """The plan of two therapies when the budget ends after that share of the clock's readings."""
    document["therapies"].append(therapy("b", run_out="2026-12-09", earliest="2026-12-02"))
    ticks = itertools.count()
    whole = solve(read(document), budget_seconds=1e9, clock=lambda: float(next(ticks)))
    readings = next(ticks)

    def run(share):
        counted = itertools.count()
        return solve(read(document), budget_seconds=readings * share, clock=lambda: float(next(counted))), whole

    return run


def test_the_best_plan_is_proven_first_and_what_is_left_undone_of_other_dates_is_said(after):
    plan, whole = after(0.5)
    assert plan.optimal
    assert (plan.objective, plan.fills) == (whole.objective, whole.fills)
    assert "ended before" in plan.notes[-1]
    assert len(plan.alternatives) == len(whole.alternatives)
    assert all(alternative.objective is not None for alternative in plan.alternatives)
    assert whole.notes == ()


def test_plans_without_proof_that_are_as_good_as_each_other_do_not_stop_the_planner(document, read, therapy):
    document["therapies"] = [therapy("a"), therapy("b", run_out="2026-12-04")]
    ticks = itertools.count()
    plan = solve(read(document), budget_seconds=10, clock=lambda: float(next(ticks)))
    assert not plan.optimal
    assert all(alternative.objective is not None for alternative in plan.alternatives)


def test_a_budget_that_ends_before_the_proof_says_that_the_plan_may_not_be_the_best(after):
    plan, whole = after(0.02)
    assert not plan.optimal
    assert plan.objective.gap_days == whole.objective.gap_days


def test_another_order_of_importance_is_obeyed(document, read, therapy):
    document["therapies"].append(therapy("b", run_out="2026-12-09", earliest="2026-12-02"))
    document["horizon_days"] = 28
    order = ["gap_days", "days_to_first", "trips", "off_grid_fills", "sync_overrides", "preference", "odd_fills"]
    document["programme"]["objective"] = [*order, "leftover_days"]
    assert solve(read(document)).objective.days_to_first <= 3


def test_a_bad_problem_made_in_code_is_refused_too(document, read):
    problem = read(document)
    with pytest.raises(ProblemError, match="stands here twice"):
        solve(replace(problem, therapies=problem.therapies * 2))
    with pytest.raises(ProblemError, match="no therapy"):
        solve(replace(problem, preferences=replace(problem.preferences, excluded=frozenset({"x"}))))


@pytest.mark.parametrize("run_out", [f"2026-{month}-{day:02}" for month, day in ((11, 25), (12, 3), (12, 9), (12, 20))])
def test_a_reason_calls_no_day_a_pickup_day_that_nobody_comes_on(document, read, therapy, run_out):
    document["therapies"].append(therapy("b", run_out=run_out, earliest=run_out))
    plan = solve(read(document))
    named = {
        found
        for fill in plan.fills
        for reason in fill.reasons
        for found in re.findall(r"(?<!possible) pickup day (\d{4}-\d\d-\d\d)", reason)
    }
    assert named <= {str(day) for day in plan.pickups}


def test_each_cycle_is_planned_as_if_it_were_the_only_one(document, read, therapy):
    # 84 and 28 days have the same horizon and share dates, but not the sizes that are even.
    document["horizon_days"] = 180
    document["programme"]["cycles"] = [{"every_days": days} for days in (84, 90, 28)]
    document["programme"]["open_weekdays"] = [0, 1, 2, 3, 4]
    document["therapies"] = [
        therapy("duloxetine", run_out="2026-11-27", earliest="2026-11-24", sync_overrides_left=1),
        therapy("lisinopril", run_out="2026-12-07", earliest="2026-11-30", sync_overrides_left=1),
        therapy(
            "pregabalin", run_out="2026-12-23", earliest="2026-12-20", short_fill_allowed=False, refill_too_soon=0.9
        ),
    ]
    together = solve(read(document), 60.0)
    for cycle in document["programme"]["cycles"]:
        alone = solve(read({**document, "programme": {**document["programme"], "cycles": [cycle]}}), 60.0)
        assert alone.cycles[0] in together.cycles
        assert all(
            one in {(each.first_pickup, each.objective) for each in together.alternatives}
            for one in [(each.first_pickup, each.objective) for each in alone.alternatives]
        )
