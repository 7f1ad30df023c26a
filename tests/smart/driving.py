"""Drives a LaunchClient through whole launches at the strict server, as the app and a browser would."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar

from smart_launch import (
    Authentication,
    AuthorizationRequest,
    Grant,
    Hidden,
    KeyRing,
    LaunchClient,
    PendingLaunch,
    PrivateKey,
    Public,
    Secret,
    Site,
    SiteList,
)
from tests.smart.strict_server import BASE, CLIENT, LAUNCH, NOON, REDIRECT, SECRET, StrictServer

T = TypeVar("T")

SCOPES = ("openid", "fhirUser", "offline_access", "patient/Observation.rs")


@functools.cache
def ring() -> KeyRing:
    """The app's keys: one for each algorithm, made once for all tests."""
    rsa, _ = KeyRing().with_new("RS384", NOON)
    return rsa.with_new("ES384", NOON)[0]


PROOFS: dict[str, Authentication] = {
    "public": Public(),
    "basic": Secret(Hidden(SECRET)),
    "RS384": PrivateKey("RS384"),
    "ES384": PrivateKey("ES384"),
}
SITE = Site(issuer=BASE, client_id=CLIENT, authentication=Public(), redirect_uri=REDIRECT, scopes=SCOPES)


def server_for(proof: str, **more: Any) -> StrictServer:
    """The strict server that expects a client with this proof."""
    kind = proof if proof in ("public", "basic") else "asymmetric"
    return StrictServer(kind=kind, jwks=ring().public_jwks(), **more)


class App:
    """An app with one site, as its /launch and /callback would use the library."""

    def __init__(self, server: StrictServer, site: Site = SITE, proof: str = "public") -> None:
        self.server = server
        self.site = replace(site, authentication=PROOFS[proof])
        self.http = server.client()
        self.client = LaunchClient(self.http, SiteList([self.site]), keys=ring, now=lambda: server.now)

    async def start(self, launch: str | None = LAUNCH) -> tuple[PendingLaunch, AuthorizationRequest]:
        """What /launch does."""
        return await self.client.start(self.site.issuer, launch)

    def sign_in(self, request: AuthorizationRequest) -> list[tuple[str, str]]:
        """What the browser does at the authorization server."""
        return self.server.sign_in(request.method, request.url, dict(request.fields))

    async def finish(self, pending: PendingLaunch, query: list[tuple[str, str]]) -> Grant:
        """What /callback does in the right browser."""
        return await self.client.finish(query, pending, browser=pending.browser.reveal(), path="/callback")

    async def launch(self, launch: str | None = LAUNCH) -> Grant:
        """A whole launch."""
        pending, request = await self.start(launch)
        return await self.finish(pending, self.sign_in(request))


class MemoryStore:
    """Grants in memory, with one lock for each, as a GrantStore must have."""

    def __init__(self, **grants: Grant) -> None:
        self.grants = grants
        self.locks: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def lock(self, key: str) -> AsyncIterator[None]:
        async with self.locks.setdefault(key, asyncio.Lock()):
            yield

    async def load(self, key: str) -> Grant | None:
        return self.grants.get(key)

    async def save(self, key: str, grant: Grant) -> None:
        await asyncio.sleep(0)
        self.grants[key] = grant


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run one test's coroutine to its end."""
    return asyncio.run(coroutine)


def launched(server: StrictServer | None = None, site: Site = SITE, proof: str = "public") -> Grant:
    """The grant of one whole EHR launch."""
    return run(App(server or server_for(proof), site, proof).launch())
