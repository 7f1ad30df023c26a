"""`check_site` tells what is wrong with a site before anybody launches from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx

from smart_launch import KeyRing, PrivateKey, Site, SiteFinding, SiteList, check_site
from tests.smart.driving import SITE, ring, run
from tests.smart.strict_server import NOON, StrictServer

FINE = [
    "launch-ehr",
    "launch-standalone",
    "context-ehr-patient",
    "sso-openid-connect",
    "permission-offline",
    "permission-v2",
]


def findings(
    server: StrictServer, site: Site = SITE, others: tuple[Site, ...] = (), keys: KeyRing | None = None
) -> tuple[SiteFinding, ...]:
    sites = SiteList([site, *others])
    return run(check_site(server.client(), site, sites, keys=keys or ring(), now=NOON))


def faults(server: StrictServer, site: Site = SITE, **more: Any) -> str:
    return " ".join(one.sentence for one in findings(server, site, **more) if one.grade == "fault")


def doubts(server: StrictServer, site: Site = SITE, **more: Any) -> str:
    return " ".join(one.sentence for one in findings(server, site, **more) if one.grade == "doubt")


def test_a_site_without_fault_says_what_was_looked_at() -> None:
    found = findings(StrictServer(capabilities=FINE), replace(SITE, authentication=PrivateKey("ES384")))
    assert {one.grade for one in found} == {"ok"}
    assert {one.subject for one in found} == {"discovery", "scopes", "keys", "our key"}


def test_a_site_that_cannot_be_reached_is_a_fault() -> None:
    server = StrictServer()
    server.replies["/fhir/.well-known/smart-configuration"] = [httpx.ConnectError("gone")]
    assert "cannot be reached" in faults(server)


def test_a_site_without_a_token_endpoint_is_a_fault() -> None:
    assert "does not say how to launch" in faults(StrictServer(configuration={"token_endpoint": None}))


def test_a_site_where_nobody_can_sign_in_is_a_fault() -> None:
    assert "nobody can launch" in faults(StrictServer(configuration={"authorization_endpoint": None}))


def test_missing_capabilities_are_doubts() -> None:
    told = doubts(StrictServer(capabilities=["launch-standalone"]))
    for name in ("launch-ehr", "context-ehr-patient", "sso-openid-connect", "permission-offline"):
        assert name in told
    assert "declares no capabilities" in doubts(StrictServer(capabilities=[]))


def test_pkce_methods_and_algorithms_that_are_not_listed_are_doubts() -> None:
    server = StrictServer(
        capabilities=FINE,
        configuration={
            "code_challenge_methods_supported": None,
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS384"],
        },
    )
    told = doubts(server, replace(SITE, authentication=PrivateKey("ES384")))
    for word in ("S256", "private_key_jwt", "ES384"):
        assert word in told


def test_scopes_that_the_site_does_not_list_are_doubts() -> None:
    server = StrictServer(capabilities=FINE, configuration={"scopes_supported": ["openid", "launch", "patient/*.rs"]})
    assert "does not list fhirUser, offline_access" in doubts(server)


def test_keys_that_cannot_be_used_are_a_fault() -> None:
    server = StrictServer(capabilities=FINE)
    server.replies["/keys"] = [httpx.Response(200, json={"keys": []})] * 20
    assert "publishes no key" in faults(server)
    server.replies["/keys"] = [httpx.Response(404)]
    assert "cannot be read" in faults(server)


def test_a_missing_key_of_ours_is_a_fault() -> None:
    site = replace(SITE, authentication=PrivateKey("RS384"))
    assert "no active key for RS384" in faults(StrictServer(), site, keys=KeyRing())


def test_a_shared_redirect_uri_without_rfc_9207_is_a_fault() -> None:
    other = replace(SITE, issuer="https://other.example/fhir")
    assert "redirect URI of its own" in faults(StrictServer(), others=(other,))


def test_a_site_for_development_says_so() -> None:
    assert "for development only" in doubts(StrictServer(), replace(SITE, allow_loopback=True))
