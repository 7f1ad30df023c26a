"""A dispense of another drug or strength than its prescription is never counted in the prescription's units."""

from fractions import Fraction

import pytest

from pickupday.findings import Severity
from pickupday.history import ToldCount
from pickupday.review.therapies import review

WEAK, STRONG = "MedicationRequest/1", "MedicationRequest/2"


def swapped(make, on, drug):
    return make.dispense(on, drug=drug, units=60, key=f"MedicationDispense/swapped{on}")


def test_twice_half_the_strength_is_not_planned_as_twice_the_whole(make):
    halves = [swapped(make, on, make.drug(strength="250 mg")) for on in (-65, -35, -5)]
    reviewed = review(make.history([make.prescription()], halves), make.today)
    [line] = reviewed.not_planned
    assert (line.code, line.missing, line.ask) == ("dispense-of-another-strength", "medication[x]", False)
    assert [one.remaining for one in line.ledgers] == [None]
    assert {(one.code, one.severity) for one in reviewed.findings} == {(line.code, Severity.ERROR)}


def test_a_dispense_of_another_drug_is_no_supply_of_the_one_prescribed(make):
    history = make.history(
        [make.prescription()], [make.dispense(-35), swapped(make, -5, make.drug("glipizide", "5 mg"))]
    )
    [line] = review(history, make.today).not_planned
    assert line.code == "dispense-of-another-drug"
    assert [fill.on for fill in line.fills] == [make.day(-35)]


def test_a_count_does_not_tell_which_of_two_strengths_was_counted(make):
    history = make.history(
        [make.prescription()],
        [make.dispense(-35), swapped(make, -5, make.drug(strength="250 mg"))],
        told_counts=[ToldCount(WEAK, Fraction(40), make.today)],
    )
    assert [one.code for one in review(history, make.today).not_planned] == ["dispense-of-another-strength"]


def test_what_was_handed_out_counts_to_a_prescription_of_it(make):
    strong = make.drug(strength="1000 mg")
    history = make.history(
        [make.prescription(), make.prescription(STRONG, drug=strong)],
        [make.dispense(-35), swapped(make, -5, strong), make.dispense(-40, prescription=STRONG, drug=strong)],
    )
    reviewed = review(history, make.today)
    [therapy] = reviewed.therapies
    assert (therapy.drug.strength, therapy.fills[-1].on) == ("1000 mg", make.day(-5))
    assert [one.keys for one in reviewed.not_planned] == [(WEAK,)]


def test_a_swapped_fill_of_long_ago_is_left_out_of_the_supply(make):
    history = make.history(
        [make.prescription()],
        [swapped(make, -65, make.drug(strength="250 mg")), make.dispense(-35), make.dispense(-5)],
    )
    [therapy] = review(history, make.today).therapies
    assert therapy.run_out == make.day(25)


@pytest.mark.parametrize(
    "facts",
    [{"ingredient": None}, {"strength": None}, {"strength": "500 mg/{actuat}"}],
    ids=["ingredient unknown", "strength unknown", "strength in other units"],
)
def test_what_cannot_be_compared_is_not_another_product(make, facts):
    history = make.history([make.prescription()], [make.dispense(-35), swapped(make, -5, make.drug(**facts))])
    assert len(review(history, make.today).therapies) == 1


def test_of_several_prescriptions_that_a_dispense_names_the_one_of_its_strength_is_meant(make):
    strong = make.drug(strength="1000 mg")
    dispenses = [
        make.dispense(-35, drug=strong, prescription=STRONG),
        make.dispense(-5, drug=strong, prescriptions=(WEAK, STRONG)),
    ]
    reviewed = review(
        make.history([make.prescription(), make.prescription(STRONG, drug=strong)], dispenses), make.today
    )
    [therapy] = reviewed.therapies
    assert [fill.prescription for fill in therapy.fills] == [STRONG, STRONG]
