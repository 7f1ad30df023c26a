"""Which prescriptions and dispenses make one therapy."""

from dataclasses import replace

from pickupday.history import PrescriptionStatus
from pickupday.review.therapies import review


def codes(found):
    return [one.code for one in found]


def test_successive_prescriptions_of_the_same_medicine_are_one_therapy(make):
    first = make.prescription("MedicationRequest/1", authored_on=make.day(-400))
    second = make.prescription("MedicationRequest/2", authored_on=make.day(-35))
    history = make.history(
        [second, first], [make.dispense(-60), make.dispense(-30, prescription="MedicationRequest/2")]
    )
    [therapy] = review(history, make.today).therapies
    assert therapy.id == "metformin-500-mg-oral-tablet"
    assert [one.key for one in therapy.prescriptions] == ["MedicationRequest/1", "MedicationRequest/2"]
    assert [(one.on, one.prescription) for one in therapy.fills] == [
        (make.day(-60), "MedicationRequest/1"),
        (make.day(-30), "MedicationRequest/2"),
    ]


def test_another_strength_is_another_therapy(make):
    strong = make.prescription("MedicationRequest/2", drug=make.drug(strength="850 mg"))
    dispenses = [make.dispense(-30), make.dispense(-29), make.dispense(-28, prescription="MedicationRequest/2")]
    reviewed = review(make.history([make.prescription(), strong], dispenses), make.today)
    assert len(reviewed.therapies) + len(reviewed.not_planned) == 2


def test_a_dispense_without_prescription_is_matched_by_drug_and_date(make):
    old = make.prescription("MedicationRequest/1", authored_on=make.day(-400))
    new = make.prescription("MedicationRequest/2", authored_on=make.day(-50))
    dispenses = [make.dispense(day, prescription=None) for day in (-90, -60, -30)]
    reviewed = review(make.history([old, new], dispenses), make.today)
    [therapy] = reviewed.therapies
    assert [one.prescription for one in therapy.fills] == [
        "MedicationRequest/1",
        "MedicationRequest/1",
        "MedicationRequest/2",
    ]
    assert codes(reviewed.findings) == ["dispense-matched-by-drug"] * 3


def test_a_dispense_older_than_every_prescription_counts_to_the_first(make):
    prescription = make.prescription(authored_on=make.day(-50))
    reviewed = review(
        make.history([prescription], [make.dispense(-60, prescription=None), make.dispense(-30)]), make.today
    )
    assert [one.prescription for one in reviewed.therapies[0].fills] == ["MedicationRequest/1"] * 2


def test_a_dispense_whose_prescription_is_not_in_the_chart_still_counts(make):
    dispenses = [
        make.dispense(day, prescription="MedicationRequest/gone", daily_use=make.amount(1), dosages=(make.dosage(),))
        for day in (-60, -30)
    ]
    reviewed = review(make.history((), dispenses), make.today)
    [therapy] = reviewed.therapies
    assert therapy.prescriptions == therapy.ledgers == ()
    assert therapy.run_out == make.day(0)
    assert codes(reviewed.findings) == ["dispense-without-prescription"] * 2
    assert "MedicationRequest/gone" in reviewed.findings[0].message


def test_a_dispense_of_a_cancelled_prescription_makes_no_therapy_of_its_own(make):
    cancelled = make.prescription(status=PrescriptionStatus.CANCELLED)
    reviewed = review(make.history([cancelled], [make.dispense(-60), make.dispense(-30)]), make.today)
    assert reviewed.therapies == ()
    assert codes(reviewed.not_planned) == ["cancelled"]
    assert codes(reviewed.findings) == ["dispense-of-no-therapy"] * 2
    assert reviewed.findings[0].message.endswith("(cancelled); it is not counted.")


def test_a_dispense_of_a_cancelled_prescription_still_supplies_the_same_medicine(make):
    cancelled = make.prescription("MedicationRequest/0", status=PrescriptionStatus.CANCELLED)
    dispenses = [make.dispense(-30), make.dispense(-29, prescription="MedicationRequest/0")]
    [therapy] = review(make.history([make.prescription(), cancelled], dispenses), make.today).therapies
    assert therapy.run_out == make.day(30)


def test_a_dispense_for_a_hospital_stay_supplies_nothing_at_home(make):
    stay = make.prescription("MedicationRequest/0", categories=frozenset({"inpatient"}))
    dispenses = [make.dispense(-30), make.dispense(-29, prescription="MedicationRequest/0")]
    reviewed = review(make.history([make.prescription(), stay], dispenses), make.today)
    assert reviewed.therapies[0].run_out == make.today
    assert codes(reviewed.findings) == ["dispense-of-no-therapy"]


def test_a_dispense_of_several_prescriptions_counts_once(make):
    second = make.prescription("MedicationRequest/2", authored_on=make.day(-100))
    both = make.dispense(-30, prescriptions=("MedicationRequest/2", "MedicationRequest/1"))
    reviewed = review(make.history([make.prescription(), second], [make.dispense(-60), both]), make.today)
    assert [one.prescription for one in reviewed.therapies[0].fills] == ["MedicationRequest/1", "MedicationRequest/2"]
    assert codes(reviewed.findings) == ["dispense-of-several-prescriptions"]


