"""Pickups on another server than the chart: what they point at in the chart is named by its address, as an identifier.

The pickup server knows the patient by the same id and holds what we write; prescriptions and the pharmacy stay with the
EHR. A relative reference would point at nothing there, and an absolute one is refused by servers that check references;
a logical reference (R4 references.html#logical) is taken everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from service.use_cases.ports import Capabilities, EntryReceipt, PickupServer

_HERE = frozenset(
    {
        "Patient",
        "Appointment",
        "CommunicationRequest",
        "Consent",
        "CarePlan",
        "Task",
        "DocumentReference",
        "Provenance",
        "Communication",
    }
)
_URIS = "urn:ietf:rfc:3986"
_RELATIVE = re.compile(r"([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(/_history/[A-Za-z0-9\-.]{1,64})?")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A pickup server beside the chart's; `chart` is the FHIR base of the chart."""

    server: PickupServer
    chart: str

    async def capabilities(self) -> Capabilities:
        """See PickupServer.capabilities."""
        return await self.server.capabilities()

    async def search(self, resource_type: str, params: Mapping[str, str]) -> tuple[bytes, ...]:
        """See PickupServer.search."""
        return await self.server.search(resource_type, params)

    async def read(self, resource_type: str, resource_id: str) -> bytes:
        """See PickupServer.read."""
        return await self.server.read(resource_type, resource_id)

    async def transaction(self, bundle: bytes) -> tuple[EntryReceipt, ...]:
        """See PickupServer.transaction."""
        return await self.server.transaction(self._addressed(bundle))

    async def create_if_none(self, resource: bytes, identifier: str, *, by: str = "identifier") -> EntryReceipt:
        """See PickupServer.create_if_none."""
        return await self.server.create_if_none(self._addressed(resource), identifier, by=by)

    async def update(self, resource: bytes, version: str) -> EntryReceipt:
        """See PickupServer.update."""
        return await self.server.update(resource, version)

    def _addressed(self, content: bytes) -> bytes:
        return msgspec.json.encode(self._with_addresses(msgspec.json.decode(content)))

    def _with_addresses(self, value: object) -> object:
        if isinstance(value, list):
            return [self._with_addresses(one) for one in value]
        if not isinstance(value, dict):
            return value
        found = _RELATIVE.fullmatch(str(value.get("reference", "")))
        if found is None or found[1] in _HERE:
            return {name: self._with_addresses(one) for name, one in value.items()}
        address = f"{self.chart.rstrip('/')}/{found[0]}"
        rest = {name: one for name, one in value.items() if name != "reference"}
        return {"type": found[1], "identifier": {"system": _URIS, "value": address}, **rest}
