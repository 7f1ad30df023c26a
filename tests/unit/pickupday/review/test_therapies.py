"""The whole review: nothing disappears, order does not matter, hospital stays are asked about."""

import random

import pytest

from pickupday.history import DispenseStatus, InpatientStay, PrescriptionStatus
from pickupday.review.therapies import review


def test_an_empty_chart_has_an_empty_review(make):
    reviewed = review(make.history(), make.today)
    assert (reviewed.therapies, reviewed.not_planned, reviewed.findings) == ((), (), ())


def large(make):
    drugs = [make.drug(name, "10 mg") for name in ("lisinopril", "metformin", "sertraline", "warfarin")]
    prescriptions = [
        make.prescription(f"MedicationRequest/{place}", drug=drug, status=status)
        for place, (drug, status) in enumerate(
            zip(drugs, [*[PrescriptionStatus.ACTIVE] * 3, PrescriptionStatus.CANCELLED], strict=True)
        )
    ]
    dispenses = [
        make.dispense(day - place, key=f"d{place}{day}", prescription=f"MedicationRequest/{place}", drug=drug)
        for place, drug in enumerate(drugs)
        for day in (-90, -60, -30, 20)
    ]
    return make.history(prescriptions, [*dispenses, make.dispense(-3, status=DispenseStatus.DECLINED)])


def test_every_prescription_is_in_a_therapy_or_in_a_line(make):
    history = large(make)
    reviewed = review(history, make.today)
    seen = [one.key for therapy in reviewed.therapies for one in therapy.prescriptions]
    seen += [key for line in reviewed.not_planned for key in line.keys]
    assert sorted(seen) == sorted(one.key for one in history.prescriptions)


def test_the_order_of_the_chart_does_not_matter(make):
    history = large(make)
    shuffle = random.Random(7).sample
    again = make.history(
        shuffle(history.prescriptions, len(history.prescriptions)), shuffle(history.dispenses, len(history.dispenses))
    )
    assert review(again, make.today) == review(history, make.today)


@pytest.mark.parametrize(
    ("start", "end", "asked"),
    [(-40, -31, False), (-40, -30, True), (-3, None, True), (1, None, False), (-3, 2, True)],
)
def test_a_hospital_stay_of_the_last_thirty_days_asks_what_changed(make, start, end, asked):
    stay = InpatientStay("Encounter/1", make.day(start), None if end is None else make.day(end))
    reviewed = review(make.history(stays=(stay,)), make.today)
    assert [one.code for one in reviewed.findings] == (["hospital-stay"] if asked else [])


def test_a_hospital_stay_never_moves_a_run_out(make):
    stay = InpatientStay("Encounter/1", make.day(-20), make.day(-10))
    history = make.history([make.prescription()], [make.dispense(-60), make.dispense(-30)], stays=(stay,))
    assert review(history, make.today).therapies[0].run_out == make.today


def test_what_is_of_no_use_for_an_unplanned_medicine_is_not_said(make):
    stopped = make.prescription(authored_on=None, repeats=None, status=PrescriptionStatus.STOPPED)
    assert review(make.history([stopped], [make.dispense(-30)]), make.today).findings == ()
    live = make.prescription(authored_on=None, repeats=None)
    reviewed = review(make.history([live], [make.dispense(-60), make.dispense(-30)]), make.today)
    assert [one.code for one in reviewed.findings] == ["expiry-unknown", "ledger-unknown"]
