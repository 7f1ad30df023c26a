"""Every check of Inferno's SMART client suite, by a server that shares no code with the client.

Each check is shown twice: the client's own launch passes it, and the same launch with that one thing changed on its
way is refused by exactly that check, so that no check passes because it looks at nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from joserfc import jwk

from smart_launch import LaunchClient, PrivateKey, SiteError, SiteList, SmartError
from tests.smart.driving import PROOFS, SITE, App, MemoryStore, ring, run
from tests.smart.strict_server import BASE, LAUNCH, Fields, Refused, StrictServer

Tamper = Callable[[Fields], None]


def put(name: str, value: object) -> Tamper:
    return lambda fields: fields.update({name: value})


def drop(name: str) -> Tamper:
    return lambda fields: fields.update({name: ""})


def flip_last(name: str) -> Tamper:
    def flip(fields: Fields) -> None:
        text = fields[name]
        fields[name] = text[:-10] + ("A" if text[-10] != "A" else "B") + text[-9:]

    return flip


# check -> kind of client, what is changed on its way, how
CHECKS: dict[str, tuple[str, str, Tamper]] = {
    "response-type": ("public", "authorize", put("response_type", "token")),
    "client-id": ("public", "authorize", put("client_id", "another")),
    "redirect-uri": ("public", "authorize", put("redirect_uri", "https://app.example/callback/")),
    "launch": ("public", "authorize", put("launch", "another handle")),
    "state": ("public", "authorize", drop("state")),
    "aud": ("public", "authorize", put("aud", BASE + "/")),
    "challenge": ("public", "authorize", drop("code_challenge")),
    "challenge-method": ("public", "authorize", put("code_challenge_method", "plain")),
    "scope": ("public", "authorize", drop("scope")),
    "standalone": ("standalone", "authorize", put("launch", LAUNCH)),
    "grant-type": ("public", "token", put("grant_type", "password")),
    "code": ("public", "token", put("code", "code-9")),
    "token-redirect-uri": ("public", "token", put("redirect_uri", "https://app.example/other")),
    "verifier": ("public", "token", put("code_verifier", "v" * 43)),
    "public-client-id": ("public", "token", drop("client_id")),
    "public-no-secret": ("public", "token", put("client_secret", "x")),
    "basic": ("basic", "headers", put("authorization", "Basic YXBwLTElM0E=")),
    "client-id-in-body-of-public-only": ("basic", "token", put("client_id", "app-1")),
    "assertion-type": ("ES384", "token", put("client_assertion_type", "jwt")),
    "kid": ("ES384", "token", lambda fields: fields.update(client_assertion="e30." + fields["client_assertion"][4:])),
    "signature": ("ES384", "token", flip_last("client_assertion")),
    "typ": ("RS384", "assertion", put("header:typ", "at+jwt")),
    "iss": ("RS384", "assertion", put("iss", "another")),
    "sub": ("ES384", "assertion", put("sub", "another")),
    "assertion-aud": ("ES384", "assertion", put("aud", ["https://auth.ehr.example/token"])),
    "exp": ("ES384", "assertion", lambda fields: fields.update(exp=fields["exp"] + 3600)),
    "jti": ("ES384", "assertion", drop("jti")),
    "backend-scope": ("backend", "token", put("scope", "")),
    "refresh-token": ("refresh", "token", put("refresh_token", "of another launch")),
    "bearer": ("public", "fhir", put("authorization", "bearer")),
}


def whole(kind: str, server: StrictServer) -> None:
    """A whole launch of one kind of client, up to the first request with the token."""

    async def going() -> None:
        if kind == "backend":
            site = replace(SITE, authentication=PrivateKey("ES384"))
            app = LaunchClient(server.client(), SiteList([site]), keys=ring, now=lambda: server.now)
            token = (await app.system_token(BASE, ["system/Patient.rs"])).access_token
        else:
            proof = kind if kind in PROOFS else "public"
            driven = App(server, proof=proof)
            tampered = server.tamper.pop("token") if kind == "refresh" and "token" in server.tamper else None
            grant = await driven.launch(None if kind == "standalone" else LAUNCH)
            if kind == "refresh":
                if tampered:
                    server.tamper["token"] = tampered
                store = MemoryStore(s1=grant)
                grant = await driven.client.fresh("s1", store, BASE, rejected=grant.access_token)
            token = grant.access_token
        answer = await server.client().get(f"{BASE}/Patient/p1", headers={"Authorization": f"Bearer {token.reveal()}"})
        assert (answer.status_code == 401) == ("bearer" in server.broken)

    run(going())


def server_of(kind: str) -> StrictServer:
    server_kind = {"RS384": "asymmetric", "ES384": "asymmetric", "basic": "basic", "backend": "backend"}.get(
        kind, "public"
    )
    return StrictServer(kind=server_kind, jwks=ring().public_jwks())


@pytest.mark.parametrize("check", CHECKS)
def test_the_clients_own_launch_passes(check: str) -> None:
    server = server_of(CHECKS[check][0])
    whole(CHECKS[check][0], server)
    assert server.broken == []
    assert check in server.held


@pytest.mark.parametrize("check", CHECKS)
def test_a_launch_with_this_changed_is_refused(check: str) -> None:
    kind, stage, tamper = CHECKS[check]
    server = server_of(kind)
    server.tamper[stage] = tamper
    if stage == "fhir":
        whole(kind, server)
    else:
        with pytest.raises((Refused, SmartError)):
            whole(kind, server)
    assert server.broken == [check]


def test_the_published_set_holds_a_valid_key_for_every_algorithm() -> None:
    published = ring().public_jwks()["keys"]
    assert isinstance(published, list)
    for key in published:
        read = (jwk.RSAKey if key["kty"] == "RSA" else jwk.ECKey).import_key(key)
        assert not read.is_private
        assert read.thumbprint() == key["kid"]


def test_a_published_set_without_the_signing_key_is_refused() -> None:
    server = server_of("ES384")
    server.jwks = {"keys": []}
    with pytest.raises(SmartError):
        whole("ES384", server)
    assert server.broken == ["kid"]


def test_the_redirect_uri_is_https_and_absolute() -> None:
    parts = urlsplit(SITE.redirect_uri)
    assert (parts.scheme, bool(parts.netloc)) == ("https", True)


@pytest.mark.parametrize("uri", ["http://app.example/callback", "/callback", "app.example/callback"])
def test_a_redirect_uri_that_is_not_https_is_refused(uri: str) -> None:
    with pytest.raises(SiteError):
        replace(SITE, redirect_uri=uri)


def test_a_backend_never_sends_a_refresh_token() -> None:
    server = server_of("backend")
    server.answer = {"refresh_token": "r-1"}
    whole("backend", server)
    assert all("refresh_token" not in form for form in server.forms())


def test_a_replayed_assertion_is_refused_by_the_server() -> None:
    server = server_of("ES384")
    whole("ES384", server)
    (form,) = server.forms()
    answer = run(server.client().post("https://auth.ehr.example/token", data=form))
    assert answer.status_code == 400
    assert server.broken == ["jti"]
