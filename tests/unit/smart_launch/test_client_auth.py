"""How the app proves itself: nothing, Basic, or an assertion that is new each time."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from smart_launch import KeyRing, NoSigningKey, PrivateKey, Quirks
from smart_launch.client_auth import Proof, prove
from tests.smart.driving import PROOFS, SITE, App, ring, run, server_for
from tests.smart.strict_server import AUTH, CLIENT, NOON, SECRET
from tests.unit.smart_launch.test_authorize import endpoints


def proof(kind: str, keys: KeyRing | None = None, **quirks: Any) -> Proof:
    site = replace(SITE, authentication=PROOFS[kind], quirks=Quirks(**quirks))
    return prove(site, endpoints(), keys or ring(), NOON)


def parts(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = assertion.split(".")
    return json.loads(base64.urlsafe_b64decode(header + "==")), json.loads(base64.urlsafe_b64decode(claims + "=="))


def test_a_public_client_sends_its_id_in_the_body_and_nothing_else() -> None:
    assert proof("public") == Proof(fields={"client_id": CLIENT})


def test_basic_is_the_unencoded_pair_in_base64() -> None:
    sent = proof("basic")
    assert base64.b64decode(sent.headers["Authorization"].removeprefix("Basic ")).decode() == f"{CLIENT}:{SECRET}"


@pytest.mark.parametrize("kind", ["basic", "RS384", "ES384"])
def test_only_a_public_client_sends_its_id_in_the_body(kind: str) -> None:
    assert "client_id" not in proof(kind).fields


@pytest.mark.parametrize("kind", ["RS384", "ES384"])
def test_an_assertion_says_who_asks_whom_and_until_when(kind: str) -> None:
    sent = proof(kind)
    header, claims = parts(sent.fields["client_assertion"])
    assert header == {"typ": "JWT", "alg": kind, "kid": ring().signing(kind).kid}  # type: ignore[arg-type]
    moment = int(NOON.timestamp())
    assert (claims["iss"], claims["sub"], claims["aud"]) == (CLIENT, CLIENT, f"{AUTH}/token")
    assert moment < claims["exp"] <= moment + 300
    assert claims["iat"] == moment
    assert not sent.headers


def test_an_assertion_is_never_sent_twice() -> None:
    ids = {parts(proof("ES384").fields["client_assertion"])[1]["jti"] for _ in range(100)}
    assert len(ids) == 100
    assert min(map(len, ids)) >= 16


def test_every_request_of_a_launch_is_signed_anew() -> None:
    async def refresh_too() -> None:
        app = App(server_for("ES384"), proof="ES384")
        grant = await app.launch()
        await app.client.introspect(grant)
        await app.client.log_out(grant)
        assert app.server.broken == []
        assert len(app.server.seen) == 4

    run(refresh_too())


def test_where_the_public_key_stands_is_said_if_registered() -> None:
    how = PrivateKey("ES384", jku="https://app.example/.well-known/jwks.json")
    sent = prove(replace(SITE, authentication=how), endpoints(), ring(), NOON)
    assert parts(sent.fields["client_assertion"])[0]["jku"] == how.jku


def test_a_site_may_want_another_audience() -> None:
    sent = proof("ES384", assertion_audience="https://ehr.example/oauth2")
    assert parts(sent.fields["client_assertion"])[1]["aud"] == "https://ehr.example/oauth2"


def test_without_an_active_key_nothing_is_sent() -> None:
    with pytest.raises(NoSigningKey, match="ES384"):
        proof("ES384", KeyRing())


def test_the_proof_shows_nothing_when_it_is_printed() -> None:
    for kind in PROOFS:
        shown = repr(proof(kind))
        assert SECRET not in shown
        assert shown == "Proof()"
