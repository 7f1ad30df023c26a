"""The access token of a launch, renewed in silence: before it ends, and once when the server turns it down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from service.use_cases.sessions import Sessions
from smart_launch import Grant, Hidden, LaunchClient
from smart_launch.refresh import usable


class AccessTokens(Protocol):
    """Where the gateway gets the token of the next request from."""

    async def current(self) -> str:
        """A token that may be used now. Raises SmartError."""
        ...

    async def instead_of(self, rejected: str) -> str:
        """Another token than this one, which the server has just answered with 401. Raises SmartError."""
        ...


@dataclass(slots=True)
class LaunchTokens:
    """The tokens of one session. Requests side by side share one refresh, in whatever process they are."""

    client: LaunchClient
    sessions: Sessions
    launch: str
    grant: Grant
    now: Callable[[], datetime]

    async def current(self) -> str:
        """See AccessTokens.current; the store is asked only when the token at hand is about to end."""
        return await self._renewed() if not usable(self.grant, self.now()) else self.grant.access_token.reveal()

    async def instead_of(self, rejected: str) -> str:
        """See AccessTokens.instead_of."""
        return await self._renewed(Hidden(rejected))

    async def _renewed(self, rejected: Hidden | None = None) -> str:
        """Refresh to the end, whatever becomes of the request that needs it: a token that is spent must be replaced."""
        refreshing = asyncio.create_task(
            self.client.fresh(self.launch, self.sessions, self.grant.issuer, rejected=rejected)
        )
        _REFRESHING.add(refreshing)
        refreshing.add_done_callback(_over)
        self.grant = await asyncio.shield(refreshing)
        return self.grant.access_token.reveal()


_REFRESHING: set[asyncio.Task[Grant]] = set()  # the event loop alone would let them go


def _over(refreshing: asyncio.Task[Grant]) -> None:
    """Let it go; whoever waited for it has the error, and where nobody waits any more nobody needs it."""
    _REFRESHING.discard(refreshing)
    if not refreshing.cancelled():
        refreshing.exception()


@dataclass(frozen=True, slots=True)
class SystemTokens:
    """The application's own tokens at a pickup server (Backend Services)."""

    client: LaunchClient
    issuer: str
    scopes: tuple[str, ...]

    async def current(self) -> str:
        """See AccessTokens.current."""
        return (await self.client.system_token(self.issuer, self.scopes)).access_token.reveal()

    async def instead_of(self, rejected: str) -> str:
        """See AccessTokens.instead_of."""
        found = await self.client.system_token(self.issuer, self.scopes, rejected=Hidden(rejected))
        return found.access_token.reveal()
