"""Read a patient's enrolments back from the server alone: our own database may be lost, no plan is."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from mappings.enrolments import OPTIONAL_SEARCHES, SEARCHES, EnrolmentState, RecordedEnrolment, recorded_enrolments
from mappings.outbound.codes import HANDOUT, Systems
from mappings.outbound.plan_record import DOCUMENT
from mappings.outbound.planned import VisitHours
from service.errors import BadArgument
from service.programmes.file import PharmacyTable
from service.programmes.opening import OpeningHours
from service.use_cases.ports import Capabilities, PickupServer


@dataclass(frozen=True, slots=True)
class Site:
    """What all enrolments of one site share: the secret `key` of the identifiers, their systems, zone, hours."""

    key: bytes
    zone: ZoneInfo
    systems: Systems = field(default_factory=Systems)
    hours: VisitHours = field(default_factory=VisitHours)
    pharmacy: PharmacyTable = field(default_factory=PharmacyTable)  # of the programme
    opening: OpeningHours = field(default_factory=lambda: OpeningHours({}))


@dataclass(frozen=True, slots=True)
class Enrolments:
    """All enrolments of one patient on the server, the latest last."""

    patient: str
    all: tuple[RecordedEnrolment, ...]

    def latest(self, state: EnrolmentState) -> RecordedEnrolment | None:
        """The latest enrolment in that state."""
        return next((found for found in reversed(self.all) if found.state is state), None)

    def with_value(self, value: str) -> RecordedEnrolment | None:
        """The enrolment with that identifier value."""
        return next((found for found in self.all if found.value == value), None)

    @property
    def ended(self) -> frozenset[str]:
        """Identifier values of the enrolments that are over."""
        return frozenset(found.value for found in self.all if found.state is EnrolmentState.ENDED)

    @property
    def current(self) -> RecordedEnrolment | None:
        """The one to look at: the active one, else one that needs a hand, else the last that ended."""
        states = (EnrolmentState.ACTIVE, EnrolmentState.WITHDRAWN, EnrolmentState.PARTIAL, EnrolmentState.ENDED)
        return next((found for state in states if (found := self.latest(state)) is not None), None)


async def show(server: PickupServer, site: Site, patient_id: str) -> Enrolments:
    """Everything of ours that the server holds for the patient. Raises ServerError rather than show a part."""
    patient = patient_reference(patient_id)
    searches = SEARCHES | _declared(await server.capabilities())
    narrowed = {DOCUMENT: {"type": f"{site.systems.document_code}|{HANDOUT}"}}
    answers = await asyncio.gather(
        *(
            server.search(resource_type, {param: patient, **narrowed.get(resource_type, {})})
            for resource_type, param in searches.items()
        )
    )
    resources = [raw for answer in answers for raw in answer]
    return Enrolments(patient, recorded_enrolments(resources, patient=patient, systems=site.systems, zone=site.zone))


def _declared(capabilities: Capabilities) -> dict[str, str]:
    """The optional types that can be searched here: where one cannot, nothing of ours was written either."""
    return {
        resource_type: param
        for resource_type, param in OPTIONAL_SEARCHES.items()
        if capabilities.can(resource_type, "search-type")
        and capabilities.searches(resource_type, param)
        and (resource_type != DOCUMENT or capabilities.searches(resource_type, "type"))
    }


def patient_reference(patient_id: str) -> str:
    """A patient's id ("123" or "Patient/123") as a relative reference. Raises BadArgument where it can be no id."""
    bare = patient_id.removeprefix("Patient/")
    if not re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", bare):
        raise BadArgument(f"{patient_id!r} is not the id of a patient")
    return f"Patient/{bare}"
