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

SYNCHRONIZATION: Final = "medication-synchronization"  # our one consent category


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
    def consent_category(self) -> str:
        """Code system of `medication-synchronization`."""
        return f"{self.base}/CodeSystem/consent-category"