def test_a_medicine_of_unknown_ingredient_is_known_by_its_label_alone_and_flagged(make):
    nameless = make.drug(label="Blood Pressure Pill", ingredient=None)
    prescription = make.prescription(drug=nameless)
    other = make.dispense(-30, prescription=None, drug=replace(nameless, label="blood  pressure PILL"))
    reviewed = review(make.history([prescription], [make.dispense(-60, drug=nameless), other]), make.today)
    [therapy] = reviewed.therapies
    assert (therapy.id, len(therapy.fills)) == ("blood-pressure-pill", 2)
    assert "drug-known-by-name-only" in codes(reviewed.findings)


def test_a_medicine_without_a_readable_name_still_has_an_id(make):
    nameless = make.drug(label="***", ingredient=None)
    reviewed = review(make.history([make.prescription(drug=nameless)]), make.today)
    assert reviewed.not_planned[0].therapy == "medicine"


def test_two_medicines_never_share_an_id(make):
    named = make.prescription("MedicationRequest/1", drug=make.drug("metformin", "500 mg", form=None))
    label = make.prescription("MedicationRequest/2", drug=make.drug(label="Metformin 500 mg", ingredient=None))
    third = make.prescription("MedicationRequest/3", drug=make.drug(label="Metformin-500 mg", ingredient=None))
    reviewed = review(make.history([named, label, third]), make.today)
    assert sorted(one.therapy for one in reviewed.not_planned) == [
        "metformin-500-mg",
        "metformin-500-mg-2",
        "metformin-500-mg-3",
    ]


def test_the_prescription_in_force_is_the_one_written_last(make):
    written = make.prescription("MedicationRequest/1", authored_on=make.day(-50))
    valid = make.prescription("MedicationRequest/2", authored_on=None, valid_from=make.day(-40))
    dosed = make.prescription(
        "MedicationRequest/3", authored_on=None, dosages=(make.dosage(start=make.day(-30)), make.dosage(start=None))
    )
    reviewed = review(make.history([dosed, valid, written], [make.dispense(-20)]), make.today)
    assert [one.key[-1] for one in reviewed.therapies[0].prescriptions] == ["1", "2", "3"]


def test_undated_prescriptions_follow_each_other_by_their_first_dispense(make):
    first = make.prescription("MedicationRequest/b", authored_on=None)
    second = make.prescription("MedicationRequest/a", authored_on=None)
    dispenses = [
        make.dispense(-60, prescription="MedicationRequest/b"),
        make.dispense(-30, prescription="MedicationRequest/a"),
    ]
    [therapy] = review(make.history([first, second], dispenses), make.today).therapies
    assert [one.key[-1] for one in therapy.prescriptions] == ["b", "a"]


def test_a_replaced_prescription_comes_before_its_successor_whatever_its_date(make):
    old = make.prescription("MedicationRequest/1", authored_on=make.day(-30))
    new = make.prescription("MedicationRequest/2", authored_on=make.day(-40), prior="MedicationRequest/1")
    [therapy] = review(make.history([old, new], [make.dispense(-20)]), make.today).therapies
    assert [one.key[-1] for one in therapy.prescriptions] == ["1", "2"]


def test_an_ended_prescription_does_not_end_one_that_was_dispensed_after_it(make):
    live = make.prescription("MedicationRequest/1", authored_on=make.day(-300))
    stopped = make.prescription("MedicationRequest/2", authored_on=make.day(-100), status=PrescriptionStatus.STOPPED)
    dispenses = [make.dispense(-90, prescription="MedicationRequest/2"), make.dispense(-30), make.dispense(-2)]
    [therapy] = review(make.history([live, stopped], dispenses), make.today).therapies
    assert therapy.prescriptions[-1].key == "MedicationRequest/1"


def test_records_without_a_pharmacy_join_the_pharmacy_that_is_known(make):
    dispenses = [make.dispense(-60), make.dispense(-30, pharmacy="Organization/a")]
    [therapy] = review(make.history([make.prescription()], dispenses), make.today).therapies
    assert (therapy.pharmacy, len(therapy.fills)) == ("Organization/a", 2)


def test_each_pharmacy_has_its_own_chain(make):
    second = make.prescription("MedicationRequest/2", authored_on=make.day(-100))
    dispenses = [
        make.dispense(-60, pharmacy="Organization/a"),
        make.dispense(-30, pharmacy="Organization/a"),
        make.dispense(-31, pharmacy="Organization/b", prescription="MedicationRequest/2"),
    ]
    history = make.history([make.prescription(), second], dispenses, places={"Organization/b": "Mail Order"})
    reviewed = review(history, make.today)
    assert [one.pharmacy for one in reviewed.therapies] == ["Organization/a"]
    assert [(one.code, one.therapy) for one in reviewed.not_planned] == [
        ("another-pharmacy", "metformin-500-mg-oral-tablet-2")
    ]
    assert "Mail Order" in reviewed.not_planned[0].reason
    assert "possible-duplicate" in codes(reviewed.findings)
