"""What is asked of a prescriber as an R4 Task: a renewal, a 90-day prescription, a missing days' supply."""

from __future__ import annotations

from datetime import date

from mappings.outbound.codes import Systems
from mappings.outbound.identity import Identifier
from mappings.outbound.narrative import generated_narrative
from mappings.outbound.pharmacy import is_literal_reference
from mappings.outbound.plan_record import Errand, ErrandKind, PlanRecord
from mappings.outbound.planned import EnrolmentPlan
from mappings.outbound.resource import Json, concept, identifier, without_absent

_OWNERS = ("Practitioner/", "PractitionerRole/", "Organization/", "HealthcareService/", "CareTeam/")
TITLES = {
    ErrandKind.RENEWAL: "Prescription renewal wanted",
    ErrandKind.NINETY_DAYS: "90-day prescription wanted",
    ErrandKind.MISSING: "Days' supply wanted",
}


def task(
    plan: EnrolmentPlan,
    record: PlanRecord,
    errand: Errand,
    *,
    task_id: Identifier,
    plan_id: Identifier,
    enrolment_id: Identifier,
    care_plan_url: str | None,
    systems: Systems,
) -> Json:
    """The Task of one errand, to the prescriber where the chart names one (R4: `restriction` needs a `focus`)."""
    title = TITLES[errand.kind]
    return without_absent(
        {
            "resourceType": "Task",
            "text": generated_narrative(title, errand.request),
            "identifier": [identifier(task_id), identifier(enrolment_id)],
            "basedOn": [{"reference": care_plan_url}] if care_plan_url else None,
            "groupIdentifier": identifier(plan_id),
            "status": "requested",
            "intent": "order",
            "priority": _priority(errand.needed_by, plan.today),
            "code": concept(systems.task_code, errand.kind.value, title),
            "description": errand.request,
            "focus": {"reference": errand.prescription, "display": errand.label},
            "for": {"reference": plan.patient},
            "authoredOn": plan.today.isoformat(),
            "requester": {"reference": record.requester} if record.requester else None,
            "owner": _owner(errand),
            "restriction": {"period": {"end": errand.needed_by.isoformat()}},
        }
    )


def _owner(errand: Errand) -> Json:
    """The prescriber by reference where it is one that R4 allows here, by name where the chart gives one."""
    key = errand.prescriber
    allowed = key is not None and is_literal_reference(key) and key.startswith(_OWNERS)
    return without_absent({"reference": key if allowed else None, "display": errand.prescriber_name})


def _priority(needed_by: date, today: date) -> str:
    """Urgent where the day has come already: the pickup may be at risk."""
    return "urgent" if needed_by <= today else "routine"
