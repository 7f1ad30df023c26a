"""Checks of an authorization request (SMART App Launch 2.2, "Obtain authorization code"), and what it is granted."""

from __future__ import annotations

import re

from service.sandbox.authorization.authority import Authority
from service.sandbox.authorization.clients import Client
from service.sandbox.authorization.errors import OAuthError
from service.sandbox.authorization.forms import Parameters, required
from service.sandbox.authorization.grants import AuthorizationRequest, Context
from service.sandbox.authorization.scopes import ScopeError, narrow, resource_scope, split, without_writing
from service.sandbox.faults import Fault

_CHALLENGE = re.compile("[A-Za-z0-9_-]{43}", re.ASCII)  # a SHA-256 in base64url
SHORTEST_STATE = 21  # signs of base64url: 122 bits need as many


class NoWayBackError(Exception):
    """A request from which nobody can be sent back to the app: the text is for the person at the screen."""


def whom_to_answer(parameters: Parameters, authority: Authority) -> tuple[Client, str]:
    """The client and the address to send the browser back to, which must be registered to the letter."""
    client = authority.clients.get(parameters.get("client_id", ""))
    if client is None:
        raise NoWayBackError("The app that sent you here is not registered at this EHR (client_id).")
    redirect_uri = parameters.get("redirect_uri", "")
    if redirect_uri not in client.redirect_uris:
        raise NoWayBackError("The app wants to be answered at an address that is not registered (redirect_uri).")
    return client, redirect_uri


def read_request(
    parameters: Parameters, client: Client, redirect_uri: str, authority: Authority
) -> AuthorizationRequest:
    """The checked request. Raises OAuthError with what the client did wrong."""
    if required(parameters, "response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code")
    state = required(parameters, "state")
    if len(state) < SHORTEST_STATE:
        raise OAuthError("invalid_request", f"state is too short to hold 122 bits ({SHORTEST_STATE} signs)")
    if required(parameters, "aud") != authority.base:
        raise OAuthError("invalid_request", f"aud must be the FHIR base {authority.base}, to the letter")
    if required(parameters, "code_challenge_method") != "S256":
        raise OAuthError("invalid_request", "code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(required(parameters, "code_challenge")):
        raise OAuthError("invalid_request", "code_challenge is no SHA-256 in base64url")
    try:
        scopes = split(required(parameters, "scope"))
        for scope in scopes:
            resource_scope(scope)
    except ScopeError as error:
        raise OAuthError("invalid_scope", str(error)) from None
    launch = parameters.get("launch")
    if launch is not None and "launch" not in scopes:
        raise OAuthError("invalid_scope", "a launch from the EHR asks for the scope launch")
    if launch is None and "launch" in scopes:
        raise OAuthError("invalid_request", "the scope launch is asked for, but the parameter launch is missing")
    challenge = parameters["code_challenge"]
    return AuthorizationRequest(client.id, redirect_uri, scopes, state, challenge, parameters.get("nonce"), launch)


def grantable(request: AuthorizationRequest, client: Client, context: Context, authority: Authority) -> tuple[str, ...]:
    """What of the asked scopes the client may have in this context, before the person is asked."""
    scopes = tuple(scope for scope in narrow(request.scopes, client.registered_scopes) if _has_sense(scope, context))
    faults = context.faults | authority.faults
    if Fault.WIDER_SCOPE in faults and context.patient:
        scopes = (*scopes, *(each for each in ("patient/*.rs", "profile") if each not in scopes))
    return without_writing(scopes) if Fault.NARROWER_SCOPE in faults else scopes


def _has_sense(scope: str, context: Context) -> bool:
    """Patient scopes need a patient; system scopes are for backend services."""
    if scope.startswith("patient/") or scope == "launch/patient":
        return context.patient is not None
    return not scope.startswith("system/")
