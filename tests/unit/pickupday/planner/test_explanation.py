"""The plan in words, sentence by sentence, on problems that can be checked by hand."""

from __future__ import annotations

import itertools

import pytest

from pickupday.planner.best_plan import solve
from pickupday.planner.explanation import explain
from pickupday.planner.explanation_format import explanation_to_json
from pickupday.planner.other_dates import is_chosen
from pickupday.planner.replay import gaps, replay
from pickupday.planner.saying import Words, say_all, say_another


@pytest.fixture
def tell(read):
    """The explanation of a problem, and its sentences by section."""

    def run(document, **options):
        problem = read(document)
        told = explain(problem, solve(problem), **options)
        return told, {section.title: list(section.sentences) for section in told.sections}

    return run


def sentence_of(told, day):
    return next(one.sentence for one in told.first_dates if str(one.alternative.first_pickup) == day)


def test_a_first_date_past_the_run_out_needs_a_fill_off_the_grid_which_is_named(document, tell):
    # Supply until 3 December, 30 days each; 84 days are planned.
    told, sections = tell(document)
    assert sections["Why Thursday 26 November"][0] == "The first pickup is Thursday 26 November, then every 28 days."
    assert (
        "28 open days from Wednesday 25 November to Tuesday 22 December could be the first pickup."
        in (sections["Why Thursday 26 November"])
    )
    assert sentence_of(told, "2026-12-04") == (
        "Friday 4 December would need a fill of metformin off the pickup days on Thursday 3 December (30 days)."
    )


def test_the_chosen_date_says_that_it_is_the_plans(document, tell):
    told, _ = tell(document)
    chosen = [one for one in told.first_dates if one.chosen]
    assert [one.sentence for one in chosen] == ["Thursday 26 November is the plan's first pickup."]
    assert chosen[0].measure is None
    assert all(one.measure or "As good" in one.sentence for one in told.first_dates if not one.chosen)


def test_a_bridge_trip_names_the_medicine_that_forces_it_and_the_days_that_it_saves(document, tell, therapy):
    document["therapies"] = [
        therapy("lisinopril", run_out="2026-12-08", earliest="2026-12-01"),
        therapy("metformin", run_out="2026-11-27", earliest="2026-11-23"),
    ]
    document["preferences"] = {"first_pickup": "2026-12-08"}
    told, sections = tell(document)
    assert str(told.plan.bridge_trips[0]) == "2026-11-27"
    assert told.trips[0].forced_by == {"metformin": 11}
    assert sections["The visits"][:2] == [
        "Friday 27 November, bridge trip: 11 days (short) of metformin.",
        "metformin forces it: 11 days without supply on the other trips alone. The supply ends on Friday 27 November, "
        "before the first pickup day Tuesday 8 December.",
    ]


def test_a_wanted_first_date_says_what_the_wish_costs(document, tell, therapy):
    document["preferences"] = {"first_pickup": "2026-12-10"}
    _, sections = tell(document)
    assert sections["Why Thursday 10 December"][1] == (
        "Thursday 10 December was asked for. Without that wish the plan would start on Thursday 26 November; the wish "
        "costs 3 more fills off the pickup days (3 instead of 0)."
    )
    document["preferences"] = {"first_pickup": "2026-11-26"}
    _, sections = tell(document)
    assert sections["Why Thursday 26 November"][1].endswith("and no other first date would do better.")


def test_a_short_fill_says_what_the_usual_fills_alone_would_cost(document, tell, therapy):
    document["therapies"] = [
        therapy("lisinopril", run_out="2026-12-08", earliest="2026-12-01"),
        therapy("metformin", run_out="2026-11-27", earliest="2026-11-23"),
    ]
    document["preferences"] = {"first_pickup": "2026-12-08"}
    _, sections = tell(document)
    assert sections["Short and unusual fills"] == [
        "metformin on Friday 27 November (11 days), short: 11 days instead of the usual 30, to last until the pickup "
        "day Tuesday 8 December: so the claims after it fall on the chosen dates.",
        "Were metformin only filled in its usual size, the plan would have 4 more fills off the pickup "
        "days (5 instead of 1).",
    ]


def test_another_first_date_names_the_short_fill_that_it_would_need(document, tell, therapy):
    # Supply until 27 November and 21 December; open on Tuesdays and Fridays.
    document["programme"]["open_weekdays"] = [1, 4]
    document["therapies"] = [
        therapy("lisinopril", run_out="2026-11-27", earliest="2026-11-23"),
        therapy("metformin", run_out="2026-12-21", earliest="2026-12-14"),
    ]
    told, _ = tell(document)
    assert sentence_of(told, "2026-12-15") == (
        "Tuesday 15 December would need a short fill of lisinopril on Friday 27 November (20 days)."
    )


