import pytest

from pickupday.history import DispenseStatus
from pickupday.review.dispensing import sort_dispenses
from pickupday.rules import Rules


def sort(make, *dispenses):
    return sort_dispenses(dispenses, make.today, Rules())


def test_a_dispense_counts_from_the_day_it_was_handed_over(make):
    sorted_out = sort(make, make.dispense(-10, prepared=make.day(-12)))
    assert [one.on for one in sorted_out.handed_over] == [make.day(-10)]
    assert sorted_out.findings == ()


def test_a_dispense_that_was_only_prepared_counts_from_then_and_says_so(make):
    sorted_out = sort(make, make.dispense(-10, handed_over=None, prepared=make.day(-12)))
    assert [one.on for one in sorted_out.handed_over] == [make.day(-12)]
    assert [(one.code, one.missing) for one in sorted_out.findings] == [("dispense-only-prepared", "whenHandedOver")]


def test_a_dispense_without_any_date_does_not_count_and_names_the_field(make):
    sorted_out = sort(make, make.dispense(-10, handed_over=None))
    assert sorted_out.handed_over == ()
    assert [(one.code, one.missing) for one in sorted_out.findings] == [("dispense-undated", "whenHandedOver")]


def test_a_dispense_dated_after_today_does_not_count(make):
    sorted_out = sort(make, make.dispense(1))
    assert sorted_out.handed_over == ()
    assert [one.code for one in sorted_out.findings] == ["dispense-in-the-future"]


def test_the_same_fill_standing_twice_counts_twice_and_is_asked_about(make):
    twice = [make.dispense(-10, key=f"MedicationDispense/{number}") for number in (1, 2)]
    sorted_out = sort(make, *twice)
    assert len(sorted_out.handed_over) == 2
    assert [(one.code, one.about) for one in sorted_out.findings] == [("dispense-twice", "MedicationDispense/2")]


def test_two_fills_of_different_quantities_on_one_day_are_two_fills(make):
    sorted_out = sort(
        make, make.dispense(-10, key="MedicationDispense/1"), make.dispense(-10, key="MedicationDispense/2", units=60)
    )
    assert sorted_out.findings == ()


@pytest.mark.parametrize(
    "status",
    [
        DispenseStatus.CANCELLED,
        DispenseStatus.DECLINED,
        DispenseStatus.ENTERED_IN_ERROR,
        DispenseStatus.STOPPED,
        DispenseStatus.ON_HOLD,
        DispenseStatus.UNKNOWN,
    ],
)
def test_a_dispense_that_was_not_completed_supplies_nothing_and_is_shown(make, status):
    sorted_out = sort(make, make.dispense(-10, status=status))
    assert sorted_out.handed_over == sorted_out.being_filled == ()
    assert [one.code for one in sorted_out.findings] == ["dispense-supplies-nothing"]
    assert status.value in sorted_out.findings[0].message


def test_a_dispense_in_hospital_supplies_nothing_for_home(make):
    sorted_out = sort(make, make.dispense(-10, inpatient=True))
    assert sorted_out.handed_over == ()
    assert [one.code for one in sorted_out.findings] == ["dispense-inpatient"]


def test_a_dispense_of_zero_units_supplies_nothing(make):
    sorted_out = sort(make, make.dispense(-10, units=0))
    assert sorted_out.handed_over == ()
    assert [one.code for one in sorted_out.findings] == ["dispense-of-nothing"]


def test_a_dispense_that_must_not_be_interpreted_is_an_error(make):
    sorted_out = sort(make, make.dispense(-10, unreadable="modifierExtension http://example.org/x"))
    assert sorted_out.handed_over == ()
    assert [one.code for one in sorted_out.findings] == ["dispense-unreadable"]


@pytest.mark.parametrize("status", [DispenseStatus.IN_PROGRESS, DispenseStatus.PREPARATION])
def test_a_fill_under_way_is_being_filled(make, status):
    begun = make.dispense(-1, status=status, handed_over=None, prepared=make.day(-1))
    undated = make.dispense(-1, key="MedicationDispense/x", status=status, handed_over=None)
    assert sort(make, begun, undated).being_filled == (begun, undated)


def test_a_fill_under_way_for_months_is_forgotten_data(make):
    sorted_out = sort(make, make.dispense(-90, status=DispenseStatus.IN_PROGRESS))
    assert sorted_out.being_filled == ()
    assert [one.code for one in sorted_out.findings] == ["fill-never-finished"]


def test_dispenses_come_back_by_date_whatever_their_order(make):
    early, late = make.dispense(-40), make.dispense(-10)
    assert sort(make, late, early) == sort(make, early, late)
    assert [one.dispense for one in sort(make, late, early).handed_over] == [early, late]
