"""Doubts that a plan may rest on only when they are said."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from pickupday.drugs import Kind
from pickupday.findings import Severity
from pickupday.history import ToldCount
from pickupday.problem import EveryDays, Preferences, Programme
from pickupday.proposal import propose_plan
from pickupday.review.days_supply import judge_days
from pickupday.review.therapies import review
from pickupday.rules import Rules


def filled(make, prescription, until=-1, **changes):
    dispenses = [make.dispense(until - 30 * back, drug=prescription.drug, **changes) for back in (2, 1, 0)]
    return make.history([prescription], dispenses)


def test_a_sig_that_is_not_understood_is_said_where_the_stated_days_are_used(make):
    sig = make.dosage(None, text="per the instructions of the clinic", missing="dosageInstruction[0].doseAndRate")
    prescription = make.prescription(
        per_day=None,
        dosages=(sig,),
        expected_supply_days=Fraction(30),
        daily_use_missing="dosageInstruction[0].doseAndRate",
    )
    reviewed = review(filled(make, prescription), make.today)
    assert len(reviewed.therapies) == 1
    [doubt] = reviewed.findings
    assert (doubt.code, doubt.severity, doubt.missing) == (
        "dosage-not-understood",
        Severity.WARNING,
        "dosageInstruction[0].doseAndRate",
    )
    assert '("per the instructions of the clinic" was not understood)' in doubt.message


def test_a_dosage_that_is_not_there_at_all_is_said_too(make):
    prescription = make.prescription(per_day=None, dosages=())
    [doubt] = review(filled(make, prescription), make.today).findings
    assert "(the chart does not say it)" in doubt.message


def test_half_known_drugs_are_one_medicine_only_where_the_chart_writes_them_alike(make):
    plain = make.drug(strength=None, form=None, label="Metformin")
    again = make.drug(strength=None, form=None, label="metformin ")
    other = make.drug(strength=None, form=None, label="Metformin XR")
    one, two, three = (
        make.prescription(f"MedicationRequest/{number}", drug=drug, authored_on=make.day(-200 + number))
        for number, drug in ((1, plain), (2, again), (3, other))
    )
    dispenses = [make.dispense(day, prescription=one.key, drug=plain, key=f"a{day}") for day in (-91, -61)]
    dispenses += [make.dispense(-31, prescription=two.key, drug=again, key="b")]
    dispenses += [make.dispense(day, prescription=three.key, drug=other, key=f"c{day}") for day in (-60, -30)]
    reviewed = review(make.history([one, two, three], dispenses), make.today)
    assert sorted(tuple(p.key for p in therapy.prescriptions) for therapy in reviewed.therapies) == [
        ("MedicationRequest/1", "MedicationRequest/2"),
        ("MedicationRequest/3",),
    ]
    assert "possible-duplicate" in [finding.code for finding in reviewed.findings]


def test_a_dispense_in_another_release_is_no_supply_of_the_one_prescribed(make):
    release = make.drug(form="24 hr extended release oral tablet", label="metformin 24 HR ER 500 mg")
    history = make.history([make.prescription()], [make.dispense(-35), make.dispense(-5, drug=release)])
    reviewed = review(history, make.today)
    [line] = reviewed.not_planned
    assert (line.code, line.missing) == ("dispense-of-another-form", "medication[x]")
    assert ("dispense-of-another-form", Severity.ERROR) in [(one.code, one.severity) for one in reviewed.findings]


def test_so_is_one_that_is_counted_another_way(make):
    liquid = make.drug(form="oral solution", kind=Kind.LIQUID, label="metformin oral solution")
    history = make.history([make.prescription()], [make.dispense(-35), make.dispense(-5, drug=liquid)])
    assert [one.code for one in review(history, make.today).not_planned] == ["dispense-of-another-form"]


def test_a_capsule_for_a_tablet_is_the_same_supply(make):
    capsule = make.drug(form="oral capsule", label="metformin 500 mg capsule")
    history = filled(make, make.prescription(), until=-31)
    history = replace(history, dispenses=(*history.dispenses, make.dispense(-1, drug=capsule)))
    [therapy] = review(history, make.today).therapies
    assert therapy.run_out == make.day(29)


def test_some_left_long_after_the_supply_should_have_ended_means_missed_doses(make):
    lamotrigine = make.prescription(drug=make.drug("lamotrigine", "100 mg", restart_harm=True))
    count = ToldCount("lamotrigine", Fraction(20), make.today)
    late = replace(filled(make, lamotrigine, until=-40), told_counts=(count,))
    [line] = review(late, make.today).not_planned
    assert (line.code, line.ask, line.next_step) == ("restart-review", True, "Clinician review before restart.")
    assert line.reason.startswith("By its dispenses the supply ended 10 days before the count, yet some was left")
    planned = review(late, make.today, confirmed=[line.therapy])
    assert [one.run_out for one in planned.therapies] == [make.day(20)]
    assert "planned-on-a-yes" in [one.code for one in planned.findings]
    restarted = replace(late, dispenses=(*late.dispenses, make.dispense(-2, drug=lamotrigine.drug)))
    restarted = replace(restarted, told_counts=(replace(count, told_on=make.day(-3)),))
    assert len(review(restarted, make.today).therapies) == 1
    in_time = replace(filled(make, lamotrigine, until=-30), told_counts=(count,))
    assert len(review(in_time, make.today).therapies) == 1
    harmless = replace(
        filled(make, make.prescription(), until=-40), told_counts=(replace(count, medicine="metformin"),)
    )
    assert len(review(harmless, make.today).therapies) == 1


def test_an_opened_bottle_of_eye_drops_is_used_for_28_days(make):
    drops = make.drug("timolol", "5 mg/ml", form="ophthalmic solution", kind=Kind.DROPS, package=Fraction(5))
    dispense = make.dispense(
        -1, days=None, drug=drops, quantity=make.amount(10, "mL"), daily_use=make.amount("1/10", "mL")
    )
    judged = judge_days(dispense, None, Rules())
    assert (judged.days, judged.source) == (56, "dosage, 28 days for each opened package")
    unknown = judge_days(replace(dispense, drug=replace(drops, package=None)), None, Rules())
    assert unknown.days is None
    assert "used for 28 days at most once opened" in unknown.findings[0].message


def test_a_label_with_a_longer_time_goes_before_the_rule_of_the_kind(make):
    degludec = make.drug("insulin degludec", "100 unt/ml", kind=Kind.INSULIN, package=Fraction(3), in_use_days=56)
    dispense = make.dispense(
        -1, days=None, drug=degludec, quantity=make.amount(3, "mL"), daily_use=make.amount("1/20", "mL")
    )
    assert judge_days(dispense, None, Rules()).days == 56


def test_what_is_out_is_filled_when_the_patient_asks_and_never_held_for_a_call(make):
    [out] = review(filled(make, make.prescription(), until=-31), make.today).therapies
    assert "It is out: the next fill is made when the patient asks, and is never held for a call." in out.reasons
    [soon] = review(filled(make, make.prescription(), until=-28), make.today).therapies
    assert soon.run_out == make.today + timedelta(days=2)
    assert any(reason.startswith("It runs out before a pickup can be prepared") for reason in soon.reasons)
    [later] = review(filled(make, make.prescription(), until=-27), make.today).therapies
    assert not any("held for a call" in reason for reason in later.reasons)


def test_the_plan_fills_at_once_what_is_out_however_far_the_first_common_pickup_is(make):
    programme = Programme((EveryDays(28),), prep_lead_days=2)
    out = filled(make, make.prescription(), until=-31)
    plan = propose_plan(out, programme, Preferences(), make.today).plan
    assert plan.fills[0].date == make.today
    closed = replace(programme, closed_dates=frozenset({make.today}))
    assert propose_plan(out, closed, Preferences(), make.today).plan.fills[0].date == make.day(1)
