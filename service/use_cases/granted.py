"""What this launch may do: what the server declares and the authorization server granted, both at once.

The rest of the application asks one question only, what the server can do; here the answer is narrowed to the grant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from service.use_cases.ports import Capabilities, EntryReceipt, PickupServer
from smart_launch import Granted

_LETTERS = {"create": "c", "read": "r", "update": "u", "search-type": "s"}
_WRITTEN = ("Appointment", "CommunicationRequest", "Consent")
_WORDS = {"c": "create", "r": "read", "u": "change", "s": "search"}


@dataclass(frozen=True, slots=True)
class GrantedServer:
    """A pickup server as far as this launch may use it."""

    server: PickupServer
    granted: Granted

    async def capabilities(self) -> Capabilities:
        """What is declared and granted."""
        return narrowed(await self.server.capabilities(), self.granted)

    async def search(self, resource_type: str, params: Mapping[str, str]) -> tuple[bytes, ...]:
        """See PickupServer.search; what the grant hides is as if it were not there."""
        if not any(access.covers(resource_type, "s") for access in self.granted.accesses):
            return ()
        return await self.server.search(resource_type, params)

    async def read(self, resource_type: str, resource_id: str) -> bytes:
        """See PickupServer.read."""
        return await self.server.read(resource_type, resource_id)

    async def transaction(self, bundle: bytes) -> tuple[EntryReceipt, ...]:
        """See PickupServer.transaction."""
        return await self.server.transaction(bundle)

    async def create_if_none(self, resource: bytes, identifier: str, *, by: str = "identifier") -> EntryReceipt:
        """See PickupServer.create_if_none."""
        return await self.server.create_if_none(resource, identifier, by=by)

    async def update(self, resource: bytes, version: str) -> EntryReceipt:
        """See PickupServer.update."""
        return await self.server.update(resource, version)


def narrowed(declared: Capabilities, granted: Granted) -> Capabilities:
    """The capabilities without the interactions that the token does not allow."""
    accesses = granted.accesses

    def allowed(kind: str, interaction: str) -> bool:
        letter = _LETTERS.get(interaction)
        return letter is None or any(access.covers(kind, letter) for access in accesses)

    resources = {
        kind: replace(
            one,
            interactions=frozenset(interaction for interaction in one.interactions if allowed(kind, interaction)),
            conditional_create=one.conditional_create and allowed(kind, "create"),
        )
        for kind, one in declared.resources.items()
    }
    return replace(declared, resources=resources)


def not_granted(granted: Granted) -> tuple[str, ...]:
    """What an enrolment needs and this launch was not granted, in words: "create Consent"."""
    return tuple(f"{_WORDS[letter]} {kind}" for kind in _WRITTEN for letter in "cs" if not granted.allows(kind, letter))
