from dataclasses import replace
from datetime import date

from pickupday.history import InpatientStay, MedicationHistory, Patient
from service.use_cases.chart_changes import chart_changes, versions_of

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


def test_versions_are_those_of_prescriptions_and_dispenses_and_what_cannot_be_read_has_none():
    raw = [
        b'{"resourceType": "MedicationRequest", "id": "b", "meta": {"versionId": "3"}}',
        b'{"resourceType": "MedicationDispense", "id": "a"}',
        b'{"resourceType": "Patient", "id": "1", "meta": {"versionId": "1"}}',
        b"no json",
    ]
    assert versions_of(raw) == ("MedicationDispense/a/_history/", "MedicationRequest/b/_history/3")
