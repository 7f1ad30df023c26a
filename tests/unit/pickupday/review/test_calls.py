"""Until a pickup is confirmed: calls, a person, refills one by one; no medicine is withheld in silence."""

from datetime import date, timedelta

from pickupday.review.calls import Step, Supply, call_attempts, until_confirmed
from pickupday.rules import Rules

TODAY = date(2026, 3, 2)  # a Monday
PICKUP = date(2026, 3, 20)  # a Friday


def never_on_sundays(day):
    return day.weekday() != 6


def attempts(pickup=PICKUP, today=TODAY, is_open=never_on_sundays):
    return call_attempts(pickup, today, is_open, 7, (3, 1))


def steps(run_out, today=TODAY, pickup=PICKUP):
    medicine = Supply("metformin", "Metformin 500 MG Oral Tablet", run_out)
    return until_confirmed(pickup, [medicine], today, attempts(pickup, today), Rules())


def test_the_patient_is_called_seven_three_and_one_days_before():
    assert attempts() == (date(2026, 3, 13), date(2026, 3, 17), date(2026, 3, 19))


def test_a_call_on_a_closed_day_is_made_on_the_last_open_day_before():
    monday = date(2026, 3, 23)
    assert attempts(monday) == (date(2026, 3, 16), date(2026, 3, 20), date(2026, 3, 21))


def test_two_attempts_on_one_day_are_one():
    def weekdays_only(day):
        return day.weekday() < 4

    assert attempts(date(2026, 3, 16), is_open=weekdays_only) == (date(2026, 3, 9), date(2026, 3, 12))


def test_inside_the_call_lead_the_conversation_of_today_is_the_first_attempt():
    assert attempts(TODAY + timedelta(days=4)) == (TODAY, date(2026, 3, 3), date(2026, 3, 5))


def test_behind_a_long_closure_the_call_is_still_made():
    assert attempts(is_open=lambda day: False) == (date(2026, 3, 13), date(2026, 3, 17), date(2026, 3, 19))


def test_whoever_is_not_reached_is_handed_to_a_person_and_then_refilled_one_by_one():
    found = steps(run_out=date(2026, 3, 24))
    assert [(one.step, one.on) for one in found] == [
        (Step.CALL, date(2026, 3, 13)),
        (Step.CALL, date(2026, 3, 17)),
        (Step.CALL, date(2026, 3, 19)),
        (Step.TASK, date(2026, 3, 20)),
        (Step.INDIVIDUAL_REFILL, date(2026, 3, 22)),
    ]
    assert found[0].sentence == "Call to confirm the pickup on 2026-03-20 (attempt 1 of 3)."
    assert found[3].sentence == (
        "The pickup on 2026-03-20 is not confirmed: a person decides how to reach the patient."
    )
    assert found[4].sentence == (
        "Refill Metformin 500 MG Oral Tablet by itself: it runs out on 2026-03-24 and the pickup is not confirmed."
    )


def test_a_medicine_goes_back_to_individual_refill_two_days_before_it_runs_out_even_before_the_last_call():
    found = steps(run_out=date(2026, 3, 16))
    assert (found[1].step, found[1].on) == (Step.INDIVIDUAL_REFILL, date(2026, 3, 14))


def test_a_medicine_that_is_out_is_filled_at_once_and_not_held_for_a_call():
    first = steps(run_out=TODAY - timedelta(days=3))[0]
    assert (first.step, first.on, first.therapies) == (Step.BRIDGE_FILL, TODAY, ("metformin",))
    assert first.sentence == (
        "Fill Metformin 500 MG Oral Tablet at once when the patient asks: it is out. It is never held for a call."
    )


def test_so_is_one_that_runs_out_before_it_can_be_prepared():
    assert steps(run_out=TODAY + timedelta(days=2))[0].step is Step.BRIDGE_FILL
    assert steps(run_out=TODAY + timedelta(days=3))[0].step is Step.INDIVIDUAL_REFILL


def test_every_medicine_of_an_unconfirmed_pickup_has_a_day_on_which_it_is_filled_all_the_same():
    for days in range(-30, 90):
        for since in range(20):
            run_out, today = TODAY + timedelta(days=days), TODAY + timedelta(days=since)
            fills = [one for one in steps(run_out, today) if one.step in (Step.BRIDGE_FILL, Step.INDIVIDUAL_REFILL)]
            assert [one.therapies for one in fills] == [("metformin",)]
            assert all(today <= one.on <= max(today, run_out) for one in fills)


def test_on_the_pickup_day_itself_a_person_is_asked_at_the_latest():
    assert [one.on for one in steps(run_out=PICKUP, today=PICKUP) if one.step is Step.TASK] == [PICKUP]
