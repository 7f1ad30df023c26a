from __future__ import annotations

from pickupday.planner.comparisons import compare_latest_due, compare_most_common, compare_unsynchronized
from pickupday.planner.grid import lay_out


def both(read, document):
    problem = read(document)
    return problem, lay_out(problem, problem.programme.cycles[0])


def test_unsynchronized_each_therapy_is_refilled_on_the_last_open_day_before_it_ends(document, read, therapy):
    document["therapies"].append(therapy("b", run_out="2026-12-13"))
    found = compare_unsynchronized(*both(read, document))
    # Days 10, 40, 70 and 20, 50, 80 of 84.
    assert (found.trips, found.gap_days) == (6, 0)


def test_unsynchronized_a_closure_costs_days_without_supply(document, read):
    document["therapies"][0]["run_out"] = "2026-11-24"
    document["preferences"] = {"vacations": [{"from": "2026-11-23", "to": "2026-11-26"}]}
    found = compare_unsynchronized(*both(read, document))
    assert found.gap_days == 3


def test_unsynchronized_with_nothing_open_everything_after_the_run_out_is_a_gap(document, read):
    document["preferences"] = {"vacations": [{"from": "2026-11-23", "to": "2027-03-26"}]}
    found = compare_unsynchronized(*both(read, document))
    assert (found.trips, found.gap_days) == (0, 74)


def test_the_usual_heuristics_bridge_to_their_anchor(document, read, therapy):
    document["therapies"] += [therapy("b", run_out="2026-12-13"), therapy("c", run_out="2026-12-13")]
    problem, days = both(read, document)
    assert compare_latest_due(problem, days).gap_days == 0
    assert compare_latest_due(problem, days) == compare_most_common(problem, days)
    assert compare_latest_due(problem, days).trips == 4


def test_packs_that_cannot_be_cut_are_bridged_in_whole(document, read, therapy):
    document["therapies"] += [therapy("b", run_out="2026-12-13", short_fill_allowed=False)]
    document["therapies"][0]["short_fill_allowed"] = False
    found = compare_latest_due(*both(read, document))
    assert found.gap_days == 0


def test_nothing_to_do_is_no_trip(document, read):
    document["therapies"] = []
    problem, days = both(read, document)
    assert compare_latest_due(problem, days).trips == compare_most_common(problem, days).trips == 0


def test_an_anchor_on_closed_days_to_the_end_is_no_trip(document, read):
    document["preferences"] = {"vacations": [{"from": "2026-11-23", "to": "2027-03-26"}]}
    assert compare_latest_due(*both(read, document)).trips == 0
