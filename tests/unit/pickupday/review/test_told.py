"""Counts of what is left override the computed run-out."""

from fractions import Fraction

import pytest

from pickupday.drugs import Kind
from pickupday.findings import Severity
from pickupday.history import ToldCount
from pickupday.review.therapies import review


def count(make, units, medicine="MedicationRequest/1", on=0, by="patient"):
    return ToldCount(medicine, Fraction(units), make.day(on), by)


def told(make, *counts, prescription=None, dispenses=None):
    history = make.history(
        [prescription or make.prescription()],
        [make.dispense(-40), make.dispense(-10)] if dispenses is None else dispenses,
        told_counts=counts,
    )
    return review(history, make.today)


def codes(reviewed):
    return [one.code for one in reviewed.findings]


def test_a_count_sets_the_run_out(make):
    [therapy] = told(make, count(make, 26)).therapies
    assert (therapy.run_out, therapy.run_out_source) == (make.day(26), "told")
    assert therapy.earliest == make.day(26 - 7)
    assert any("26 tablets left on 2026-03-02, told by the patient" in reason for reason in therapy.reasons)


def test_a_count_is_divided_by_the_daily_use_and_rounded_down(make):
    twice = make.prescription(per_day=2, quantity=make.amount(60))
    dispenses = [make.dispense(-40, units=60), make.dispense(-10, units=60)]
    [therapy] = told(make, count(make, 25), prescription=twice, dispenses=dispenses).therapies
    assert therapy.run_out == make.day(12)


def test_fills_after_the_count_are_added(make):
    [therapy] = told(make, count(make, 3, on=-12)).therapies
    assert therapy.run_out == make.day(-9 + 30)


def test_a_count_that_agrees_with_the_dispenses_says_nothing(make):
    assert codes(told(make, count(make, 20))) == []


def test_fewer_left_than_dispensed_warns_of_the_payer_and_more_asks_about_doses(make):
    [fewer] = told(make, count(make, 5)).findings
    assert (fewer.code, fewer.severity) == ("told-count-differs", "warning")
    assert "payer" in fewer.next_step
    [more] = told(make, count(make, 28)).findings
    assert (more.code, more.severity, more.next_step) == (
        "told-count-differs",
        "information",
        "Ask about missed doses.",
    )


@pytest.mark.parametrize(
    "medicine",
    [
        "MedicationRequest/1",
        "metformin-500-mg-oral-tablet",
        "METFORMIN",
        "Metformin  500 mg Oral Tablet",
        "metformin tablet",
    ],
)
def test_a_count_names_its_medicine_by_key_id_name_or_words_of_it(make, medicine):
    assert told(make, count(make, 26, medicine)).therapies[0].run_out_source == "told"


def test_a_count_names_a_medicine_by_what_the_dispense_called_it(make):
    branded = make.dispense(-10, drug=make.drug(label="Glucophage 500"))
    assert told(make, count(make, 26, "glucophage"), dispenses=[branded]).therapies[0].run_out_source == "told"


@pytest.mark.parametrize(
    ("medicine", "units", "on", "why"),
    [
        ("lisinopril", 5, 0, "no medicine of this name"),
        ("", 5, 0, "no medicine of this name"),
        ("metformin", -1, 0, "less than nothing"),
        ("metformin", 5, 1, "after today"),
    ],
)
def test_a_count_that_cannot_be_used_is_an_error_and_changes_nothing(make, medicine, units, on, why):
    reviewed = told(make, count(make, units, medicine, on))
    assert reviewed.therapies[0].run_out_source == "computed"
    [finding] = reviewed.findings
    assert (finding.code, finding.severity) == ("told-count-unusable", "error")
    assert why in finding.message


def test_a_count_that_fits_two_medicines_is_given_to_neither(make):
    strong = make.prescription("MedicationRequest/2", drug=make.drug(strength="850 mg"))
    dispenses = [make.dispense(-10), make.dispense(-9, prescription="MedicationRequest/2", drug=strong.drug)]
    history = make.history([make.prescription(), strong], dispenses, told_counts=(count(make, 5, "metformin"),))
    reviewed = review(history, make.today)
    assert {one.run_out_source for one in reviewed.therapies} == {"computed"}
    assert "metformin 500 mg oral tablet or metformin 850 mg oral tablet" in " ".join(
        one.message for one in reviewed.findings
    )


def test_the_newest_count_holds(make):
    reviewed = told(make, count(make, 26), count(make, 2, on=-3))
    assert reviewed.therapies[0].run_out == make.day(26)


def test_the_same_count_twice_is_one_count(make):
    assert told(make, count(make, 26), count(make, 26)).therapies[0].run_out == make.day(26)


def test_two_different_counts_of_one_day_are_both_refused(make):
    reviewed = told(make, count(make, 26), count(make, 5))
    assert reviewed.therapies[0].run_out_source == "computed"
    assert codes(reviewed) == ["told-count-unusable"]


def test_without_a_daily_use_a_count_cannot_be_used(make):
    unknown = make.prescription(per_day=None)
    dispenses = [make.dispense(-40, units=None), make.dispense(-10, units=None)]
    reviewed = told(make, count(make, 26), prescription=unknown, dispenses=dispenses)
    assert [(one.code, one.missing) for one in reviewed.findings if one.severity == "error"] == [
        ("told-count-unusable", "dosageInstruction.timing")
    ]


def test_without_a_dosage_the_use_of_the_last_fill_divides_the_count(make):
    unknown = make.prescription(per_day=None)
    dispenses = [make.dispense(-40, units=60), make.dispense(-10, units=60)]
    [therapy] = told(make, count(make, 26), prescription=unknown, dispenses=dispenses).therapies
    assert therapy.run_out == make.day(13)


