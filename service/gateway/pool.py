"""What outlives one request of a browser: the connections to each FHIR server, and what the server declares."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from service import clock
from service.config import Settings
from service.gateway.address import ServerBase
from service.gateway.fhir_gateway import Gateway
from service.gateway.wire import pooled_client
from service.use_cases.ports import Capabilities
from service.use_cases.tokens import AccessTokens

_CONNECTIONS = 60  # to one server, for everybody together; each gateway asks for a few side by side
_DECLARED_SECONDS = 600  # a statement may be megabytes large and changes when the server is updated


class Servers:
    """Gateways to FHIR servers on shared connections, which carry no cookie and no token of their own."""

    def __init__(self, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`transport` replaces the network (an ASGI app)."""
        self._transport = transport
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._declared: dict[str, tuple[float, Capabilities]] = {}

    @asynccontextmanager
    async def gateway(
        self, base: ServerBase, settings: Settings, tokens: AccessTokens | None
    ) -> AsyncIterator[Gateway]:
        """A gateway for one request; its server's statement is asked for once in ten minutes."""
        client = self._clients.get(base.url)
        if client is None:
            client = self._clients[base.url] = pooled_client(base, settings, _CONNECTIONS, self._transport)
        read, declared = self._declared.get(base.url, (0.0, None))
        if declared is not None and clock.stopwatch() - read > _DECLARED_SECONDS:
            declared = None
        async with Gateway(base, settings, tokens=tokens, client=client, declared=declared) as gateway:
            yield gateway
            if declared is None and gateway.declared is not None:
                self._declared[base.url] = clock.stopwatch(), gateway.declared

    async def close(self) -> None:
        """Give all connections back."""
        for client in self._clients.values():
            await client.aclose()
