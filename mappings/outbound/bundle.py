"""One enrolment as one idempotent transaction Bundle (http.html#trules, conditional create)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

import msgspec

from mappings.outbound.appointment import appointment
from mappings.outbound.codes import Systems
from mappings.outbound.communication_request import communication_request
from mappings.outbound.consent import consent
from mappings.outbound.identity import Identifier, keyed_hash
from mappings.outbound.planned import EnrolmentPlan, PlannedPickup
from mappings.outbound.resource import Json
from mappings.outbound.wording import call_script


@dataclass(frozen=True, slots=True)
class MeantEntry:
    """One resource of the Bundle: what it is and how the server will know it again."""

    resource_type: str
    identifier: Identifier
    on: date  # of the pickup, of the call, of the opt-in
    status: str
    text: str  # what it says: the comment for the pharmacy, the call script, the agreement
    resource: Json


@dataclass(frozen=True, slots=True)
class EnrolmentBundle:
    """The transaction of one enrolment; the Consent first, then each pickup with its call."""

    enrolment: Identifier
    entries: tuple[MeantEntry, ...]

    @property
    def bundle(self) -> Json:
        """The Bundle. Every create is conditional on its identifier, so that sending it again changes nothing."""
        return {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {
                    "fullUrl": entry.identifier.full_url,
                    "resource": entry.resource,
                    "request": {
                        "method": "POST",
                        "url": entry.resource_type,
                        "ifNoneExist": f"identifier={quote(entry.identifier.token, safe=':/|')}",
                    },
                }
                for entry in self.entries
            ],
        }

    @property
    def json(self) -> bytes:
        """The Bundle as it is sent."""
        return msgspec.json.encode(self.bundle)


def enrolment_bundle(plan: EnrolmentPlan, *, key: bytes, systems: Systems) -> EnrolmentBundle:
    """Everything one enrolment writes. The same plan and key give the same bytes."""
    enrolment_id = Identifier(systems.enrolment, plan.enrolment)
    revision = str(plan.revision)
    plan_id = Identifier(systems.plan, keyed_hash(key, "plan", plan.enrolment, plan.pharmacy.key, revision))
    entries: list[MeantEntry] = []
    if plan.agreement is not None:
        agreed = consent(plan, plan.agreement, enrolment_id, systems)
        entries.append(MeantEntry("Consent", enrolment_id, plan.today, "active", plan.agreement.wording, agreed))
    for pickup in plan.pickups:
        entries += _visit(plan, pickup, key=key, systems=systems, enrolment_id=enrolment_id, plan_id=plan_id)
    return EnrolmentBundle(enrolment_id, tuple(entries))


def _visit(
    plan: EnrolmentPlan,
    pickup: PlannedPickup,
    *,
    key: bytes,
    systems: Systems,
    enrolment_id: Identifier,
    plan_id: Identifier,
) -> tuple[MeantEntry, MeantEntry]:
    def value(role: str) -> str:
        return keyed_hash(key, plan.enrolment, plan.pharmacy.key, str(plan.revision), str(pickup.ordinal), role)

    pickup_id = Identifier(systems.pickup, value("pickup"))
    call_id = Identifier(systems.call, value("call"))
    visit = appointment(plan, pickup, pickup_id, enrolment_id)
    call = communication_request(
        plan,
        pickup,
        call_id=call_id,
        plan_id=plan_id,
        enrolment_id=enrolment_id,
        appointment_url=pickup_id.full_url,
    )
    return (
        MeantEntry("Appointment", pickup_id, pickup.on, str(visit["status"]), str(visit["comment"]), visit),
        MeantEntry(
            "CommunicationRequest", call_id, pickup.call, str(call["status"]), call_script(pickup, plan.pharmacy), call
        ),
    )
