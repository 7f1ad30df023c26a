"""One enrolment as one idempotent transaction Bundle (http.html#trules, conditional create)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

import msgspec

from mappings.outbound.appointment import appointment
from mappings.outbound.calling import call_between, call_note
from mappings.outbound.care_plan import care_plan
from mappings.outbound.codes import Systems
from mappings.outbound.communication_request import communication_request
from mappings.outbound.consent import consent
from mappings.outbound.document_reference import document_reference
from mappings.outbound.identity import Identifier, keyed_hash
from mappings.outbound.plan_record import CARE_PLAN, DOCUMENT, PROVENANCE, TASK, PlanRecord
from mappings.outbound.planned import EnrolmentPlan, PlannedPickup
from mappings.outbound.provenance import provenance
from mappings.outbound.resource import Json
from mappings.outbound.task import task
from mappings.outbound.wording import call_script


@dataclass(frozen=True, slots=True)
class MeantEntry:
    """One resource of the Bundle: what it is and how the server will know it again.

    `by` is the search parameter that finds its identifier: `_tag` where the type has no identifier of its own.
    """

    resource_type: str
    identifier: Identifier
    on: date  # of the pickup, of the call, of the opt-in; by when a task is to be done
    status: str
    text: str  # what it says: the comment for the pharmacy, the call script, the agreement
    resource: Json
    by: str = "identifier"
    note: str = ""  # of a call: number and language
    between: tuple[datetime, datetime] | None = None  # of a call: when on its day


@dataclass(frozen=True, slots=True)
class EnrolmentBundle:
    """The transaction of one enrolment: the Consent, each pickup with its call, then what is optional."""

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
                        "ifNoneExist": f"{entry.by}={quote(entry.identifier.token, safe=':/|')}",
                    },
                }
                for entry in self.entries
            ],
        }

    @property
    def json(self) -> bytes:
        """The Bundle as it is sent."""
        return msgspec.json.encode(self.bundle)

    @property
    def agreed(self) -> bool:
        """Whether the patient's agreement is in it; without it nothing is ever sent."""
        return any(entry.resource_type == "Consent" for entry in self.entries)


def enrolment_bundle(plan: EnrolmentPlan, *, key: bytes, systems: Systems) -> EnrolmentBundle:
    """Everything one enrolment writes. The same plan and key give the same bytes."""
    return _Writing(plan, key, systems).bundle()


@dataclass(frozen=True, slots=True)
class _Writing:
    """One plan on its way into FHIR."""

    plan: EnrolmentPlan
    key: bytes
    systems: Systems

    @property
    def enrolment_id(self) -> Identifier:
        return Identifier(self.systems.enrolment, self.plan.enrolment)

    @property
    def plan_id(self) -> Identifier:
        revision = str(self.plan.revision)
        value = keyed_hash(self.key, "plan", self.plan.enrolment, self.plan.pharmacy.key, revision)
        return Identifier(self.systems.plan, value)

    def value(self, *role: str) -> str:
        """The identifier value of one resource of this revision of the plan."""
        plan = self.plan
        return keyed_hash(self.key, plan.enrolment, plan.pharmacy.key, str(plan.revision), *role)

    def bundle(self) -> EnrolmentBundle:
        visits = [entry for pickup in self.plan.pickups for entry in self.visit(pickup)]
        entries = [*self.agreement(), *visits]
        if self.plan.agreement is not None and self.plan.record is not None:
            entries += self.kept(self.plan.record, visits)
            if PROVENANCE in self.plan.record.types:
                entries.append(self.source(self.plan.record, entries))
        return EnrolmentBundle(self.enrolment_id, tuple(entries))

    def agreement(self) -> Iterator[MeantEntry]:
        agreement = self.plan.agreement
        if agreement is not None:
            agreed = consent(self.plan, agreement, self.enrolment_id, self.systems)
            yield MeantEntry("Consent", self.enrolment_id, self.plan.today, "active", agreement.wording, agreed)

    def visit(self, pickup: PlannedPickup) -> tuple[MeantEntry, MeantEntry]:
        plan = self.plan
        pickup_id = Identifier(self.systems.pickup, self.value(str(pickup.ordinal), "pickup"))
        call_id = Identifier(self.systems.call, self.value(str(pickup.ordinal), "call"))
        visit = appointment(plan, pickup, pickup_id, self.enrolment_id)
        call = communication_request(
            plan,
            pickup,
            call_id=call_id,
            plan_id=self.plan_id,
            enrolment_id=self.enrolment_id,
            appointment_url=pickup_id.full_url,
        )
        script = call_script(pickup, plan.pharmacy)
        return (
            MeantEntry("Appointment", pickup_id, pickup.on, str(visit["status"]), str(visit["comment"]), visit),
            MeantEntry(
                "CommunicationRequest",
                call_id,
                pickup.call,
                str(call["status"]),
                script,
                call,
                note=call_note(plan.calling, pickup),
                between=call_between(plan, pickup),
            ),
        )

    def kept(self, record: PlanRecord, visits: list[MeantEntry]) -> Iterator[MeantEntry]:
        """The plan itself, then what it asks of others."""
        plan, systems = self.plan, self.systems
        care_plan_id = Identifier(systems.care_plan, self.value("care-plan"))
        if CARE_PLAN in record.types:
            written = care_plan(
                plan,
                record,
                care_plan_id=care_plan_id,
                enrolment_id=self.enrolment_id,
                activities=tuple(entry.identifier.full_url for entry in visits),
                systems=systems,
            )
            yield MeantEntry(CARE_PLAN, care_plan_id, plan.today, "active", str(written["description"]), written)
        for errand in record.errands if TASK in record.types else ():
            task_id = Identifier(systems.task, self.value(errand.prescription, errand.kind.value))
            written = task(
                plan,
                record,
                errand,
                task_id=task_id,
                plan_id=self.plan_id,
                enrolment_id=self.enrolment_id,
                care_plan_url=care_plan_id.full_url if CARE_PLAN in record.types else None,
                systems=systems,
            )
            yield MeantEntry(TASK, task_id, errand.needed_by, "requested", errand.request, written)

        if DOCUMENT in record.types and record.handed is not None:
            document_id = Identifier(systems.document, self.value("document"))
            pickups = (entry.identifier.full_url for entry in visits if entry.resource_type == "Appointment")
            document = document_reference(
                plan,
                record,
                record.handed,
                document_id=document_id,
                enrolment_id=self.enrolment_id,
                related=tuple(pickups),
                systems=systems,
            )
            yield MeantEntry(DOCUMENT, document_id, plan.today, "current", str(document["description"]), document)

    def source(self, record: PlanRecord, entries: list[MeantEntry]) -> MeantEntry:
        tag = Identifier(self.systems.provenance_tag, self.value("provenance"))
        written = provenance(self.plan, record, tag, tuple(entry.identifier.full_url for entry in entries))
        return MeantEntry(PROVENANCE, tag, self.plan.today, "", str(len(entries)), written, by="_tag")
