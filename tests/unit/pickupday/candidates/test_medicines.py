"""New to chronic therapy, several monthly medicines, not adherent: from the dispenses, with the evidence named."""

from fractions import Fraction

import pytest

from pickupday.candidates.assess import assess_candidate
from pickupday.candidates.criterion import Status, Thresholds
from pickupday.history import InpatientStay, ToldCount
from pickupday.rules import Rules

MET, NOT_MET, CANNOT_TELL = Status.MET, Status.NOT_MET, Status.CANNOT_TELL
NAMES = ("lisinopril", "metformin", "sertraline", "atorvastatin")


def history_of(make, *days_of_each, days=30, authored=-200, **changes):
    """One medicine for each tuple of days on which a fill of 30 tablets for 30 days was handed over."""
    prescriptions, dispenses = [], []
    for place, fills in enumerate(days_of_each):
        drug, key = make.drug(NAMES[place], "10 mg"), f"MedicationRequest/{place}"
        per_day = Fraction(30, days)
        prescriptions.append(make.prescription(key, drug=drug, authored_on=make.day(authored), per_day=per_day))
        dispenses += [
            make.dispense(day, days=days, key=f"MedicationDispense/{place}/{day}", prescription=key, drug=drug)
            for day in fills
        ]
    return make.history(prescriptions, dispenses, **changes)


def criterion(make, history, code, **thresholds):
    candidate = assess_candidate(history, make.today, Rules(candidates=Thresholds(**thresholds)))
    return next(one for one in candidate.criteria if one.code == code)


def test_the_five_criteria_come_in_their_order(make):
    codes = [one.code for one in assess_candidate(make.history(), make.today).criteria]
    assert codes == ["older", "transportation", "new-to-chronic-therapy", "several-medicines", "not-adherent"]


def test_a_first_fill_90_days_ago_is_new_and_91_days_ago_is_not(make):
    new = criterion(make, history_of(make, (-90, -60, -30), authored=-90), "new-to-chronic-therapy")
    assert new.status is MET
    assert [(one.resource, one.date) for one in new.evidence] == [("MedicationDispense/0/-90", make.day(-90))]
    old = criterion(make, history_of(make, (-91, -61, -31), authored=-91), "new-to-chronic-therapy")
    assert old.status is NOT_MET


def test_another_strength_is_no_new_medicine(make):
    weak, strong = make.drug("lisinopril", "10 mg"), make.drug("lisinopril", "20 mg")
    prescriptions = [
        make.prescription("MedicationRequest/a", drug=weak),
        make.prescription("MedicationRequest/b", drug=strong, authored_on=make.day(-60)),
    ]
    dispenses = [make.dispense(day, prescription="MedicationRequest/a", drug=weak) for day in (-120, -90)]
    dispenses += [make.dispense(day, prescription="MedicationRequest/b", drug=strong) for day in (-60, -30)]
    assert criterion(make, make.history(prescriptions, dispenses), "new-to-chronic-therapy").status is NOT_MET


def test_a_first_fill_long_after_the_prescription_may_not_be_the_first(make):
    found = criterion(make, history_of(make, (-60, -30), authored=-200), "new-to-chronic-therapy")
    assert found.status is CANNOT_TELL
    assert "prescribed on" in found.reason
    assert found.missing == "earlier MedicationDispense"


def test_a_first_known_fill_recorded_as_a_refill_was_not_the_first(make):
    history = make.history(
        [make.prescription(authored_on=make.day(-61))], [make.dispense(-60, supply_type="RF"), make.dispense(-30)]
    )
    assert criterion(make, history, "new-to-chronic-therapy").status is CANNOT_TELL


def test_what_may_be_long_term_is_asked(make):
    history = make.history([make.prescription(authored_on=make.day(-10), repeats=0, dosages=())], [
        make.dispense(-10, days=14, units=14)
    ])  # fmt: skip
    found = criterion(make, history, "new-to-chronic-therapy")
    assert (found.status, found.missing) == (CANNOT_TELL, "whether it is taken long-term")


def test_without_long_term_medicines_nothing_is_new(make):
    assert "no long-term medicine" in criterion(make, make.history(), "new-to-chronic-therapy").reason


def test_without_dispenses_nobody_can_tell_what_is_new_or_taken(make):
    history = make.history([make.prescription()], dispenses_known=False)
    for code in ("new-to-chronic-therapy", "not-adherent"):
        found = criterion(make, history, code)
        assert (found.status, found.missing) == (CANNOT_TELL, "MedicationDispense")


def test_three_monthly_medicines_are_several_and_two_are_not(make):
    three = history_of(make, (-100, -70, -40, -10), (-95, -65, -35, -5), (-90, -60, -30))
    found = criterion(make, three, "several-medicines")
    assert (found.status, len(found.evidence)) == (MET, 3)
    assert "30 days at a time" in found.evidence[0].value
    two = history_of(make, (-100, -70, -40, -10), (-95, -65, -35, -5))
    assert criterion(make, two, "several-medicines").status is NOT_MET
    assert criterion(make, two, "several-medicines", several=2).status is MET


def test_medicines_filled_for_90_days_are_not_monthly(make):
    history = history_of(make, (-100, -10), (-95, -5), (-90, -2), days=90)
    assert criterion(make, history, "several-medicines").status is NOT_MET


