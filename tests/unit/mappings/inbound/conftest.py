"""Small charts, built in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mappings.inbound import Chart, read_bundle
from mappings.inbound.reading import Reading
from mappings.limits import Limits

Json = dict[str, Any]

NEW_YORK = ZoneInfo("America/New_York")
METFORMIN = {"text": "Metformin hydrochloride 500 MG Oral Tablet"}


class Charts:
    """Makes resources and reads charts of them. Everything is of Patient/p unless a test says otherwise."""

    zone = NEW_YORK

    def patient(self, **fields: Any) -> Json:
        return {"resourceType": "Patient", "id": "p", "active": True, **fields}

    def request(self, **fields: Any) -> Json:
        return {
            "resourceType": "MedicationRequest",
            "id": "r",
            "status": "active",
            "intent": "order",
            "subject": {"reference": "Patient/p"},
            "medicationCodeableConcept": METFORMIN,
            **fields,
        }

    def dispense(self, **fields: Any) -> Json:
        return {
            "resourceType": "MedicationDispense",
            "id": "d",
            "status": "completed",
            "subject": {"reference": "Patient/p"},
            "medicationCodeableConcept": METFORMIN,
            **fields,
        }

    def bundle(self, *resources: Json, **fields: Any) -> bytes:
        entries = [{"resource": resource} for resource in resources]
        return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries, **fields}).encode()

    def read(self, *resources: Json, patient: str | None = None, **fields: Any) -> Chart:
        """The chart of these resources and the patient, unless one is among them."""
        if not any(resource.get("resourceType") == "Patient" for resource in resources):
            resources = (self.patient(), *resources)
        return read_bundle(self.bundle(*resources, **fields), patient=patient, zone=self.zone)

    def codes(self, chart: Chart) -> list[str]:
        return [issue.code for issue in chart.issues if issue.code != "no-dispenses"]


@pytest.fixture
def charts() -> Charts:
    return Charts()


@pytest.fixture
def reading() -> Reading:
    return Reading(NEW_YORK, Limits())


@pytest.fixture
def noted(reading: Reading) -> Callable[[], list[tuple[str, str]]]:
    """The issues noted so far, as (code, path)."""
    return lambda: [(issue.code, issue.path) for issue in reading.issues]
