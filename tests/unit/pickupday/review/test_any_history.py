"""Whatever a chart says, a review stands: nothing is lost, every therapy is sound, the order of records is nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pickupday.adherence import covered_days
from pickupday.drugs import AskFirst, DrugFacts, Kind, Schedule
from pickupday.figures import measure
from pickupday.history import (
    Dispense,
    DispenseStatus,
    Dosage,
    InpatientStay,
    MedicationHistory,
    Patient,
    Prescription,
    PrescriptionStatus,
    Quantity,
    ToldCount,
)
from pickupday.review.supply import days_without_supply
from pickupday.review.therapies import review

TODAY = date(2026, 3, 2)
days = st.integers(-500, 40).map(lambda offset: TODAY + timedelta(days=offset))
recent = st.integers(-120, 2).map(lambda offset: TODAY + timedelta(days=offset))
maybe_day = st.sampled_from([None]) | days | recent
units = st.sampled_from(["{tablet}"] * 12 + ["{capsule}", "", "mL"])
quantities = st.builds(
    Quantity, st.sampled_from([30, 30, 30, 30, 60, 90, 90, 15, 1, 0, Fraction("7.5"), 100]).map(Fraction), units
)
uses = st.builds(Quantity, st.sampled_from([1, 1, 1, 2, 3, Fraction(1, 2), Fraction(1, 7), 0]).map(Fraction), units)
rarely = st.sampled_from([False] * 40 + [True])

drugs = st.builds(
    DrugFacts,
    label=st.sampled_from(["A 10", "A 20", "B", "?"]),
    ingredient=st.sampled_from([None, "a", "a", "b"]),
    strength=st.sampled_from([None, "10 mg", "20 mg"]),
    form=st.sampled_from([None, "oral tablet"]),
    schedule=st.sampled_from([Schedule.NOT_CONTROLLED] * 12 + list(Schedule)),
    kind=st.sampled_from([Kind.SOLID_ORAL] * 6 + list(Kind)),
    package=st.sampled_from([None, Fraction(1), Fraction(1), Fraction(28)]),
    antibiotic=rarely,
    ask_first=st.sampled_from([None] * 30 + [AskFirst.WARFARIN]),
    restart_harm=rarely,
)
dosages = st.builds(
    Dosage,
    daily_use=st.none() | uses,
    as_needed=rarely,
    varies=rarely,
    sequence=st.none() | st.integers(1, 2),
    start=maybe_day,
    end=st.sampled_from([*[None] * 10, TODAY + timedelta(days=20), TODAY + timedelta(days=400)]),
    bounded_days=st.sampled_from([*[None] * 10, 10, 365]),
)


@st.composite
def prescriptions(draw):
    return [
        Prescription(
            key=f"MedicationRequest/{place}",
            status=draw(st.sampled_from([PrescriptionStatus.ACTIVE] * 40 + list(PrescriptionStatus))),
            intent=draw(st.sampled_from(["order"] * 30 + ["plan", "proposal"])),
            drug=draw(drugs),
            authored_on=draw(maybe_day),
            valid_to=draw(maybe_day),
            quantity=draw(st.none() | quantities),
            initial_quantity=draw(st.none() | quantities),
            repeats=draw(st.none() | st.integers(-1, 11)),
            expected_supply_days=draw(st.none() | st.sampled_from([Fraction(0), Fraction(30), Fraction(90)])),
            dosages=tuple(draw(st.lists(dosages, max_size=2))),
            daily_use=draw(st.none() | uses),
            do_not_perform=draw(rarely),
            reported=draw(rarely),
            categories=draw(st.sampled_from([frozenset()] * 30 + [frozenset({"inpatient"})])),
            performer=draw(st.sampled_from([None, None, "Organization/a", "Organization/b"])),
            prior=draw(st.sampled_from([None, None, None, "MedicationRequest/0"])),
        )
        for place in range(draw(st.integers(0, 4)))
    ]


@st.composite
def histories(draw):
    asked = draw(prescriptions())
    keys = [one.key for one in asked]
    named = st.lists(st.sampled_from([*keys, *keys, *keys, "MedicationRequest/gone"]), max_size=2)
    given_out = []
    for place in range(draw(st.integers(0, 9))):
        names = tuple(dict.fromkeys(draw(named)))
        meant = next((one.drug for one in asked if one.key in names), None)
        given_out.append(
            Dispense(
                key=f"MedicationDispense/{place}",
                status=draw(st.sampled_from([DispenseStatus.COMPLETED] * 60 + list(DispenseStatus))),
                drug=meant if meant is not None and draw(st.booleans()) else draw(drugs),
                handed_over=draw(st.sampled_from([None, *[TODAY - timedelta(days=day) for day in range(1, 130, 3)]])),
                prepared=draw(maybe_day),
                quantity=draw(st.none() | quantities),
                stated_days=draw(
                    st.sampled_from([None, None, *map(Fraction, (30, 30, 30, 30, 30, 30, 90, 90, 7, 0, 4000, "30.5"))])
                ),
                prescriptions=names,
                daily_use=draw(st.none() | uses),
                inpatient=draw(rarely),
                supply_type=draw(st.sampled_from([None, None, "FFP"])),
                pharmacy=draw(st.sampled_from([None, None, "Organization/a", "Organization/b"])),
            )
        )
    counts = st.builds(
        ToldCount,
        medicine=st.sampled_from([*keys, "a", "B", "nothing"]),
        units=st.sampled_from([-1, 0, 12, Fraction("0.5")]).map(Fraction),
        told_on=days,
    )
    stays = st.builds(InpatientStay, key=st.just("Encounter/1"), start=days, end=st.none() | days)
    return MedicationHistory(
        patient=Patient("Patient/1"),
        prescriptions=tuple(asked),
        dispenses=tuple(given_out),
        stays=tuple(draw(st.lists(stays, max_size=1))),
        told_counts=tuple(draw(st.lists(counts, max_size=2))),
        dispenses_known=draw(st.sampled_from([True, True, True, False])),
    )


@settings(max_examples=200, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_a_review_of_any_history_is_sound(history, chance):
    reviewed = review(history, TODAY)
    seen = [one.key for therapy in reviewed.therapies for one in therapy.prescriptions]
    seen += [key for line in reviewed.not_planned for key in line.keys if key.startswith("MedicationRequest")]
    assert sorted(seen) == sorted(one.key for one in history.prescriptions)
    assert all(line.code and line.reason and line.next_step for line in reviewed.not_planned)
    ids = [one.id for one in reviewed.therapies] + [line.therapy for line in reviewed.not_planned if line.therapy]
    assert len(ids) == len(set(ids))
    for therapy in reviewed.therapies:
        searched = therapy.problem
        assert 1 <= searched.usual_days <= searched.max_days
        assert searched.units_per_day > 0
        assert searched.dispensable_unit > 0
        assert (searched.usual_days * searched.units_per_day) % searched.dispensable_unit == 0
        assert searched.run_out >= TODAY <= searched.earliest
        assert not (searched.short_fill_allowed and therapy.drug.schedule is not Schedule.NOT_CONTROLLED)
        assert therapy.drug.schedule is not Schedule.II
        assert all(reason.endswith(".") for reason in therapy.reasons)
        assert all(one.remaining is None or one.remaining >= 0 for one in therapy.ledgers)
        assert all(before.covers_to <= after.covers_from for before, after in pairwise(therapy.fills))
    shuffled = replace(
        history,
        prescriptions=tuple(chance.sample(history.prescriptions, len(history.prescriptions))),
        dispenses=tuple(chance.sample(history.dispenses, len(history.dispenses))),
    )
    assert review(shuffled, TODAY) == reviewed
    measure(reviewed.therapies, history.stays, None, TODAY, reviewed.not_planned)
    names = [*ids, *(one.key for one in history.prescriptions)]
    clinical = [f"{name}={code}" for name in names for code in ("restart-review", "ask-first")]
    everything = review(history, TODAY, confirmed=[*names, *clinical])
    assert not any(line.ask for line in everything.not_planned)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(-400, -1), st.integers(1, 90)), min_size=1, max_size=12))
def test_supply_laid_out_is_supply_used_day_by_day(pairs):
    dispenses = tuple(
        Dispense(
            key=f"MedicationDispense/{place}",
            status=DispenseStatus.COMPLETED,
            drug=DrugFacts("A", "a", "10 mg", "oral tablet"),
            handed_over=TODAY + timedelta(days=on),
            stated_days=Fraction(length),
        )
        for place, (on, length) in enumerate(pairs)
    )
    reviewed = review(MedicationHistory(Patient("Patient/1"), dispenses=dispenses), TODAY)
    [fills] = [one.fills for one in (*reviewed.therapies, *reviewed.not_planned)]
    start = TODAY + timedelta(days=min(on for on, _ in pairs))
    used = covered_days(((fill.on, fill.days) for fill in fills), start, TODAY)
    assert (TODAY - start).days - used == days_without_supply(fills, start, TODAY)
