from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from pickupday.findings import Severity
from pickupday.history import PrescriptionStatus, Quantity


def test_a_whole_prescription_is_taken_over(charts: Any) -> None:
    chart = charts.read(
        charts.request(
            meta={"versionId": "3"},
            authoredOn="2026-01-02T23:30:00-05:00",
            category=[{"coding": [{"code": "community"}]}, {"text": "no code"}],
            courseOfTherapyType={"coding": [{"code": "continuous"}]},
            requester={"reference": "Practitioner/7", "display": "Dr. Ada"},
            priorPrescription={"reference": "MedicationRequest/before"},
            dispenseRequest={
                "validityPeriod": {"start": "2026-01-02", "end": "2027-01-02"},
                "numberOfRepeatsAllowed": 3,
                "initialFill": {"quantity": {"value": 14, "unit": "tablet"}},
                "quantity": {"value": 60, "unit": "TAB"},
                "expectedSupplyDuration": {"value": 30, "unit": "days", "code": "d"},
                "performer": {"reference": "Organization/corner", "display": "Corner Pharmacy"},
            },
        )
    )
    written = chart.history.prescriptions[0]
    assert written.key == "MedicationRequest/r"
    assert (written.status, written.intent, written.version) == (PrescriptionStatus.ACTIVE, "order", "3")
    assert (written.authored_on, written.valid_from, written.valid_to) == (
        date(2026, 1, 2),
        date(2026, 1, 2),
        date(2027, 1, 2),
    )
    assert written.quantity == Quantity(Fraction(60), "{tablet}")
    assert written.initial_quantity == Quantity(Fraction(14), "{tablet}")
    assert (written.repeats, written.expected_supply_days) == (3, 30)
    assert written.categories == {"community"}
    assert written.course_of_therapy == "continuous"
    assert (written.performer, written.requester) == ("Organization/corner", "Practitioner/7")
    assert written.prior == "MedicationRequest/before"
    assert chart.history.places["Organization/corner"] == "Corner Pharmacy"
    assert written.unreadable is None
    assert not written.do_not_perform
    assert not written.reported
    assert written.drug.ingredient == "metformin"


def test_a_pharmacy_that_is_only_named_goes_by_its_name(charts: Any) -> None:
    chart = charts.read(charts.request(dispenseRequest={"performer": {"display": "Corner Pharmacy"}}))
    assert chart.history.prescriptions[0].performer == "Corner Pharmacy"
    assert chart.history.places == {"Corner Pharmacy": "Corner Pharmacy"}


def test_a_pharmacy_without_reference_and_name_is_none(charts: Any) -> None:
    chart = charts.read(charts.request(dispenseRequest={"performer": {"type": "Organization"}}))
    assert chart.history.prescriptions[0].performer is None
    assert chart.history.places == {}


def test_do_not_perform_and_reported_are_kept(charts: Any) -> None:
    assert charts.read(charts.request(doNotPerform=True)).history.prescriptions[0].do_not_perform
    assert charts.read(charts.request(reportedBoolean=True)).history.prescriptions[0].reported
    told = charts.request(reportedReference={"display": "the patient"})
    assert charts.read(told).history.prescriptions[0].reported


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"modifierExtension": [{"url": "u"}]}, "modifierExtension"),
        ({"implicitRules": "https://example.org/rules"}, "implicitRules"),
        (
            {"dispenseRequest": {"modifierExtension": [{"url": "u"}]}},
            "modifierExtension in MedicationRequest.dispenseRequest",
        ),
    ],
)
def test_a_modifier_that_is_not_understood_makes_it_unreadable(
    charts: Any, fields: dict[str, Any], reason: str
) -> None:
    assert charts.read(charts.request(**fields)).history.prescriptions[0].unreadable == reason


@pytest.mark.parametrize("fields", [{"status": "bogus"}, {"status": None}, {"status": "\x1b[2J"}])
def test_a_status_that_fhir_does_not_know_is_unknown_and_said(charts: Any, fields: dict[str, Any]) -> None:
    chart = charts.read(charts.request(**fields))
    assert chart.history.prescriptions[0].status is PrescriptionStatus.UNKNOWN
    issue = chart.issues[0]
    assert (issue.code, issue.severity, issue.missing) == ("status-unknown", Severity.ERROR, "MedicationRequest.status")
    assert issue.message.isprintable()


@pytest.mark.parametrize("repeats", [-1, 1001, 2**62, 10**4000])
def test_an_impossible_number_of_repeats_is_unknown_and_said(charts: Any, repeats: int) -> None:
    chart = charts.read(charts.request(dispenseRequest={"numberOfRepeatsAllowed": repeats}))
    assert chart.history.prescriptions[0].repeats is None
    assert charts.codes(chart) == ["number-out-of-range"]
    assert len(chart.issues[0].message) < 100


