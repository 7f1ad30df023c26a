"""Each pharmacy is planned apart; a transfer is named where it saves a trip or a day without supply, and only there."""

from __future__ import annotations

from pickupday.planner.best_plan import solve
from pickupday.planner.several_pharmacies import solve_each


def test_one_pharmacy_is_planned_as_ever(document, read, therapy):
    document["therapies"] = [therapy("a", pharmacy="Corner"), therapy("b")]
    problem = read(document)
    found = solve_each(problem)
    assert found.transfer is None
    assert [(one.pharmacy, one.plan) for one in found.plans] == [("Corner", solve(problem))]


def test_two_pharmacies_make_two_plans_and_their_visits_add_up(document, read, therapy):
    document["therapies"] = [
        therapy("a", pharmacy="Corner"),
        therapy("b", pharmacy="Corner", run_out="2026-12-05"),
        therapy("c", pharmacy="Mail"),
    ]
    found = solve_each(read(document))
    assert [(one.pharmacy, {fill.therapy for fill in one.plan.fills}) for one in found.plans] == [
        ("Corner", {"a", "b"}),
        ("Mail", {"c"}),
    ]
    # Each needs 3 trips, and 3 would do for all.
    assert found.transfer is not None
    assert (found.transfer.to, found.transfer.therapies) == ("Corner", ("c",))
    assert (found.transfer.trips_apart, found.transfer.trips_together) == (6, 3)
    assert found.transfer.sentence == (
        "c is filled elsewhere. At Corner all medicines together would need 3 trips in 84 days instead of 6: ask the "
        "patient, the prescriber and the payer whether it can be transferred."
    )


def test_a_transfer_that_saves_nothing_is_not_named(document, read, therapy):
    document["therapies"] = [therapy("a", pharmacy="Corner"), therapy("b", pharmacy="Mail", run_out="2027-12-01")]
    assert solve_each(read(document)).transfer is None


def test_a_pharmacy_whose_medicines_are_all_left_out_has_no_plan(document, read, therapy):
    document["therapies"] = [therapy("a", pharmacy="A"), therapy("b", pharmacy="B"), therapy("c", pharmacy="C")]
    document["preferences"] = {"excluded": ["b"]}
    assert [one.pharmacy for one in solve_each(read(document)).plans] == ["A", "C"]
    document["preferences"] = {"excluded": ["b", "c"]}
    assert [one.pharmacy for one in solve_each(read(document)).plans] == ["A"]


def test_pharmacies_whose_best_cycles_differ_are_compared_in_one_cycle(document, read, therapy):
    document["programme"]["cycles"] = [{"every_days": 28}, {"every_days": 30}]
    document["horizon_days"] = 90
    packs = {"short_fill_allowed": False, "dispensable_unit": 60, "refill_too_soon": 1, "earliest": "2026-12-03"}
    document["therapies"] = [
        therapy("a", pharmacy="A", **packs),
        therapy("b", pharmacy="A", **packs),
        therapy("c", pharmacy="B", usual_days=28, max_days=28),
    ]
    found = solve_each(read(document))
    assert [one.plan.cycle.every_days for one in found.plans] == [30, 28]
    assert found.transfer is not None
    assert found.transfer.horizon_days == 90


def test_days_without_supply_that_a_transfer_saves_are_said(document, read, therapy):
    document["therapies"] = [therapy("a", pharmacy="A"), therapy("b", pharmacy="B"), therapy("c", pharmacy="B")]
    found = solve_each(read(document)).transfer
    assert found is not None
    assert found.to == "B"
    assert found.gap_days_apart == found.gap_days_together == 0
    assert "fewer days" not in found.sentence
