"""The patient's opt-in as an R4 Consent."""

from __future__ import annotations

from base64 import b64encode

from mappings.outbound.codes import ACT_CODE, CONSENT_DOCUMENT, CONSENT_SCOPE, LOINC, SYNCHRONIZATION, Systems
from mappings.outbound.identity import Identifier
from mappings.outbound.narrative import generated_narrative, one_line
from mappings.outbound.planned import Agreement, EnrolmentPlan, Representative
from mappings.outbound.resource import Json, concept, identifier, references, without_absent
from mappings.outbound.wording import agreement_line

_REPRESENTATIVE = "representative"


def consent(plan: EnrolmentPlan, agreement: Agreement, enrolment_id: Identifier, systems: Systems) -> Json:
    """The Consent of one enrolment. Its attachment holds the words agreed to, byte by byte; the narrative a copy.

    Whoever agreed is `performer` and `verifiedWith`: the patient, or a contained RelatedPerson where somebody agreed
    for the patient. R4 has no element for how it was given and to whom: the attachment's title says it in a sentence.
    """
    day = (agreement.on or plan.today).isoformat()
    category = concept(systems.consent_category, SYNCHRONIZATION, "Medication synchronization")
    said = agreement_line(agreement, plan.today, plan.record.programme if plan.record is not None else "")
    giver: Json = {"reference": plan.patient if agreement.by is None else f"#{_REPRESENTATIVE}"}
    return without_absent(
        {
            "resourceType": "Consent",
            "text": generated_narrative(f"Medication synchronization agreed on {day}", f"{said}\n{agreement.wording}"),
            "contained": [_representative(plan.patient, agreement.by)] if agreement.by is not None else None,
            "identifier": [identifier(enrolment_id)],
            "status": "active",
            "scope": concept(CONSENT_SCOPE, "treatment"),
            "category": [category, concept(LOINC, CONSENT_DOCUMENT)],
            "patient": {"reference": plan.patient},
            "dateTime": day,
            "performer": [giver],
            "organization": references((plan.pharmacy.organization,)) if plan.pharmacy.organization else None,
            "sourceAttachment": {
                "contentType": "text/plain; charset=utf-8",
                "language": agreement.language,
                "data": b64encode(agreement.wording.encode()).decode("ascii"),
                "title": said,
                "creation": day,
            },
            "policyRule": concept(ACT_CODE, "OPTIN"),
            "verification": [{"verified": True, "verifiedWith": giver, "verificationDate": day}],
        }
    )


def _representative(patient: str, who: Representative) -> Json:
    """Somebody whom the chart holds no record of: a name and a relation, inside the Consent."""
    return {
        "resourceType": "RelatedPerson",
        "id": _REPRESENTATIVE,
        "patient": {"reference": patient},
        "relationship": [{"text": one_line(who.relation)}],
        "name": [{"text": one_line(who.name)}],
    }
