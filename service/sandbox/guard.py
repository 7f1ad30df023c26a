"""The guard before the FHIR server: nothing without a good token, and no more than its scopes permit (RFC 6750)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from service.sandbox.access import Access, granted
from service.sandbox.authorization.authority import Authority
from service.sandbox.authorization.discovery import security
from service.sandbox.authorization.grants import AccessToken
from service.sandbox.faults import FOREIGN, Fault
from service.sandbox.fhir_json import Resource, decode, encode
from service.sandbox.outcome import FhirError
from service.sandbox.wire import FHIR_JSON

_IN_FLIGHT = 2  # requests that go well before the token stops working, under the fault of this name


class TokenGuard:
    """Admits by the access tokens of one authorization server."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self.base: str | None = authority.base
        self.security: Resource | None = security(authority)

    async def admit(self, request: Request) -> Access:
        """What the token of the request permits. 401 without a good one; the faults of its launch take their course."""
        token = self._authority.memory.find_access_token(_bearer(request))
        if token is None:
            raise _unauthorized("The access token is not known, expired or revoked.")
        faults = self._authority.faults_of(token.grant)
        request.state.faults = faults
        token.served += 1
        if Fault.EXPIRES_IN_FLIGHT in faults and token.number == 1 and token.served > _IN_FLIGHT:
            raise _unauthorized("The access token was ended by the server.")
        if Fault.SLOW in faults:
            await self._authority.slow_down()
        if Fault.UNAVAILABLE in faults:
            raise FhirError(503, "The server is being maintained.")
        if Fault.TOO_MANY_REQUESTS in faults and _for_the_first_time(request, token):
            raise FhirError(429, "Too many requests; try again in a second.", wait=1)
        context = token.grant.context
        return granted(token.scopes, context.patient if context else None)

    def release(self, request: Request, response: Response) -> Response:
        """The answer as it goes out: with a hostile next link where the fault says so."""
        faults: frozenset[Fault] = request.state.faults
        if Fault.HOSTILE_NEXT not in faults or response.status_code != 200:
            return response
        content = decode(bytes(response.body))
        if content.get("type") != "searchset":
            return response
        hostile = {"relation": "next", "url": f"{FOREIGN}/fhir?u={self._authority.base}&_page=1"}
        links: list[Any] = [link for link in content["link"] if link["relation"] != "next"]
        return Response(encode({**content, "link": [*links, hostile]}), 200, media_type=f"{FHIR_JSON}; charset=utf-8")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        text = (
            "An access token is needed: Authorization: Bearer TOKEN. /.well-known/smart-configuration says where from."
        )
        raise FhirError(401, text, challenge="Bearer")
    return token


def _unauthorized(text: str) -> FhirError:
    return FhirError(401, text, code="expired", challenge=f'Bearer error="invalid_token", error_description="{text}"')


def _for_the_first_time(request: Request, token: AccessToken) -> bool:
    address = f"{request.method} {request.url.path}?{request.url.query}"
    first = address not in token.grant.asked
    token.grant.asked.add(address)
    return first
