"""One confirmation call as an R4 CommunicationRequest."""

from __future__ import annotations

from mappings.outbound.calling import call_note, occurrence, say_between, translated_payload
from mappings.outbound.codes import COMMUNICATION_CATEGORY, PARTICIPATION_MODE
from mappings.outbound.identity import Identifier
from mappings.outbound.narrative import generated_narrative
from mappings.outbound.planned import EnrolmentPlan, PlannedPickup
from mappings.outbound.resource import Json, concept, identifier, references, without_absent
from mappings.outbound.wording import call_script, spoken_date


def communication_request(
    plan: EnrolmentPlan,
    pickup: PlannedPickup,
    *,
    call_id: Identifier,
    plan_id: Identifier,
    enrolment_id: Identifier,
    appointment_url: str,
) -> Json:
    """The call before one visit: `active`, or `completed` where the enrolment conversation was that call."""
    script = call_script(pickup, plan.pharmacy)
    sender = plan.pharmacy.organization or plan.pharmacy.healthcare_service
    done = pickup.at_enrolment
    title = "Confirmed at enrolment" if done else f"Confirmation call, {spoken_date(pickup.call)}"
    if not done and pickup.call_between is not None:
        title += f", {say_between(*pickup.call_between)}"
    note = call_note(plan.calling, pickup)
    return without_absent(
        {
            "resourceType": "CommunicationRequest",
            "text": generated_narrative(title, f"{note}\n{script}" if note else script),
            "identifier": [identifier(call_id), identifier(enrolment_id)],
            "groupIdentifier": identifier(plan_id),
            "status": "completed" if done else "active",
            "statusReason": {"text": "Confirmed in the enrolment conversation"} if done else None,
            "category": [concept(COMMUNICATION_CATEGORY, "reminder")],
            "priority": "routine",
            "medium": [concept(PARTICIPATION_MODE, "PHONE")],
            "subject": {"reference": plan.patient},
            "about": [{"reference": appointment_url}, *references(pickup.prescriptions)],
            "payload": [{"contentString": script}, *translated_payload(plan, pickup)],
            **occurrence(plan, pickup),
            "authoredOn": plan.today.isoformat(),
            "recipient": [{"reference": plan.patient}],
            "sender": without_absent({"reference": sender, "display": plan.pharmacy.name}) if sender else None,
            "note": [{"text": note}] if note else None,
        }
    )
