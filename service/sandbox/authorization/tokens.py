"""The token endpoint: code, refresh token, client credentials (SMART App Launch 2.2, "Obtain access token")."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from service.sandbox.authorization.authority import BACKEND_LIFE, Authority
from service.sandbox.authorization.client_authentication import authenticate
from service.sandbox.authorization.clients import Client
from service.sandbox.authorization.errors import NO_STORE, OAuthError
from service.sandbox.authorization.forms import Parameters, read_form, required
from service.sandbox.authorization.grants import REFRESH_LIFE, Grant
from service.sandbox.authorization.scopes import ScopeError, narrow, resource_scope, split
from service.sandbox.faults import Fault

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)  # RFC 7636, 4.1


class TokenEndpoint:
    """Answers POST /auth/token."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    async def answer(self, request: Request) -> Response:
        """An access token, or an error as RFC 6749, 5.2 wants it."""
        try:
            form = await read_form(request)
            kind = required(form, "grant_type")
            client = await authenticate(request, form, self._authority)
            match kind:
                case "authorization_code":
                    return await self._for_code(form, client)
                case "refresh_token":
                    return await self._for_refresh_token(form, client)
                case "client_credentials":
                    return self._for_backend(form, client)
            raise OAuthError("unsupported_grant_type", f"{kind} is not for this endpoint")
        except OAuthError as error:
            return error.response

    async def _for_code(self, form: Parameters, client: Client) -> Response:
        if client.backend:
            raise OAuthError("unauthorized_client", "a backend service uses client_credentials")
        verifier, redirect_uri = required(form, "code_verifier"), required(form, "redirect_uri")
        asked, grant = self._authority.memory.use_code(required(form, "code"), client.id)
        if redirect_uri != asked.redirect_uri:
            raise OAuthError("invalid_grant", "redirect_uri is not the one of the authorization request")
        if not _VERIFIER.fullmatch(verifier) or not hmac.compare_digest(_challenge(verifier), asked.challenge):
            raise OAuthError("invalid_grant", "code_verifier does not belong to the code_challenge")
        faults = self._authority.faults_of(grant)
        if Fault.CODE_REFUSED in faults:
            raise OAuthError("invalid_grant", "the code is refused")
        wants_refresh = any(scope in REFRESH_LIFE for scope in grant.scopes) and Fault.NO_REFRESH_TOKEN not in faults
        refresh = self._authority.memory.new_refresh_token(grant) if wants_refresh else None
        return await self._respond(grant, grant.scopes, refresh)

    async def _for_refresh_token(self, form: Parameters, client: Client) -> Response:
        memory, token = self._authority.memory, required(form, "refresh_token")
        if client.backend:
            raise OAuthError("unauthorized_client", "a backend service has no refresh token")
        grant = memory.use_refresh_token(token, client.id)
        faults = self._authority.faults_of(grant)
        if Fault.REFRESH_REFUSED in faults:
            raise OAuthError("invalid_grant", "the refresh token is refused")
        scopes = _subset(form["scope"], grant) if "scope" in form else grant.scopes
        rotated = token if Fault.REFRESH_NOT_ROTATED in faults else memory.new_refresh_token(grant)
        return await self._respond(grant, scopes, None if rotated == token else rotated)

    def _for_backend(self, form: Parameters, client: Client) -> Response:
        if not client.backend:
            raise OAuthError("unauthorized_client", "client_credentials is for registered backend services")
        try:
            asked = split(required(form, "scope"))
            if any((scope := resource_scope(text)) is None or scope.context != "system" for text in asked):
                raise ScopeError("a backend service asks for system scopes only")
            scopes = narrow(asked, client.registered_scopes)
        except ScopeError as error:
            raise OAuthError("invalid_scope", str(error)) from None
        if not scopes:
            raise OAuthError("invalid_scope", "none of these scopes is registered for this client")
        now = self._authority.now()
        token = self._authority.memory.new_access_token(Grant(client.id, scopes, None), scopes, now, now + BACKEND_LIFE)
        return JSONResponse(_bearer(token, scopes, BACKEND_LIFE), headers=NO_STORE)

    async def _respond(self, grant: Grant, scopes: tuple[str, ...], refresh: str | None) -> Response:
        """Make one more access token, and tell the launch context with it."""
        authority, faults = self._authority, self._authority.faults_of(grant)
        if Fault.EMPTY_SCOPE in faults:
            scopes = ()
        if Fault.SLOW_TOKEN in faults:
            await authority.slow_down()
        if Fault.TOKEN_PAGE in faults:
            return HTMLResponse("<!doctype html><title>Sign in</title><p>Please sign in.", headers=NO_STORE)
        now, life = authority.now(), timedelta(seconds=3) if Fault.THREE_SECONDS in faults else authority.token_life
        lapsed = Fault.TOKEN_EXPIRED in faults and grant.issued == 0
        token = authority.memory.new_access_token(grant, scopes, now, now if lapsed else now + life)
        answer = _bearer(token, scopes, life) | _context(grant, authority.at("/smart-style.json"))
        if refresh is not None:
            answer["refresh_token"] = refresh
        if "openid" in scopes and Fault.NO_ID_TOKEN not in faults:
            answer["id_token"] = authority.identity.id_token(grant, now, faults)
        return JSONResponse(_spoilt(answer, faults), headers=NO_STORE)


def _bearer(token: str, scopes: tuple[str, ...], life: timedelta) -> dict[str, Any]:
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": int(life.total_seconds()),
        "scope": " ".join(scopes),
    }


def _context(grant: Grant, style: str) -> dict[str, Any]:
    """Tell the launch context as far as the granted scopes let the client know it."""
    context, told = grant.context, dict[str, Any]()
    assert context is not None
    if context.patient and any(scope in ("launch", "launch/patient") for scope in grant.scopes):
        told["patient"] = context.patient
        if context.encounter:
            told["encounter"] = context.encounter
    if "launch" in grant.scopes:
        told |= {"need_patient_banner": context.need_patient_banner, "smart_style_url": style}
        if context.fhir_context:
            told["fhirContext"] = list(context.fhir_context)
        if context.intent:
            told["intent"] = context.intent
    elif told:
        told["need_patient_banner"] = True  # nothing around the app shows whose chart this is
    return told


def _spoilt(answer: dict[str, Any], faults: frozenset[Fault]) -> dict[str, Any]:
    if Fault.NO_EXPIRES_IN in faults:
        del answer["expires_in"]
    if Fault.LOWERCASE_BEARER in faults:
        answer["token_type"] = answer["token_type"].lower()
    if Fault.NO_PATIENT in faults:
        answer.pop("patient", None)
    if Fault.UNKNOWN_MEMBERS in faults:
        answer |= {"__epic.dstu2.patient": "T1", "refresh_token_expires_in": 86400, "user": {"name": None}}
    return answer


def _subset(asked: str, grant: Grant) -> tuple[str, ...]:
    """The scopes that a refresh asks for: no more than there were."""
    try:
        scopes = split(asked)
        if narrow(scopes, grant.scopes) != scopes:
            raise ScopeError("a refresh cannot ask for more than was granted")
    except ScopeError as error:
        raise OAuthError("invalid_scope", str(error)) from None
    return scopes


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
