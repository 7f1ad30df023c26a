"""The client against the sandbox EHR: two implementations that share no code must understand each other.

Every kind of client completes both launches, and every named fault of the sandbox ends as it should.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from service.sandbox.authorization.clients import Client
from service.sandbox.ehr import create_ehr
from service.sandbox.faults import FOREIGN, Fault
from smart_launch import (
    AuthorizationRefused,
    BadTokenAnswer,
    Grant,
    IdTokenRefused,
    InvalidGrant,
    LaunchClient,
    Limits,
    NoRefreshToken,
    RefreshRefused,
    ServerUnreachable,
    Site,
    SiteList,
    SmartError,
    UnknownState,
    WrongServer,
    check_site,
)
from tests.smart.driving import PROOFS, MemoryStore, ring, run
from tests.smart.strict_server import CLIENT, REDIRECT, SECRET

ORIGIN = "https://ehr.example"
SCOPES = ("openid", "fhirUser", "offline_access", "patient/*.rs", "patient/Appointment.cu")
MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that goes only when told to; the EHR and the app read the same one."""

    now = MORNING

    def __call__(self) -> datetime:
        return self.now


class Clinic:
    """The sandbox with one patient, and an app registered there with one kind of proof."""

    def __init__(self, proof: str = "public", faults: Iterable[Fault] = (), backend: bool = False) -> None:
        self.clock = Clock()
        keys = None if proof in ("public", "basic") else ring().public_jwks()
        client = Client(
            CLIENT,
            redirect_uris=() if backend else (REDIRECT,),
            secret=SECRET if proof == "basic" else None,
            jwks=keys,
            backend=backend,
        )
        self.ehr = create_ehr(ORIGIN, clients=[client], slow_seconds=0.3, now=self.clock)
        self.ehr.store.add("Patient", "ann", {"resourceType": "Patient", "id": "ann"}, MORNING)
        self.ehr.faults.update(fault for fault in faults if fault.for_whole_server)
        self.faults = tuple(fault for fault in faults if not fault.for_whole_server)
        self.asked: list[str] = []
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self.site = Site(self.ehr.base, CLIENT, PROOFS[proof], REDIRECT, () if backend else SCOPES)
        self.app = LaunchClient(
            self.http, SiteList([self.site]), keys=ring, now=self.clock, limits=Limits(seconds=0.15 if faults else 10)
        )

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.host)
        return await httpx.ASGITransport(self.ehr.app).handle_async_request(request)

    async def launch(self, *, from_ehr: bool = True) -> Grant:
        """A whole launch, with a browser that carries the parameters."""
        context = self.ehr.context("ann", faults=self.faults)
        handle = self.ehr.authority.memory.begin_launch(CLIENT, context) if from_ehr else None
        pending, request = await self.app.start(self.ehr.base, handle)
        browser = httpx.AsyncClient(transport=httpx.ASGITransport(self.ehr.app))
        answer = await browser.request(request.method, request.url, data=dict(request.fields) or None)
        if not answer.is_redirect:  # the patient picker of a standalone launch
            answer = await self._choose(browser, answer)
        query = parse_qsl(urlsplit(answer.headers["location"]).query)
        return await self.app.finish(query, pending, browser=pending.browser.reveal(), path="/callback")

    async def _choose(self, browser: httpx.AsyncClient, page: httpx.Response) -> httpx.Response:
        asked = page.text.partition('name="request" value="')[2].partition('"')[0]
        form = {"request": asked, "decision": "allow", "patient": "ann"}
        return await browser.post(f"{ORIGIN}/auth/decision", data=form)

    async def status(self, token: str) -> int:
        """What the FHIR server says to this token."""
        headers = {"Authorization": f"Bearer {token}"}
        return (await self.http.get(f"{self.ehr.base}/Patient/ann", headers=headers)).status_code

    async def fresh(self, store: MemoryStore, rejected: Grant | None = None) -> Grant:
        token = rejected.access_token if rejected else None
        return await self.app.fresh("s1", store, self.ehr.base, rejected=token)


