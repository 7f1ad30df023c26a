"""What the law of a state changes on a plan, rule by rule, with the sentence that says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from pickupday.drugs import AskFirst, DrugFacts, Kind, Schedule
from pickupday.history import (
    Dispense,
    DispenseStatus,
    Dosage,
    MedicationHistory,
    Patient,
    Prescription,
    PrescriptionStatus,
    Quantity,
)
from pickupday.problem import Preferences
from pickupday.proposal import propose_plan
from pickupday.review.therapies import review
from pickupday.rules import FEDERAL_EXPIRY_MONTHS, FEDERAL_REFILL_LIMIT
from service.programmes import RuleInForce, Source, load_programme
from service.programmes.rule_packs import STATES, NeverRefilled, RefillLimits, Validity, load_pack

TODAY = date(2026, 3, 2)
TABLET = DrugFacts(
    "Metformin 500 MG Oral Tablet",
    "metformin",
    "500 mg",
    "oral tablet",
    Schedule.NOT_CONTROLLED,
    Kind.SOLID_ORAL,
    Fraction(1),
)
PAYERS = """
[[payers]]
key = "insurer"
name = "an insurer"
kind = "commercial"
[[payers]]
key = "medicaid"
name = "Medicaid"
kind = "medicaid"
[[payers]]
key = "pace"
name = "PACE"
kind = "state-programme"
[[payers]]
key = "generous"
name = "a generous plan"
kind = "commercial"
sync_overrides = 2
synchronizations_a_year = 6
longest_fill_days = 90
refill_too_soon = "0.85"
stock_limit = { at_most_days = 3, look_back_days = 180 }
"""


@pytest.fixture
def programme(tmp_path: Path):
    def load(text: str, payer: str | None = None):
        path = tmp_path / "programme.toml"
        path.write_text(f'name = "corner"\n{text}\n{PAYERS}', encoding="utf-8")
        return load_programme(str(path), payer)

    return load


def history(drug: DrugFacts = TABLET, *, days: int = 30, last: int = -1, repeats: int = 11, supply_type=None):
    """A medicine taken once a day, filled three times, last on `last`."""
    one = Quantity(Fraction(1), "{tablet}")
    units = Quantity(Fraction(days), "{tablet}")
    prescription = Prescription(
        "MedicationRequest/1",
        PrescriptionStatus.ACTIVE,
        "order",
        drug,
        authored_on=TODAY - timedelta(days=100),
        quantity=units,
        repeats=repeats,
        dosages=(Dosage("1 daily", one, "structured dosage"),),
        daily_use=one,
        daily_use_source="structured dosage",
    )
    dispenses = [
        Dispense(
            f"MedicationDispense/{back}",
            DispenseStatus.COMPLETED,
            drug,
            handed_over=TODAY + timedelta(days=last - days * back),
            quantity=units,
            stated_days=Fraction(days),
            prescriptions=(prescription.key,),
            supply_type=supply_type,
        )
        for back in (0, 1, 2)
    ]
    return MedicationHistory(Patient("Patient/1"), (prescription,), tuple(dispenses))


def therapy(loaded, drug: DrugFacts = TABLET, **changes):
    [one] = review(history(drug, **changes), TODAY, loaded.rules).therapies
    return one


def rule(loaded, key: str, source: Source) -> RuleInForce:
    return next(one for one in loaded.in_force if one.key == key and one.source is source)


@pytest.mark.parametrize("state", [*STATES, "federal"])
def test_every_shipped_rule_cites_its_law_and_says_what_of_it_was_read(state: str) -> None:
    pack = load_pack(state)
    assert pack.rules
    assert pack.checked.startswith("Read: ")
    assert all(one.citation and one.says.endswith(".") for one in pack.rules)


def test_the_federal_file_and_the_planning_core_hold_the_same_numbers() -> None:
    rules = load_pack("federal").rules
    assert [one.value for one in rules if isinstance(one, RefillLimits)] == [FEDERAL_REFILL_LIMIT]
    assert [one.value for one in rules if isinstance(one, Validity)] == [FEDERAL_EXPIRY_MONTHS]
    assert [one.value for one in rules if isinstance(one, NeverRefilled)] == [{Schedule.II}]


def test_every_rule_in_force_can_be_shown_with_its_source(programme) -> None:
    loaded = programme('state = "PA"\npayer = "pace"')
    assert {one.source for one in loaded.in_force} == set(Source)
    cap = rule(loaded, "synchronizations_a_year", Source.STATE)
    assert (cap.value, cap.citation, cap.why_not) == ("3", "72 P.S. § 3761-515.1(d)", None)


# --- Early fills: who grants how many ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "payer", "granted"),
    [
        ("NY", "insurer", 1),
        ("TX", "insurer", 1),
        ("ME", "insurer", 1),
        ("NM", "medicaid", 1),
        ("NM", "insurer", 1),
        ("PA", "pace", 1),
        ("OK", "insurer", 0),  # the law speaks of no override
        ("NY", "medicaid", 0),  # the law speaks to others
        ("PA", "insurer", 0),
        ("NY", None, 0),  # a payer that is not known grants nothing
        ("NY", "generous", 2),  # its own word goes further
    ],
)
def test_an_early_fill_is_granted_by_a_law_only_where_it_binds_the_payer(programme, state, payer, granted) -> None:
    assert therapy(programme(f'state = "{state}"', payer)).problem.sync_overrides_left == granted


def test_a_law_that_does_not_bind_the_payer_says_so(programme) -> None:
    shown = rule(programme('state = "NY"'), "sync_overrides", Source.STATE)
    assert shown.why_not == "it binds commercial, and the payer is not known"
    shown = rule(programme('state = "NY"', "medicaid"), "sync_overrides", Source.STATE)
    assert shown.why_not == "it binds commercial, and the payer is medicaid"


def test_an_early_fill_lets_a_medicine_join_the_first_pickup(programme) -> None:
    """Two medicines, the second filled yesterday: its claim is too soon on the first pickup unless overridden."""
    early = history(last=-20)
    other = replace(
        TABLET, label="Lisinopril 10 MG Oral Tablet", ingredient="lisinopril", strength="10 mg", package=None
    )
    late = history(other, last=-1)
    both = MedicationHistory(
        early.patient,
        (*early.prescriptions, *(replace(one, key="MedicationRequest/2") for one in late.prescriptions)),
        (
            *early.dispenses,
            *(replace(one, key=f"{one.key}b", prescriptions=("MedicationRequest/2",)) for one in late.dispenses),
        ),
    )

    def plan(payer):
        loaded = programme("cycles = [{ every_days = 30 }]\nhorizon_days = 60\nprep_lead_days = 2", payer)
        return propose_plan(both, loaded.search, Preferences(), TODAY, loaded.rules).plan

    without, granted = plan("insurer"), plan("generous")
    assert without.objective.sync_overrides == 0
    assert granted.objective.trips < without.objective.trips
    assert granted.objective.sync_overrides > 0


def test_no_law_grants_an_early_fill_of_a_controlled_medicine(programme) -> None:
    lacosamide = replace(TABLET, ingredient="lacosamide", schedule=Schedule.V)
    assert therapy(programme('state = "NY"', "generous"), lacosamide).problem.sync_overrides_left == 0


# --- Pennsylvania: three a year, unit-of-use excluded -----------------------------------------------------------------


def test_pennsylvania_synchronizes_each_medicine_three_times_a_year(programme) -> None:
    planned = therapy(programme('state = "PA"'))
    assert planned.problem.short_fills_left == 3
    assert planned.reasons[-1] == "At most 3 short fills within a year from now (72 P.S. § 3761-515.1(d))."


def test_short_and_early_fills_together_stay_within_the_years_number(programme) -> None:
    planned = therapy(programme('state = "PA"', "pace")).problem
    assert (planned.sync_overrides_left, planned.short_fills_left) == (1, 2)


def test_part_fills_of_the_past_year_count_toward_the_number(programme) -> None:
    assert therapy(programme('state = "PA"'), supply_type="RFP").problem.short_fills_left == 0


def test_a_payer_that_grants_more_is_believed(programme) -> None:
    loaded = programme('state = "PA"', "generous")
    assert therapy(loaded).problem.short_fills_left == 4  # six, two of them early
    assert rule(loaded, "synchronizations_a_year", Source.STATE).why_not == "a generous plan grants 6"


def test_pennsylvania_leaves_unit_of_use_packages_out(programme) -> None:
    pack = replace(TABLET, kind=Kind.PACK, package=Fraction(28), label="a pack of 28")
    open_handed = 'short_fill_kinds = ["pack", "solid-oral"]'
    assert therapy(programme(open_handed, "generous"), pack, days=28).problem.sync_overrides_left == 2
    left_out = therapy(programme(f'{open_handed}\nstate = "PA"', "generous"), pack, days=28)
    assert (left_out.problem.sync_overrides_left, left_out.problem.short_fill_allowed) == (0, False)
    assert "unit-of-use packages out of synchronization (72 P.S. § 3761-515.1(f)(1))" in left_out.reasons[-1]


@pytest.mark.parametrize(
    ("state", "citation"),
    [
        ("NY", "NY Ins. Law § 4303-a(a)(v)"),
        ("TX", "Tex. Ins. Code § 1369.453(5)"),
        ("OK", "36 O.S. § 3634.5(A)(5)"),
    ],
)
def test_what_cannot_be_split_is_left_out_by_the_law_too(programme, state, citation) -> None:
    nitroglycerin = replace(TABLET, ingredient="nitroglycerin", package=None)
    left_out = therapy(programme(f'state = "{state}"', "generous"), nitroglycerin)
    assert left_out.problem.sync_overrides_left == 0
    assert citation in left_out.reasons[-1]


# --- Controlled medicines ---------------------------------------------------------------------------------------------

CLONAZEPAM = replace(TABLET, label="Clonazepam 0.5 MG Oral Tablet", ingredient="clonazepam", schedule=Schedule.IV)


def test_controlled_medicines_are_never_short_unless_the_programme_says_so(programme) -> None:
    usual = therapy(programme(""), CLONAZEPAM, repeats=5)
    assert not usual.problem.short_fill_allowed
    assert "No short fill: it is a controlled substance (C-IV)" in usual.reasons[-1]
    assert therapy(programme('controlled = "short-fills"'), CLONAZEPAM, repeats=5).problem.short_fill_allowed


def test_oklahoma_leaves_schedules_two_to_four_out(programme) -> None:
    left_out = therapy(programme('controlled = "short-fills"\nstate = "OK"'), CLONAZEPAM, repeats=5)
    assert not left_out.problem.short_fill_allowed
    assert "medicines of Schedule II to IV out of synchronization (36 O.S. § 3634.5(A)(3))" in left_out.reasons[-1]
    schedule_five = replace(CLONAZEPAM, ingredient="pregabalin", schedule=Schedule.V)
    assert therapy(programme('controlled = "short-fills"\nstate = "OK"'), schedule_five).problem.short_fill_allowed


def test_oklahoma_owes_one_synchronization_a_year(programme) -> None:
    planned = therapy(programme('state = "OK"'))
    assert planned.problem.short_fills_left == 1
    assert "(36 O.S. § 3634.5(A))" in planned.reasons[-1]


@pytest.mark.parametrize("state", ["NY", "TX"])
def test_hydrocodone_of_schedule_three_is_left_out_and_others_of_that_schedule_are_not(programme, state) -> None:
    loaded = programme(f'controlled = "short-fills"\nstate = "{state}"')
    hydrocodone = replace(TABLET, ingredient="homatropine / hydrocodone", schedule=Schedule.III)
    assert "hydrocodone of Schedule III out" in therapy(loaded, hydrocodone, repeats=5).reasons[-1]
    testosterone = replace(TABLET, ingredient="methyltestosterone", schedule=Schedule.III)
    assert therapy(loaded, testosterone, repeats=5).problem.short_fill_allowed


@pytest.mark.parametrize("state", ["NY", "TX", "OK"])
def test_schedule_two_is_out_everywhere(programme, state) -> None:
    oxycodone = replace(TABLET, ingredient="oxycodone", schedule=Schedule.II)
    [line] = review(history(oxycodone), TODAY, programme(f'state = "{state}"').rules).not_planned
    assert (line.code, "21 CFR 1306.12" in line.reason) == ("schedule-ii", True)


def test_a_programme_may_refill_controlled_medicines_one_by_one(programme) -> None:
    [line] = review(history(CLONAZEPAM, repeats=5), TODAY, programme('controlled = "apart"').rules).not_planned
    assert line.code == "controlled-apart"
    assert line.reason == "This programme refills controlled medicines (C-IV) one by one."


def test_federal_law_ends_a_prescription_of_schedule_four_after_five_refills_and_six_months(programme) -> None:
    [ledger] = therapy(programme(""), CLONAZEPAM, repeats=11).ledgers
    assert ledger.authorized == Quantity(Fraction(180), "{tablet}")
    assert (ledger.expires, ledger.expires_source) == (date(2026, 5, 22), "authoredOn + 6 months (C-IV)")


def test_new_mexico_says_when_a_prescription_of_schedule_five_ends(programme) -> None:
    pregabalin = replace(CLONAZEPAM, ingredient="pregabalin", schedule=Schedule.V)
    [elsewhere] = therapy(programme(""), pregabalin, repeats=11).ledgers
    assert elsewhere.expires_source == "authoredOn + 6 months (default for C-V, states differ)"
    [here] = therapy(programme('state = "NM"'), pregabalin, repeats=11).ledgers
    assert here.expires_source == "authoredOn + 6 months (16.19.20.45(B) NMAC)"
    assert here.authorized == Quantity(Fraction(180), "{tablet}")


def test_new_mexico_refills_controlled_medicines_after_three_quarters_whatever_the_payer_takes(programme) -> None:
    lax = 'refill_too_soon = "0.5"\n'
    assert therapy(programme(f'{lax}state = "NM"')).problem.refill_too_soon == Fraction(1, 2)
    controlled = therapy(programme(f'{lax}state = "NM"'), CLONAZEPAM, repeats=5)
    assert controlled.problem.refill_too_soon == Fraction(3, 4)
    assert "with 75% of the last fill used." in controlled.reasons[-2]


# --- Maine ------------------------------------------------------------------------------------------------------------


def test_maine_leaves_solid_oral_antibiotics_out(programme) -> None:
    nitrofurantoin = replace(TABLET, ingredient="nitrofurantoin", label="Nitrofurantoin 100 MG", antibiotic=True)
    loaded = programme('state = "ME"', "insurer")
    charted = history(nitrofurantoin)
    [asked] = review(charted, TODAY, loaded.rules).not_planned
    [planned] = review(charted, TODAY, loaded.rules, confirmed=[asked.therapy]).therapies
    assert (planned.problem.short_fill_allowed, planned.problem.sync_overrides_left) == (False, 0)
    assert (
        "Maine leaves solid oral antibiotics out of synchronization (24-A M.R.S. § 2769(2)(A))" in planned.reasons[-1]
    )
    assert therapy(loaded).problem.short_fill_allowed


def test_maine_leaves_tablets_in_their_original_container_out_but_not_eye_drops(programme) -> None:
    loaded = programme('state = "ME"', "insurer")
    dabigatran = replace(TABLET, ingredient="dabigatran", package=None)
    assert "in their original container out" in therapy(loaded, dabigatran).reasons[-1]
    drops = replace(TABLET, ingredient="latanoprost", kind=Kind.DROPS, package=None)
    assert therapy(loaded, drops).problem.sync_overrides_left == 1


# --- Payers and 90 days -----------------------------------------------------------------------------------------------


def test_the_payers_share_goes_before_the_programmes(programme) -> None:
    loaded = programme("", "generous")
    assert loaded.rules.refill_too_soon == Fraction(17, 20)
    assert rule(loaded, "refill_too_soon", Source.PROGRAMME).why_not == "a generous plan says otherwise"


def test_a_cumulative_rule_makes_the_next_claim_wait_until_few_days_are_on_hand(programme) -> None:
    planned = therapy(programme("", "generous"))
    assert planned.earliest == planned.run_out - timedelta(days=3)
    assert f"from {planned.earliest}, when at most 3 days of it are on hand." in " ".join(planned.reasons)
    assert planned.problem.refill_too_soon == Fraction(9, 10)  # so that later claims keep it too
    plain = therapy(programme(""))
    assert plain.earliest == plain.run_out - timedelta(days=7)


def test_ninety_days_need_a_ninety_day_prescription(programme) -> None:
    loaded = programme("cycles = [{ every_days = 90 }, { every_days = 30 }]\nhorizon_days = 180", "generous")
    reviewed = review(history(), TODAY, loaded.rules)
    [said] = [one for one in reviewed.findings if one.code.startswith("ninety")]
    assert (said.code, said.next_step) == (
        "ninety-day-prescription-needed",
        "Ask the prescriber for a 90-day prescription.",
    )
    assert said.message.endswith("at most 30 days at a time: a 90-day fill needs a 90-day prescription.")


def test_an_unknown_benefit_is_not_allowed_and_that_is_said(programme) -> None:
    loaded = programme("cycles = [{ every_days = 90 }]\nhorizon_days = 180")
    reviewed = review(history(), TODAY, loaded.rules)
    [said] = [one for one in reviewed.findings if one.code.startswith("ninety")]
    assert "whether the payer takes more is not known, which counts as not allowed" in said.message
    assert reviewed.therapies[0].problem.max_days == 30


def test_all_that_is_authorized_may_be_handed_out_where_law_and_payer_are_known_to_allow_it(programme) -> None:
    law = 'cycles = [{ every_days = 90 }]\nhorizon_days = 180\nup_to_authorized = { citation = "State Code § 1" }'
    planned = therapy(programme(law, "generous"))
    assert planned.problem.max_days == 90
    assert review(history(), TODAY, programme(law, "generous").rules).findings == ()
    assert therapy(programme(law)).problem.max_days == 30  # nobody knows what the payer takes
    assert therapy(programme(law, "generous"), repeats=3).problem.max_days == 30  # one fill is left
    assert therapy(programme(law, "generous"), CLONAZEPAM, repeats=5).problem.max_days == 30


def test_what_is_authorized_counts_only_where_it_is_known_in_the_unit_of_the_dosage(programme) -> None:
    law = 'cycles = [{ every_days = 90 }]\nhorizon_days = 180\nup_to_authorized = { citation = "State Code § 1" }'
    rules = programme(law, "generous").rules
    charted = history()
    [prescription] = charted.prescriptions
    unknown = replace(charted, prescriptions=(replace(prescription, repeats=None),))
    assert [one.problem.max_days for one in review(unknown, TODAY, rules).therapies] == [30]
    overdrawn = replace(charted, prescriptions=(replace(prescription, repeats=0),))
    assert [one.problem.max_days for one in review(overdrawn, TODAY, rules).therapies] == [30]
    assert therapy(programme(law, "generous"), replace(TABLET, schedule=Schedule.UNKNOWN)).problem.max_days == 30


def test_a_payer_that_takes_less_than_ninety_days_is_named(programme) -> None:
    short = "cycles = [{ every_days = 90 }]\nhorizon_days = 180\n[[payers]]\n"
    short += 'key = "monthly"\nname = "a plan"\nkind = "commercial"\nlongest_fill_days = 31'
    reviewed = review(history(), TODAY, programme(short, "monthly").rules)
    [said] = [one for one in reviewed.findings if one.code.startswith("ninety")]
    assert (said.code, said.next_step) == ("ninety-days-not-possible", None)
    assert said.message.endswith("the payer takes at most 31 days at a time.")


def test_a_new_start_is_not_asked_about_ninety_days(programme) -> None:
    loaded = programme("cycles = [{ every_days = 90 }]\nhorizon_days = 180", "generous")
    new = history(days=90)
    [prescription] = new.prescriptions
    new = replace(new, prescriptions=(replace(prescription, authored_on=TODAY),), dispenses=())
    reviewed = review(new, TODAY, loaded.rules)
    assert [one.usual_days for one in reviewed.therapies] == [30]
    assert reviewed.findings == ()


def test_the_claim_hint_is_61_where_the_payer_takes_it() -> None:
    assert load_programme("chain-calendar").rules.claim_codes == (47, 48)
    assert load_programme("chain-calendar", "plan-with-90-days").rules.claim_codes == (61, 48)


def test_a_drug_asked_about_first_is_still_asked_about_under_any_law(programme) -> None:
    warfarin = replace(TABLET, ingredient="warfarin", ask_first=AskFirst.WARFARIN)
    [line] = review(history(warfarin), TODAY, programme('state = "NY"', "generous").rules).not_planned
    assert line.code == "ask-first"