def test_a_lapsed_medicine_may_be_the_third(make):
    history = history_of(make, (-100, -70, -40, -10), (-95, -65, -35, -5), (-300, -270))
    found = criterion(make, history, "several-medicines")
    assert (found.status, found.missing) == (CANNOT_TELL, "whether it is still taken")
    assert "sertraline" in found.reason


def test_a_medicine_that_is_being_filled_counts(make):
    history = history_of(make, (-100, -70, -40, -10), (-95, -65, -35, -5), (-90, -60, -30))
    under_way = make.dispense(
        0, status="in-progress", key="MedicationDispense/w", prescription="MedicationRequest/2",
        drug=make.drug(NAMES[2], "10 mg"),
    )  # fmt: skip
    history = make.history(history.prescriptions, (*history.dispenses, under_way))
    assert criterion(make, history, "several-medicines").status is MET


def test_refills_on_time_are_adherent(make):
    found = criterion(make, history_of(make, (-120, -90, -60, -30)), "not-adherent")
    assert found.status is NOT_MET
    assert found.reason.startswith("The lowest PDC is 1.00")
    assert "PDC of lisinopril" in found.evidence[0].value


def test_a_pdc_below_four_fifths_is_not_adherent(make):
    found = criterion(make, history_of(make, (-120, -50, -20)), "not-adherent")
    assert found.status is MET
    assert "PDC of lisinopril 10 mg oral tablet 0.67 (80 of 120 days)" in found.reason


def test_one_late_refill_is_enough(make):
    found = criterion(make, history_of(make, (-124, -90, -60, -30)), "not-adherent")
    assert found.status is MET
    assert [(one.resource, one.date) for one in found.evidence] == [("MedicationDispense/0/-90", make.day(-90))]
    assert "refilled 4 days late" in found.reason


def test_a_refill_three_days_after_the_supply_ended_is_within_the_grace(make):
    assert criterion(make, history_of(make, (-123, -90, -60, -30)), "not-adherent").status is NOT_MET


def test_from_how_many_days_on_a_refill_is_late_can_be_set(make):
    history = history_of(make, (-121, -90, -60, -30))
    assert criterion(make, history, "not-adherent").status is NOT_MET
    assert criterion(make, history, "not-adherent", late_days=1).status is MET


def test_a_refill_that_is_due_and_was_not_made_is_late(make):
    found = criterion(make, history_of(make, (-130, -100, -70, -40)), "not-adherent")
    assert found.status is MET
    assert f"not refilled since its supply ended on {make.day(-10)}" in found.reason


def test_a_count_of_what_is_left_answers_for_the_refill_that_is_due(make):
    told = ToldCount("MedicationRequest/0", Fraction(5), make.today)
    history = history_of(make, (-130, -100, -70, -40), told_counts=(told,))
    assert criterion(make, history, "not-adherent").status is NOT_MET
    told = ToldCount("MedicationRequest/0", Fraction(2), make.day(-20))
    found = criterion(make, history_of(make, (-130, -100, -70, -40), told_counts=(told,)), "not-adherent")
    assert (found.status, "by the count" in found.reason) == (MET, True)


def test_a_refill_after_a_hospital_stay_is_late_only_by_the_days_at_home(make):
    days = (-125, -90, -60, -30)
    stay = InpatientStay("Encounter/1", make.day(-110), make.day(-106))
    assert criterion(make, history_of(make, days), "not-adherent").status is MET
    assert criterion(make, history_of(make, days, stays=(stay,)), "not-adherent").status is NOT_MET


def test_a_late_refill_of_more_than_a_year_ago_is_forgotten(make):
    days = (-430, *range(-390, 0, 30))
    assert criterion(make, history_of(make, days, authored=-500), "not-adherent").status is NOT_MET


def test_a_lapse_is_not_adherent_even_where_the_medicine_is_not_planned(make):
    found = criterion(make, history_of(make, (-300, -270)), "not-adherent")
    assert found.status is MET
    assert f"lapsed: its supply ended on {make.day(-240)}" in found.reason


def test_many_signs_are_counted_and_all_are_in_the_evidence(make):
    found = criterion(make, history_of(make, range(-350, 0, 35)), "not-adherent")
    assert "more." in found.reason
    assert len(found.evidence) > 3


@pytest.mark.parametrize("days", [(-30,), (-60, -30)])
def test_a_history_too_short_for_a_pdc_cannot_tell(make, days):
    found = criterion(make, history_of(make, days, authored=-61), "not-adherent")
    assert found.status is CANNOT_TELL
    assert found.missing == "two fills on different days, 91 days of history"


def test_a_medicine_without_a_pdc_is_named_beside_the_others(make):
    found = criterion(make, history_of(make, (-120, -90, -60, -30), (-20,), authored=-130), "not-adherent")
    assert found.status is NOT_MET
    assert "No PDC can be given for metformin" in found.reason


def test_a_medicine_that_was_never_dispensed_is_neither_late_nor_adherent(make):
    history = make.history([make.prescription(authored_on=make.day(-5))])
    found = criterion(make, history, "not-adherent")
    assert found.status is CANNOT_TELL
    assert "metformin" in found.reason
