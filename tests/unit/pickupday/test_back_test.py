"""The past year synchronized beside what it was: no hindsight, no claim where the dispenses do not say enough."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from pickupday.back_test import back_test, say_back_test
from pickupday.problem import EveryDays, Preferences, Programme
from pickupday.proposal import propose_plan
from pickupday.rules import Rules
from pickupday.simulated_year import Past, live_apart, live_synchronized

PROGRAMME = Programme(cycles=(EveryDays(28), EveryDays(30)))
NAMES = ("lisinopril", "metformin", "sertraline", "atorvastatin")
RULES = Rules(lapse_days=60)


def history_of(make, *days_of_each, days=30, **changes):
    """One medicine for each tuple of days on which a fill for 30 days was handed over."""
    prescriptions, dispenses = [], []
    for place, fills in enumerate(days_of_each):
        drug, key = make.drug(NAMES[place], "10 mg"), f"MedicationRequest/{place}"
        prescriptions.append(make.prescription(key, drug=drug, authored_on=make.day(-500)))
        dispenses += [
            make.dispense(day, days=days, key=f"MedicationDispense/{place}/{day}", prescription=key, drug=drug)
            for day in fills
        ]
    return make.history(prescriptions, dispenses, **changes)


def lived_again(make, history, **wishes):
    proposal = propose_plan(history, PROGRAMME, Preferences(**wishes), make.today, RULES)
    return back_test(proposal, budget_seconds=60)


def two_apart(make):
    """Each medicine every 30 days for more than a year, 15 days apart from the other."""
    return history_of(make, range(-400, 0, 30), range(-385, 0, 30))


def test_two_medicines_15_days_apart_would_have_come_together(make):
    found = lived_again(make, two_apart(make))
    assert (found.days, found.start, found.reason, found.left_out) == (365, make.day(-365), None, ())
    assert (found.observed.visits, found.observed.fills, found.observed.gap_days) == (24, 24, 0)
    assert found.apart.visits == 24
    assert found.synchronized.visits in (13, 14)
    assert (found.synchronized.gap_days, found.proven) == (0, True)
    assert found.synchronized.calls <= found.synchronized.visits


def test_the_back_test_is_one_plain_sentence(make):
    found = lived_again(make, two_apart(make))
    trips, calls = found.synchronized.visits, found.synchronized.calls
    assert say_back_test(found) == (
        "In the past 365 days 2 medicines took 24 trips, with 0 days without medicine; planned day by day with what "
        f"was known then, and every pickup kept, it would have been {trips} trips and {calls} calls, with 0 days "
        "without medicine."
    )


def test_what_was_synchronized_already_gains_nothing(make):
    found = lived_again(make, history_of(make, range(-392, 0, 28), range(-392, 0, 28), days=28))
    assert found.observed.visits == 13
    assert found.synchronized.visits >= 13


def test_late_refills_are_days_without_medicine_as_it_was_and_none_where_every_pickup_is_kept(make):
    found = lived_again(make, history_of(make, range(-400, 0, 40), range(-385, 0, 40)))
    assert found.observed.gap_days > 100
    assert found.synchronized.gap_days == found.apart.gap_days == 0


def test_a_medicine_joins_on_the_day_of_its_first_dispense(make):
    found = lived_again(make, history_of(make, range(-400, 0, 30), range(-150, 0, 30)))
    assert (found.days, len(found.therapies)) == (365, 2)
    assert found.synchronized.visits < found.observed.visits


def pasts(make, *days_of_each):
    proposal = propose_plan(history_of(make, *days_of_each), PROGRAMME, Preferences(), make.today, RULES)
    return [Past(one.problem, one.fills) for one in proposal.review.therapies]


def lived(make, past, end):
    return live_synchronized(past, PROGRAMME, 90, make.day(-365), end, budget_seconds=60)


@pytest.mark.parametrize("until", [-200, -100, -37])
def test_no_later_dispense_changes_what_was_planned_before_it(make, until):
    """The year lived until a day is the same whether what came later was dispensed or not."""
    days = (range(-400, 0, 30), range(-385, 0, 30), range(-150, 0, 35))
    past, end = pasts(make, *days), make.day(until)
    without_future = [
        replace(one, fills=tuple(fill for fill in one.fills if fill.on < end)) for one in past if one.fills[0].on < end
    ]
    assert lived(make, past, end) == lived(make, without_future, end)


def test_on_its_first_day_a_medicine_costs_a_trip_however_the_others_are_planned(make):
    past = pasts(make, range(-400, 0, 30), range(-150, 0, 30))
    assert make.day(-150) in lived(make, past, make.today).dates
    assert make.day(-150) in live_apart(past, PROGRAMME, make.day(-365), make.today).dates


def test_a_fill_of_another_size_is_known_from_its_day_on(make):
    [past, _] = pasts(make, range(-400, 0, 30), range(-400, 0, 30))
    longer = tuple(replace(fill, days=90) if fill.on >= make.day(-100) else fill for fill in past.fills)
    past = replace(past, fills=longer)
    assert (past.usual_by(make.day(-101)), past.usual_by(make.day(-100))) == (30, 90)


def test_a_part_fill_is_not_the_usual_one(make):
    [past, _] = pasts(make, range(-400, 0, 30), range(-400, 0, 30))
    part = replace(past.fills[-1], days=7, dispense=replace(past.fills[-1].dispense, supply_type="RFP"))
    assert replace(past, fills=(*past.fills[:-1], part)).usual_by(make.today) == 30


def test_a_usual_fill_that_is_no_whole_number_of_packages_is_never_split(make):
    past = pasts(make, range(-400, 0, 30), range(-385, 0, 30))
    half = [replace(one, therapy=replace(one.therapy, dispensable_unit=Fraction(28))) for one in past]
    tally = lived(make, half, make.today)
    assert tally.gap_days == 0


def test_short_and_early_fills_are_used_up(make):
    past = pasts(make, range(-400, 0, 30), range(-385, 0, 30))
    none_left = [replace(one, therapy=replace(one.therapy, short_fills_left=0)) for one in past]
    one_left = [replace(one, therapy=replace(one.therapy, short_fills_left=1, sync_overrides_left=1)) for one in past]
    assert lived(make, none_left, make.today).gap_days == 0
    assert len(lived(make, one_left, make.today).dates) <= len(lived(make, none_left, make.today).dates)


def filled_twice(make):
    """A medicine of which only the fills on days -400 and -370 are known: it runs out on day -340."""
    [past, _] = pasts(make, range(-400, 0, 30), range(-400, 0, 30))
    return replace(past, fills=past.fills[:2])


def test_refilled_apart_on_the_last_open_day_before_the_run_out(make):
    past = filled_twice(make)
    mondays = replace(PROGRAMME, open_weekdays=frozenset({0}))
    start, end = make.day(-365), make.day(-330)
    tally = live_apart([past], mondays, start, end)
    run_out = make.day(-340)
    assert tally.dates == {run_out - timedelta(days=run_out.weekday())}
    assert tally.gap_days == 0


def test_where_no_day_is_open_in_time_the_days_without_medicine_are_counted(make):
    past = filled_twice(make)
    start, end = make.day(-365), make.day(-330)
    closed = replace(PROGRAMME, closed_dates=frozenset(start + timedelta(days=day) for day in range(35)))
    assert (live_apart([past], closed, start, end).gap_days, live_apart([past], closed, start, end).fills) == (10, 0)


@pytest.mark.parametrize(
    ("days_of_each", "said"),
    [
        ((range(-400, 0, 30),), "fewer than two planned medicines"),
        (((-60, -30), (-50, -20)), "less than 91 days ago"),
    ],
)
def test_a_history_too_short_says_nothing_but_why(make, days_of_each, said):
    found = lived_again(make, history_of(make, *days_of_each))
    assert (found.observed, found.synchronized, found.apart) == (None, None, None)
    assert said in found.reason
    assert say_back_test(found) == found.reason


def test_without_a_plan_there_is_no_back_test(make):
    assert "no prescription and no dispense" in lived_again(make, make.history()).reason


def test_a_break_that_may_have_been_meant_is_left_out(make):
    broken = (*range(-400, -250, 30), *range(-120, 0, 30))
    found = lived_again(make, history_of(make, range(-400, 0, 30), range(-385, 0, 30), broken))
    [left_out] = found.left_out
    assert "nobody knows whether it was stopped" in left_out.reason
    assert left_out.therapy not in found.therapies
    assert found.observed.visits == 24


def test_a_dose_change_within_the_year_is_left_out(make):
    history = history_of(make, range(-400, 0, 30), range(-385, 0, 30), range(-400, 0, 30))
    doubled = [
        replace(one, quantity=make.amount(60)) if "/2/" in one.key and one.handed_over >= make.day(-100) else one
        for one in history.dispenses
    ]
    found = lived_again(make, replace(history, dispenses=tuple(doubled)))
    assert ["its dose changed" in one.reason for one in found.left_out] == [True]


def test_a_dispense_of_unknown_days_leaves_its_medicine_out(make):
    history = history_of(make, range(-400, 0, 30), range(-385, 0, 30), range(-400, 0, 30))
    unknown = [
        replace(one, stated_days=None, quantity=None) if one.key == "MedicationDispense/2/-100" else one
        for one in history.dispenses
    ]
    found = lived_again(make, replace(history, dispenses=tuple(unknown)))
    assert [one.reason for one in found.left_out] == [f"how long the dispense of {make.day(-100)} lasts is not known"]


def test_a_medicine_that_is_not_planned_for_want_of_a_field_is_named(make):
    history = history_of(make, range(-400, 0, 30), range(-385, 0, 30), range(-400, 0, 30))
    last = max(one.handed_over for one in history.dispenses if "/2/" in one.key)
    unknown = [
        replace(one, stated_days=None, quantity=None) if "/2/" in one.key and one.handed_over == last else one
        for one in history.dispenses
    ]
    found = lived_again(make, replace(history, dispenses=tuple(unknown)))
    assert [one.reason.startswith("not planned: How long the last dispense") for one in found.left_out] == [True]


def test_what_was_left_out_by_choice_is_in_no_back_test(make):
    history = history_of(make, range(-400, 0, 30), range(-385, 0, 30), range(-390, 0, 30))
    everything = lived_again(make, history)
    found = lived_again(make, history, excluded=frozenset({everything.therapies[0]}))
    assert found.therapies == everything.therapies[1:]


def test_a_programme_that_cannot_plan_the_past_says_so(make):
    proposal = propose_plan(two_apart(make), PROGRAMME, Preferences(), make.today, RULES)
    long_ago = frozenset(make.day(-day) for day in range(280, 366))
    shut = replace(proposal.problem, programme=replace(PROGRAMME, closed_dates=long_ago))
    assert "cannot be planned by this programme" in back_test(replace(proposal, problem=shut)).reason


def test_a_plan_that_was_not_proven_is_said(make):
    past = pasts(make, range(-400, 0, 30), range(-385, 0, 30))
    assert not live_synchronized(past, PROGRAMME, 90, make.day(-365), make.today, budget_seconds=0).proven


def test_after_a_longer_fill_the_plans_are_made_with_it(make):
    """From day -200 on each fill is for 90 days."""
    past = pasts(make, range(-400, 0, 30), range(-385, 0, 30))
    longer = [
        replace(one, fills=tuple(replace(fill, days=90) if fill.on >= make.day(-200) else fill for fill in one.fills))
        for one in past
    ]
    assert lived(make, longer, make.day(-201)) == lived(make, past, make.day(-201))
    assert lived(make, longer, make.today).fills < lived(make, past, make.today).fills


def test_a_medicine_that_waits_for_its_first_fill_is_left_out(make):
    history = history_of(make, range(-400, 0, 30), range(-385, 0, 30))
    drug = make.drug(NAMES[2], "10 mg")
    new = make.prescription("MedicationRequest/2", drug=drug, authored_on=make.day(-5))
    found = lived_again(make, replace(history, prescriptions=(*history.prescriptions, new)))
    assert [one.reason for one in found.left_out] == ["it has not been dispensed before today"]


def test_units_that_are_not_known_say_nothing_of_a_dose(make):
    history = history_of(make, range(-400, 0, 30), range(-385, 0, 30))
    countless = tuple(replace(one, quantity=None) if "/0/-40" in one.key else one for one in history.dispenses)
    assert lived_again(make, replace(history, dispenses=countless)).left_out == ()
