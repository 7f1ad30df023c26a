"""The client against a SMART launcher that others wrote: every kind of client, both launches, refresh, faults."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from smart_launch import (
    AuthorizationRefused,
    Grant,
    Hidden,
    InvalidClient,
    KeyRing,
    LaunchClient,
    Quirks,
    RefreshRefused,
    Secret,
    Site,
    SiteList,
    SmartError,
    TokenRefused,
    check_site,
)
from tests.smart import outside
from tests.smart.driving import PROOFS, SCOPES, MemoryStore, ring, run
from tests.smart.strict_server import CLIENT, SECRET

pytestmark = pytest.mark.launcher
REDIRECT = "https://app.example/callback"


class Outside:
    """An app registered at the launcher for one simulated launch."""

    def __init__(self, launch: str, proof: str, http: httpx.AsyncClient, fault: str = "", keys: KeyRing | None = None):
        self.http = http
        self.ahead = timedelta(0)
        jwks = "" if proof in ("public", "basic") else httpx.Response(200, json=(keys or ring()).public_jwks()).text
        secret = SECRET.replace(":", "-")  # the launcher cuts a secret at its colon
        sent = secret if proof == "basic" else ""
        options = outside.simulation(launch, proof, client_id=CLIENT, secret=sent, jwks=jwks, fault=fault)
        self.handle = options if launch == "ehr" else None
        self.base = f"{outside.address()}/v/r4{'' if launch == 'ehr' else '/sim/' + options}/fhir"
        authentication = Secret(Hidden(secret)) if proof == "basic" else PROOFS[proof]
        self.site = Site(
            issuer=self.base,
            client_id=CLIENT,
            authentication=authentication,
            redirect_uri=REDIRECT,
            scopes=() if launch == "backend" else SCOPES,
            quirks=Quirks(introspect_with_bearer=True),
            allow_loopback=self.base.startswith("http://"),
        )
        self.client = LaunchClient(http, SiteList([self.site]), keys=ring, now=self.now)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def launch(self) -> Grant:
        pending, request = await self.client.start(self.base, self.handle)
        query = outside.sign_in(request, REDIRECT)
        return await self.client.finish(query, pending, browser=pending.browser.reveal(), path="/callback")

    async def ask(self, token: Hidden) -> int:
        """The status of a FHIR request with this token."""
        answer = await self.http.get(
            f"{self.base}/Patient/pat-1", headers={"Authorization": f"Bearer {token.reveal()}"}, timeout=20
        )
        return answer.status_code


@pytest.mark.parametrize("proof", PROOFS)
@pytest.mark.parametrize("launch", ["ehr", "standalone"])
def test_a_launch_completes_and_its_token_is_taken(launch: str, proof: str) -> None:
    async def whole() -> None:
        async with httpx.AsyncClient() as http:
            app = Outside(launch, proof, http)
            grant = await app.launch()
            assert grant.context.patient == "pat-1"
            assert grant.granted.allows("Observation", "s")
            assert grant.identity is not None
            assert grant.identity.user == "Practitioner/prac-1"
            assert await app.ask(grant.access_token) != 401

    run(whole())


@pytest.mark.parametrize("proof", PROOFS)
@pytest.mark.parametrize("launch", ["ehr", "standalone"])
def test_a_token_that_ended_is_refreshed_once_for_all_who_wait(launch: str, proof: str) -> None:
    async def wait_and_refresh() -> None:
        async with httpx.AsyncClient() as http:
            app = Outside(launch, proof, http)
            grant = await app.launch()
            lives = (grant.expires_at - grant.received_at).total_seconds()
            if lives <= 10:  # started with ACCESS_TOKEN_LIFETIME=0.05: wait until the server itself refuses the token
                await asyncio.sleep(lives + 1.5)
                assert await app.ask(grant.access_token) == 401
            else:
                app.ahead = timedelta(seconds=lives)
            store = MemoryStore(s1=grant)
            renewed = await asyncio.gather(*(app.client.fresh("s1", store, app.base) for _ in range(20)))
            assert len({one.access_token.reveal() for one in renewed}) == 1
            assert not renewed[0].access_token.matches(grant.access_token.reveal())
            assert renewed[0].context.patient == "pat-1"
            assert await app.ask(renewed[0].access_token) != 401

    run(wait_and_refresh())


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("auth_invalid_client_id", AuthorizationRefused),
        ("auth_invalid_redirect_uri", SmartError),
        ("auth_invalid_scope", AuthorizationRefused),
        ("auth_invalid_client_secret", InvalidClient),
        ("token_invalid_token", InvalidClient),
    ],
)
def test_a_simulated_fault_is_told_as_what_it_is(fault: str, kind: type[SmartError]) -> None:
    async def faulty() -> None:
        async with httpx.AsyncClient() as http:
            with pytest.raises(kind):
                await Outside("ehr", "basic", http, fault).launch()

    run(faulty())


def test_a_refresh_token_that_expired_asks_for_a_new_launch() -> None:
    async def expired() -> None:
        async with httpx.AsyncClient() as http:
            app = Outside("ehr", "public", http, "token_expired_refresh_token")
            grant = await app.launch()
            with pytest.raises(RefreshRefused):
                await app.client.fresh("s1", MemoryStore(s1=grant), app.base, rejected=grant.access_token)

    run(expired())


def test_an_assertion_of_an_unknown_key_is_refused_there() -> None:
    async def unknown() -> None:
        async with httpx.AsyncClient() as http:
            others, _ = KeyRing().with_new("ES384", datetime.now(UTC))
            with pytest.raises(TokenRefused):
                await Outside("ehr", "ES384", http, keys=others).launch()

    run(unknown())


@pytest.mark.parametrize("alg", ["RS384", "ES384"])
def test_a_backend_gets_a_system_token(alg: str) -> None:
    async def nightly() -> None:
        async with httpx.AsyncClient() as http:
            app = Outside("backend", alg, http)
            token = await app.client.system_token(app.base, ["system/Patient.rs"])
            assert token.granted.allows("Patient", "s", level="system")
            assert await app.ask(token.access_token) != 401

    run(nightly())


def test_the_launcher_is_a_site_without_fault() -> None:
    async def look() -> None:
        async with httpx.AsyncClient() as http:
            app = Outside("ehr", "public", http)
            found = await check_site(http, app.site, SiteList([app.site]), keys=ring(), now=app.now())
            assert [one for one in found if one.grade == "fault"] == []

    run(look())


def test_what_a_token_counts_for_is_told() -> None:
    async def told() -> None:
        async with httpx.AsyncClient() as http:
            app = Outside("ehr", "public", http)
            grant = await app.launch()
            answer = await app.client.introspect(grant)
            assert answer.active
            assert answer.patient == "pat-1"

    run(told())
