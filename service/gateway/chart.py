"""Reading one chart: the searches side by side, then what they point at, and what could not be had.

What is missing, forbidden or empty is said and the rest goes on. What was cut off by a limit, or is not what was asked
for, stops the plan. What may be better in a minute (no connection, 429, 5xx) is raised: no half chart is handed on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from mappings.issues import MappingIssue
from service.gateway import notes
from service.gateway.address import split_reference
from service.gateway.circumstances import TYPES, CircumstancesReading
from service.gateway.pages import Budget, BudgetSpent, Found, search_all
from service.gateway.records import belongs_to, identity, medication_pointed_at, payers_pointed_at, places_pointed_at
from service.gateway.wire import Wire
from service.use_cases.ports import (
    AnotherPatient,
    Capabilities,
    FetchedChart,
    FhirRefused,
    ServerFault,
    TooManyRequests,
    UnexpectedAnswer,
)

if TYPE_CHECKING:
    from service.gateway.searches import PooledFhirClient

T = TypeVar("T")

# All codes of R4 request-intent: naming them leaves nothing out, and satisfies a server that insists on `intent`.
ALL_INTENTS = "order,plan,original-order,reflex-order,filler-order,instance-order,proposal,option"
_STAYS = "IMP,ACUTE,NONAC"  # v3-ActCode: inpatient encounters
_NARROWING = frozenset({"class", "intent"})


@dataclass(slots=True)
class ChartReading:
    """One reading of one patient's chart; used once."""

    wire: Wire
    fhirpy: PooledFhirClient
    capabilities: Capabilities
    patient_id: str
    issues: list[MappingIssue] = field(default_factory=list)
    kept: dict[tuple[str, str | None], list[bytes]] = field(default_factory=dict)
    dispenses_known: bool = False
    budget: Budget = field(init=False)
    beside: CircumstancesReading = field(init=False)

    def __post_init__(self) -> None:
        self.budget = Budget(self.wire.settings)
        self.beside = CircumstancesReading(self.wire, self.fhirpy, self.capabilities, self.patient_id)

    async def read(self) -> FetchedChart:
        """Read all that a plan needs. Raises NotFound for an unknown patient, ServerGone, ServerFault, 401, 429."""
        if self.capabilities.fhir_version and not self.capabilities.fhir_version.startswith("4."):
            self.issues.append(notes.wrong_version(self.capabilities.fhir_version))
            return self._chart()
        try:
            medicines = (self._patient(), self._requests(), self._dispenses(), self._stays())
            await _side_by_side(*medicines, *(self._beside(kind) for kind in TYPES))
            await self._pointed_at()
        except BudgetSpent as spent:  # all draw on one budget: the others stop, and it is said once
            self.issues.append(notes.cut_off(spent, ""))
        return self._chart()

    def _chart(self) -> FetchedChart:
        return FetchedChart(
            patient_id=self.patient_id,
            resources=tuple(raw for _, same in sorted(self.kept.items(), key=_place) for raw in same),
            issues=tuple(sorted(self.issues, key=lambda issue: (issue.path, issue.resource, issue.code))),
            capabilities=self.capabilities,
            dispenses_known=self.dispenses_known,
            unread=self.beside.unread,
            bases=self.wire.base.names,
        )

    async def _patient(self) -> None:
        answer = await self.wire.send("GET", f"Patient/{self.patient_id}", attempted="read Patient")
        known = identity(answer.body)
        if known == ("Patient", self.patient_id):
            self._keep([answer.body])
        else:
            kind = AnotherPatient if known and known[0] == "Patient" else UnexpectedAnswer
            wrong = kind(notes.something_else("Patient"), attempted="read Patient")
            self.issues.append(notes.cut_off(wrong, "Patient"))

    async def _requests(self) -> None:
        if self.capabilities.known and not self.capabilities.can("MedicationRequest", "search-type"):
            self.issues.append(notes.not_declared("MedicationRequest", fatal=True))
            return
        chosen = ",".join(self.wire.settings.medication_request_intents)
        try:
            try:
                found = await self._search("MedicationRequest", {"intent": chosen} if chosen else {})
            except FhirRefused as error:
                if chosen or error.status not in (400, 403, 422):
                    raise
                found = await self._search("MedicationRequest", {"intent": ALL_INTENTS})  # as athenaOne wants it
        except FhirRefused as error:
            self._refused(error, "MedicationRequest", fatal=True)
        else:
            self._take(found, "MedicationRequest")

    async def _dispenses(self) -> None:
        if self.capabilities.known and not self.capabilities.can("MedicationDispense", "search-type"):
            self.issues.append(notes.not_declared("MedicationDispense"))
            return
        try:
            found = await self._search("MedicationDispense", {})
        except FhirRefused as error:
            self._refused(error, "MedicationDispense", fatal=False)
            return
        self.dispenses_known = found is not None
        self._take(found, "MedicationDispense")

    async def _stays(self) -> None:
        """Hospital stays; only where declared, and no reason to stop where they cannot be had."""
        if not self.capabilities.can("Encounter", "search-type"):
            self.issues.append(notes.not_declared("Encounter"))
            return
        narrowed = {"class": _STAYS} if self.capabilities.searches("Encounter", "class") else {}
        try:
            found = await self._search("Encounter", narrowed)
        except FhirRefused as error:
            self._refused(error, "Encounter", fatal=False, wait=False)
            return
        self._take(found, "Encounter", say_empty=False)

    async def _beside(self, resource_type: str) -> None:
        """What bears on synchronization beside the medicines; only another patient's record is a reason to stop."""
        try:
            self._keep(await self.beside.read(resource_type))
        except AnotherPatient as error:
            self.issues.append(notes.cut_off(error, resource_type))

    async def _search(self, resource_type: str, narrowing: dict[str, str]) -> Found | None:
        """One search by patient; None with a fatal issue where its answer cannot be trusted or was cut off."""
        by = "patient"
        if not self.capabilities.searches(resource_type, by) and self.capabilities.searches(resource_type, "subject"):
            by = "subject"
        criteria = {by: self.patient_id if by == "patient" else f"Patient/{self.patient_id}", **narrowing}
        include = f"{resource_type}:medication"
        includes = (include,) if self.capabilities.includes(resource_type, include) else ()
        address = self.fhirpy.address_of(resource_type, criteria, includes, self.wire.settings.page_size)
        try:
            return await search_all(self.wire, address, resource_type, criteria, self.budget, may_ignore=_NARROWING)
        except BudgetSpent:
            raise
        except notes.NOT_TO_BE_TRUSTED as error:
            self.issues.append(notes.cut_off(error, resource_type))
            return None

    def _refused(self, error: FhirRefused, resource_type: str, *, fatal: bool, wait: bool = True) -> None:
        """Say that the type is not to be had; raise what signing in or waiting would heal."""
        if error.status == 401 or (wait and isinstance(error, ServerFault | TooManyRequests)):
            raise error
        self.issues.append(notes.refused(error, resource_type, fatal=fatal))

    def _take(self, found: Found | None, resource_type: str, *, say_empty: bool = True) -> None:
        if found is None:
            return
        self._keep(found.matches)
        self._keep(found.included)
        self.issues += filter(None, (notes.told(outcome, resource_type) for outcome in found.outcomes))
        if found.unreadable:
            self.issues.append(notes.unreadable(resource_type, found.unreadable))
        if not found.confirmed:
            self.issues.append(notes.unconfirmed(resource_type))
        if say_empty and not found.matches:
            self.issues.append(notes.empty(resource_type))

    def _keep(self, resources: Iterable[bytes]) -> None:
        """Keep each distinct resource once; two that differ under one id are both kept, for the mapping to judge."""
        for raw in resources:
            same = self.kept.setdefault(identity(raw) or ("", None), [])
            if raw not in same:
                same.append(raw)

    async def _pointed_at(self) -> None:
        """Medicines and pharmacies that the records name and that did not come along, each read once."""
        wanted: dict[str, None] = {}
        for (kind, _), same in self.kept.items():
            if kind in ("MedicationRequest", "MedicationDispense"):
                for raw in same:
                    medicine = medication_pointed_at(raw)
                    wanted.update(dict.fromkeys([medicine] if medicine else []))
                    wanted.update(dict.fromkeys(places_pointed_at(raw)))
            elif kind == "Coverage":
                wanted.update(dict.fromkeys(payer for raw in same for payer in payers_pointed_at(raw)))
        targets: dict[tuple[str, str], None] = {}
        for reference in wanted:
            named = split_reference(reference, self.wire.base)
            if named and named[0] in ("Medication", "Organization", "Location") and named not in self.kept:
                targets[named] = None
        await _side_by_side(*(self._follow(kind, bare) for kind, bare in targets))

    async def _follow(self, kind: str, bare: str) -> None:
        try:
            answer = await self.wire.send("GET", f"{kind}/{bare}", attempted=f"read {kind}")
            self.budget.take(1, len(answer.body), f"read {kind}")
        except FhirRefused as error:
            if error.status == 401 or (kind == "Medication" and isinstance(error, ServerFault | TooManyRequests)):
                raise
            self.issues.append(notes.not_resolved(f"{kind}/{bare}", error))
        except BudgetSpent:
            raise
        except notes.NOT_TO_BE_TRUSTED as error:
            self.issues.append(notes.cut_off(error, kind))
        else:
            if identity(answer.body) == (kind, bare) and belongs_to(answer.body, self.patient_id):
                self._keep([answer.body])
            else:
                other = UnexpectedAnswer(notes.something_else(kind), attempted=f"read {kind}")
                self.issues.append(notes.cut_off(other, kind))


def _place(kept: tuple[tuple[str, str | None], list[bytes]]) -> tuple[str, str]:
    """By type and id, so that two readings of one chart are alike whatever came first."""
    (kind, bare), _ = kept
    return kind, bare or ""


async def _side_by_side(*work: Coroutine[None, None, T]) -> list[T]:
    """All at once, as many as the wire allows; the first error stops the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
    return [task.result() for task in tasks]