class TestWhichMedicine:
    def medicine(self, charts: Any, *others: Any, **fields: Any) -> Any:
        request = charts.request(**fields)
        if "medicationReference" in fields or fields.get("medicationCodeableConcept", "") is None:
            request["medicationCodeableConcept"] = None
        chart = charts.read(request, *others)
        return chart.history.prescriptions[0].drug, charts.codes(chart)

    def test_by_the_rxnorm_name_before_the_text(self, charts: Any) -> None:
        rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm"
        concept = {
            "text": "water pill",
            "coding": [
                {"system": "http://hl7.org/fhir/sid/ndc", "code": "1", "display": "furosemide tab"},
                {"system": rxnorm, "code": "2", "display": "Furosemide 20 MG Oral Tablet"},
            ],
        }
        drug, codes = self.medicine(charts, medicationCodeableConcept=concept)
        assert (drug.label, drug.ingredient, drug.strength, codes) == ("water pill", "furosemide", "20 mg", [])

    def test_by_its_only_coding_or_by_its_text_beside_it(self, charts: Any) -> None:
        coding = {"code": "1", "display": "Furosemide 20 MG Oral Tablet"}
        assert self.medicine(charts, medicationCodeableConcept={"coding": [coding]})[0].ingredient == "furosemide"
        told = {"coding": [{"code": "1", "display": "FUROSEMIDE XX"}], "text": "Furosemide 20 MG Oral Tablet"}
        assert self.medicine(charts, medicationCodeableConcept=told)[0].strength == "20 mg"

    def test_by_its_code_alone_it_is_known_by_that_code(self, charts: Any) -> None:
        drug, codes = self.medicine(charts, medicationCodeableConcept={"coding": [{"code": "860975"}]})
        assert (drug.label, drug.ingredient, codes) == ("code 860975", None, [])

    def test_by_a_medication_of_the_chart(self, charts: Any) -> None:
        medication = {"resourceType": "Medication", "id": "m", "code": {"text": "Warfarin 5 MG Oral Tablet"}}
        drug, codes = self.medicine(charts, medication, medicationReference={"reference": "Medication/m"})
        assert (drug.ingredient, drug.strength, codes) == ("warfarin", "5 mg", [])

    def test_by_a_contained_medication(self, charts: Any) -> None:
        medication = {"resourceType": "Medication", "id": "m", "code": {"text": "Warfarin 5 MG Oral Tablet"}}
        drug, codes = self.medicine(charts, contained=[medication], medicationReference={"reference": "#m"})
        assert (drug.ingredient, codes) == ("warfarin", [])

    def test_by_display_alone(self, charts: Any) -> None:
        drug, codes = self.medicine(
            charts,
            medicationReference={
                "reference": "Medication/elsewhere",
                "display": "metFORMIN (GLUCOPHAGE) 500 mg tablet",
            },
        )
        assert (drug.ingredient, drug.strength, drug.form, codes) == ("metformin", "500 mg", "oral tablet", [])

    def test_by_structured_ingredients_where_the_name_says_nothing(self, charts: Any) -> None:
        medication = {
            "resourceType": "Medication",
            "id": "m",
            "code": {"text": "Formulary item 12"},
            "form": {"text": "Oral Tablet"},
            "ingredient": [
                {
                    "itemCodeableConcept": {"text": "Metformin hydrochloride"},
                    "strength": {"numerator": {"value": 500, "unit": "mg"}, "denominator": {"value": 1, "unit": "TAB"}},
                },
                {"itemCodeableConcept": {"text": "Lactose"}, "isActive": False},
            ],
        }
        drug, _ = self.medicine(charts, medication, medicationReference={"reference": "Medication/m"})
        assert (drug.label, drug.ingredient, drug.strength, drug.form) == (
            "Formulary item 12",
            "metformin",
            "500 mg",
            "oral tablet",
        )
        assert drug.source == "Medication.ingredient and table of facts"

    @pytest.mark.parametrize(
        ("strength", "read"),
        [
            ({"numerator": {"value": 250, "unit": "mg"}, "denominator": {"value": 5, "unit": "mL"}}, "50 mg/ml"),
            ({"numerator": {"value": 500, "unit": "mg"}}, "500 mg"),
            ({"denominator": {"value": 5, "unit": "mL"}}, None),
            ({"numerator": {"unit": "mg"}}, None),
            ({"numerator": {"value": "NaN", "unit": "mg"}}, None),
            (None, None),
        ],
    )
    def test_a_structured_strength_is_exact_or_unknown(self, charts: Any, strength: Any, read: str | None) -> None:
        ingredient = {"itemCodeableConcept": {"text": "Amoxicillin"}, "strength": strength}
        medication = {"resourceType": "Medication", "id": "m", "code": {"text": "Item"}, "ingredient": [ingredient]}
        drug, _ = self.medicine(charts, medication, medicationReference={"reference": "Medication/m"})
        assert (drug.ingredient, drug.strength) == ("amoxicillin", read)

    def test_a_medication_of_ingredients_alone_is_called_by_them(self, charts: Any) -> None:
        ingredient = {"itemCodeableConcept": {"text": "Warfarin sodium"}}
        medication = {"resourceType": "Medication", "id": "m", "ingredient": [ingredient]}
        drug, codes = self.medicine(charts, medication, medicationReference={"reference": "Medication/m"})
        assert (drug.label, drug.ingredient, codes) == ("Warfarin sodium", "warfarin", [])

    def test_an_ingredient_without_a_name_leaves_the_name_of_the_whole(self, charts: Any) -> None:
        medication = {
            "resourceType": "Medication",
            "id": "m",
            "code": {"text": "warfarin"},
            "ingredient": [{"itemReference": {"reference": "Substance/1"}}],
        }
        drug, _ = self.medicine(charts, medication, medicationReference={"reference": "Medication/m"})
        assert (drug.ingredient, drug.form) == ("warfarin", None)

    def test_a_medication_without_any_name_goes_by_the_display(self, charts: Any) -> None:
        reference = {"reference": "Medication/m", "display": "Warfarin 5 MG Oral Tablet"}
        drug, _ = self.medicine(charts, {"resourceType": "Medication", "id": "m"}, medicationReference=reference)
        assert drug.ingredient == "warfarin"

    def test_a_medication_with_a_modifier_is_only_a_label(self, charts: Any) -> None:
        medication = {
            "resourceType": "Medication",
            "id": "m",
            "code": {"text": "Warfarin 5 MG Oral Tablet"},
            "modifierExtension": [{"url": "u"}],
        }
        drug, _ = self.medicine(charts, medication, medicationReference={"reference": "Medication/m"})
        assert (drug.label, drug.ingredient, drug.source) == (
            "Warfarin 5 MG Oral Tablet",
            None,
            "unreadable Medication",
        )

    @pytest.mark.parametrize(
        ("fields", "path"),
        [
            ({"medicationCodeableConcept": None}, "MedicationRequest.medication[x]"),
            ({"medicationCodeableConcept": {"coding": [{}]}}, "MedicationRequest.medicationCodeableConcept"),
            ({"medicationReference": {"reference": "Medication/gone"}}, "MedicationRequest.medicationReference"),
            ({"medicationReference": {}}, "MedicationRequest.medicationReference"),
        ],
    )
    def test_a_medicine_that_is_not_named_is_said_to_be_missing(
        self, charts: Any, fields: dict[str, Any], path: str
    ) -> None:
        chart = charts.read(charts.request(**{"medicationCodeableConcept": None, **fields}))
        assert chart.history.prescriptions[0].drug.label == "unknown medicine"
        assert (chart.issues[0].code, chart.issues[0].missing) == ("medicine-unknown", path)

    def test_a_medication_that_says_nothing_is_missing(self, charts: Any) -> None:
        chart = charts.read(
            charts.request(medicationCodeableConcept=None, medicationReference={"reference": "Medication/m"}),
            {"resourceType": "Medication", "id": "m"},
        )
        assert charts.codes(chart) == ["medicine-unknown"]


