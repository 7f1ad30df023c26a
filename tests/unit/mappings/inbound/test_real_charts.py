"""The third-party inputs: all of them are read, and what is surprising in them is said."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mappings.inbound import Chart, read_bundle, read_resources

pytestmark = pytest.mark.shared

OKLAHOMA = ZoneInfo("America/Chicago")


@pytest.fixture(scope="module")
def real_charts(shared_data: Path) -> dict[str, Chart]:
    files = sorted((shared_data / "smart-patients-r4").glob("smart-*.json"))
    return {file.stem: read_bundle(file.read_bytes(), zone=OKLAHOMA) for file in files}


def test_all_28_charts_are_read_with_all_their_records(real_charts: dict[str, Chart]) -> None:
    histories = [chart.history for chart in real_charts.values() if chart.history]
    assert len(histories) == 28
    assert sum(len(history.prescriptions) for history in histories) == 238
    assert sum(len(history.dispenses) for history in histories) == 785
    assert sum(history.dispenses_known for history in histories) == 22


def test_every_fill_has_its_day_its_length_and_its_prescription(real_charts: dict[str, Chart]) -> None:
    for chart in real_charts.values():
        assert chart.history
        written = {prescription.key for prescription in chart.history.prescriptions}
        for handed in chart.history.dispenses:
            assert handed.handed_over
            assert handed.stated_days
            assert handed.quantity
            assert handed.quantity.unit == "{tablet}"
            assert set(handed.prescriptions) <= written
            assert handed.unreadable is None


def test_every_medicine_is_understood(real_charts: dict[str, Chart]) -> None:
    names = {}
    for chart in real_charts.values():
        assert chart.history
        for record in (*chart.history.prescriptions, *chart.history.dispenses):
            names[record.drug.label] = record.drug
    assert len(names) == 192
    assert [label for label, drug in names.items() if drug.ingredient is None] == []
    assert [label for label, drug in names.items() if drug.schedule.value == "unknown"] == []
    schedules = Counter(drug.schedule.value for drug in names.values())
    assert schedules == {"not-controlled": 179, "C-II": 2, "C-III": 1, "C-IV": 8, "C-V": 2}


def test_the_daily_use_is_known_or_what_is_missing_is_named(real_charts: dict[str, Chart]) -> None:
    known = missing = 0
    for chart in real_charts.values():
        assert chart.history
        for written in chart.history.prescriptions:
            known += written.daily_use is not None
            missing += written.daily_use is None
            assert (written.daily_use is None) == (written.daily_use_missing is not None)
            assert (written.daily_use is None) == (written.daily_use_source is None)
    assert (known, missing) == (219, 19)


def test_the_six_sigs_that_contradict_their_structure_are_said(real_charts: dict[str, Chart]) -> None:
    said = {
        (name, issue.resource): issue.message
        for name, chart in real_charts.items()
        for issue in chart.issues
        if issue.code == "dosage-disagrees"
    }
    assert len(said) == 6
    ear_drops = said["smart-1081332", "MedicationRequest/smart-MedicationRequest-106"]
    assert ear_drops.startswith(
        'The sig "4 gtt in ear bid x7 days" means 8 [drp] a day, the structured dosage 12 [drp]'
    )


def test_nothing_else_is_wrong_with_them(real_charts: dict[str, Chart]) -> None:
    codes = Counter(issue.code for chart in real_charts.values() for issue in chart.issues)
    assert codes == {"dosage-disagrees": 6, "no-dispenses": 6}


@pytest.fixture(scope="module")
def examples(shared_data: Path) -> list[dict[str, Any]]:
    folder = shared_data / "hl7-r4-examples"
    return [json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*-*.json"))]


def test_all_examples_of_the_specification_are_read(examples: list[dict[str, Any]]) -> None:
    data = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in examples]})
    chart = read_bundle(data.encode(), patient="pat1", zone=OKLAHOMA)
    assert chart.history
    assert len(chart.history.prescriptions) == 40
    assert len(chart.history.dispenses) == 31
    assert {written.status.value for written in chart.history.prescriptions} == {"active", "on-hold", "completed"}
    assert not [issue for issue in chart.issues if issue.code.startswith("malformed")]


def test_each_example_alone_is_read(examples: list[dict[str, Any]]) -> None:
    patient = json.dumps({"resourceType": "Patient", "id": "pat1"}).encode()
    read = 0
    for example in examples:
        if example["resourceType"] in ("MedicationRequest", "MedicationDispense"):
            chart = read_resources([patient, json.dumps(example).encode()], patient="pat1", zone=OKLAHOMA)
            assert chart.history, example["id"]
            record = (*chart.history.prescriptions, *chart.history.dispenses)[0]
            assert record.drug.label != "unknown medicine"
            assert record.daily_use is not None or record.daily_use_missing
            read += 1
    assert read == 71
