"""Every MedicationRequest and MedicationDispense of the R4 specification: what was understood of each, line by line."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mappings.inbound import Chart, read_bundle
from tests.unit.mappings.inbound.understood import lines

pytestmark = pytest.mark.shared

SNAPSHOT = Path(__file__).with_name("hl7_examples.txt")
EASTERN = ZoneInfo("America/New_York")
READ = ("Patient", "Medication", "MedicationRequest", "MedicationDispense", "Organization", "Location")


@pytest.fixture(scope="module")
def charts(shared_data: Path) -> dict[str, Chart]:
    """One chart for each patient that the examples name; Medications and places belong to all of them."""
    by_patient: dict[str, list[Any]] = defaultdict(list)
    common = []
    for file in sorted((shared_data / "hl7-r4-examples").glob("[A-Z]*-*.json")):
        resource = json.loads(file.read_bytes())
        if resource["resourceType"] in ("MedicationRequest", "MedicationDispense"):
            subject = resource["subject"].get("reference")
            by_patient[subject].append(resource)
        elif resource["resourceType"] in READ:
            common.append(resource)
    read = {}
    for patient, resources in sorted(by_patient.items()):
        others = [one for one in common if one["resourceType"] != "Patient" or f"Patient/{one['id']}" == patient]
        entries = [{"resource": one} for one in (*others, *resources)]
        data = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()
        read[patient] = read_bundle(data, patient=patient, zone=EASTERN)
    return read


def test_every_example_is_understood_as_written_down(charts: dict[str, Chart]) -> None:
    understood = "\n".join(line for chart in charts.values() for line in lines(chart)) + "\n"
    if os.environ.get("PICKUPDAY_WRITE_SNAPSHOTS"):
        SNAPSHOT.write_text(understood, "utf-8")
    assert understood == SNAPSHOT.read_text("utf-8")


def test_no_example_is_lost(charts: dict[str, Chart]) -> None:
    histories = [chart.history for chart in charts.values() if chart.history]
    assert sum(len(history.prescriptions) for history in histories) == 40
    assert sum(len(history.dispenses) for history in histories) == 31
