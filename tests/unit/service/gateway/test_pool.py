"""Connections that outlive a request: shared, without cookies, and with the server's statement read once."""

from __future__ import annotations

import asyncio

import httpx

from service.config import Settings
from service.gateway import Servers, parse_base

BASE = parse_base("https://ehr.example/fhir")
STATEMENT = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [{"mode": "server"}]}


class Server(httpx.AsyncBaseTransport):
    """Answers everything, sets a cookie each time, and remembers what came."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        content = STATEMENT if request.url.path.endswith("/metadata") else {"resourceType": "Patient", "id": "1"}
        headers = {"set-cookie": "session=somebody; Path=/; Secure", "content-type": "application/fhir+json"}
        return httpx.Response(200, stream=httpx.ByteStream(httpx.Response(200, json=content).content), headers=headers)


class Token:
    def __init__(self, token: str) -> None:
        self.token = token

    async def current(self) -> str:
        return self.token

    async def instead_of(self, rejected: str) -> str:
        raise AssertionError(rejected)


def two_people(server: Server) -> Servers:
    servers = Servers(transport=server)

    async def ask() -> None:
        for name in ("one", "two"):
            async with servers.gateway(BASE, Settings(), Token(name)) as gateway:
                await gateway.capabilities()
                await gateway.read("Patient", "1")
        await servers.close()

    asyncio.run(ask())
    return servers


def test_what_the_server_declares_is_read_once_for_all():
    server = Server()
    two_people(server)
    assert [request.url.path for request in server.asked].count("/fhir/metadata") == 1


def test_everybody_comes_with_their_own_token_and_with_no_cookie():
    server = Server()
    two_people(server)
    reads = [request for request in server.asked if request.url.path.endswith("/Patient/1")]
    assert [request.headers["authorization"] for request in reads] == ["Bearer one", "Bearer two"]
    assert not [request for request in server.asked if "cookie" in request.headers]


def test_a_statement_that_cannot_be_read_is_asked_for_again(monkeypatch):
    monkeypatch.setitem(STATEMENT, "resourceType", "Nothing")
    server = Server()
    two_people(server)
    assert [request.url.path for request in server.asked].count("/fhir/metadata") == 2