def test_a_validity_that_ends_before_it_starts_is_said(charts: Any) -> None:
    validity = {"start": "2027-01-01", "end": "2026-01-01"}
    chart = charts.read(charts.request(dispenseRequest={"validityPeriod": validity}))
    assert charts.codes(chart) == ["impossible-period"]
    assert chart.issues[0].path == "MedicationRequest.dispenseRequest.validityPeriod"


def test_a_medication_with_a_malformed_modifier_is_not_interpreted(charts: Any) -> None:
    medication = {
        "resourceType": "Medication",
        "id": "m",
        "modifierExtension": "x",
        "code": {"text": "Metformin 500 MG Oral Tablet"},
    }
    pointing = charts.request(medicationCodeableConcept=None, medicationReference={"reference": "Medication/m"})
    chart = charts.read(medication, pointing)
    assert chart.history.prescriptions[0].drug.source == "unreadable Medication"
    assert charts.codes(chart) == ["malformed-element"]


def test_a_medicine_whose_name_is_nothing_but_hidden_signs_is_nameless(charts: Any) -> None:
    chart = charts.read(charts.request(medicationCodeableConcept={"coding": [{"display": "\u200b\u202e"}]}))
    assert chart.history.prescriptions[0].drug.is_nameless
    assert charts.codes(chart) == ["medicine-unknown"]
