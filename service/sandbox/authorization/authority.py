"""The authorization server's addresses, clients and memory: what its endpoints share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import httpx

from service.sandbox import clock
from service.sandbox.authorization.assertions import Fetch
from service.sandbox.authorization.clients import Client
from service.sandbox.authorization.grants import Grant, Memory
from service.sandbox.authorization.identity import Identity
from service.sandbox.faults import Fault

TOKEN_LIFE, BACKEND_LIFE = timedelta(minutes=15), timedelta(minutes=5)


async def fetch_over_http(url: str) -> bytes:
    """The body behind a client's URL, at most 100,000 bytes of it, no redirect followed. Raises OSError."""
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            answer = await client.get(url, headers={"Accept": "application/json"})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise OSError(f"{url}: {type(error).__name__}") from error
    if answer.status_code != 200 or len(answer.content) > 100_000:
        raise OSError(f"{url}: status {answer.status_code}, {len(answer.content)} bytes")
    return answer.content


class Authority:
    """One authorization server for one FHIR base.

    `faults` are those of the whole server and may be changed at any time, like `slow_seconds` and `consent` (whether
    every person is asked which scopes to grant).
    """

    def __init__(
        self,
        origin: str,
        base: str,
        *,
        clients: Iterable[Client] = (),
        faults: Iterable[Fault] = (),
        consent: bool = False,
        token_life: timedelta = TOKEN_LIFE,
        slow_seconds: float = 3.0,
        now: Callable[[], datetime] = clock.now,
        fetch: Fetch = fetch_over_http,
    ) -> None:
        self.origin, self.base = origin, base
        self.clients: dict[str, Client] = {}
        self.faults = set(faults)
        self.consent = consent
        self.token_life = token_life
        self.slow_seconds = slow_seconds
        self.now = now
        self.fetch = fetch
        self.memory = Memory(now)
        self.identity = Identity(base)
        for client in clients:
            self.register(client)

    def register(self, client: Client) -> None:
        """Know the client from now on, in place of one with the same id."""
        self.clients[client.id] = client

    def faults_of(self, grant: Grant | None) -> frozenset[Fault]:
        """What goes wrong for this grant: its launch's faults and the server's."""
        own = grant.context.faults if grant and grant.context else frozenset()
        return own | self.faults

    async def slow_down(self) -> None:
        """Take the time that a slow server takes."""
        await asyncio.sleep(self.slow_seconds)

    def at(self, path: str) -> str:
        """An address of this server."""
        return f"{self.origin}{path}"

    @property
    def authorize_url(self) -> str:
        """The authorization endpoint."""
        return self.at("/auth/authorize")

    @property
    def token_url(self) -> str:
        """The token endpoint: what an assertion names as its aud."""
        return self.at("/auth/token")
