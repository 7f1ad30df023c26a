"""What is kept of a plan: the counts it rests on, its sources, and what it asks of prescribers."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from mappings.outbound.from_review import errands, sources, told_supplies
from mappings.outbound.plan_record import ErrandKind
from pickupday.drugs import DrugFacts, Kind, Schedule
from pickupday.history import (
    Dispense,
    DispenseStatus,
    Dosage,
    MedicationHistory,
    Patient,
    Prescription,
    PrescriptionStatus,
    Quantity,
    ToldCount,
)
from pickupday.problem import EveryDays, Preferences, Programme
from pickupday.proposal import propose_plan

TODAY = date(2026, 11, 23)
TABLET = "{tablet}"
DRUG = DrugFacts(
    "Metformin 500 MG", "metformin", "500 mg", "tablet", Schedule.NOT_CONTROLLED, Kind.SOLID_ORAL, Fraction(1)
)


def prescription(key="MedicationRequest/1", drug=DRUG, units=60, repeats=11, per_day=2):
    use = Quantity(Fraction(per_day), TABLET) if per_day else None
    missing = None if per_day else "dosageInstruction"
    return Prescription(
        key,
        PrescriptionStatus.ACTIVE,
        "order",
        drug,
        authored_on=TODAY - timedelta(days=150),
        quantity=Quantity(Fraction(units), TABLET) if units else None,
        repeats=repeats,
        dosages=(Dosage(daily_use=use, source="structured dosage" if use else None, missing=missing),),
        daily_use=use,
        daily_use_source="structured dosage" if use else None,
        daily_use_missing=missing,
        course_of_therapy="continuous",
        requester="Practitioner/5",
        version="3",
    )


def dispense(number, ago, key="MedicationRequest/1", drug=DRUG, units=60, days=30):
    return Dispense(
        f"MedicationDispense/{number}",
        DispenseStatus.COMPLETED,
        drug,
        handed_over=TODAY - timedelta(days=ago),
        quantity=Quantity(Fraction(units), TABLET) if units else None,
        stated_days=Fraction(days) if days else None,
        prescriptions=(key,),
        version="1",
    )


def propose(prescriptions, dispenses, *, cycle=28, told=(), patient=None, places=None):
    history = MedicationHistory(
        patient or Patient("Patient/1"),
        tuple(prescriptions),
        tuple(dispenses),
        told_counts=tuple(told),
        places=places or {},
    )
    return propose_plan(history, Programme((EveryDays(cycle),)), Preferences(), TODAY)


FILLS = [dispense(1, 80), dispense(2, 50), dispense(3, 20)]


def test_a_prescription_with_units_enough_asks_for_nothing():
    assert errands(propose([prescription()], FILLS)) == ()


def test_a_prescription_whose_units_end_is_to_be_renewed_by_its_prescriber():
    proposal = propose([prescription(repeats=3)], FILLS)
    (errand,) = errands(proposal)
    (renewal,) = proposal.plan.renewals
    assert (errand.kind, errand.needed_by) == (ErrandKind.RENEWAL, renewal.needed_by)
    assert (errand.prescription, errand.prescriber) == ("MedicationRequest/1", "Practitioner/5")
    assert errand.request == (
        f"Please renew the prescription of Metformin 500 MG by {renewal.needed_by}: for the pickup after that, "
        "no units are left."
    )


def test_a_prescriber_is_named_as_the_chart_names_them():
    (errand,) = errands(propose([prescription(repeats=3)], FILLS, places={"Practitioner/5": "Dr.  Ngozi Adeyemi"}))
    assert errand.prescriber_name == "Dr. Ngozi Adeyemi"


def test_a_prescription_inside_another_record_cannot_be_pointed_at_and_asks_for_nothing():
    inside = "MedicationRequest/1#2"
    fills = [replace(one, prescriptions=(inside,)) for one in FILLS]
    assert errands(propose([prescription(inside, repeats=3)], fills)) == ()


def test_a_cycle_of_ninety_days_asks_for_a_prescription_of_ninety_days():
    (errand,) = errands(propose([prescription(repeats=40)], FILLS, cycle=90))
    assert errand.kind is ErrandKind.NINETY_DAYS
    assert "for 90 days at a time instead of 30" in errand.request
    assert errand.needed_by >= TODAY


@pytest.mark.parametrize(
    ("drug", "units", "cycle"),
    [
        (DRUG, 60, 28),
        (DRUG, 180, 90),
        (replace(DRUG, schedule=Schedule.IV), 60, 90),
        (replace(DRUG, schedule=Schedule.UNKNOWN), 60, 90),
    ],
    ids=["short cycle", "is one already", "controlled", "perhaps controlled"],
)
def test_otherwise_no_ninety_day_prescription_is_asked_for(drug, units, cycle):
    fills = [dispense(1, 80, drug=drug), dispense(2, 50, drug=drug), dispense(3, 20, drug=drug)]
    asked = errands(propose([prescription(drug=drug, units=units, repeats=40)], fills, cycle=cycle))
    assert [one for one in asked if one.kind is ErrandKind.NINETY_DAYS] == []


def test_a_prescription_without_a_quantity_is_no_reason_to_ask_for_ninety_days():
    asked = errands(propose([prescription(units=None)], FILLS, cycle=90))
    assert [one for one in asked if one.kind is ErrandKind.NINETY_DAYS] == []


def test_a_medicine_that_was_left_out_for_a_missing_field_asks_its_prescriber_for_it():
    mute = replace(DRUG, label="Lisinopril 10 MG", ingredient="lisinopril", strength="10 mg")
    other = prescription("MedicationRequest/2", mute, per_day=0)
    fills = [dispense(n, ago, other.key, mute, days=None) for n, ago in ((7, 80), (8, 50), (9, 20))]
    proposal = propose([prescription(), other], [*FILLS, *fills])
    (errand,) = errands(proposal)
    assert (errand.kind, errand.prescription) == (ErrandKind.MISSING, other.key)
    assert errand.needed_by == proposal.plan.first_pickup
    assert "is missing), so that it can be picked up with the other medicines." in errand.request


def test_without_a_plan_nothing_is_asked():
    assert errands(propose([prescription()], FILLS, patient=Patient("Patient/1", do_not_plan="deceased"))) == ()


def test_a_count_that_decided_a_run_out_is_kept():
    count = ToldCount("metformin", Fraction(12), TODAY, "daughter")
    (told,) = told_supplies(propose([prescription()], FILLS, told=[count]))
    assert (told.label, told.prescription, told.units, told.unit) == (
        "Metformin 500 MG",
        "MedicationRequest/1",
        12,
        TABLET,
    )
    assert (told.told_on, told.told_by) == (TODAY, "daughter")
    assert told_supplies(propose([prescription()], FILLS)) == ()


def test_sources_are_the_records_of_the_planned_medicines_with_their_versions():
    assert sources(propose([prescription()], FILLS)) == (
        ("MedicationDispense/1", "1"),
        ("MedicationDispense/2", "1"),
        ("MedicationDispense/3", "1"),
        ("MedicationRequest/1", "3"),
    )
