"""A medicine that the chart does not name is not planned, and never merged with another one."""

from pickupday.drugs import DrugFacts
from pickupday.review.therapies import review

NAMELESS = DrugFacts("unknown medicine")


def test_two_medicines_without_a_name_are_two_and_neither_is_planned(make):
    keys = ("MedicationRequest/1", "MedicationRequest/2")
    dispenses = [make.dispense(-5, key=f"d{key}", prescription=key, drug=NAMELESS) for key in keys]
    reviewed = review(make.history([make.prescription(key, drug=NAMELESS) for key in keys], dispenses), make.today)
    assert reviewed.therapies == ()
    assert [one.keys for one in reviewed.not_planned] == [(key,) for key in keys]
    assert {(one.code, one.missing, one.ask) for one in reviewed.not_planned} == {
        ("unknown-medicine", "medication[x]", False)
    }


def test_dispenses_without_a_name_or_a_prescription_are_one_each(make):
    nameless = [make.dispense(on, prescription=None, drug=NAMELESS) for on in (-5, -3)]
    reviewed = review(make.history([make.prescription()], [make.dispense(-30), *nameless]), make.today)
    assert len(reviewed.therapies) == 1
    assert [one.keys for one in reviewed.not_planned] == [("MedicationDispense/-3",), ("MedicationDispense/-5",)]


def test_a_dispense_without_a_name_counts_to_the_prescription_that_it_names(make):
    reviewed = review(make.history([make.prescription()], [make.dispense(-5, drug=NAMELESS)]), make.today)
    assert [one.run_out for one in reviewed.therapies] == [make.day(25)]
