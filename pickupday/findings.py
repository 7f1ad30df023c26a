"""What the planning core noticed in a history and could not take for granted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters to the plan."""

    INFORMATION = "information"  # worth knowing, changes nothing
    WARNING = "warning"  # the plan rests on a doubtful fact; a person should look
    ERROR = "error"  # a fact is missing or wrong; something was left out of the plan because of it


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should know: what was noticed, where, and what to do next.

    `about` is the evidence key of the record meant (as in `Prescription.key`: "MedicationRequest/123"), empty when the
    whole history is meant. `missing` names the absent fact in FHIR's words ("daysSupply"), None when nothing is.
    """

    code: str  # kebab-case, stable: "days-supply-unknown"
    severity: Severity
    message: str  # one sentence in plain words
    about: str = ""
    missing: str | None = None
    next_step: str | None = None