def test_where_dosage_and_dispenses_disagree_the_higher_use_divides_the_count(make):
    twice = make.prescription(per_day=2)
    [therapy] = told(make, count(make, 26), prescription=twice).therapies
    assert therapy.run_out == make.day(13)


def test_a_count_is_in_the_unit_that_is_dispensed(make):
    drops = make.prescription(
        daily_use=make.amount(4, "[drp]"),
        quantity=make.amount(5, "mL"),
        drug=make.drug("latanoprost", "0.05 mg/ml", form="eye drops", kind=Kind.DROPS, package=None),
    )
    bottle = {"quantity": make.amount(5, "mL"), "drug": drops.drug}
    dispenses = [make.dispense(-40, **bottle), make.dispense(-10, **bottle)]
    [therapy] = told(make, count(make, 2), prescription=drops, dispenses=dispenses).therapies
    assert therapy.run_out == make.day(12)


def test_a_count_plans_a_medicine_that_was_never_dispensed(make):
    [therapy] = told(make, count(make, 12), dispenses=[]).therapies
    assert (therapy.run_out, therapy.earliest, therapy.fills) == (make.day(12), make.today, ())


def test_a_count_answers_for_a_dispense_of_unknown_days(make):
    unknown = make.prescription(per_day=None)
    dispenses = [make.dispense(-40), make.dispense(-10, days=None)]
    assert told(make, prescription=unknown, dispenses=dispenses).not_planned[0].missing == "daysSupply"
    [therapy] = told(make, count(make, 12), prescription=unknown, dispenses=dispenses).therapies
    assert therapy.run_out == make.day(12)
    again = told(make, count(make, 12, on=-12), prescription=unknown, dispenses=dispenses)
    assert [one.code for one in again.not_planned] == ["unknown-days-supply"]


def test_a_count_revives_a_medicine_whose_supply_ended_long_ago(make):
    reviewed = told(make, count(make, 2), dispenses=[make.dispense(-400), make.dispense(-370)])
    assert [one.run_out for one in reviewed.therapies] == [make.day(2)]


def test_a_count_of_nothing_does_not_say_that_a_lapsed_medicine_is_still_taken(make):
    [line] = told(make, count(make, 0), dispenses=[make.dispense(-400), make.dispense(-370)]).not_planned
    assert line.code == "lapsed"
    assert line.reason.startswith(f"The supply ended on {make.day(-340)}")


def test_a_count_of_nothing_does_not_show_that_a_medicine_was_ever_dispensed(make):
    assert [one.code for one in told(make, count(make, 0), dispenses=[]).not_planned] == ["never-dispensed"]
    assert len(told(make, count(make, 5), dispenses=[]).therapies) == 1


def test_a_count_of_nothing_before_the_last_fill_shortens_no_supply(make):
    [therapy] = told(make, count(make, 0, on=-12)).therapies
    assert therapy.run_out == make.day(20)


def kept(make, units, on=0):
    return ToldCount("MedicationRequest/1", Fraction(units), make.day(on), "patient", "CarePlan/5")


def test_a_count_that_the_chart_keeps_is_used_and_said_to_be_kept(make):
    [therapy] = told(make, kept(make, 26)).therapies
    assert (therapy.run_out, therapy.told) == (make.day(26), kept(make, 26))
    assert any("told by the patient and kept in CarePlan/5" in reason for reason in therapy.reasons)


def test_a_count_told_now_takes_the_place_of_one_kept_from_the_same_day(make):
    for counts in ([kept(make, 26), count(make, 12)], [count(make, 12), kept(make, 26)]):
        reviewed = told(make, *counts)
        assert [one.run_out for one in reviewed.therapies] == [make.day(12)]
        assert "told-count-unusable" not in codes(reviewed)


def test_two_counts_kept_from_one_day_contradict_until_a_newer_one_is_told(make):
    contradiction = [kept(make, 26, -2), kept(make, 20, -2)]
    reviewed = told(make, *contradiction)
    assert reviewed.therapies[0].run_out_source == "computed"
    assert "told-count-unusable" in codes(reviewed)
    assert told(make, *contradiction, count(make, 12)).therapies[0].run_out == make.day(12)


def test_a_kept_count_of_a_medicine_that_is_gone_is_no_error(make):
    gone = ToldCount("MedicationRequest/gone", Fraction(3), make.today, "patient", "CarePlan/5")
    [finding] = [one for one in told(make, gone).findings if one.code == "told-count-unusable"]
    assert finding.severity is Severity.INFORMATION


def test_a_count_above_three_fills_is_not_used_and_the_unit_is_asked(make):
    assert told(make, count(make, 90)).therapies[0].run_out_source == "told"
    reviewed = told(make, count(make, 91))
    assert reviewed.therapies[0].run_out_source == "computed"
    [doubt] = reviewed.findings
    assert (doubt.code, doubt.severity) == ("told-count-unusable", Severity.ERROR)
    assert "91 tablets would be more than 3 fills of 30 tablets" in doubt.message
    assert doubt.next_step.endswith("at most 90 tablets.")


def test_a_count_without_any_dispense_is_held_against_the_prescribed_quantity(make):
    reviewed = told(make, count(make, 600), dispenses=[])
    assert "told-count-unusable" in codes(reviewed)


def test_a_count_says_in_which_unit_it_was_taken(make):
    [fewer] = told(make, count(make, 5)).findings
    assert fewer.message.startswith("By the count of 5 tablets told on")
