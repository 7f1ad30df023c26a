"""One FHIR server, as the use cases see it: ChartSource and PickupServer of use_cases/ports.py."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

import httpx

from mappings.issues import MappingIssue
from service.config import Settings
from service.errors import BadArgument
from service.gateway import notes
from service.gateway.address import ServerBase, is_id, patient_id
from service.gateway.chart import ChartReading
from service.gateway.pages import Budget, search_all
from service.gateway.records import identity
from service.gateway.retries import Time
from service.gateway.statement import read_statement
from service.gateway.wire import Wire
from service.gateway.writes import create_unless_there, replace_version, send_transaction
from service.use_cases.ports import (
    Capabilities,
    EntryReceipt,
    FetchedChart,
    FhirRefused,
    ServerFault,
    TooManyRequests,
    UnexpectedAnswer,
)

if TYPE_CHECKING:
    from service.gateway.searches import PooledFhirClient
    from service.use_cases.tokens import AccessTokens


class Gateway:
    """A FHIR server behind one pooled connection. Use as `async with`, inside one event loop."""

    def __init__(
        self,
        base: ServerBase,
        settings: Settings,
        *,
        authorization: str | None = None,
        tokens: AccessTokens | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        client: httpx.AsyncClient | None = None,
        declared: Capabilities | None = None,
        time: Time | None = None,
    ) -> None:
        """`authorization` is the whole header ("Bearer ..."), `tokens` where it comes from for each request instead.

        `transport` replaces the network (an ASGI app), `time` the clock and the waiting. A `client` that is given is
        shared and stays open; `declared` is the server's statement where it was read before (`pool.Servers`). Raises
        SettingsError for a public base that is no address.
        """
        self._wire = Wire(
            base,
            settings,
            authorization=authorization,
            tokens=tokens,
            transport=transport,
            client=client,
            time=time,
        )
        self._asking = asyncio.Lock()
        self._capabilities = declared
        self._about_server: tuple[MappingIssue, ...] = ()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._wire.close()

    @property
    def declared(self) -> Capabilities | None:
        """The server's statement, if it was asked for and could be read."""
        return self._capabilities if self._capabilities is not None and self._capabilities.known else None

    @cached_property
    def _fhirpy(self) -> PooledFhirClient:
        from service.gateway.searches import PooledFhirClient  # takes 0.2 s: not before there is something to search

        return PooledFhirClient(self._wire)

    async def capabilities(self) -> Capabilities:
        """What the server declares, read once; unknown where it has no statement that can be read."""
        async with self._asking:
            if self._capabilities is None:
                self._capabilities = await self._ask_capabilities()
            return self._capabilities

    async def _ask_capabilities(self) -> Capabilities:
        try:
            answer = await self._wire.send("GET", "metadata", attempted="read CapabilityStatement")
        except (ServerFault, TooManyRequests):
            raise
        except FhirRefused as error:
            return self._unknown(f"HTTP {error.status}")
        except UnexpectedAnswer:
            return self._unknown("its answer is no FHIR JSON")
        return read_statement(answer.body) or self._unknown("its answer is no CapabilityStatement")

    def _unknown(self, reason: str) -> Capabilities:
        self._about_server = (notes.no_statement(reason),)
        return Capabilities()

    async def read_chart(self, patient_id_or_reference: str) -> FetchedChart:
        """Read one patient's chart ("123" or "Patient/123"). See ChartSource.read_chart."""
        wanted = patient_id(patient_id_or_reference)
        capabilities = await self.capabilities()
        reading = ChartReading(self._wire, self._fhirpy, capabilities, wanted, list(self._about_server))
        base = self._wire.base
        if base.scheme == "http" and not base.on_this_machine:
            reading.issues.append(notes.in_the_clear(base.host))
        return await reading.read()

    async def search(self, resource_type: str, params: Mapping[str, str]) -> tuple[bytes, ...]:
        """All matches over all pages. Raises ServerError rather than return a part, or what was not asked for."""
        settings = self._wire.settings
        address = self._fhirpy.address_of(_type(resource_type), params, page_size=settings.page_size)
        found = await search_all(self._wire, address, resource_type, params, Budget(settings))
        severe = [outcome.text for outcome in found.outcomes if outcome.severity in ("fatal", "error")]
        if severe or found.unreadable:
            said = " / ".join(severe) or "an entry holds nothing that can be read"
            raise UnexpectedAnswer(
                f"search {resource_type}: the answer is not whole: {said}. Tell the people who run the server.",
                attempted=f"search {resource_type}",
            )
        return tuple(found.matches)

    async def read(self, resource_type: str, resource_id: str) -> bytes:
        """One resource, raw JSON. Raises NotFound, Gone."""
        if not is_id(resource_id):
            raise BadArgument(f"{resource_id!r} is not an id of a FHIR resource")
        attempted = f"read {_type(resource_type)}"
        answer = await self._wire.send("GET", f"{resource_type}/{resource_id}", attempted=attempted)
        if identity(answer.body) != (resource_type, resource_id):
            raise UnexpectedAnswer(notes.something_else(resource_type), attempted=attempted)
        return answer.body

    async def transaction(self, bundle: bytes) -> tuple[EntryReceipt, ...]:
        """Send a transaction Bundle that is taken at most once. See PickupServer.transaction."""
        return await send_transaction(self._wire, bundle)

    async def create_if_none(self, resource: bytes, identifier: str, *, by: str = "identifier") -> EntryReceipt:
        """Create unless something with the identifier ("system|value") is there. See PickupServer.create_if_none."""
        return await create_unless_there(self._wire, resource, identifier, by)

    async def update(self, resource: bytes, version: str) -> EntryReceipt:
        """Replace the version that was read."""
        return await replace_version(self._wire, resource, version)


def _type(name: str) -> str:
    if not (name.isascii() and name.isalpha() and name[0].isupper()):
        raise BadArgument(f"{name!r} is not a FHIR resource type")
    return name
