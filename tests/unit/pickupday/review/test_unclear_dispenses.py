"""A dispense of which not all is known is never taken for one that did not happen: a second fill would double it."""

from fractions import Fraction

import pytest

from pickupday.history import DispenseStatus, ToldCount
from pickupday.review.therapies import review


def told(make, units, on=0):
    return ToldCount("MedicationRequest/1", Fraction(units), make.day(on))


def undated(make, **changes):
    return make.dispense(0, key="MedicationDispense/undated", handed_over=None, **changes)


def unreadable(make, on, **changes):
    return make.dispense(on, key="MedicationDispense/odd", unreadable="modifierExtension", **changes)


def only_line(reviewed):
    assert reviewed.therapies == ()
    [line] = reviewed.not_planned
    return line


def test_an_undated_dispense_may_be_the_latest_so_nothing_is_filled(make):
    history = make.history([make.prescription()], [make.dispense(-65), make.dispense(-35), undated(make)])
    line = only_line(review(history, make.today))
    assert (line.code, line.missing, line.ask) == ("undated-dispense", "whenHandedOver", False)
    assert [one.remaining for one in line.ledgers] == [None]


def test_a_new_start_with_an_undated_dispense_is_not_filled_a_second_time(make):
    new = make.prescription(authored_on=make.day(-10))
    line = only_line(review(make.history([new], [undated(make)]), make.today))
    assert line.code == "undated-dispense"


def test_a_dispense_dated_after_today_is_as_good_as_undated(make):
    line = only_line(review(make.history([make.prescription()], [make.dispense(-35), make.dispense(3)]), make.today))
    assert line.code == "undated-dispense"
    assert "after today" in line.reason


def test_a_count_told_today_settles_an_undated_dispense_and_one_told_before_does_not(make):
    dispenses = [make.dispense(-65), make.dispense(-35), undated(make)]
    history = make.history([make.prescription()], dispenses, told_counts=[told(make, 4)])
    [therapy] = review(history, make.today).therapies
    assert (therapy.run_out, therapy.run_out_source) == (make.day(4), "told")
    older = make.history([make.prescription()], dispenses, told_counts=[told(make, 9, on=-5)])
    assert only_line(review(older, make.today)).code == "undated-dispense"


def test_an_undated_dispense_without_a_prescription_is_shown_by_itself(make):
    line = only_line(review(make.history((), [undated(make, prescription=None)]), make.today))
    assert (line.code, line.keys) == ("undated-dispense", ("MedicationDispense/undated",))


def test_a_dispense_that_must_not_be_interpreted_may_have_been_handed_over(make):
    history = make.history([make.prescription()], [make.dispense(-65), make.dispense(-35), unreadable(make, -5)])
    line = only_line(review(history, make.today))
    assert (line.code, line.ask) == ("unreadable-dispense", False)
    assert "modifierExtension" in line.reason
    undated_too = make.history([make.prescription()], [make.dispense(-35), unreadable(make, -5, handed_over=None)])
    assert only_line(review(undated_too, make.today)).code == "unreadable-dispense"


def test_an_unreadable_dispense_before_the_last_one_leaves_only_the_account_unknown(make):
    history = make.history([make.prescription()], [make.dispense(-35), unreadable(make, -20), make.dispense(-5)])
    [therapy] = review(history, make.today).therapies
    assert therapy.run_out == make.day(25)
    assert [one.remaining for one in therapy.ledgers] == [None]


@pytest.mark.parametrize(
    "changes", [{"status": DispenseStatus.CANCELLED}, {"inpatient": True}], ids=["cancelled", "inpatient"]
)
def test_an_unreadable_dispense_that_supplies_nothing_however_it_is_read_blocks_nothing(make, changes):
    history = make.history([make.prescription()], [make.dispense(-35), unreadable(make, -5, **changes)])
    assert len(review(history, make.today).therapies) == 1


def test_an_unclear_dispense_under_an_inpatient_prescription_is_no_ones(make):
    stay = make.prescription("MedicationRequest/stay", categories=frozenset({"inpatient"}))
    dispenses = [make.dispense(-35), make.dispense(-5), undated(make, prescription="MedicationRequest/stay")]
    assert len(review(make.history([make.prescription(), stay], dispenses), make.today).therapies) == 1
