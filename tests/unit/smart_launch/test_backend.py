"""Backend Services: a token for the app itself, with system scopes and a signed assertion."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from smart_launch import Access, KeyRing, LaunchClient, PrivateKey, Public, SiteError, SiteList, SystemToken
from tests.smart.driving import SITE, ring, run
from tests.smart.strict_server import BASE, NOON, StrictServer

BACKEND = replace(SITE, authentication=PrivateKey("ES384"), scopes=())
WANTED = (Access("Patient", "rs", level="system"),)


class Nightly:
    """An app that runs without a person."""

    def __init__(self, authentication: Public | PrivateKey = BACKEND.authentication) -> None:  # type: ignore[assignment]
        self.server = StrictServer(kind="backend", jwks=ring().public_jwks())
        site = replace(BACKEND, authentication=authentication)
        self.client = LaunchClient(self.server.client(), SiteList([site]), keys=ring, now=lambda: self.server.now)

    async def token(self, *wanted: Access | str) -> SystemToken:
        return await self.client.system_token(BASE, wanted or WANTED)


def test_a_system_token_is_given_for_system_scopes() -> None:
    for alg in ("RS384", "ES384"):
        nightly = Nightly(PrivateKey(alg))  # type: ignore[arg-type]
        token = run(nightly.token())
        assert token.granted.allows("Patient", "s", level="system")
        assert nightly.server.broken == []
        (form,) = nightly.server.forms()
        assert form["grant_type"] == "client_credentials"
        assert form["scope"] == "system/Patient.rs"


def test_a_token_is_used_until_shortly_before_it_ends() -> None:
    nightly = Nightly()

    async def night() -> None:
        await asyncio.gather(*(nightly.token() for _ in range(20)))
        nightly.server.now = NOON + timedelta(minutes=59)
        await nightly.token()
        assert len(nightly.server.asked("/token")) == 1
        nightly.server.now = NOON + timedelta(minutes=59, seconds=30)
        await nightly.token()
        assert len(nightly.server.asked("/token")) == 2

    run(night())


def test_a_rejected_token_is_asked_for_anew_once() -> None:
    nightly = Nightly()

    async def night() -> None:
        old = (await nightly.token()).access_token
        both = await asyncio.gather(*(nightly.client.system_token(BASE, WANTED, rejected=old) for _ in range(5)))
        assert {token.access_token.reveal() for token in both} == {"access-2"}

    run(night())


def test_only_a_private_key_opens_backend_access() -> None:
    with pytest.raises(SiteError, match="private key"):
        run(Nightly(Public()).token())


@pytest.mark.parametrize("scope", ["patient/Patient.rs", "launch", "openid"])
def test_scopes_of_a_person_are_not_asked_for(scope: str) -> None:
    with pytest.raises(SiteError, match="system scopes only"):
        run(Nightly().token(scope))


def test_a_refresh_token_of_a_backend_answer_is_ignored() -> None:
    nightly = Nightly()
    nightly.server.answer = {"refresh_token": "r"}
    assert not hasattr(run(nightly.token()), "refresh_token")


def test_the_key_ring_is_read_at_each_request() -> None:
    rings = [KeyRing(), ring()]
    server = StrictServer(kind="backend", jwks=ring().public_jwks())
    client = LaunchClient(server.client(), SiteList([BACKEND]), keys=lambda: rings.pop(), now=lambda: NOON)
    assert run(client.system_token(BASE, WANTED)).access_token
