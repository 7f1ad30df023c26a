"""What could not be taken over from a chart, said once per place, with the record and the FHIRPath it stands at."""

from __future__ import annotations

from dataclasses import dataclass

from pickupday.findings import Severity


@dataclass(frozen=True, slots=True)
class MappingIssue:
    """One data problem of a chart. Problems are values: the rest of the chart goes on, unless the issue is `fatal`."""

    code: str  # kebab-case, stable: "partial-date"
    severity: Severity
    message: str  # one plain sentence
    resource: str = ""  # evidence key: "MedicationDispense/123"
    path: str = ""  # FHIRPath: "MedicationRequest.dosageInstruction[0].timing"
    missing: str | None = None  # the absent or unusable element, as FHIRPath
    next_step: str | None = None
    fatal: bool = False  # the chart is incomplete or not this patient's: no plan, only the reason
