"""Each rule that speaks against planning: its code, its next step, and whether a person's yes lifts it."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from pickupday.drugs import AskFirst, Kind, Schedule
from pickupday.history import DispenseStatus, Patient, PrescriptionStatus, ToldCount
from pickupday.review.therapies import review
from pickupday.rules import Rules

STEADY = (-90, -60, -30)


def steady(make, prescription=None, *, until=-1, **changes):
    """A medicine filled every 30 days, last on `until`."""
    prescription = prescription or make.prescription(**changes)
    dispenses = [make.dispense(until - 30 * back, drug=prescription.drug) for back in (2, 1, 0)]
    return make.history([prescription], dispenses)


def line(reviewed):
    assert reviewed.therapies == ()
    [only] = reviewed.not_planned
    assert only.reason.endswith(".")
    assert only.next_step.endswith((".", "?"))
    return only


def test_an_ordinary_medicine_is_planned_with_its_reasons(make):
    [therapy] = review(steady(make), make.today).therapies
    assert therapy.reasons == (
        "3 fills since 2025-12-31.",
        "The usual fill lasts 30 days.",
        "The prescription allows 11 refills.",
        "The order is active, with a daily dosage and no end.",
        "Supply ends on 2026-03-31: 30 tablets on 2026-03-01 for 30 days (daysSupply).",
        "The payer takes the next claim from 2026-03-24, with 75% of the last fill used.",
        "A short fill is possible: 1 tablet a day by the dosage and by the dispenses.",
    )


@pytest.mark.parametrize(
    ("changes", "code", "ask"),
    [
        ({"unreadable": "modifierExtension http://example.org/not"}, "unreadable", False),
        ({"do_not_perform": True}, "do-not-perform", False),
        ({"status": PrescriptionStatus.DRAFT}, "draft", False),
        ({"status": PrescriptionStatus.ENTERED_IN_ERROR}, "entered-in-error", False),
        ({"status": PrescriptionStatus.CANCELLED}, "cancelled", False),
        ({"categories": frozenset({"inpatient"})}, "inpatient", False),
        ({"intent": "proposal"}, "not-an-order", False),
        ({"intent": ""}, "not-an-order", False),
        ({"reported": True}, "reported", True),
    ],
)
def test_what_is_no_order_for_home_is_no_therapy(make, changes, code, ask):
    only = line(review(steady(make, **changes), make.today))
    assert (only.code, only.ask, only.keys) == (code, ask, ("MedicationRequest/1",))


def test_a_plan_that_nobody_dispensed_is_no_order(make):
    assert line(review(make.history([make.prescription(intent="plan")]), make.today)).code == "not-an-order"
    assert len(review(steady(make, intent="plan"), make.today).therapies) == 1


@pytest.mark.parametrize("intent", ["order", "original-order", "reflex-order", "filler-order", "instance-order"])
def test_every_kind_of_order_is_an_order(make, intent):
    assert len(review(steady(make, intent=intent), make.today).therapies) == 1


@pytest.mark.parametrize("status", [PrescriptionStatus.COMPLETED, PrescriptionStatus.STOPPED])
def test_an_ended_prescription_is_history(make, status):
    only = line(review(steady(make, status=status), make.today))
    assert (only.code, only.ask, len(only.fills)) == ("ended", False, 3)


@pytest.mark.parametrize(
    ("status", "code", "ask"),
    [(PrescriptionStatus.ON_HOLD, "on-hold", False), (PrescriptionStatus.UNKNOWN, "status-unknown", True)],
)
def test_a_prescription_that_is_not_clearly_in_force_is_not_planned(make, status, code, ask):
    only = line(review(steady(make, status=status), make.today))
    assert (only.code, only.ask) == (code, ask)


def test_schedule_ii_is_never_refilled(make):
    drug = make.drug("methylphenidate", "10 mg", schedule=Schedule.II)
    assert line(review(steady(make, drug=drug), make.today)).code == "schedule-ii"


def test_as_needed_is_not_planned(make):
    assert line(review(steady(make, dosages=(make.dosage(as_needed=True),)), make.today)).code == "as-needed"


def test_a_taper_is_not_planned(make):
    assert line(review(steady(make, dosages=(make.dosage(varies=True),)), make.today)).code == "dose-varies"


def test_an_antibiotic_is_a_course_until_someone_says_otherwise(make):
    history = steady(make, drug=make.drug("nitrofurantoin", "100 mg", antibiotic=True))
    only = line(review(history, make.today))
    assert (only.code, only.ask) == ("acute-course", True)
    assert len(review(history, make.today, confirmed=[only.therapy]).therapies) == 1


@pytest.mark.parametrize(
    ("dosage", "code", "ask"),
    [
        ({"end": date(2026, 3, 20), "start": date(2026, 2, 20)}, "bounded-course", False),
        ({"end": date(2026, 2, 20)}, "bounded-course", True),
        ({"bounded_days": 10}, "bounded-course", True),  # written 200 days ago
        ({"end": date(2026, 3, 20), "start": date(2025, 3, 20)}, None, None),  # a year's term
        ({"end": date(2026, 8, 29)}, None, None),  # 180 days from today on
        ({"bounded_days": 400}, None, None),
    ],
)
def test_a_course_that_ends_within_the_horizon_is_not_planned(make, dosage, code, ask):
    reviewed = review(steady(make, dosages=(make.dosage(**dosage),)), make.today)
    assert [(one.code, one.ask) for one in reviewed.not_planned] == ([] if code is None else [(code, ask)])


def test_a_course_of_unknown_start_counts_its_days(make):
    short = steady(make, authored_on=None, dosages=(make.dosage(bounded_days=10),))
    assert line(review(short, make.today)).reason == "It is prescribed for 10 days only."
    year = steady(make, authored_on=None, dosages=(make.dosage(bounded_days=365),))
    assert len(review(year, make.today).therapies) == 1


def test_instructions_that_follow_each_other_add_up_and_those_that_apply_together_do_not(make):
    one_after_other = (make.dosage(bounded_days=100, sequence=1), make.dosage(bounded_days=100, sequence=2))
    together = (make.dosage(bounded_days=100, sequence=1), make.dosage(bounded_days=100, sequence=1))
    assert len(review(steady(make, authored_on=None, dosages=one_after_other), make.today).therapies) == 1
    assert line(review(steady(make, authored_on=None, dosages=together), make.today)).code == "bounded-course"


def test_a_dosage_of_which_only_one_part_ends_is_open_ended(make):
    dosages = (make.dosage(end=date(2026, 3, 20)), make.dosage())
    assert len(review(steady(make, dosages=dosages), make.today).therapies) == 1


def test_a_bounded_dosage_may_stand_on_the_dispense_alone(make):
    label = {"dosages": (make.dosage(bounded_days=10),), "daily_use": make.amount(1), "prescription": None}
    dispenses = [make.dispense(-31, **label), make.dispense(-1, **label)]
    assert line(review(make.history((), dispenses), make.today)).code == "bounded-course"


def test_a_cream_without_an_amount_is_not_planned(make):
    cream = make.drug("triamcinolone", "1 mg/ml", kind=Kind.TOPICAL, form="topical cream", package=None)
    unknown = steady(make, drug=cream, per_day=None, dosages=(make.dosage(None, missing="doseQuantity"),))
    only = line(review(unknown, make.today))
    assert (only.code, only.missing) == ("unknown-daily-use", "dosageInstruction.timing")
    assert len(review(steady(make, drug=cream), make.today).therapies) == 1


def test_a_prescription_that_starts_later_waits(make):
    later = make.history([make.prescription(authored_on=make.day(3))])
    only = line(review(later, make.today))
    assert (only.code, only.next_step) == ("starts-later", "Plan again on 2026-03-05.")


def test_a_fill_under_way_blocks_a_second_one(make):
    history = steady(make, until=-28)
    under_way = make.dispense(0, key="MedicationDispense/now", status=DispenseStatus.IN_PROGRESS)
    only = line(review(make.history(history.prescriptions, (*history.dispenses, under_way)), make.today))
    assert (only.code, only.ask) == ("being-filled", False)
    assert "MedicationDispense/now" in only.reason


def test_a_fill_under_way_without_a_prescription_is_shown_by_its_own_key(make):
    under_way = make.dispense(0, prescription=None, status=DispenseStatus.PREPARATION)
    assert line(review(make.history((), [under_way]), make.today)).keys == ("MedicationDispense/0",)


def test_a_fill_under_way_on_a_cancelled_prescription_is_nobodys(make):
    cancelled = make.prescription(status=PrescriptionStatus.CANCELLED)
    under_way = make.dispense(0, status=DispenseStatus.PREPARATION)
    assert line(review(make.history([cancelled], [under_way]), make.today)).code == "cancelled"


def test_another_pharmacys_medicine_could_be_transferred(make):
    here = make.prescription("MedicationRequest/2", drug=make.drug("lisinopril", "20 mg"))
    dispenses = [make.dispense(day, pharmacy="Organization/mail") for day in STEADY]
    dispenses += [
        make.dispense(day, pharmacy="Organization/here", prescription="MedicationRequest/2", drug=here.drug)
        for day in (-31, -1)
    ]
    reviewed = review(make.history([make.prescription(), here], dispenses), make.today)
    assert [one.id for one in reviewed.therapies] == ["lisinopril-20-mg-oral-tablet"]
    [elsewhere] = reviewed.not_planned
    assert elsewhere.code == "another-pharmacy"
    assert "transfer" in elsewhere.next_step


def test_a_pharmacy_may_be_known_from_the_prescription_only(make):
    old = make.prescription(performer="Organization/a")
    new = make.prescription(
        "MedicationRequest/2",
        drug=make.drug("lisinopril", "20 mg"),
        performer="Organization/b",
        authored_on=make.day(-10),
    )
    reviewed = review(make.history([old, new], [make.dispense(day) for day in STEADY]), make.today)
    assert [one.pharmacy for one in reviewed.therapies] == ["Organization/a"]
    assert [one.code for one in reviewed.not_planned] == ["another-pharmacy"]


def test_one_fill_elsewhere_does_not_move_the_other_medicines(make):
    names = ("lisinopril", "metformin", "sertraline")
    prescriptions = [make.prescription(name, drug=make.drug(name, "10 mg")) for name in names]
    dispenses = [
        make.dispense(day, key=f"{one.key}{day}", prescription=one.key, drug=one.drug, pharmacy="Organization/here")
        for one in prescriptions[:2]
        for day in (-62, -32)
    ]
    dispenses += [
        make.dispense(day, prescription="sertraline", drug=prescriptions[2].drug, pharmacy="Organization/mail")
        for day in (-31, -1)
    ]
    reviewed = review(make.history(prescriptions, dispenses), make.today)
    assert {one.pharmacy for one in reviewed.therapies} == {"Organization/here"}
    assert [(one.code, one.label) for one in reviewed.not_planned] == [
        ("another-pharmacy", prescriptions[2].drug.label)
    ]


def test_where_every_medicine_has_lapsed_the_pharmacy_is_still_known(make):
    dispenses = [make.dispense(day, pharmacy="Organization/here") for day in (-400, -370)]
    assert line(review(make.history([make.prescription()], dispenses), make.today)).code == "lapsed"


def test_a_reported_medicine_is_planned_when_someone_says_yes(make):
    history = steady(make, reported=True)
    assert len(review(history, make.today, confirmed=["MedicationRequest/1"]).therapies) == 1


def test_an_unknown_days_supply_names_the_missing_field(make):
    prescription = make.prescription(per_day=None)
    dispenses = [make.dispense(-60), make.dispense(-30), make.dispense(-1, days=None)]
    only = line(review(make.history([prescription], dispenses), make.today))
    assert (only.code, only.missing, only.run_out) == ("unknown-days-supply", "daysSupply", None)


def test_an_older_dispense_of_unknown_days_is_a_finding_only(make):
    prescription = make.prescription(per_day=None)
    dispenses = [make.dispense(-60, days=None), make.dispense(-30), make.dispense(-1)]
    reviewed = review(make.history([prescription], dispenses), make.today)
    assert len(reviewed.therapies) == 1
    doubts = {one.code: one.severity for one in reviewed.findings}
    assert doubts == {"days-supply-unknown": "warning", "dosage-not-understood": "warning"}


@pytest.mark.parametrize(
    ("dosage", "code", "severity"),
    [({}, "unknown-days-supply", "error"), ({"as_needed": True}, "as-needed", "information")],
)
def test_a_missing_field_is_an_error_only_where_the_medicine_is_left_out_for_it(make, dosage, code, severity):
    prescription = make.prescription(per_day=None, dosages=(make.dosage(None, **dosage),))
    dispenses = [make.dispense(-30), make.dispense(-1, days=None)]
    reviewed = review(make.history([prescription], dispenses), make.today)
    assert line(reviewed).code == code
    assert [(one.code, one.severity) for one in reviewed.findings] == [("days-supply-unknown", severity)]


def test_repeated_doubts_of_one_kind_are_one_finding(make):
    dispenses = [make.dispense(day, days=45) for day in (-91, -46, -1)]
    [doubt] = review(make.history([make.prescription()], dispenses), make.today).findings
    assert doubt.about == "MedicationDispense/-1"
    assert doubt.message.endswith("The same is noticed of 2 earlier dispenses.")


def test_without_any_dispenses_known_everything_is_an_estimate(make):
    prescription = make.prescription(authored_on=make.day(-40))
    history = make.history([prescription], dispenses_known=False)
    only = line(review(history, make.today))
    assert (only.code, only.missing, only.ask) == ("supply-estimated", "MedicationDispense", True)
    assert "it would end on 2026-03-22 (an estimate)" in only.reason
    confirmed = review(history, make.today, confirmed=[only.therapy])
    assert [one.run_out for one in confirmed.therapies] == [make.today]


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"expected_supply_days": Fraction(20)}, "(an estimate)"),
        ({"quantity": None}, "is not known."),
        ({"authored_on": None}, "is not known."),
    ],
)
def test_an_estimate_is_shown_only_where_there_is_one(make, changes, shown):
    prescription = make.prescription(**{"authored_on": make.day(-40), **changes})
    assert shown in line(review(make.history([prescription], dispenses_known=False), make.today)).reason


def test_a_dose_that_is_not_said_is_named_where_no_fill_tells_it(make):
    unsaid = make.prescription(per_day=None, authored_on=make.today, daily_use_missing="dosageInstruction[0].timing")
    only = line(review(make.history([unsaid]), make.today))
    assert (only.code, only.missing) == ("unknown-daily-use", "dosageInstruction[0].timing")
    assert only.next_step == "Ask for dosageInstruction[0].timing."


def test_a_new_start_is_filled_now(make):
    new = make.prescription(authored_on=make.day(-30))
    [therapy] = review(make.history([new]), make.today).therapies
    assert (therapy.run_out, therapy.run_out_source, therapy.earliest) == (make.today, "never dispensed", make.today)
    assert therapy.usual_days == therapy.problem.max_days == 30
    assert "Prescribed on 2026-01-31 and not yet dispensed: filled now." in therapy.reasons


def test_a_new_start_is_filled_now_even_where_no_dispenses_are_known_and_says_so(make):
    new = make.prescription(authored_on=make.day(-5))
    reviewed = review(make.history([new], dispenses_known=False), make.today)
    assert [one.run_out for one in reviewed.therapies] == [make.today]
    assert [(one.code, one.missing) for one in reviewed.findings if one.code == "first-fill-assumed"] == [
        ("first-fill-assumed", "MedicationDispense")
    ]


def test_an_older_prescription_that_was_never_dispensed_is_asked(make):
    history = make.history([make.prescription(authored_on=make.day(-31))])
    only = line(review(history, make.today))
    assert (only.code, only.ask, only.missing) == ("never-dispensed", True, None)
    assert len(review(history, make.today, confirmed=[only.therapy]).therapies) == 1


def test_a_prescription_of_unknown_age_that_was_never_dispensed_is_asked(make):
    history = make.history([make.prescription(authored_on=None)])
    only = line(review(history, make.today))
    assert (only.code, only.missing) == ("never-dispensed", "authoredOn")
    [therapy] = review(history, make.today, confirmed=[only.therapy]).therapies
    assert "Prescribed and not yet dispensed: filled now." in therapy.reasons


def test_a_renewal_of_what_was_never_dispensed_is_no_new_start(make):
    renewed = make.prescription("MedicationRequest/2", authored_on=make.day(-5))
    assert line(review(make.history([make.prescription(), renewed]), make.today)).code == "never-dispensed"


def test_one_short_fill_shows_no_long_term_use(make):
    short = make.prescription(quantity=make.amount(10), authored_on=make.day(-10))
    only = line(review(make.history([short], [make.dispense(-5, days=10, units=10)]), make.today))
    assert (only.code, only.ask) == ("not-shown-long-term", True)


def test_a_long_fill_alone_shows_no_long_term_use(make):
    once = make.prescription(repeats=None, per_day=None, authored_on=make.day(-10))
    assert line(review(make.history([once], [make.dispense(-5)]), make.today)).code == "not-shown-long-term"


def test_courses_with_long_pauses_show_no_long_term_use(make):
    dispenses = [make.dispense(day, days=5, units=5) for day in (-170, -5)]
    assert line(review(make.history([make.prescription()], dispenses), make.today)).code == "not-shown-long-term"


def test_weekly_fills_show_long_term_use(make):
    dispenses = [make.dispense(day, days=7, units=7) for day in (-90, -83, -76, -69, -62, -55, -48, -41, -34)]
    history = make.history([make.prescription(course_of_therapy="continuous")], dispenses)
    [therapy] = review(history, make.today).therapies
    assert therapy.reasons[:3] == (
        "9 fills since 2025-12-02.",
        "The prescription allows 11 refills.",
        "The prescription says continuous therapy.",
    )


def test_two_fills_of_one_day_are_no_rhythm(make):
    dispenses = [make.dispense(-5, days=10, units=10, key="a"), make.dispense(-5, days=10, units=10, key="b")]
    assert line(review(make.history([make.prescription()], dispenses), make.today)).code == "not-shown-long-term"


def test_a_new_start_of_a_few_days_shows_no_long_term_use(make):
    short = make.prescription(quantity=make.amount(5), authored_on=make.day(-3))
    assert line(review(make.history([short]), make.today)).code == "not-shown-long-term"
    unsized = make.prescription(quantity=None, authored_on=make.day(-3))
    assert line(review(make.history([unsized]), make.today)).code == "not-shown-long-term"


def test_restarting_a_harmful_drug_after_more_than_five_days_needs_a_clinician(make):
    drug = make.drug("lamotrigine", "100 mg", restart_harm=True)
    assert len(review(steady(make, drug=drug, until=-35), make.today).therapies) == 1
    only = line(review(steady(make, drug=drug, until=-36), make.today))
    assert (only.code, only.next_step) == ("restart-review", "Clinician review before restart.")
    assert only.ask


def test_supply_that_ended_long_ago_has_lapsed_until_someone_says_yes(make):
    assert len(review(steady(make, until=-90), make.today).therapies) == 1
    lapsed = steady(make, until=-91)
    only = line(review(lapsed, make.today))
    assert (only.code, only.next_step, only.run_out) == ("lapsed", "Ask: still taking it?", make.day(-61))
    [therapy] = review(lapsed, make.today, confirmed=[only.therapy]).therapies
    assert (therapy.run_out, therapy.problem.run_out, therapy.earliest) == (make.day(-61), make.today, make.today)
    assert any(reason.startswith("Supply ended on 2025-12-31") for reason in therapy.reasons)


def test_a_ninety_day_supply_lapses_after_ninety_days(make):
    dispenses = [make.dispense(day, days=90, units=90) for day in (-270, -180)]
    assert len(review(make.history([make.prescription()], dispenses), make.today).therapies) == 1
    dispenses = [make.dispense(day, days=90, units=90) for day in (-271, -181)]
    assert line(review(make.history([make.prescription()], dispenses), make.today)).code == "lapsed"


@pytest.mark.parametrize("why", list(AskFirst))
def test_some_drugs_are_asked_about_before_they_are_planned(make, why):
    history = steady(make, drug=make.drug("warfarin", "5 mg", ask_first=why))
    only = line(review(history, make.today))
    assert (only.code, only.ask) == ("ask-first", True)
    assert len(review(history, make.today, confirmed=[only.therapy]).therapies) == 1


def test_nothing_is_planned_for_a_patient_who_must_not_be_planned(make):
    history = make.history(
        [make.prescription()],
        [make.dispense(day) for day in STEADY],
        patient=Patient("Patient/1", do_not_plan="the patient died on 2026-02-01"),
    )
    only = line(review(history, make.today))
    assert only.code == "patient-not-planned"
    assert "died" in only.reason


def test_a_confirmed_medicine_still_meets_the_rules_that_do_not_ask(make):
    history = steady(make, status=PrescriptionStatus.STOPPED)
    assert line(review(history, make.today, confirmed=["metformin-500-mg-oral-tablet"])).code == "ended"


def test_thresholds_are_settings(make):
    assert len(review(steady(make, until=-75), make.today, Rules(lapse_days=45)).therapies) == 1
    assert review(steady(make, until=-75), make.today, Rules(lapse_days=44)).not_planned[0].code == "lapsed"


LAMOTRIGINE = "lamotrigine-100-mg-oral-tablet"


def restarted(make, until, *confirmed, told_counts=(), **facts):
    drug = make.drug("lamotrigine", "100 mg", restart_harm=True, **facts)
    history = replace(steady(make, drug=drug, until=until), told_counts=tuple(told_counts))
    return review(history, make.today, confirmed=confirmed)


def test_a_yes_to_still_taking_it_is_no_clinicians_review(make):
    only = line(restarted(make, -91, LAMOTRIGINE))
    assert only.code == "restart-review"
    assert f"{LAMOTRIGINE}=restart-review" in only.next_step
    assert line(restarted(make, -91, f"{LAMOTRIGINE}=restart-review")).code == "lapsed"
    assert len(restarted(make, -91, LAMOTRIGINE, f"{LAMOTRIGINE}=restart-review").therapies) == 1


def test_a_yes_lifts_one_clinical_question_and_the_danger_stays_on_the_plan(make):
    [warning] = [one for one in restarted(make, -40, LAMOTRIGINE).findings if one.code == "planned-on-a-yes"]
    assert (warning.severity, warning.next_step) == ("warning", "Clinician review before restart.")
    both = {"ask_first": AskFirst.REMS}
    assert line(restarted(make, -40, LAMOTRIGINE, **both)).code == "ask-first"
    reviewed = restarted(make, -40, LAMOTRIGINE, f"{LAMOTRIGINE}=ask-first", **both)
    assert [one.code for one in reviewed.findings] == ["planned-on-a-yes", "planned-on-a-yes"]


def test_a_count_of_nothing_does_not_shorten_the_gap_before_a_restart(make):
    nothing = ToldCount("lamotrigine", Fraction(0), make.today)
    assert line(restarted(make, -40, told_counts=[nothing])).code == "restart-review"


def test_a_yes_to_a_reported_medicine_does_not_answer_a_clinical_question(make):
    history = steady(make, reported=True, drug=make.drug("warfarin", "5 mg", ask_first=AskFirst.WARFARIN))
    assert line(review(history, make.today, confirmed=["MedicationRequest/1"])).code == "ask-first"
    codes = ["MedicationRequest/1", "MedicationRequest/1=ask-first"]
    assert len(review(history, make.today, confirmed=codes).therapies) == 1
