"""The plan as an R4 CarePlan: what was agreed on, what it rests on, and which pickups and calls carry it out."""

from __future__ import annotations

import re
from fractions import Fraction
from math import floor

from mappings.codes import UCUM
from mappings.outbound.codes import COUNT_AT_HOME, SYNCHRONIZATION, Systems
from mappings.outbound.identity import Identifier
from mappings.outbound.narrative import generated_narrative, one_line
from mappings.outbound.pharmacy import is_literal_reference
from mappings.outbound.plan_record import PlanRecord, ToldSupply
from mappings.outbound.planned import EnrolmentPlan
from mappings.outbound.resource import Json, concept, identifier, without_absent
from mappings.outbound.wording import plan_description

TITLE = "Medication synchronization"
_UCUM = re.compile(r"\{[A-Za-z]+\}|mL|mg|g|ug")


def care_plan(
    plan: EnrolmentPlan,
    record: PlanRecord,
    *,
    care_plan_id: Identifier,
    enrolment_id: Identifier,
    activities: tuple[str, ...],
    systems: Systems,
) -> Json:
    """The CarePlan of one enrolment; `activities` are references to its pickups and calls (cpl-3: never a detail too).

    A told count is a contained Observation: R4 has no other place for an amount with who said it and when.
    """
    description = plan_description(plan, record)
    counts = [_count(plan.patient, told, number) for number, told in enumerate(record.told, start=1)]
    days = [pickup.on for pickup in plan.pickups]
    return without_absent(
        {
            "resourceType": "CarePlan",
            "text": generated_narrative(TITLE, description),
            "contained": counts,
            "identifier": [identifier(care_plan_id), identifier(enrolment_id)],
            "status": "active",
            "intent": "plan",
            "category": [concept(systems.care_plan_category, SYNCHRONIZATION, TITLE)],
            "title": TITLE,
            "description": description,
            "subject": {"reference": plan.patient},
            "period": {"start": plan.today.isoformat(), "end": max([plan.today, *days]).isoformat()},
            "created": plan.today.isoformat(),
            "author": {"reference": record.requester} if record.requester else None,
            "supportingInfo": [{"reference": f"#{count['id']}"} for count in counts],
            "activity": [{"reference": {"reference": reference}} for reference in activities],
        }
    )


def _count(patient: str, told: ToldSupply, number: int) -> Json:
    named = told.prescription if is_literal_reference(told.prescription) else None
    performer = {"reference": patient} if told.told_by == "patient" else {"display": one_line(told.told_by)}
    return {
        "resourceType": "Observation",
        "id": f"count-{number}",
        "status": "final",
        "code": {"text": COUNT_AT_HOME},
        "subject": {"reference": patient},
        "focus": [without_absent({"reference": named, "display": one_line(told.label)})],
        "effectiveDateTime": told.told_on.isoformat(),
        "performer": [performer],
        "valueQuantity": without_absent(
            {
                "value": _decimal(told.units),
                "unit": told.unit.strip("{}"),
                **({"system": UCUM, "code": told.unit} if _UCUM.fullmatch(told.unit) else {}),
            }
        ),
    }


def _decimal(units: Fraction) -> int | float:
    """A JSON number. What decimals cannot hold is rounded down: never more than was told."""
    tens = floor(units * 10_000)
    return tens // 10_000 if tens % 10_000 == 0 else tens / 10_000
