"""Which client is talking: exactly in the way it is registered for, never in two ways at once."""

from __future__ import annotations

import base64
import binascii

from starlette.requests import Request

from service.sandbox.authorization.assertions import BEARER, claimed_client, verify
from service.sandbox.authorization.authority import Authority
from service.sandbox.authorization.clients import Authentication, Client
from service.sandbox.authorization.errors import OAuthError
from service.sandbox.authorization.forms import Parameters, required


async def authenticate(request: Request, form: Parameters, authority: Authority) -> Client:
    """The client that sent the form. Raises OAuthError (invalid_client, 401) where it does not prove who it is."""
    header = request.headers.get("authorization")
    if "client_secret" in form:
        raise _refused("the secret belongs into the Authorization header, not into the body")
    if header is not None and "client_assertion" in form:
        raise _refused("authenticate in one way, not in two")
    if "client_assertion" in form or "client_assertion_type" in form:
        return await _by_assertion(form, authority)
    if header is not None:
        return _by_secret(header, form, authority)
    return _public(form, authority)


async def _by_assertion(form: Parameters, authority: Authority) -> Client:
    if form.get("client_assertion_type") != BEARER:
        raise _refused(f"client_assertion_type must be {BEARER}")
    assertion = required(form, "client_assertion")
    client = _registered(claimed_client(assertion), Authentication.ASYMMETRIC, authority)
    _without_client_id(form)
    now = authority.now()
    jti, ends = await verify(assertion, client, authority.token_url, now, authority.fetch)
    if not authority.memory.note_assertion(client.id, jti, ends):
        raise _refused("this jti was used before")
    return client


def _by_secret(header: str, form: Parameters, authority: Authority) -> Client:
    """Check the header `Basic base64(id:secret)`, with nothing encoded before."""
    scheme, _, encoded = header.partition(" ")
    challenge = f'Basic realm="{authority.base}"'
    if scheme.lower() != "basic":
        raise _refused("only Basic is taken in the Authorization header", challenge)
    try:
        name, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _refused("the Authorization header must be Basic base64(id:secret)", challenge) from None
    client = _registered(name, Authentication.SYMMETRIC, authority, challenge)
    if not colon or not client.knows(secret):
        raise _refused("id or secret is wrong", challenge)
    _without_client_id(form)
    return client


def _public(form: Parameters, authority: Authority) -> Client:
    if "client_id" not in form:
        raise _refused("a public client sends its client_id, any other authenticates")
    return _registered(form["client_id"], Authentication.PUBLIC, authority)


def _registered(name: str, way: Authentication, authority: Authority, challenge: str | None = None) -> Client:
    client = authority.clients.get(name)
    if client is None:
        raise _refused("this client is not registered", challenge)
    if client.authentication is not way:
        raise _refused(f"this client is registered as {client.authentication}", challenge)
    return client


def _without_client_id(form: Parameters) -> None:
    if "client_id" in form:
        raise OAuthError("invalid_request", "client_id in the body is for public clients only")


def _refused(says: str, challenge: str | None = None) -> OAuthError:
    return OAuthError("invalid_client", says, status=401, challenge=challenge)
