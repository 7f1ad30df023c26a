"""Discovery refuses only what cannot work, follows no redirect, and gives up on what is too large or too slow."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from smart_launch import DiscoveryFailed, Endpoints, Limits, PrivateKey, ServerUnreachable
from smart_launch.discovery import Discovery, read_capability_statement, read_smart_configuration
from tests.smart.driving import PROOFS, SITE, run
from tests.smart.strict_server import AUTH, NOON, StrictServer

WELL_KNOWN = "/fhir/.well-known/smart-configuration"
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


class Once(httpx.AsyncByteStream):
    """A body that arrives in one piece, as it is."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def __aiter__(self):  # type: ignore[no-untyped-def]
        yield self.body


def discovered(server: StrictServer, limits: Limits | None = None) -> Endpoints:
    return run(Discovery(server.client(), limits=limits).endpoints(SITE, NOON))


def statement(**uris: str) -> dict[str, object]:
    parts = [{"url": name, "valueUri": value} for name, value in uris.items()]
    security = {"extension": [{"url": OAUTH_URIS, "extension": parts}]}
    return {"resourceType": "CapabilityStatement", "rest": [{"mode": "server", "security": security}]}


def test_the_smart_configuration_is_asked_first_as_json() -> None:
    server = StrictServer()
    endpoints = discovered(server)
    assert (endpoints.token, endpoints.authorization) == (f"{AUTH}/token", f"{AUTH}/authorize")
    assert endpoints.source == "smart-configuration"
    assert [request.headers["accept"] for request in server.requests] == ["application/json"]


def test_relative_endpoints_are_resolved_against_the_fhir_base() -> None:
    endpoints = discovered(StrictServer(configuration={"token_endpoint": "auth/token", "jwks_uri": "/keys"}))
    assert endpoints.token == "https://ehr.example/fhir/auth/token"
    assert endpoints.jwks == "https://ehr.example/keys"


def test_a_site_without_a_smart_configuration_is_found_in_its_capability_statement() -> None:
    server = StrictServer()
    server.replies[WELL_KNOWN] = [httpx.Response(404)]
    server.replies["/fhir/metadata"] = [httpx.Response(200, json=statement(token=f"{AUTH}/t", authorize=f"{AUTH}/a"))]
    endpoints = discovered(server)
    assert (endpoints.token, endpoints.authorization) == (f"{AUTH}/t", f"{AUTH}/a")
    assert endpoints.source == "CapabilityStatement"
    assert "no usable smart-configuration" in endpoints.warnings[0]


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{", b"", b'{"token_endpoint": 7}', b"{}"])
def test_a_site_that_names_no_token_endpoint_anywhere_is_refused(body: bytes) -> None:
    server = StrictServer()
    server.replies[WELL_KNOWN] = [httpx.Response(200, content=body)]
    with pytest.raises(DiscoveryFailed, match="does not say how to launch"):
        discovered(server)


@pytest.mark.parametrize(
    "token",
    ["http://auth.ehr.example/token", "https://127.0.0.1/token", "https://169.254.169.254/token", "https://x@y/"],
)
def test_a_token_endpoint_that_may_not_be_asked_is_refused(token: str) -> None:
    with pytest.raises(DiscoveryFailed):
        discovered(StrictServer(configuration={"token_endpoint": token}))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    server = StrictServer()
    away = {"location": "http://169.254.169.254/latest/meta-data"}
    server.replies[WELL_KNOWN] = [httpx.Response(status, headers=away)]
    server.replies["/fhir/metadata"] = [httpx.Response(status, headers=away)]
    with pytest.raises(DiscoveryFailed, match="redirect, which is not followed"):
        discovered(server)
    assert {request.url.host for request in server.requests} == {"ehr.example"}


def test_a_redirect_is_not_followed_by_a_client_that_follows_them_elsewhere() -> None:
    server = StrictServer()
    server.replies[WELL_KNOWN] = [httpx.Response(302, headers={"location": "https://evil.example/"})]
    http = httpx.AsyncClient(transport=httpx.MockTransport(server.handle), follow_redirects=True)
    with pytest.raises(DiscoveryFailed):
        run(Discovery(http).endpoints(SITE, NOON))


def test_an_answer_that_is_too_large_is_given_up() -> None:
    read = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self):  # type: ignore[no-untyped-def]
            nonlocal read
            while True:
                read += 10_000
                yield b"x" * 10_000

    server = StrictServer()
    server.replies[WELL_KNOWN] = [httpx.Response(200, stream=Endless())]
    with pytest.raises(DiscoveryFailed, match="larger than it can be"):
        discovered(server, Limits(max_bytes=50_000))
    assert read <= 70_000