def test_an_override_says_what_the_plan_would_be_without_it(document, tell):
    document["therapies"][0].update(run_out="2026-11-23", earliest="2026-11-26", sync_overrides_left=1)
    _, sections = tell(document)
    assert sections["Claims before their earliest date"][-1] == (
        "Without an override for metformin the plan would have 3 more days without supply (3 instead of 0)."
    )


def test_days_without_supply_say_why_nothing_avoids_them(document, tell):
    document["therapies"][0]["run_out"] = "2026-11-23"
    document["programme"]["closed_dates"] = ["2026-11-23", "2026-11-24", "2026-11-25"]
    _, sections = tell(document)
    assert sections["Days without supply"] == [
        "metformin: 3 days without supply from Monday 23 November: no day in between is open."
    ]


def test_days_without_supply_at_the_end_are_said_too(document, tell):
    document["preferences"] = {"vacations": [{"from": "2026-12-20", "to": "2027-03-01"}]}
    told, sections = tell(document)
    assert told.plan.objective.gap_days > 0
    assert sections["Days without supply"][-1].endswith("to the end of the plan.")


def test_renewals_and_calls_say_by_when(document, tell):
    document["therapies"][0]["prescriptions"] = [{"units": 60, "expires": "2027-10-01"}]
    _, sections = tell(document)
    assert sections["Prescriptions to renew"] == [
        "Ask for a new prescription of metformin by Thursday 10 December: it is filled on Thursday 24 December, and "
        "the present one does not authorize enough units for it."
    ]
    assert sections["Calls"][0] == (
        "The pickup on Thursday 26 November is less than 7 days away: it is confirmed now, and no call follows."
    )
    assert sections["Calls"][1] == "Call on Thursday 17 December about the pickup on Thursday 24 December."


def test_a_renewal_that_is_late_already_is_asked_for_now(document, tell):
    document["therapies"][0]["prescriptions"] = [{"units": 1000, "expires": "2026-11-24"}]
    _, sections = tell(document)
    assert sections["Prescriptions to renew"][0].startswith("Ask for a new prescription of metformin now: ")
    assert sections["Prescriptions to renew"][0].endswith("and the present one has expired by then.")


def test_each_window_of_the_proof_says_which_medicine_forces_a_fill_and_why(document, tell):
    # Packs of 30 days, taken from 3 December on: filled at the latest on 3 December, 2 January and 1 February.
    document["therapies"][0].update(short_fill_allowed=False, refill_too_soon=1, earliest="2026-12-03")
    _, sections = tell(document)
    assert sections["The proof"] == [
        "In each of these 3 windows a fill is forced, and no two overlap: at least 3 trips.",
        "Monday 23 November to Thursday 3 December: metformin has supply until Thursday 3 December, so it must be "
        "filled by then.",
        "Friday 4 December to Saturday 2 January 2027: however metformin is filled before Friday 4 December, its "
        "supply lasts until Saturday 2 January 2027 at the longest (a fill is at most 30 days): it must be filled in "
        "between.",
        "Sunday 3 January 2027 to Monday 1 February 2027: however metformin is filled before Sunday 3 January 2027, "
        "its supply lasts until Monday 1 February 2027 at the longest (a fill is at most 30 days): it must be filled "
        "in between.",
        "The plan has 3 trips: no plan has fewer.",
        "Everything else that the plan is measured by is optimal by complete search.",
    ]


def test_where_the_windows_prove_less_the_search_is_named(document, tell):
    document["programme"]["objective"] = [
        "trips", "gap_days", "off_grid_fills", "sync_overrides", "preference", "odd_fills", "days_to_first",
        "leftover_days",
    ]  # fmt: skip
    _, sections = tell(document)
    assert "Bound 0, plan 0, optimal by complete search: the windows alone do not prove it." in sections["The proof"]


def test_a_search_that_ended_early_claims_nothing(document, read, therapy):
    document["therapies"].append(therapy("b", run_out="2026-12-09", earliest="2026-12-02"))
    problem = read(document)
    told = explain(problem, solve(problem, budget_seconds=0), budget_seconds=0)
    sections = {section.title: section.sentences for section in told.sections}
    assert sections["What is not proven or not planned"][0] == (
        "The search budget ended before the proof: a better plan may exist."
    )
    assert any("comparisons were worked out" in one for one in sections["What is not proven or not planned"])
    assert not any("optimal by complete search" in one for one in sections["The proof"])
    # Windows need no search: what they prove stays proven.
    proven = told.plan.certificate.bound == told.plan.objective.trips
    assert any("no plan has fewer" in one for one in sections["The proof"]) == proven


def test_what_is_left_out_or_lasts_to_the_end_is_said(document, tell, therapy):
    document["therapies"] += [therapy("warfarin"), therapy("insulin", run_out="2027-06-01")]
    document["preferences"] = {"excluded": ["warfarin"]}
    _, sections = tell(document)
    assert sections["What is not proven or not planned"] == [
        "Left out by choice: warfarin.",
        "insulin has supply until Tuesday 1 June 2027, past the end of the plan: no fill is planned.",
    ]


