"""Code and identifier systems that are written: HL7's, and our own under one configurable base."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DEFAULT_BASE: Final = "https://pickupday.example/fhir"

APPOINTMENT_REASON: Final = "http://terminology.hl7.org/CodeSystem/v2-0276"  # ROUTINE
COMMUNICATION_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/communication-category"  # reminder
CONSENT_SCOPE: Final = "http://terminology.hl7.org/CodeSystem/consentscope"  # treatment
LOINC: Final = "http://loinc.org"
CONSENT_DOCUMENT: Final = "59284-0"  # LOINC: patient consent
ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"  # OPTIN
PARTICIPATION_MODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode"  # PHONE
PARTICIPATION_TYPE: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"  # PART, PPRF
DATA_OPERATION: Final = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"  # CREATE
PROVENANCE_PARTICIPANT: Final = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"  # enterer, ...

SYNCHRONIZATION: Final = "medication-synchronization"  # our one category, of consents and of care plans
HANDOUT: Final = "pickup-handout"  # our type of document
INSTRUCTIONS: Final = "69730-0"  # LOINC: instructions
COUNT_AT_HOME: Final = "Units of medicine left at home"  # Observation.code.text of a told count


@dataclass(frozen=True, slots=True)
class Systems:
    """Our own systems, under `base` without a trailing slash; whoever shares base and key agrees on identifiers."""

    base: str = DEFAULT_BASE

    @property
    def enrolment(self) -> str:
        """Identifier that all resources of one opt-in carry; new at each opt-in."""
        return f"{self.base}/identifier/enrolment"

    @property
    def plan(self) -> str:
        """Identifier of one revision of an enrolment's plan; CommunicationRequest.groupIdentifier."""
        return f"{self.base}/identifier/plan"

    @property
    def pickup(self) -> str:
        """Identifier of one Appointment."""
        return f"{self.base}/identifier/pickup"

    @property
    def call(self) -> str:
        """Identifier of one CommunicationRequest."""
        return f"{self.base}/identifier/call"

    @property
    def care_plan(self) -> str:
        """Identifier of one CarePlan."""
        return f"{self.base}/identifier/care-plan"

    @property
    def task(self) -> str:
        """Identifier of one Task."""
        return f"{self.base}/identifier/task"

    @property
    def document(self) -> str:
        """Identifier of one DocumentReference."""
        return f"{self.base}/identifier/document"

    @property
    def document_code(self) -> str:
        """Code system of a DocumentReference's type `pickup-handout` and category `medication-synchronization`."""
        return f"{self.base}/CodeSystem/document"

    @property
    def own(self) -> tuple[str, ...]:
        """The identifier systems that tell one resource from another."""
        return (self.pickup, self.call, self.care_plan, self.task, self.document)

    @property
    def provenance_tag(self) -> str:
        """System of the tag by which a Provenance is known; R4 gives it no identifier."""
        return f"{self.base}/CodeSystem/provenance"

    @property
    def care_plan_category(self) -> str:
        """Code system of `medication-synchronization` in a CarePlan."""
        return f"{self.base}/CodeSystem/care-plan-category"

    @property
    def task_code(self) -> str:
        """Code system of what a Task asks for: the values of `ErrandKind`."""
        return f"{self.base}/CodeSystem/task"

    @property
    def consent_category(self) -> str:
        """Code system of `medication-synchronization`."""
        return f"{self.base}/CodeSystem/consent-category"
