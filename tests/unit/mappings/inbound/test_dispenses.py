import json
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from mappings.inbound import read_bundle, read_resources
from pickupday.history import DispenseStatus, Quantity


def test_a_whole_dispense_is_taken_over(charts: Any) -> None:
    chart = charts.read(
        charts.request(),
        charts.dispense(
            meta={"versionId": "2"},
            whenPrepared="2026-01-02",
            whenHandedOver="2026-01-04T01:00:00Z",
            quantity={"value": 60, "unit": "tablets", "code": "{tablets}"},
            daysSupply={"value": 30, "unit": "Day", "code": "d"},
            authorizingPrescription=[{"reference": "MedicationRequest/r"}],
            type={"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "RF"}]},
            performer=[
                {"actor": {"reference": "Practitioner/7"}},
                {"actor": {"reference": "Organization/corner", "display": "Corner Pharmacy"}},
            ],
            location={"reference": "Location/counter"},
            dosageInstruction=[{"text": "1 tab bid"}],
        ),
        {"resourceType": "Location", "id": "counter", "name": "Front counter"},
    )
    handed = chart.history.dispenses[0]
    assert (handed.key, handed.status, handed.version) == ("MedicationDispense/d", DispenseStatus.COMPLETED, "2")
    assert (handed.prepared, handed.handed_over) == (date(2026, 1, 2), date(2026, 1, 3))
    assert (handed.quantity, handed.stated_days) == (Quantity(Fraction(60), "{tablet}"), 30)
    assert handed.prescriptions == ("MedicationRequest/r",)
    assert handed.supply_type == "RF"
    assert (handed.pharmacy, handed.location) == ("Organization/corner", "Location/counter")
    assert chart.history.places == {"Organization/corner": "Corner Pharmacy", "Location/counter": "Front counter"}
    assert handed.daily_use == Quantity(Fraction(2), "{tablet}")
    assert chart.history.dispenses_known
    assert chart.issues == ()


def test_tablets_of_a_suspension_stay_tablets(charts: Any) -> None:
    handed = charts.read(
        charts.dispense(
            medicationCodeableConcept={"text": "Amoxicillin 80 MG/ML Oral Suspension"},
            quantity={"value": 100, "unit": "tablets"},
        )
    ).history.dispenses[0]
    assert handed.quantity == Quantity(Fraction(100), "{tablet}")


def test_a_dispense_without_dosage_says_so(charts: Any) -> None:
    handed = charts.read(charts.dispense()).history.dispenses[0]
    assert (handed.daily_use, handed.daily_use_missing) == (None, "MedicationDispense.dosageInstruction")


def test_a_performer_that_is_no_organization_is_no_pharmacy(charts: Any) -> None:
    performers = [{"actor": {"reference": "Practitioner/7"}}, {}]
    assert charts.read(charts.dispense(performer=performers)).history.dispenses[0].pharmacy is None


@pytest.mark.parametrize(
    ("fields", "inpatient"),
    [
        ({"category": {"coding": [{"code": "inpatient"}]}}, True),
        ({"category": {"coding": [{"code": "outpatient"}]}}, False),
        ({"context": {"reference": "Encounter/e"}}, True),
        ({"context": {"reference": "Encounter/visit"}}, False),
    ],
)
def test_inpatient_is_read_from_the_category_or_from_the_stay(
    charts: Any, fields: dict[str, Any], inpatient: bool
) -> None:
    chart = charts.read(
        charts.dispense(**fields),
        {
            "resourceType": "Encounter",
            "id": "e",
            "status": "finished",
            "class": {"code": "IMP"},
            "subject": {"reference": "Patient/p"},
            "period": {"start": "2026-01-01", "end": "2026-01-05"},
        },
    )
    assert chart.history.dispenses[0].inpatient is inpatient


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"modifierExtension": [{"url": "u"}]}, "modifierExtension"),
        ({"implicitRules": "u"}, "implicitRules"),
        ({"quantity": "sixty"}, "malformed: MedicationDispense.quantity"),
        (
            {"quantity": {"value": True}, "daysSupply": []},
            "malformed: MedicationDispense.quantity.value, MedicationDispense.daysSupply",
        ),
    ],
)
def test_what_must_not_be_interpreted_is_kept_as_unreadable(charts: Any, fields: dict[str, Any], reason: str) -> None:
    handed = charts.read(charts.dispense(**fields)).history.dispenses[0]
    assert handed.unreadable is not None
    assert sorted(handed.unreadable.removeprefix("malformed: ").split(", ")) == sorted(
        reason.removeprefix("malformed: ").split(", ")
    )
    assert handed.drug.ingredient == "metformin"


