from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from mappings.inbound import Chart
from pickupday.history import Prescription, Quantity

DAILY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
TWICE = {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}
ONE = [{"doseQuantity": {"value": 1, "unit": "tablet"}}]
TWO = [{"doseQuantity": {"value": 2, "unit": "tablet"}}]


@pytest.fixture
def prescribed(charts: Any) -> Any:
    """Reads one prescription with these dosage instructions."""

    def read(*dosages: dict[str, Any], medicine: str = "Metformin 500 MG Oral Tablet") -> tuple[Prescription, Chart]:
        chart = charts.read(
            charts.request(dosageInstruction=list(dosages), medicationCodeableConcept={"text": medicine})
        )
        return chart.history.prescriptions[0], chart

    return read


def tablets(number: str) -> Quantity:
    return Quantity(Fraction(number), "{tablet}")


def test_structured_dosage_gives_units_a_day(prescribed: Any, charts: Any) -> None:
    written, chart = prescribed({"timing": TWICE, "doseAndRate": ONE})
    assert (written.daily_use, written.daily_use_source) == (tablets("2"), "structured dosage")
    assert charts.codes(chart) == []


def test_the_upper_end_of_a_dose_range_counts(prescribed: Any) -> None:
    dose = [{"doseRange": {"low": {"value": 1, "unit": "TAB"}, "high": {"value": 2, "unit": "TAB"}}}]
    assert prescribed({"timing": TWICE, "doseAndRate": dose})[0].daily_use == tablets("4")


def test_a_dose_by_weight_is_converted_by_the_strength(prescribed: Any) -> None:
    dose = [{"doseQuantity": {"value": 1000, "unit": "mg"}}]
    written, _ = prescribed({"timing": TWICE, "doseAndRate": dose})
    assert written.daily_use == tablets("4")
    assert written.daily_use_source == "structured dosage, converted by the strength"


def test_a_dose_by_weight_that_is_no_quarter_tablets_gives_no_number(prescribed: Any) -> None:
    dose = [{"doseQuantity": {"value": 333, "unit": "mg"}}]
    written, _ = prescribed({"timing": TWICE, "doseAndRate": dose})
    assert (written.daily_use, written.daily_use_missing) == (
        None,
        "MedicationRequest.dosageInstruction[0].doseAndRate.doseQuantity",
    )


def test_a_dose_by_weight_of_an_unknown_strength_stays_a_weight(prescribed: Any) -> None:
    dose = [{"doseQuantity": {"value": 333, "unit": "mg"}}]
    assert prescribed({"timing": DAILY, "doseAndRate": dose}, medicine="Wonder pill")[0].daily_use == Quantity(
        Fraction(333), "mg"
    )


def test_a_dose_of_a_liquid_and_of_insulin_is_converted_to_millilitres(prescribed: Any) -> None:
    dose = [{"doseQuantity": {"value": 400, "unit": "mg"}}]
    liquid, _ = prescribed({"timing": TWICE, "doseAndRate": dose}, medicine="Amoxicillin 80 MG/ML Oral Suspension")
    assert liquid.daily_use == Quantity(Fraction(10), "mL")
    dose = [{"doseQuantity": {"value": 40, "unit": "units"}}]
    insulin, _ = prescribed(
        {"timing": DAILY, "doseAndRate": dose}, medicine="insulin glargine 100 UNT/ML Injectable Solution [Lantus]"
    )
    assert insulin.daily_use == Quantity(Fraction(2, 5), "mL")


def test_a_weight_per_millilitre_says_nothing_of_a_cream(prescribed: Any) -> None:
    dose = [{"doseQuantity": {"value": 1, "unit": "mg"}}]
    cream, _ = prescribed({"timing": DAILY, "doseAndRate": dose}, medicine="Triamcinolone 1 MG/ML Topical Cream")
    assert cream.daily_use == Quantity(Fraction(1), "mg")


