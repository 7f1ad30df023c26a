"""What many records say is understood once, and means for each of them what it would mean alone."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest

from mappings.inbound import repeated
from mappings.inbound.constructing import constructor
from pickupday.history import Dispense, DispenseStatus, MedicationHistory, Patient

DOSAGE = {
    "text": "1 tab daily",
    "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
    "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}],
}


def within(start: str, **more: Any) -> list[dict[str, Any]]:
    repeat = {"boundsPeriod": {"start": start}, "frequency": 1, "period": 1, "periodUnit": "d", **more}
    return [{**DOSAGE, "timing": {"repeat": repeat}}]


def test_each_record_keeps_the_period_of_its_own_instruction(charts: Any) -> None:
    for _ in range(2):  # the second time nothing is new
        chart = charts.read(
            charts.request(id="a", dosageInstruction=within("2026-01-01")),
            charts.request(id="b", dosageInstruction=within("2026-03-01")),
            charts.request(id="c", dosageInstruction=[DOSAGE]),
            charts.dispense(id="d", dosageInstruction=within("2026-04-01")),
        )
        starts = [record.dosages[0].start for record in (*chart.history.prescriptions, *chart.history.dispenses)]
        assert starts == [date(2026, 1, 1), date(2026, 3, 1), None, date(2026, 4, 1)]
        assert {record.daily_use.value for record in chart.history.prescriptions} == {1}


def test_a_bad_period_is_an_issue_of_its_own_record(charts: Any) -> None:
    for _ in range(2):
        chart = charts.read(
            charts.request(id="a", dosageInstruction=within("2026-01-01")),
            charts.request(id="b", dosageInstruction=within("2026-01")),
        )
        path = "MedicationRequest.dosageInstruction[0].timing.repeat.boundsPeriod.start"
        assert [(issue.code, issue.resource, issue.path) for issue in chart.issues[:1]] == [
            ("partial-date", "MedicationRequest/b", path)
        ]


@pytest.mark.parametrize(
    "dosage",
    [
        pytest.param([*within("2026-01-01"), *within("2026-02-01")], id="two instructions"),
        pytest.param([*within("2026-01-01"), DOSAGE], id="one of two"),
        pytest.param(within("2026-01-01", boundsDuration={"value": 10, "unit": "d"}), id="two kinds of bounds"),
        pytest.param([{**DOSAGE, "extension": [{"boundsPeriod": {"start": "2026-01-01"}}]}], id="elsewhere"),
        pytest.param([{**DOSAGE, "timing": {"boundsPeriod": {"start": "2026-01-01"}}}], id="in no repeat"),
        pytest.param([{"text": '{"boundsPeriod": {"start": "2026-01-01"}}'}], id="in a text"),
        pytest.param(within("2026-01-01", boundsPeriod={"start": "\u0041"}), id="no date"),
        pytest.param(within("2026-01-01", boundsPeriod={"start": "\\"}), id="with a backslash"),
    ],
)
def test_instructions_mean_the_same_whether_remembered_or_not(charts: Any, dosage: list[Any]) -> None:
    again = [charts.read(charts.request(dosageInstruction=dosage)) for _ in range(2)]
    repeated._known.clear()
    again.append(charts.read(charts.request(dosageInstruction=dosage)))
    assert again[0] == again[1] == again[2]


def test_an_issue_of_what_is_repeated_is_said_of_each_record(charts: Any) -> None:
    chart = charts.read(*(charts.dispense(id=one, quantity={"value": -1}) for one in "ab"))
    assert [issue.resource for issue in chart.issues] == ["MedicationDispense/a", "MedicationDispense/b"]


def test_the_same_words_mean_another_amount_of_another_drug(charts: Any) -> None:
    syrup = {"text": "Metformin 100 MG/ML Oral Solution"}
    dose = [{**DOSAGE, "text": None, "doseAndRate": [{"doseQuantity": {"value": 500, "unit": "mg"}}]}]
    medicines = [
        {"resourceType": "Medication", "id": name, "code": {"text": text}}
        for name, text in (("tablet", "Metformin 500 MG Oral Tablet"), ("syrup", syrup["text"]))
    ]
    requests = [
        charts.request(
            id=name,
            medicationCodeableConcept=None,
            medicationReference={"reference": f"Medication/{name}"},
            dosageInstruction=dose,
        )
        for name in ("tablet", "syrup", "tablet")
    ]
    chart = charts.read(*medicines, *requests[:2])
    assert [str(one.daily_use.value) + one.daily_use.unit for one in chart.history.prescriptions] == [
        "1{tablet}",
        "5mL",
    ]


def test_what_is_too_long_or_too_much_is_not_remembered(charts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeated, "_MOST_REMEMBERED", 2)
    repeated._known.clear()
    charts.read(charts.request(dosageInstruction=[{"text": "x" * 5000}]))
    assert not repeated._known
    charts.read(*(charts.request(id=str(number), dosageInstruction=[{"text": str(number)}]) for number in range(5)))
    assert len(repeated._known) <= 2


def test_two_entries_differ_or_not_by_what_they_say_and_not_by_how_it_is_written(charts: Any) -> None:
    asked = {"quantity": {"value": 30, "unit": "tablet"}, "numberOfRepeatsAllowed": 3}
    turned = {"numberOfRepeatsAllowed": 3, "quantity": {"unit": "tablet", "value": 30}}
    same = charts.read(charts.request(dispenseRequest=asked), charts.request(dispenseRequest=turned))
    assert charts.codes(same) == []
    for other in ({**asked, "numberOfRepeatsAllowed": 4}, {**asked, "quantity": {"value": 31}}):
        chart = charts.read(charts.request(dispenseRequest=asked), charts.request(dispenseRequest=other))
        assert charts.codes(chart) == ["duplicate-differs"]


def test_a_record_made_fast_is_the_record_made_slowly() -> None:
    fields: dict[str, Any] = {"key": "MedicationDispense/1", "status": DispenseStatus.COMPLETED, "drug": None}
    fast = constructor(Dispense)(**fields)
    assert fast == Dispense(**fields)
    assert type(fast) is Dispense
    assert hash(fast) == hash(Dispense(**fields))
    with pytest.raises(dataclasses.FrozenInstanceError):
        fast.key = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        constructor(Dispense)(key="lacks the rest")  # type: ignore[call-arg]
    histories = [constructor(MedicationHistory)(Patient("Patient/p")) for _ in range(2)]
    assert histories[0].places == {}
    assert histories[0].places is not histories[1].places
