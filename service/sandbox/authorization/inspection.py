"""Introspection (RFC 7662) and revocation (RFC 7009): a client sees and ends its own tokens, nobody else's."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from service.sandbox.authorization.authority import Authority
from service.sandbox.authorization.client_authentication import authenticate
from service.sandbox.authorization.errors import NO_STORE, OAuthError
from service.sandbox.authorization.forms import read_form, required
from service.sandbox.authorization.grants import Grant


class Inspection:
    """Answers POST /auth/introspect and POST /auth/revoke."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    async def introspect(self, request: Request) -> Response:
        """Whether the token is good, and what it is good for."""
        try:
            token, _ = await self._own_token(request)
        except OAuthError as error:
            return error.response
        return JSONResponse(self._state_of(token), headers=NO_STORE)

    async def revoke(self, request: Request) -> Response:
        """End the token and all others of its launch; a token that is not known is no error."""
        try:
            _, grant = await self._own_token(request)
        except OAuthError as error:
            return error.response
        if grant is not None:
            grant.revoked = True
        return Response(status_code=200, headers=NO_STORE)

    async def _own_token(self, request: Request) -> tuple[str, Grant | None]:
        """The token of the form, and its grant if it is the client's own; else an empty token."""
        form = await read_form(request)
        client = await authenticate(request, form, self._authority)
        token = required(form, "token")
        grant = self._authority.memory.grant_of(token)
        return (token, grant) if grant is not None and grant.client_id == client.id else ("", None)

    def _state_of(self, token: str) -> dict[str, Any]:
        memory = self._authority.memory
        access, refresh = memory.find_access_token(token), memory.find_refresh_token(token)
        grant = access.grant if access else refresh
        if grant is None:
            return {"active": False}
        ends = access.ends if access else grant.refresh_until
        told: dict[str, Any] = {
            "active": True,
            "client_id": grant.client_id,
            "scope": " ".join(access.scopes if access else grant.scopes),
            "iss": self._authority.base,
        }
        if ends is not None:
            told["exp"] = int(ends.timestamp())
        if access:
            told |= {"token_type": "Bearer", "iat": int(access.begins.timestamp())}
        if grant.context is not None:
            told["sub"] = grant.context.user.replace("/", "-").lower()
            if grant.context.patient:
                told["patient"] = grant.context.patient
            if "fhirUser" in grant.scopes:
                told["fhirUser"] = f"{self._authority.base}/{grant.context.user}"
        return told