def test_the_same_dose_said_in_two_units_is_one_dose(prescribed: Any) -> None:
    both = [{"doseQuantity": {"value": 1000, "unit": "mg"}}, {"doseQuantity": {"value": 2, "unit": "tablet"}}]
    assert prescribed({"timing": DAILY, "doseAndRate": both})[0].daily_use == tablets("2")


def test_two_doses_that_disagree_are_none(prescribed: Any, charts: Any) -> None:
    both = [{"doseQuantity": {"value": 1000, "unit": "mg"}}, {"doseQuantity": {"value": 1, "unit": "tablet"}}]
    written, chart = prescribed({"timing": DAILY, "doseAndRate": both})
    assert charts.codes(chart) == ["doses-disagree"]
    assert written.daily_use is None
    assert written.daily_use_missing == "MedicationRequest.dosageInstruction[0].doseAndRate (several doses disagree)"


def test_a_zero_dose_and_a_rate_alone_are_no_dose(prescribed: Any) -> None:
    for dose in ([{"doseQuantity": {"value": 0, "unit": "tablet"}}], [{"rateQuantity": {"value": 4, "unit": "mL/h"}}]):
        assert prescribed({"timing": DAILY, "doseAndRate": dose})[0].daily_use_missing == (
            "MedicationRequest.dosageInstruction[0].doseAndRate.doseQuantity"
        )


def test_a_plain_sig_is_used_where_structure_is_missing(prescribed: Any) -> None:
    written, _ = prescribed({"text": "take 1 tablet by mouth twice daily"})
    assert (written.daily_use, written.daily_use_source) == (tablets("2"), "parsed sig")
    assert written.daily_use_missing is None


def test_a_sig_without_a_unit_counts_tablets_of_a_tablet(prescribed: Any) -> None:
    assert prescribed({"text": "1 qhs"})[0].daily_use == tablets("1")


def test_the_patient_instruction_is_read_where_there_is_no_text(prescribed: Any) -> None:
    assert prescribed({"patientInstruction": "1 tab bid"})[0].daily_use == tablets("2")


def test_without_either_the_missing_element_is_named(prescribed: Any, charts: Any) -> None:
    assert prescribed({"text": "as the doctor said"})[0].daily_use_missing == (
        "MedicationRequest.dosageInstruction[0].doseAndRate"
    )
    assert prescribed({"doseAndRate": ONE})[0].daily_use_missing == "MedicationRequest.dosageInstruction[0].timing"
    assert charts.read(charts.request()).history.prescriptions[0].daily_use_missing == (
        "MedicationRequest.dosageInstruction"
    )


def test_text_and_structure_that_disagree_are_an_issue(prescribed: Any, charts: Any) -> None:
    ear = [{"doseQuantity": {"value": 4, "unit": "[drp]", "code": "[drp]"}}]
    written, chart = prescribed(
        {
            "text": "4 gtt in ear bid x7 days",
            "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
            "doseAndRate": ear,
        },
        medicine="Ciprofloxacin 3 MG/ML / Dexamethasone 1 MG/ML Otic Suspension [Ciprodex]",
    )
    assert written.daily_use == Quantity(Fraction(12), "[drp]")
    assert written.dosages[0].bounded_days == 7
    issue = next(issue for issue in chart.issues if issue.code == "dosage-disagrees")
    assert (issue.resource, issue.path) == ("MedicationRequest/r", "MedicationRequest.dosageInstruction[0]")
    assert "8 [drp]" in issue.message
    assert "12 [drp]" in issue.message


def test_text_in_another_unit_is_not_compared(prescribed: Any, charts: Any) -> None:
    _, chart = prescribed({"text": "5 mL bid", "timing": DAILY, "doseAndRate": ONE}, medicine="Wonder drops")
    assert charts.codes(chart) == []


def test_a_timing_that_contradicts_itself_is_an_issue(prescribed: Any, charts: Any) -> None:
    _, chart = prescribed({"timing": {**TWICE, "code": {"text": "TID"}}, "doseAndRate": ONE})
    assert charts.codes(chart) == ["timing-disagrees"]


