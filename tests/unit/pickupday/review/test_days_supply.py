from fractions import Fraction

import pytest

from pickupday.drugs import Kind
from pickupday.review.days_supply import judge_days, same_unit
from pickupday.rules import Rules


def judge(dispense, prescription=None):
    return judge_days(dispense, prescription, Rules())


def codes(supply):
    return [one.code for one in supply.findings]


def test_the_stated_days_supply_comes_first(make):
    supply = judge(make.dispense(0, days=30), make.prescription())
    assert (supply.days, supply.source, supply.findings) == (30, "daysSupply", ())


def test_then_the_expected_duration_in_proportion_to_what_was_dispensed(make):
    asked = make.prescription(expected_supply_days=Fraction(90), quantity=make.amount(90))
    supply = judge(make.dispense(0, days=None, units=30), asked)
    assert (supply.days, supply.source) == (30, "expectedSupplyDuration")


def test_an_expected_duration_of_another_unit_is_not_used(make):
    asked = make.prescription(
        expected_supply_days=Fraction(90), quantity=make.amount(1, "{box}"), daily_use=None, dosages=()
    )
    assert judge(make.dispense(0, days=None, units=30), asked).days is None


def test_then_what_was_dispensed_divided_by_the_structured_daily_use(make):
    supply = judge(make.dispense(0, days=None, units=30), make.prescription(per_day=2))
    assert (supply.days, supply.source) == (15, "structured dosage")


def test_the_label_of_the_dispense_comes_before_the_prescription(make):
    labelled = make.dispense(0, days=None, units=30, daily_use=make.amount(3), daily_use_source="timing code TID")
    supply = judge(labelled, make.prescription(per_day=2))
    assert (supply.days, supply.source) == (10, "timing code TID")


def test_a_structured_dosage_comes_before_a_parsed_sig_wherever_it_stands(make):
    labelled = make.dispense(0, days=None, units=30, daily_use=make.amount(3), daily_use_source="parsed sig")
    supply = judge(labelled, make.prescription(per_day=2))
    assert (supply.days, supply.source) == (15, "structured dosage")


def test_then_a_parsed_sig(make):
    labelled = make.dispense(0, days=None, units=31, daily_use=make.amount(2), daily_use_source="parsed sig")
    assert (judge(labelled).days, judge(labelled).source) == (15, "parsed sig")


def test_a_daily_use_without_a_named_source_is_a_dosage(make):
    assert judge(make.dispense(0, days=None, daily_use=make.amount(2))).source == "dosage"


def test_otherwise_it_abstains_and_names_the_field(make):
    supply = judge(make.dispense(0, days=None), make.prescription(per_day=None))
    assert (supply.days, supply.missing) == (None, "daysSupply")
    assert codes(supply) == ["days-supply-unknown"]
    assert "dosageInstruction.timing" in supply.findings[0].message


def test_it_abstains_where_neither_quantity_nor_prescription_is_known(make):
    assert "no quantity" in judge(make.dispense(0, days=None, units=None)).findings[0].message
    assert "dosageInstruction" in judge(make.dispense(0, days=None)).findings[0].message


def test_it_abstains_where_dosage_and_quantity_are_in_different_units(make):
    drops = make.prescription(daily_use=make.amount(2, "[drp]"))
    supply = judge(make.dispense(0, days=None, quantity=make.amount(5, "mL")), drops)
    assert supply.days is None
    assert "in the unit of the 5 mL dispensed" in supply.findings[0].message


@pytest.mark.parametrize("stated", [0, -30, 367, 3000])
def test_an_impossible_days_supply_is_not_used_and_said(make, stated):
    supply = judge(make.dispense(0, days=stated), make.prescription())
    assert (supply.days, supply.source) == (30, "structured dosage")
    assert codes(supply) == ["days-supply-unusable"]


def test_an_impossible_days_supply_without_another_source_is_unknown(make):
    supply = judge(make.dispense(0, days=0))
    assert (supply.days, supply.missing) == (None, "daysSupply (a usable one)")
    assert codes(supply) == ["days-supply-unusable", "days-supply-unknown"]


def test_a_fractional_days_supply_counts_whole_days_and_says_so(make):
    supply = judge(make.dispense(0, days=Fraction(61, 2)), make.prescription())
    assert supply.days == 30
    assert codes(supply) == ["days-supply-fractional"]


def test_sources_that_differ_by_rounding_agree(make):
    assert judge(make.dispense(0, days=33, units=100), make.prescription(per_day=3)).findings == ()


def test_two_sources_that_disagree_are_a_finding(make):
    asked = make.prescription(per_day=2, expected_supply_days=Fraction(60), quantity=make.amount(60))
    supply = judge(make.dispense(0, days=90, units=30), asked)
    assert supply.days == 90
    assert codes(supply) == ["days-supply-disagrees-with-expected", "days-supply-disagrees-with-dosage"]
    assert "90 days by daysSupply, but 15 days by structured dosage" in supply.findings[1].message


def test_how_much_may_be_taken_as_needed_says_nothing_about_how_long_it_lasts(make):
    asked = make.prescription(per_day=4, dosages=(make.dosage(4, as_needed=True),))
    assert judge(make.dispense(0, days=30), asked).findings == ()
    assert judge(make.dispense(0, days=None), asked).days is None


def test_tablets_and_capsules_are_counted_alike_but_only_for_tablets_and_capsules(make):
    assert same_unit(make.amount(1, "{capsule}"), make.amount(1, ""), Kind.SOLID_ORAL)
    assert not same_unit(make.amount(1, "{capsule}"), make.amount(1, ""), Kind.LIQUID)
    assert not same_unit(make.amount(1, "mg"), make.amount(1), Kind.SOLID_ORAL)
    assert same_unit(make.amount(1, "mL"), make.amount(2, "mL"), Kind.LIQUID)


def insulin(make, units, per_day, package=3, days=None):
    """Millilitres of insulin dispensed, with the millilitres used a day."""
    drug = make.drug("insulin glargine", "100 unt/ml", form="pen injector", kind=Kind.INSULIN, package=package)
    use = make.amount(Fraction(per_day), "mL")
    prescription = make.prescription(drug=drug, daily_use=use)
    return judge_days(make.dispense(-5, days=days, drug=drug, quantity=make.amount(units, "mL")), prescription, Rules())


def test_a_box_of_pens_lasts_twenty_eight_days_a_pen_where_little_is_used(make):
    small = insulin(make, 15, "0.05")
    assert (small.days, small.source) == (140, "structured dosage, 28 days for each opened package")
    assert insulin(make, 10, "0.1", package=10).days == 28


def test_insulin_that_is_used_up_in_time_lasts_by_its_dosage(make):
    assert (insulin(make, 15, "0.5").days, insulin(make, 15, "0.5").source) == (30, "structured dosage")
    assert insulin(make, 15, 1, package=None).days == 15


def test_insulin_in_packages_of_unknown_size_is_not_guessed(make):
    unknown = insulin(make, 10, "0.1", package=None)
    assert (unknown.days, unknown.missing) == (None, "daysSupply")
    assert "size of one package" in unknown.findings[0].message


def test_stated_days_of_insulin_stand_and_more_than_it_keeps_is_doubted(make):
    stated = insulin(make, 15, "0.05", days=300)
    assert stated.days == 300
    assert [one.code for one in stated.findings] == ["days-supply-disagrees-with-dosage"]