def test_a_small_answer_that_unpacks_to_a_huge_one_is_given_up() -> None:
    server = StrictServer()
    packed = gzip.compress(b" " * 50_000_000)
    assert len(packed) < 60_000
    server.replies[WELL_KNOWN] = [httpx.Response(200, stream=Once(packed), headers={"content-encoding": "gzip"})]
    tracemalloc.start()
    with pytest.raises(DiscoveryFailed, match="larger than it can be"):
        discovered(server)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 5_000_000


def test_an_answer_that_is_packed_is_read() -> None:
    server = StrictServer()
    packed = gzip.compress(json.dumps(server.smart_configuration()).encode())
    server.replies[WELL_KNOWN] = [httpx.Response(200, stream=Once(packed), headers={"content-encoding": "gzip"})]
    assert discovered(server).source == "smart-configuration"


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, gzip"])
def test_an_answer_that_cannot_be_unpacked_is_refused(encoding: str) -> None:
    server = StrictServer()
    server.replies[WELL_KNOWN] = [httpx.Response(200, stream=Once(b"{}"), headers={"content-encoding": encoding})]
    with pytest.raises(DiscoveryFailed, match="packed"):
        discovered(server)


def test_an_answer_that_takes_too_long_is_given_up() -> None:
    class Slow(httpx.AsyncByteStream):
        async def __aiter__(self):  # type: ignore[no-untyped-def]
            for _ in range(50):
                yield b" "
                await asyncio.sleep(0.01)

    server = StrictServer()
    server.replies[WELL_KNOWN] = [httpx.Response(200, stream=Slow())]
    with pytest.raises(ServerUnreachable, match="did not answer in time"):
        discovered(server, Limits(seconds=0.05))


def test_a_site_that_cannot_be_reached_is_asked_once() -> None:
    server = StrictServer()
    server.replies[WELL_KNOWN] = [httpx.ConnectError("no route")]
    with pytest.raises(ServerUnreachable, match="cannot be reached"):
        discovered(server)
    assert len(server.requests) == 1


def test_a_site_is_asked_once_an_hour_however_many_launch() -> None:
    server = StrictServer()

    async def many() -> None:
        discovery = Discovery(server.client())
        await asyncio.gather(*(discovery.endpoints(SITE, NOON) for _ in range(20)))
        await discovery.endpoints(SITE, NOON + timedelta(minutes=59))
        assert len(server.requests) == 1
        await discovery.endpoints(SITE, NOON + timedelta(minutes=60))
        assert len(server.requests) == 2

    run(many())


def test_a_failure_is_not_remembered() -> None:
    server = StrictServer()
    server.replies[WELL_KNOWN] = [httpx.ConnectError("no route")]

    async def twice() -> None:
        discovery = Discovery(server.client())
        with pytest.raises(ServerUnreachable):
            await discovery.endpoints(SITE, NOON)
        assert (await discovery.endpoints(SITE, NOON)).token
        discovery.forget(SITE)
        await discovery.endpoints(SITE, NOON)

    run(twice())
    assert len(server.requests) == 3


def test_what_may_work_all_the_same_is_a_warning() -> None:
    found = StrictServer(
        configuration={
            "authorization_endpoint": None,
            "revocation_endpoint": "http://ehr.example/revoke",
            "code_challenge_methods_supported": ["plain"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS512"],
            "jwks_uri": None,
        }
    ).smart_configuration()
    endpoints = read_smart_configuration(replace(SITE, authentication=PrivateKey("ES384")), found)
    assert endpoints.revocation is None
    told = " ".join(endpoints.warnings)
    for word in ("authorization endpoint", "revocation_endpoint", "S256", "private_key_jwt", "ES384", "jwks_uri"):
        assert word in told


@pytest.mark.parametrize("proof", PROOFS)
def test_a_site_that_lists_everything_gives_no_warning(proof: str) -> None:
    site = replace(SITE, authentication=PROOFS[proof])
    assert read_smart_configuration(site, StrictServer().smart_configuration()).warnings == ()


def test_odd_members_are_left_out() -> None:
    found = {"token_endpoint": f"{AUTH}/t", "capabilities": [7, "launch-ehr", None], "scopes_supported": {"a": 1}}
    endpoints = read_smart_configuration(SITE, found)
    assert endpoints.capabilities == {"launch-ehr"}
    assert endpoints.scopes_supported == ()


def test_a_capability_statement_without_oauth_uris_is_refused() -> None:
    with pytest.raises(DiscoveryFailed, match="no token endpoint"):
        read_capability_statement(SITE, {"rest": [{"security": {"extension": [{"url": "x"}]}}, {"security": []}]})
