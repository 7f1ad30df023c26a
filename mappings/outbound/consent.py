"""The patient's opt-in as an R4 Consent."""

from __future__ import annotations

from base64 import b64encode

from mappings.outbound.codes import ACT_CODE, CONSENT_DOCUMENT, CONSENT_SCOPE, LOINC, SYNCHRONIZATION, Systems
from mappings.outbound.identity import Identifier
from mappings.outbound.narrative import generated_narrative
from mappings.outbound.planned import Agreement, EnrolmentPlan
from mappings.outbound.resource import Json, concept, identifier, references, without_absent


def consent(plan: EnrolmentPlan, agreement: Agreement, enrolment_id: Identifier, systems: Systems) -> Json:
    """The Consent of one enrolment. Its attachment holds the words agreed to, byte by byte; the narrative a copy."""
    day = plan.today.isoformat()
    category = concept(systems.consent_category, SYNCHRONIZATION, "Medication synchronization")
    return without_absent(
        {
            "resourceType": "Consent",
            "text": generated_narrative(f"Medication synchronization agreed on {day}", agreement.wording),
            "identifier": [identifier(enrolment_id)],
            "status": "active",
            "scope": concept(CONSENT_SCOPE, "treatment"),
            "category": [category, concept(LOINC, CONSENT_DOCUMENT)],
            "patient": {"reference": plan.patient},
            "dateTime": day,
            "performer": [{"reference": plan.patient}],
            "organization": references((plan.pharmacy.organization,)) if plan.pharmacy.organization else None,
            "sourceAttachment": {
                "contentType": "text/plain; charset=utf-8",
                "language": agreement.language,
                "data": b64encode(agreement.wording.encode()).decode("ascii"),
                "title": "What the patient agreed to",
                "creation": day,
            },
            "policyRule": concept(ACT_CODE, "OPTIN"),
            "verification": [
                {"verified": True, "verifiedWith": {"reference": plan.patient}, "verificationDate": day},
            ],
        }
    )