def test_an_unknown_status_is_said(charts: Any) -> None:
    chart = charts.read(charts.dispense(status="sold"))
    assert chart.history.dispenses[0].status is DispenseStatus.UNKNOWN
    assert chart.issues[0].missing == "MedicationDispense.status"
    assert charts.codes(charts.read(charts.dispense(status=None))) == ["status-unknown"]


def test_a_chart_without_any_dispense_is_said_to_be_without(charts: Any) -> None:
    chart = charts.read(charts.request())
    assert not chart.history.dispenses_known
    assert [issue.code for issue in chart.issues] == ["no-dispenses"]


class TestContained:
    """VA puts the fills into the prescription."""

    def test_a_contained_fill_is_a_fill_of_its_prescription(self, charts: Any) -> None:
        inner = charts.dispense(subject=None, whenHandedOver="2026-01-03", medicationCodeableConcept=None)
        inner["medicationReference"] = {"reference": "#m"}
        medication = {"resourceType": "Medication", "id": "m", "code": {"text": "Warfarin 5 MG Oral Tablet"}}
        chart = charts.read(charts.request(contained=[medication, inner, {"resourceType": "Basic"}, 5]))
        handed = chart.history.dispenses[0]
        assert handed.key == "MedicationRequest/r#d"
        assert handed.prescriptions == ("MedicationRequest/r",)
        assert handed.drug.ingredient == "warfarin"
        assert handed.handed_over == date(2026, 1, 3)
        assert chart.history.dispenses_known

    def test_one_that_names_its_prescription_by_hash_means_the_container(self, charts: Any) -> None:
        inner = charts.dispense(id="#d", authorizingPrescription=[{"reference": "#"}])
        handed = charts.read(charts.request(contained=[inner])).history.dispenses[0]
        assert (handed.key, handed.prescriptions) == ("MedicationRequest/r#d", ("MedicationRequest/r",))

    def test_one_without_id_gets_its_place_as_key(self, charts: Any) -> None:
        inner = charts.dispense(id=None)
        assert charts.read(charts.request(contained=[inner])).history.dispenses[0].key == (
            "MedicationRequest/r#(contained 0)"
        )

    def test_one_of_another_patient_is_left_out(self, charts: Any) -> None:
        inner = charts.dispense(subject={"reference": "Patient/other"})
        chart = charts.read(charts.request(contained=[inner]))
        assert chart.history.dispenses == ()
        assert charts.codes(chart) == ["wrong-patient"]

    def test_its_paths_are_those_of_a_dispense(self, charts: Any) -> None:
        chart = charts.read(charts.request(contained=[charts.dispense(whenHandedOver="2026-01")]))
        assert (chart.issues[0].resource, chart.issues[0].path) == (
            "MedicationRequest/r#d",
            "MedicationDispense.whenHandedOver",
        )

    def test_a_malformed_one_is_an_issue_of_its_own(self, charts: Any) -> None:
        chart = charts.read(charts.request(contained=[{"resourceType": "MedicationDispense", "status": 5}]))
        assert chart.issues[0].path == "MedicationDispense.status"
        assert chart.history.dispenses[0].unreadable == "malformed: MedicationDispense.status"

    def test_one_that_is_no_utf8_is_an_issue(self, charts: Any) -> None:
        data = charts.bundle(charts.patient(), charts.request(contained=[charts.dispense(status="STATUS")]))
        chart = read_bundle(data.replace(b'"STATUS"', b'"\xff"'), zone=charts.zone)
        assert chart.history is not None
        assert (chart.issues[0].code, chart.issues[0].resource) == ("malformed-element", "MedicationRequest/r#d")
        assert chart.history.dispenses == ()

    def test_one_of_another_server_is_left_out(self, charts: Any) -> None:
        elsewhere = charts.dispense(subject={"reference": "https://other.example/Patient/p"})
        raws = [json.dumps(one).encode() for one in (charts.patient(), charts.request(contained=[elsewhere]))]
        chart = read_resources(raws, patient="p", zone=charts.zone, bases=["https://ehr.example"])
        assert [issue.code for issue in chart.issues] == ["wrong-server"]

    def test_contained_places_give_their_names(self, charts: Any) -> None:
        inner = {"resourceType": "Organization", "id": "o", "name": "Corner Pharmacy"}
        place = {"resourceType": "Location", "id": "l", "name": "Counter"}
        request = charts.request(contained=[inner, place], dispenseRequest={"performer": {"reference": "#o"}})
        history = charts.read(request).history
        assert history.prescriptions[0].performer == "MedicationRequest/r#o"
        assert history.places == {"MedicationRequest/r#o": "Corner Pharmacy", "MedicationRequest/r#l": "Counter"}
