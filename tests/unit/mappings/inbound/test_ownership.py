import json
from typing import Any

import pytest

from mappings.inbound import read_bundle, read_resources
from pickupday.findings import Severity


def fatal(chart: Any) -> list[tuple[str, str]]:
    return [(issue.code, issue.resource) for issue in chart.issues if issue.fatal]


def test_the_only_patient_of_a_file_is_its_patient(charts: Any) -> None:
    assert charts.read(charts.request()).history.patient.key == "Patient/p"


def test_several_patients_need_a_choice(charts: Any) -> None:
    chart = charts.read(charts.patient(), charts.patient(id="q"), charts.request())
    assert chart.history is None
    assert fatal(chart) == [("several-patients", "")]
    assert "Patient/p, Patient/q" in chart.issues[0].message
    assert "--patient" in (chart.issues[0].next_step or "")


@pytest.mark.parametrize("patient", ["p", "Patient/p", "https://ehr.example/fhir/Patient/p"])
def test_the_patient_asked_for_is_read_and_the_others_are_counted(charts: Any, patient: str) -> None:
    other = charts.request(id="r2", subject={"reference": "Patient/q"})
    chart = charts.read(charts.patient(), charts.patient(id="q"), charts.request(), other, patient=patient)
    assert [written.key for written in chart.history.prescriptions] == ["MedicationRequest/r"]
    left = next(issue for issue in chart.issues if issue.code == "other-patients")
    assert left.severity is Severity.INFORMATION
    assert left.message.startswith("1 records of 1 other patients")


def test_a_patient_who_is_not_in_the_file_is_fatal(charts: Any) -> None:
    chart = charts.read(charts.patient(), charts.request(), patient="nobody")
    assert fatal(chart) == [("patient-not-found", "Patient/nobody")]


@pytest.mark.parametrize("patient", ["", "/", "Patient/", "\x00", "../../etc"])
def test_a_patient_that_is_no_id_is_not_found(charts: Any, patient: str) -> None:
    assert [code for code, _ in fatal(charts.read(charts.request(), patient=patient))] == ["patient-not-found"]


def test_a_file_without_the_patient_resource_is_read_and_said_to_be_blind(charts: Any) -> None:
    for patient in (None, "p"):
        chart = read_bundle(charts.bundle(charts.request()), patient=patient, zone=charts.zone)
        assert chart.history is not None
        assert chart.history.patient.key == "Patient/p"
        assert charts.codes(chart) == ["patient-unseen"]


def test_a_file_without_patient_and_with_records_of_two_is_fatal(charts: Any) -> None:
    data = charts.bundle(charts.request(), charts.request(id="r2", subject={"reference": "Patient/q"}))
    chart = read_bundle(data, zone=charts.zone)
    assert fatal(chart) == [("no-patient", "")]
    assert "2 patients" in chart.issues[0].message


def test_an_empty_bundle_has_no_patient(charts: Any) -> None:
    assert fatal(read_bundle(charts.bundle(), zone=charts.zone)) == [("no-patient", "")]


def test_a_record_of_somebody_else_is_an_issue_and_left_out(charts: Any) -> None:
    chart = charts.read(charts.request(), charts.dispense(subject={"reference": "Patient/q"}))
    assert chart.history.dispenses == ()
    issue = chart.issues[0]
    assert (issue.code, issue.severity, issue.fatal) == ("wrong-patient", Severity.ERROR, False)
    assert (issue.resource, issue.path) == ("MedicationDispense/d", "MedicationDispense.subject")


def test_a_record_without_subject_is_left_out(charts: Any) -> None:
    for subject in (None, {"display": "Rosa"}, {"reference": "Patient?identifier=1"}, {"reference": ""}):
        chart = charts.read(charts.request(subject=subject))
        assert chart.history.prescriptions == ()
        assert charts.codes(chart) == ["no-subject"]


def test_a_fill_without_subject_is_theirs_when_their_prescription_authorized_it(charts: Any) -> None:
    fill = charts.dispense(subject=None, authorizingPrescription=[{"reference": "MedicationRequest/r"}])
    assert len(charts.read(charts.request(), fill).history.dispenses) == 1
    fill = charts.dispense(subject=None, authorizingPrescription=[{"reference": "MedicationRequest/gone"}])
    assert charts.codes(charts.read(charts.request(), fill)) == ["no-subject"]