def test_other_cycles_say_how_they_compare(document, tell):
    document["programme"]["cycles"] = [{"every_days": 28}, {"every_days": 30}, {"every_days": 90}]
    _, sections = tell(document)
    assert sections["Other cycles"][0].endswith("as good; the programme names every 28 days first.")
    assert sections["Other cycles"][1] == (
        "Every 90 days: no plan. The horizon of 84 days is shorter than one cycle of 90 days."
    )


def test_medicines_are_called_by_the_names_that_people_know(document, tell):
    _, sections = tell(document, names={"metformin": "Metformin 500 mg"})
    assert any("Metformin 500 mg" in one for one in sections["The visits"])
    assert not any("metformin" in one for section in sections.values() for one in section)


def test_a_calendar_cycle_with_one_first_date_says_so(document, tell):
    document["programme"]["cycles"] = [{"nth_weekday": [2, 1]}]
    _, sections = tell(document)
    assert sections["Why Tuesday 8 December"][:2] == [
        "The first pickup is Tuesday 8 December, then the second Tuesday of every month.",
        "It is the only first date that the calendar and the preparation lead leave.",
    ]


@pytest.mark.parametrize(
    "first", ["trips", "off_grid_fills", "preference", "odd_fills", "days_to_first", "leftover_days"]
)
def test_every_first_date_says_something_in_every_order_of_importance(document, tell, therapy, first):
    document["therapies"].append(therapy("b", run_out="2026-12-09", earliest="2026-12-02", sync_overrides_left=1))
    document["horizon_days"] = 56
    order = ["gap_days", "trips", "off_grid_fills", "sync_overrides", "preference", "odd_fills", "days_to_first"]
    order = [*order, "leftover_days"]
    order.remove(first)
    document["programme"].update(objective=["gap_days", first, *order[1:]], open_weekdays=[0, 1, 3])
    document["preferences"] = {"weekdays": [1]}
    told, _ = tell(document)
    for one in told.first_dates:
        assert one.sentence.endswith(".")
        assert one.chosen == is_chosen(told.plan, one.alternative)
        if one.measure is not None:
            at = told.order.index(one.measure)
            mine, theirs = (
                [getattr(plan, name) for name in told.order]
                for plan in (told.plan.objective, one.alternative.objective)
            )
            assert mine[:at] == theirs[:at]
            assert mine[at] < theirs[at]


def test_a_first_date_past_the_end_of_a_short_plan_is_told_in_short(document, tell):
    # 28 days are planned, and the first dates go on to day 29.
    document["horizon_days"] = 28
    told, sections = tell(document)
    assert sentence_of(told, "2026-12-22").startswith("Tuesday 22 December: ")
    assert "What is not proven or not planned" not in sections


def test_the_same_problem_is_told_in_the_same_words(document, read, therapy):
    rows = [*document["therapies"], therapy("b", run_out="2026-12-09", earliest="2026-12-02"), therapy("c")]
    told = []
    for order in itertools.permutations(rows):
        problem = read({**document, "therapies": list(order)})
        told.append(explanation_to_json(explain(problem, solve(problem))))
    assert all(one == told[0] for one in told)


def test_replaying_a_plan_finds_the_days_that_it_counts(document, read):
    document["therapies"][0].update(run_out="2026-11-23", earliest="2026-11-26")
    problem = read(document)
    plan = solve(problem)
    assert sum(gap.days for gap in gaps(problem, plan)) == plan.objective.gap_days == 3
    walked = replay(problem.therapies[0], plan.fills, problem.today)
    assert sum(step.on_hand for step in walked) == plan.objective.leftover_days
    assert next(step.missed for step in walked) == 3


def test_every_trip_of_an_optimal_plan_is_forced_by_some_medicine(document, read, therapy):
    document["therapies"] += [therapy("b", run_out="2026-12-09"), therapy("c", run_out="2026-11-26")]
    problem = read(document)
    told = explain(problem, solve(problem))
    assert len(told.trips) == told.plan.objective.trips
    assert all(trip.forced_by for trip in told.trips)


def test_words_join_and_count_as_people_do(document, read):
    today = read(document).today
    assert say_all([]) == "nothing"
    assert say_all(["a"]) == "a"
    assert say_all("abc", 2) == "a, b and 1 more"
    assert [say_another(number) for number in (0, 1, 7)] == ["a", "a second", "a 8th"]
    assert Words(today).day(replace_year(today)) == "Tuesday 23 November 2027"
    assert Words(today).dates("It ends on 2026-12-03.") == "It ends on Thursday 3 December."


def replace_year(day):
    return day.replace(year=2027)
