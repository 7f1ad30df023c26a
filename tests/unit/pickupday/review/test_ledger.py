from datetime import date
from fractions import Fraction

import pytest

from pickupday.drugs import Schedule
from pickupday.review.ledger import expiry_of, open_ledger
from pickupday.rules import Rules


def ledger(prescription, *dispenses):
    return open_ledger(prescription, dispenses, Rules())


def codes(findings):
    return [one.code for one in findings]


def test_authorized_is_one_fill_and_the_repeats_and_dispensed_units_are_taken_off(make):
    account, findings = ledger(make.prescription(repeats=3), make.dispense(-60), make.dispense(-30, units=10))
    assert account.authorized == make.amount(120)
    assert account.dispensed == make.amount(40)
    assert (account.remaining, account.overdrawn, findings) == (80, False, ())


def test_a_larger_first_fill_is_authorized_once(make):
    account, _ = ledger(make.prescription(initial_quantity=make.amount(10), repeats=2))
    assert account.authorized == make.amount(70)


def test_a_short_fill_takes_its_units_and_not_a_refill(make):
    account, _ = ledger(make.prescription(repeats=1), make.dispense(-9, days=9, units=9))
    assert account.remaining == 51


def test_more_dispensed_than_authorized_is_overdrawn_and_unknown(make):
    account, findings = ledger(make.prescription(repeats=0), make.dispense(-60), make.dispense(-30))
    assert (account.remaining, account.overdrawn) == (None, True)
    assert codes(findings) == ["ledger-overdrawn"]


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"repeats": None}, "dispenseRequest.numberOfRepeatsAllowed"),
        ({"quantity": None}, "dispenseRequest.quantity"),
    ],
)
def test_what_is_authorized_is_unknown_without_repeats_or_quantity(make, changes, missing):
    account, findings = ledger(make.prescription(**changes), make.dispense(-30))
    assert (account.authorized, account.remaining) == (None, None)
    assert account.dispensed == make.amount(30)
    assert [(one.code, one.missing) for one in findings] == [("ledger-unknown", missing)]


def test_a_prescription_without_quantity_or_dispenses_has_an_empty_account(make):
    account, _ = ledger(make.prescription(quantity=None))
    assert account.dispensed == make.amount(0, "")


def test_a_dispense_without_quantity_makes_the_account_unknown(make):
    account, findings = ledger(make.prescription(), make.dispense(-30, units=None))
    assert (account.dispensed, account.remaining) == (None, None)
    assert [(one.code, one.missing) for one in findings] == [("ledger-unknown", "quantity")]


def test_different_units_are_never_added(make):
    account, findings = ledger(make.prescription(), make.dispense(-30, quantity=make.amount(30, "mL")))
    assert (account.dispensed, account.remaining) == (None, None)
    assert codes(findings) == ["ledger-units-differ"]
    account, findings = ledger(make.prescription(initial_quantity=make.amount(1, "{box}")))
    assert account.authorized is None
    assert codes(findings) == ["ledger-units-differ"]


def test_dispenses_of_different_units_are_never_added_without_a_prescribed_one(make):
    account, findings = ledger(
        make.prescription(quantity=None), make.dispense(-60), make.dispense(-30, quantity=make.amount(30, "mL"))
    )
    assert account.dispensed is None
    assert codes(findings) == ["ledger-unknown", "ledger-units-differ"]


@pytest.mark.parametrize("schedule", [Schedule.III, Schedule.IV])
def test_schedule_iii_and_iv_allow_five_refills_in_six_months_whatever_is_written(make, schedule):
    drug = make.drug(schedule=schedule)
    asked = make.prescription(drug=drug, repeats=11, authored_on=date(2026, 1, 31), valid_to=date(2027, 1, 30))
    account, _ = ledger(asked)
    assert account.authorized == make.amount(180)
    assert account.expires == date(2026, 7, 31)
    assert account.expires_source == f"authoredOn + 6 months ({schedule.value})"


def test_a_validity_period_ends_inclusive(make):
    asked = make.prescription(valid_to=date(2026, 5, 1))
    assert expiry_of(asked, Rules()) == (date(2026, 5, 1), "validityPeriod.end")


def test_an_earlier_validity_period_holds_for_a_controlled_substance(make):
    drug = make.drug(schedule=Schedule.IV)
    asked = make.prescription(drug=drug, authored_on=date(2026, 1, 31), valid_to=date(2026, 5, 1))
    assert expiry_of(asked, Rules()) == (date(2026, 5, 1), "validityPeriod.end")
    assert expiry_of(make.prescription(drug=drug, authored_on=None, valid_to=date(2026, 5, 1)), Rules())[0] is not None


def test_otherwise_a_prescription_is_valid_for_twelve_months(make):
    asked = make.prescription(authored_on=date(2024, 2, 29))
    assert expiry_of(asked, Rules()) == (date(2025, 2, 28), "authoredOn + 12 months (default)")


def test_schedule_v_is_valid_for_six_months_labelled_a_default(make):
    asked = make.prescription(drug=make.drug(schedule=Schedule.V), authored_on=date(2026, 8, 31))
    assert expiry_of(asked, Rules()) == (date(2027, 2, 28), "authoredOn + 6 months (default for C-V, states differ)")


def test_without_a_written_day_the_expiry_is_unknown_and_said(make):
    account, findings = ledger(make.prescription(authored_on=None))
    assert (account.expires, account.expires_source) == (None, None)
    assert [(one.code, one.missing) for one in findings] == [("expiry-unknown", "authoredOn")]


def test_what_is_left_is_exact(make):
    asked = make.prescription(quantity=make.amount(Fraction("0.1"), "mL"), repeats=2)
    account, _ = ledger(asked, make.dispense(-30, quantity=make.amount(Fraction("0.3"), "mL")))
    assert account.remaining == 0
