"""What the use cases need from the outside, in plain types: the chart, the pickup server, and how they fail.

The gateway implements these Protocols; use cases and their tests know nothing else of it. The tree of errors is drawn
in service/errors.py.
"""

# ruff: noqa: N818 - errors are named for what happened, in the words of the person who reads them

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Protocol

from mappings.issues import MappingIssue
from mappings.outbound.bundle import EnrolmentBundle
from service.errors import ServiceError


@dataclass(frozen=True, slots=True)
class ResourceCapability:
    """What the server declares for one resource type (CapabilityStatement.rest.resource)."""

    interactions: frozenset[str] = frozenset()  # "read", "search-type", "create", "update", ...
    search_params: frozenset[str] = frozenset()
    includes: frozenset[str] = frozenset()  # "MedicationRequest:medication"
    conditional_create: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the server says it can do. What is not declared is not there: the lowest rung of the ladder is used.

    `known` is False where there was no CapabilityStatement to read; every question is then answered with no.
    """

    known: bool = False
    fhir_version: str | None = None  # "4.0.1"
    software: str | None = None
    software_version: str | None = None
    transaction: bool = False
    resources: Mapping[str, ResourceCapability] = field(default_factory=lambda: MappingProxyType({}))

    def can(self, resource_type: str, interaction: str) -> bool:
        """Whether the interaction ("read", "search-type", "create", "update") is declared for the type."""
        declared = self.resources.get(resource_type)
        return declared is not None and interaction in declared.interactions

    def searches(self, resource_type: str, param: str) -> bool:
        """Whether the search parameter is declared for the type."""
        declared = self.resources.get(resource_type)
        return declared is not None and param in declared.search_params

    def includes(self, resource_type: str, include: str) -> bool:
        """Whether `_include=TYPE:param` is declared for the type."""
        declared = self.resources.get(resource_type)
        return declared is not None and include in declared.includes

    def creates_conditionally(self, resource_type: str) -> bool:
        """Whether a create may carry If-None-Exist."""
        declared = self.resources.get(resource_type)
        return declared is not None and declared.conditional_create


@dataclass(frozen=True, slots=True)
class FetchedChart:
    """One patient's chart as the server gave it: raw JSON, one per resource, each distinct resource once.

    A fatal issue among `issues` means that the chart is incomplete or not this patient's: no plan, only the reason.
    `dispenses_known` is False where the server has no MedicationDispense for us: figures are then estimates. `unread`
    names the types beside the medicines that could not be had, each with the reason in one sentence. `bases` are the
    addresses by which the server is known, so that the same id on another one is told apart.
    """

    patient_id: str  # the bare id, without "Patient/"
    resources: tuple[bytes, ...]
    issues: tuple[MappingIssue, ...]
    capabilities: Capabilities
    dispenses_known: bool
    unread: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    bases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryReceipt:
    """What the server said about one written resource, in the order in which they were sent.

    Status 201: created; 200: it was there already (conditional create) or was updated. Location, version and the
    resource itself may be missing: servers differ.
    """

    status: int
    resource_type: str | None = None
    id: str | None = None
    version: str | None = None
    location: str | None = None
    outcome: str = ""  # what an OperationOutcome said, in one line
    resource: bytes | None = None  # the resource as the server now holds it, where it was returned

    @property
    def created(self) -> bool:
        """Whether this very call made it."""
        return self.status == 201

    @property
    def refused(self) -> bool:
        """Whether this entry was not done."""
        return self.status >= 400

    @property
    def reference(self) -> str | None:
        """The written resource as a relative reference, "Appointment/123"."""
        return f"{self.resource_type}/{self.id}" if self.resource_type and self.id else None


class ChartSource(Protocol):
    """Where a chart comes from."""

    async def read_chart(self, patient_id: str) -> FetchedChart:
        """Read all that a plan needs. Raises BadArgument, ServerError; what is missing or forbidden is an issue."""
        ...

    async def search(self, resource_type: str, params: Mapping[str, str]) -> tuple[bytes, ...]:
        """All matches over all pages, raw JSON. Raises ServerError rather than return a part."""
        ...


class PickupServer(Protocol):
    """Where enrolments, pickups and calls are written and read back."""

    async def capabilities(self) -> Capabilities:
        """What the server declares; read once and kept."""
        ...

    async def search(self, resource_type: str, params: Mapping[str, str]) -> tuple[bytes, ...]:
        """All matches over all pages, raw JSON. Raises ServerError rather than return a part."""
        ...

    async def read(self, resource_type: str, resource_id: str) -> bytes:
        """One resource. Raises NotFound, Gone."""
        ...

    async def transaction(self, bundle: bytes) -> tuple[EntryReceipt, ...]:
        """Send a transaction Bundle once; one receipt per entry, same order. Raises ServerError: nothing was written,
        except where the error says `maybe_written`.
        """
        ...

    async def create_if_none(self, resource: bytes, identifier: str, *, by: str = "identifier") -> EntryReceipt:
        """Create unless something with the identifier ("system|value") is there; `by` is the parameter that finds it.

        Raises Conflict on several matches.
        """
        ...

    async def update(self, resource: bytes, version: str) -> EntryReceipt:
        """Replace the version that was read. Raises Conflict where it changed meanwhile."""
        ...


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """One enrolment to be written to one server, as it is put down before it is sent.

    `on` is the pharmacy's local date of the decision, `records` the versions of the chart that it was made from.
    """

    patient: str  # "Patient/1"
    on: date
    bundle: EnrolmentBundle
    records: tuple[str, ...]


class HeldWrite(Protocol):
    """A pending write that no other process sends as long as it is held."""

    @property
    def write(self) -> PendingWrite:
        """What is to be written."""
        ...

    def done(self) -> None:
        """Forget it: it stands on the server, or it never will."""
        ...


class Outbox(Protocol):
    """Writes to one server that nobody has acknowledged yet; it outlives the process. Raises OutboxUnusable."""

    def recorded(self, write: PendingWrite) -> AbstractContextManager[HeldWrite]:
        """Put a write down before it is sent, and hold it. Unless it is `done` it waits for the next run."""
        ...

    def waiting(self) -> tuple[str, ...]:
        """The names of all writes that wait, the oldest first."""
        ...

    def take(self, name: str) -> AbstractContextManager[HeldWrite | None]:
        """Hold a waiting write; None where it is settled by now, or held by another process."""
        ...


class OutboxUnusable(ServiceError):
    """The outbox can be neither read nor written, or is a newer one; nothing of it was changed, nothing was sent."""


class ServerError(ServiceError):
    """The FHIR server could not or would not.

    `attempted` says what was tried without naming anybody: "search MedicationRequest", "read Patient", "transaction".
    `maybe_written` is True where a write was sent and its answer never understood: it may have happened.
    """

    def __init__(self, message: str, *, attempted: str, maybe_written: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.attempted = attempted
        self.maybe_written = maybe_written

    @property
    def for_log(self) -> str:
        """Kind of error and of attempt."""
        return f"{type(self).__name__} on {self.attempted}"


class ServerGone(ServerError):
    """No connection, a timeout, or an answer that breaks off. Trying again later is reasonable."""


class UntrustedAddress(ServerError):
    """The server named an address outside of its own base. Nothing was sent there."""


class UnexpectedAnswer(ServerError):
    """An answer that is no FHIR: a login page, a redirect, broken JSON, a Bundle of another kind."""


class LimitExceeded(ServerError):
    """An answer larger than allowed. `setting` is the environment variable that changes the limit."""

    def __init__(self, message: str, *, attempted: str, setting: str, maybe_written: bool = False) -> None:
        super().__init__(message, attempted=attempted, maybe_written=maybe_written)
        self.setting = setting


class AnotherPatient(ServerError):
    """The answer holds somebody else's records, or the server left the patient out of the search."""


class FhirRefused(ServerError):
    """The server said no. `details` are the sentences of its OperationOutcome; for people, never for logs."""

    def __init__(
        self,
        message: str,
        *,
        attempted: str,
        status: int,
        details: tuple[str, ...] = (),
        retry_after: float | None = None,
        maybe_written: bool = False,
    ) -> None:
        super().__init__(message, attempted=attempted, maybe_written=maybe_written)
        self.status = status
        self.details = details
        self.retry_after = retry_after  # seconds the server asks to wait

    @property
    def for_log(self) -> str:
        """Kind of error and of attempt, with the HTTP status."""
        return f"{type(self).__name__} {self.status} on {self.attempted}"


class AccessDenied(FhirRefused):
    """401 (who are you?) or 403 (not you)."""


class NotFound(FhirRefused):
    """404: no such resource, or no such type on this server."""


class Gone(NotFound):
    """410: it was there and has been deleted."""


class Conflict(FhirRefused):
    """409 or 412: changed meanwhile, or a condition matched more than one. Read again."""


class TooManyRequests(FhirRefused):
    """429: wait `retry_after` seconds."""


class ServerFault(FhirRefused):
    """5xx: the server failed. 503 often carries `retry_after`."""