@pytest.mark.parametrize("proof", PROOFS)
@pytest.mark.parametrize("from_ehr", [True, False], ids=["ehr", "standalone"])
def test_every_kind_of_client_completes_both_launches(proof: str, from_ehr: bool) -> None:
    async def whole() -> None:
        clinic = Clinic(proof)
        grant = await clinic.launch(from_ehr=from_ehr)
        assert grant.context.patient == "ann"
        assert grant.granted.missing(SCOPES) == ()
        assert grant.identity is not None
        assert grant.identity.user == "Practitioner/sandbox-clinician"
        assert await clinic.status(grant.access_token.reveal()) == 200
        store = MemoryStore(s1=grant)
        clinic.clock.now += timedelta(hours=1)
        assert await clinic.status(grant.access_token.reveal()) == 401
        renewed = await asyncio.gather(*(clinic.fresh(store) for _ in range(20)))
        token = renewed[0].access_token.reveal()
        assert {one.access_token.reveal() for one in renewed} == {token}
        assert await clinic.status(token) == 200
        assert (await clinic.app.introspect(renewed[0])).active
        assert await clinic.app.log_out(renewed[0])
        assert await clinic.status(token) == 401

    run(whole())


@pytest.mark.parametrize("alg", ["RS384", "ES384"])
def test_a_backend_gets_a_system_token(alg: str) -> None:
    async def nightly() -> None:
        clinic = Clinic(alg, backend=True)
        token = await clinic.app.system_token(clinic.ehr.base, ["system/Patient.rs"])
        assert await clinic.status(token.access_token.reveal()) == 200

    run(nightly())


@pytest.mark.parametrize("proof", PROOFS)
def test_the_sandbox_is_a_site_without_fault_or_doubt(proof: str) -> None:
    async def look() -> None:
        clinic = Clinic(proof)
        found = await check_site(clinic.http, clinic.site, clinic.app.sites, keys=ring(), now=MORNING)
        assert [one for one in found if one.grade != "ok"] == []

    run(look())


REFUSED: dict[Fault, type[SmartError]] = {
    Fault.ACCESS_DENIED: AuthorizationRefused,
    Fault.WRONG_STATE: UnknownState,
    Fault.WRONG_ISSUER: WrongServer,
    Fault.CODE_REFUSED: InvalidGrant,
    Fault.TOKEN_PAGE: BadTokenAnswer,
    Fault.SLOW_TOKEN: ServerUnreachable,
    Fault.ID_TOKEN_EXPIRED: IdTokenRefused,
    Fault.ID_TOKEN_UNSIGNED: IdTokenRefused,
    Fault.ID_TOKEN_FORGED: IdTokenRefused,
    Fault.ID_TOKEN_WRONG_NONCE: IdTokenRefused,
    Fault.ID_TOKEN_WRONG_AUDIENCE: IdTokenRefused,
    Fault.ID_TOKEN_WRONG_ISSUER: IdTokenRefused,
    Fault.DISCOVERY_SLOW: ServerUnreachable,
}
OPENS: dict[Fault, Callable[[Grant], Any]] = {
    Fault.NO_EXPIRES_IN: lambda grant: grant.expires_at == MORNING + timedelta(minutes=5),
    Fault.LOWERCASE_BEARER: lambda grant: grant.access_token,
    Fault.NARROWER_SCOPE: lambda grant: grant.granted.missing(SCOPES) == ("patient/Appointment.cu",),
    Fault.WIDER_SCOPE: lambda grant: grant.granted.missing(SCOPES) == (),
    Fault.EMPTY_SCOPE: lambda grant: not grant.granted.allows("Patient", "r"),
    Fault.NO_PATIENT: lambda grant: grant.context.patient is None,
    Fault.UNKNOWN_MEMBERS: lambda grant: grant.context.unknown,
    Fault.NO_ID_TOKEN: lambda grant: grant.identity is None,
    Fault.NO_KID: lambda grant: grant.identity,
    Fault.NO_REFRESH_TOKEN: lambda grant: grant.refresh_token is None,
    Fault.DISCOVERY_MISSING: lambda grant: grant.context.patient == "ann",
    Fault.DISCOVERY_REDIRECT: lambda grant: grant.context.patient == "ann",
    Fault.DISCOVERY_RELATIVE: lambda grant: grant.context.patient == "ann",
    Fault.DISCOVERY_PAGE: lambda grant: grant.context.patient == "ann",
    Fault.DISCOVERY_HUGE: lambda grant: grant.context.patient == "ann",
}
LATER = {Fault.TOKEN_EXPIRED, Fault.THREE_SECONDS, Fault.EXPIRES_IN_FLIGHT, Fault.REFRESH_REFUSED}
LATER |= {Fault.REFRESH_NOT_ROTATED}
OF_FHIR = {Fault.SLOW, Fault.TOO_MANY_REQUESTS, Fault.UNAVAILABLE, Fault.HOSTILE_NEXT}  # the gateway's


