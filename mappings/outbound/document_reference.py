"""What the patient takes home, kept in the chart as an R4 DocumentReference."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha1

from mappings.outbound.codes import HANDOUT, INSTRUCTIONS, LOINC, SYNCHRONIZATION, Systems
from mappings.outbound.identity import Identifier
from mappings.outbound.narrative import generated_narrative
from mappings.outbound.plan_record import Handed, PlanRecord
from mappings.outbound.planned import EnrolmentPlan
from mappings.outbound.resource import Json, concept, identifier, without_absent
from mappings.outbound.wording import document_description

CATEGORY = "Medication synchronization"


def document_reference(
    plan: EnrolmentPlan,
    record: PlanRecord,
    handed: Handed,
    *,
    document_id: Identifier,
    enrolment_id: Identifier,
    related: tuple[str, ...],
    systems: Systems,
) -> Json:
    """The DocumentReference of the handout; `related` are references to the pickups that it tells of."""
    description = document_description(plan)
    return without_absent(
        {
            "resourceType": "DocumentReference",
            "text": generated_narrative(handed.title, description),
            "identifier": [identifier(document_id), identifier(enrolment_id)],
            "status": "current",
            "docStatus": "final",
            "type": {
                "coding": [
                    {"system": LOINC, "code": INSTRUCTIONS},
                    {"system": systems.document_code, "code": HANDOUT},
                ],
                "text": "Handout for the patient",
            },
            "category": [concept(systems.document_code, SYNCHRONIZATION, CATEGORY)],
            "subject": {"reference": plan.patient},
            "date": record.recorded.isoformat(timespec="seconds"),
            "author": [{"reference": record.requester}] if record.requester else None,
            "description": description,
            "content": [{"attachment": _attachment(plan, handed)}],
            "context": {"related": [{"reference": reference} for reference in related]},
        }
    )


def _attachment(plan: EnrolmentPlan, handed: Handed) -> Json:
    """The PDF; R4 wants the hash as SHA-1, which guards against accidents only."""
    kept: Json = {}
    if handed.pdf:
        digest = sha1(handed.pdf, usedforsecurity=False).digest()
        kept = {
            "data": b64encode(handed.pdf).decode("ascii"),
            "size": len(handed.pdf),
            "hash": b64encode(digest).decode("ascii"),
        }
    return {
        "contentType": "application/pdf",
        "language": handed.language,
        **kept,
        "title": handed.title,
        "creation": plan.today.isoformat(),
    }