def test_a_taper_in_the_text_overrules_the_structure(prescribed: Any) -> None:
    written, _ = prescribed({"text": "1 tab daily for 7 days then 2 tabs", "timing": DAILY, "doseAndRate": ONE})
    assert written.dosages[0].varies
    assert written.daily_use is None
    assert written.daily_use_missing == "MedicationRequest.dosageInstruction[0] (the dose changes)"


def test_as_directed_says_no_dose_and_changes_none(prescribed: Any) -> None:
    alone, _ = prescribed({"text": "use as directed"})
    assert not alone.dosages[0].varies
    assert alone.daily_use_missing == "MedicationRequest.dosageInstruction[0].doseAndRate"
    written, _ = prescribed({"text": "use as directed", "timing": DAILY, "doseAndRate": ONE})
    assert (written.dosages[0].varies, written.daily_use) == (False, tablets("1"))


@pytest.mark.parametrize(
    "said", [{"asNeededBoolean": True}, {"asNeededCodeableConcept": {"text": "pain"}}, {"text": "1 tab bid PRN pain"}]
)
def test_as_needed_is_read_from_either_element_and_from_the_text(prescribed: Any, said: dict[str, Any]) -> None:
    assert prescribed({"timing": TWICE, "doseAndRate": ONE, **said})[0].dosages[0].as_needed


def test_instructions_that_apply_together_are_added(prescribed: Any) -> None:
    written, _ = prescribed(
        {"text": "1 in the morning", "timing": {"repeat": {"when": ["MORN"]}}, "doseAndRate": ONE},
        {"text": "2 at bedtime", "timing": {"repeat": {"when": ["HS"]}}, "doseAndRate": TWO},
    )
    assert written.daily_use == tablets("3")
    assert written.daily_use_source == "structured dosage (2 instructions added)"


def test_instructions_in_sequence_are_a_changing_dose(prescribed: Any) -> None:
    written, _ = prescribed(
        {"sequence": 1, "timing": DAILY, "doseAndRate": TWO}, {"sequence": 2, "timing": DAILY, "doseAndRate": ONE}
    )
    assert [dosage.varies for dosage in written.dosages] == [True, True]
    assert written.daily_use_missing == "MedicationRequest.dosageInstruction (the instructions follow one another)"


@pytest.mark.parametrize(
    ("morning", "evening"),
    [
        ({"text": "1 tablet in the morning"}, {"text": "2 tablets in the evening"}),
        (
            {"timing": {"repeat": {"when": ["ACM"]}}, "doseAndRate": ONE},
            {"timing": {"repeat": {"when": ["ACV"]}}, "doseAndRate": TWO},
        ),
        (
            {"timing": {"repeat": {"timeOfDay": ["08:00:00"]}}, "doseAndRate": ONE},
            {"timing": {"repeat": {"timeOfDay": ["20:00:00"]}}, "doseAndRate": TWO},
        ),
    ],
)
def test_times_of_one_day_in_sequence_are_added_and_are_no_taper(prescribed: Any, morning: Any, evening: Any) -> None:
    written, _ = prescribed({"sequence": 1, **morning}, {"sequence": 2, **evening})
    assert written.daily_use == tablets("3")
    assert not any(dosage.varies for dosage in written.dosages)


def test_the_same_time_of_the_day_in_sequence_is_a_changing_dose(prescribed: Any) -> None:
    written, _ = prescribed(
        {"sequence": 1, "text": "2 tablets in the morning"}, {"sequence": 2, "text": "1 tablet before breakfast"}
    )
    assert all(dosage.varies for dosage in written.dosages)


def test_instructions_for_periods_that_follow_each_other_are_a_changing_dose(prescribed: Any) -> None:
    def during(start: str, end: str) -> dict[str, Any]:
        return {"repeat": {**DAILY["repeat"], "boundsPeriod": {"start": start, "end": end}}}

    written, _ = prescribed(
        {"timing": during("2026-02-01", "2026-02-28"), "doseAndRate": TWO},
        {"timing": during("2026-01-01", "2026-01-31"), "doseAndRate": ONE},
    )
    assert all(dosage.varies for dosage in written.dosages)