def test_every_fault_is_met_here_or_by_the_gateway() -> None:
    assert set(Fault) == REFUSED.keys() | OPENS.keys() | LATER | OF_FHIR


@pytest.mark.parametrize("fault", REFUSED)
def test_a_launch_with_this_fault_does_not_open(fault: Fault) -> None:
    clinic = Clinic(faults=[fault])
    with pytest.raises(SmartError) as raised:
        run(clinic.launch())
    assert type(raised.value) is REFUSED[fault]
    assert set(clinic.asked) == {"ehr.example"}


@pytest.mark.parametrize("fault", OPENS)
def test_a_launch_with_this_fault_opens_all_the_same(fault: Fault) -> None:
    clinic = Clinic(faults=[fault])
    assert OPENS[fault](run(clinic.launch()))
    assert urlsplit(FOREIGN).hostname not in clinic.asked


@pytest.mark.parametrize("fault", [Fault.TOKEN_EXPIRED, Fault.EXPIRES_IN_FLIGHT])
def test_a_token_that_is_turned_down_is_renewed_once(fault: Fault) -> None:
    async def turned_down() -> None:
        clinic = Clinic(faults=[fault])
        grant = await clinic.launch()
        store = MemoryStore(s1=grant)
        while await clinic.status(grant.access_token.reveal()) == 200:
            pass
        renewed = await clinic.fresh(store, rejected=grant)
        assert await clinic.status(renewed.access_token.reveal()) == 200
        assert await clinic.fresh(store, rejected=grant) == renewed

    run(turned_down())


def test_a_token_of_three_seconds_is_renewed_and_not_before_it_has_to_be() -> None:
    async def short() -> None:
        clinic = Clinic(faults=[Fault.THREE_SECONDS])
        grant = await clinic.launch()
        store = MemoryStore(s1=grant)
        assert await clinic.fresh(store) == grant
        clinic.clock.now += timedelta(seconds=3)
        renewed = await clinic.fresh(store)
        assert await clinic.status(renewed.access_token.reveal()) == 200

    run(short())


def test_a_refresh_that_is_refused_asks_for_a_new_launch() -> None:
    async def refused() -> None:
        clinic = Clinic(faults=[Fault.REFRESH_REFUSED])
        grant = await clinic.launch()
        store = MemoryStore(s1=grant)
        with pytest.raises(RefreshRefused):
            await clinic.fresh(store, rejected=grant)
        with pytest.raises(NoRefreshToken):
            await clinic.fresh(store, rejected=grant)

    run(refused())


def test_a_refresh_token_that_is_not_rotated_stays_good() -> None:
    async def twice() -> None:
        clinic = Clinic(faults=[Fault.REFRESH_NOT_ROTATED])
        grant = await clinic.launch()
        store = MemoryStore(s1=grant)
        for _ in range(2):
            grant = await clinic.fresh(store, rejected=grant)
        assert await clinic.status(grant.access_token.reveal()) == 200

    run(twice())


def test_a_key_that_the_ehr_does_not_know_is_refused_there() -> None:
    clinic = Clinic("ES384")
    clinic.ehr.register(Client(CLIENT, redirect_uris=(REDIRECT,), jwks={"keys": []}))
    with pytest.raises(SmartError):
        run(clinic.launch())
