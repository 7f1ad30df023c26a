"""Dose changes, and the daily use in force."""

from fractions import Fraction

from pickupday.history import PrescriptionStatus
from pickupday.review.therapies import review


def codes(reviewed):
    return [one.code for one in reviewed.findings]


def successive(make, *, before=1, after=2, written=-10, dispenses=None):
    old = make.prescription("MedicationRequest/1", per_day=before)
    new = make.prescription(
        "MedicationRequest/2", per_day=after, authored_on=None if written is None else make.day(written)
    )
    return make.history([old, new], dispenses or [make.dispense(-120, days=90, units=90), make.dispense(-30)])


def test_after_a_new_prescription_what_is_at_hand_is_used_at_its_daily_use(make):
    [therapy] = review(successive(make, before=1, after=2, written=-20), make.today).therapies
    assert therapy.run_out == make.day(-20 + 10)
    assert (therapy.daily_use, therapy.usual_days) == (make.amount(2), 15)  # 30 tablets as prescribed, at the new dose
    assert any("New start or dose change on 2026-02-10" in reason for reason in therapy.reasons)


def test_a_lower_dose_makes_the_supply_last_longer(make):
    dispenses = [make.dispense(-120, units=60), make.dispense(-30, units=60)]
    history = successive(make, before=2, after=1, written=-20, dispenses=dispenses)
    reviewed = review(history, make.today)
    assert reviewed.therapies[0].run_out == make.day(-20 + 40)
    assert codes(reviewed) == ["dose-change"]


def test_a_dose_change_counts_from_the_first_fill_of_the_new_prescription_if_it_was_written_earlier(make):
    dispenses = [make.dispense(-40, units=30), make.dispense(-20, units=60, prescription="MedicationRequest/2")]
    [therapy] = review(successive(make, written=-60, dispenses=dispenses), make.today).therapies
    assert [(one.covers_from, one.covers_to) for one in therapy.fills] == [
        (make.day(-40), make.day(-15)),
        (make.day(-15), make.day(15)),
    ]


def test_a_dose_change_between_two_dispenses_counts_from_the_day_it_was_written(make):
    dispenses = [make.dispense(-40, units=30), make.dispense(-10, units=60, prescription="MedicationRequest/2")]
    [therapy] = review(successive(make, written=-20, dispenses=dispenses), make.today).therapies
    assert therapy.fills[0].covers_to == make.day(-20 + 5)


def test_an_undated_dose_change_counts_from_today(make):
    old = make.prescription("MedicationRequest/1", authored_on=None, valid_from=make.day(-90))
    new = make.prescription(
        "MedicationRequest/2", per_day=2, authored_on=None, valid_from=make.day(-40), prior="MedicationRequest/1"
    )
    [therapy] = review(make.history([old, new], [make.dispense(-39), make.dispense(-20)]), make.today).therapies
    assert therapy.run_out == make.day(10 + 1 - 1)


def test_the_dose_of_a_dispense_itself_may_change(make):
    dispenses = [
        make.dispense(-40, units=30, daily_use=make.amount(1)),
        make.dispense(-20, units=60, daily_use=make.amount(2)),
    ]
    reviewed = review(make.history([make.prescription(per_day=2)], dispenses), make.today)
    assert "dose-change" in codes(reviewed)


def test_the_same_dose_in_other_words_is_no_dose_change(make):
    old = make.prescription("MedicationRequest/1", daily_use=make.amount(1, "{capsule}"))
    new = make.prescription("MedicationRequest/2", authored_on=make.day(-20))
    assert codes(review(make.history([old, new], [make.dispense(-60), make.dispense(-30)]), make.today)) == []


def test_a_dose_in_another_unit_cannot_be_compared(make):
    old = make.prescription("MedicationRequest/1", daily_use=make.amount(5, "mg"))
    new = make.prescription("MedicationRequest/2", authored_on=make.day(-20))
    assert "dose-change" not in codes(review(make.history([old, new], [make.dispense(-60)]), make.today))


def test_a_daily_use_of_zero_is_not_known(make):
    zero = make.prescription(daily_use=make.amount(0), daily_use_missing="doseQuantity")
    [therapy] = review(make.history([zero], [make.dispense(-60), make.dispense(-30)]), make.today).therapies
    assert therapy.daily_use == make.amount(1)
    assert not therapy.problem.short_fill_allowed


def test_a_dispense_says_the_dose_where_the_prescription_is_silent(make):
    silent = make.prescription(per_day=None, dosages=())
    labelled = [
        make.dispense(day, daily_use=make.amount(1), dosages=(make.dosage(),), daily_use_source="parsed sig")
        for day in (-60, -30)
    ]
    [therapy] = review(make.history([silent], labelled), make.today).therapies
    assert therapy.problem.short_fill_allowed


def test_a_recent_dose_change_allows_thirty_days_at_a_time(make):
    dispenses = [
        make.dispense(-120, days=90, units=90),
        make.dispense(-30, days=90, units=180, prescription="MedicationRequest/2"),
    ]
    [therapy] = review(successive(make, written=-31, dispenses=dispenses), make.today).therapies
    assert (therapy.usual_days, therapy.problem.max_days) == (30, 30)
    assert therapy.problem.units_per_day == Fraction(2)


def test_an_old_dose_change_allows_the_usual_fill_again(make):
    dispenses = [
        make.dispense(-200, days=90, units=90),
        make.dispense(-100, days=90, units=180, prescription="MedicationRequest/2"),
        make.dispense(-10, days=90, units=180, prescription="MedicationRequest/2"),
    ]
    [therapy] = review(successive(make, written=-101, dispenses=dispenses), make.today).therapies
    assert therapy.usual_days == 90


def test_a_stopped_prescription_of_another_dose_changes_nothing_that_follows(make):
    old = make.prescription("MedicationRequest/0", per_day=2, status=PrescriptionStatus.STOPPED)
    new = make.prescription("MedicationRequest/1", authored_on=make.day(-90))
    [therapy] = review(make.history([old, new], [make.dispense(-60), make.dispense(-30)]), make.today).therapies
    assert therapy.run_out == make.today