@pytest.mark.parametrize(
    ("second", "missing"),
    [
        ({"text": "1 tab daily"}, "MedicationRequest.dosageInstruction (the same instruction twice)"),
        ({"text": "who knows"}, "MedicationRequest.dosageInstruction[1].doseAndRate"),
        ({"text": "1 tab bid prn"}, "MedicationRequest.dosageInstruction (partly as needed)"),
        ({"text": "5 mL bid"}, "MedicationRequest.dosageInstruction (doses in different units)"),
    ],
)
def test_instructions_that_cannot_be_added_say_why(prescribed: Any, second: dict[str, Any], missing: str) -> None:
    written, _ = prescribed({"text": "1 tab daily"}, second)
    assert (written.daily_use, written.daily_use_missing) == (None, missing)


def test_bounds_are_read_from_period_duration_and_range(prescribed: Any) -> None:
    def bounded(**bounds: Any) -> Any:
        dosage = prescribed({"timing": {"repeat": {**DAILY["repeat"], **bounds}}, "doseAndRate": ONE})[0].dosages[0]
        return dosage.start, dosage.end, dosage.bounded_days

    start = {"start": "2026-01-01"}
    assert bounded(boundsPeriod=start) == (date(2026, 1, 1), None, None)
    assert bounded(boundsPeriod={**start, "end": "2026-01-07"}) == (date(2026, 1, 1), date(2026, 1, 7), None)
    assert bounded(boundsDuration={"value": 10, "unit": "d"}) == (None, None, 10)
    assert bounded(boundsRange={"high": {"value": 2, "unit": "wk"}}) == (None, None, 14)
    assert bounded(boundsPeriod=start, boundsDuration={"value": 10, "unit": "d"}) == (
        date(2026, 1, 1),
        date(2026, 1, 10),
        10,
    )


def test_a_period_that_ends_before_it_starts_is_an_issue(prescribed: Any, charts: Any) -> None:
    _, chart = prescribed(
        {"timing": {"repeat": {**DAILY["repeat"], "boundsPeriod": {"start": "2026-02-01", "end": "2026-01-01"}}}}
    )
    assert charts.codes(chart) == ["impossible-period"]


def most(value: int, unit: str, per: str | None = "d", length: Any = 1) -> dict[str, Any]:
    return {"numerator": {"value": value, "unit": unit}, "denominator": {"value": length, "unit": per}}


@pytest.mark.parametrize(
    ("maximum", "codes"),
    [
        (most(3, "tablet"), ["dose-above-maximum"]),
        (most(1500, "mg"), ["dose-above-maximum"]),
        (most(1, "tablet", "h", 12), ["dose-above-maximum"]),
        (most(4, "tablet"), []),
        (most(28, "tablet", "wk"), []),
        (most(3, "mL"), []),
        (most(3, "tablet", "fortnight"), []),
        (most(3, "tablet", length="NaN"), []),
        (most(-3, "tablet"), ["number-out-of-range"]),
        ({"numerator": {"value": 3}}, []),
    ],
)
def test_a_use_above_the_stated_maximum_is_an_issue(
    prescribed: Any, charts: Any, maximum: dict[str, Any], codes: list[str]
) -> None:
    written, chart = prescribed({"timing": TWICE, "doseAndRate": TWO, "maxDosePerPeriod": maximum})
    assert written.daily_use == tablets("4")
    assert charts.codes(chart) == codes


def test_a_modifier_on_a_dosage_makes_the_prescription_unreadable(prescribed: Any) -> None:
    modifier = [{"url": "https://example.org/not", "valueBoolean": True}]
    plain, _ = prescribed({"text": "1 tab daily"}, {"text": "2 tabs at bedtime", "modifierExtension": modifier})
    assert plain.unreadable == "modifierExtension in MedicationRequest.dosageInstruction[1]"
    timed, _ = prescribed({"timing": {**DAILY, "modifierExtension": modifier}})
    assert timed.unreadable == "modifierExtension in MedicationRequest.dosageInstruction[0]"
