from dataclasses import replace
from datetime import date

from pickupday.history import InpatientStay, MedicationHistory, Patient
from service.use_cases.chart_changes import chart_changes

HISTORY = MedicationHistory(Patient("Patient/1"), stays=(InpatientStay("Encounter/1", date(2026, 11, 1)),))


def test_the_same_chart_has_no_changes():
    assert chart_changes(HISTORY, HISTORY) == ()


def test_a_discharge_a_changed_patient_and_dispenses_no_longer_given_are_said():
    now = replace(
        HISTORY,
        patient=Patient("Patient/1", do_not_plan="deceased"),
        stays=(InpatientStay("Encounter/1", date(2026, 11, 1), date(2026, 11, 9)),),
        dispenses_known=False,
    )
    assert chart_changes(HISTORY, now) == (
        "Encounter/1 was changed.",
        "Patient/1 was changed.",
        "Whether the server gives dispenses is different now.",
    )