class TestReferences:
    def bundle(self, full_url: str | None, subject: str, **patient: Any) -> bytes:
        who = {"resourceType": "Patient", "id": "p", **patient}
        request = {
            "resourceType": "MedicationRequest",
            "id": "r",
            "status": "active",
            "intent": "order",
            "subject": {"reference": subject},
            "medicationCodeableConcept": {"text": "warfarin"},
        }
        entries = [{"fullUrl": full_url, "resource": who}, {"resource": request}]
        return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()

    @pytest.mark.parametrize(
        ("full_url", "subject"),
        [
            (None, "Patient/p"),
            (None, "Patient/p/_history/3"),
            (None, "https://ehr.example/fhir/Patient/p"),
            ("https://ehr.example/fhir/Patient/p", "Patient/p"),
            ("https://ehr.example/fhir/Patient/p", "https://ehr.example/fhir/Patient/p"),
            ("https://ehr.example/fhir/Patient/p", "https://ehr.example/fhir/Patient/p/_history/2"),
            ("urn:uuid:6f0c0a4e-0000-4000-8000-000000000001", "urn:uuid:6f0c0a4e-0000-4000-8000-000000000001"),
        ],
    )
    def test_every_way_to_point_at_the_patient_is_understood(self, charts: Any, full_url: str, subject: str) -> None:
        chart = read_bundle(self.bundle(full_url, subject), zone=charts.zone)
        assert chart.history is not None
        assert len(chart.history.prescriptions) == 1

    @pytest.mark.parametrize(
        ("full_url", "subject"),
        [
            ("https://ehr.example/fhir/Patient/p", "https://other.example/fhir/Patient/p"),
            ("https://ehr.example/fhir/Patient/p", "https://ehr.example.evil/fhir/Patient/p"),
            ("urn:uuid:6f0c0a4e-0000-4000-8000-000000000001", "urn:uuid:6f0c0a4e-0000-4000-8000-000000000002"),
            (None, "Patient/pp"),
            (None, "Practitioner/p"),
        ],
    )
    def test_the_same_id_elsewhere_is_somebody_else(self, charts: Any, full_url: str, subject: str) -> None:
        chart = read_bundle(self.bundle(full_url, subject), zone=charts.zone)
        assert chart.history is not None
        assert chart.history.prescriptions == ()
        assert charts.codes(chart) == ["wrong-patient"]

    def test_a_patient_without_id_is_found_by_full_url(self, charts: Any) -> None:
        url = "urn:uuid:6f0c0a4e-0000-4000-8000-000000000001"
        chart = read_bundle(self.bundle(url, url, id=None), patient=url, zone=charts.zone)
        assert chart.history is not None
        assert chart.history.patient.key == "Patient/(entry 0)"
        assert len(chart.history.prescriptions) == 1

    def test_a_full_url_that_contradicts_the_id_leads_nowhere(self, charts: Any) -> None:
        chart = read_bundle(self.bundle("https://ehr.example/fhir/Patient/q", "Patient/q"), zone=charts.zone)
        assert chart.history is not None
        assert chart.history.prescriptions == ()
        assert charts.codes(chart) == ["full-url-disagrees", "wrong-patient"]


class TestFromAServer:
    def read(self, charts: Any, *resources: Any, base: str = "") -> Any:
        raws = [json.dumps(resource).encode() for resource in resources]
        return read_resources(raws, patient="p", zone=charts.zone, bases=[base] if base else [])

    def test_what_a_server_returned_is_read(self, charts: Any) -> None:
        chart = self.read(
            charts, charts.patient(), charts.request(), charts.dispense(), base="https://ehr.example/fhir/"
        )
        assert chart.history.dispenses_known
        assert chart.issues == ()

    def test_a_record_of_another_patient_stops_everything(self, charts: Any) -> None:
        other = charts.request(id="r2", subject={"reference": "Patient/q"})
        chart = self.read(charts, charts.patient(), charts.request(), other)
        assert chart.history is None
        assert fatal(chart) == [("wrong-patient", "MedicationRequest/r2")]

    def test_the_same_id_on_another_server_is_another_patient(self, charts: Any) -> None:
        other = charts.request(subject={"reference": "https://other.example/fhir/Patient/p"})
        chart = self.read(charts, charts.patient(), other, base="https://ehr.example/fhir")
        assert fatal(chart) == [("wrong-server", "MedicationRequest/r")]
        assert "public base" in chart.issues[0].next_step

    @pytest.mark.parametrize(
        "base", ["http://ehr.example/fhir", "https://EHR.example:443/fhir/", "https://ehr.example/fhir"]
    )
    def test_one_server_writes_its_address_in_several_ways(self, charts: Any, base: str) -> None:
        own = charts.request(subject={"reference": "https://ehr.example/fhir/Patient/p"})
        assert self.read(charts, charts.patient(), own, base=base).issues == ()

    def test_another_patient_resource_stops_everything(self, charts: Any) -> None:
        chart = self.read(charts, charts.patient(), charts.patient(id="q"))
        assert fatal(chart) == [("wrong-patient", "Patient/q")]

    def test_without_the_patient_nothing_goes_on(self, charts: Any) -> None:
        assert fatal(self.read(charts, charts.request())) == [("patient-not-found", "Patient/p")]

    def test_a_server_without_dispenses_is_known_to_the_caller(self, charts: Any) -> None:
        chart = read_resources(
            [json.dumps(charts.patient()).encode()], patient="p", zone=charts.zone, dispenses_known=False
        )
        assert chart.history is not None
        assert not chart.history.dispenses_known
