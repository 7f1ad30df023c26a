"""Parameters of requests to the authorization server: each at most once, from a form or a query."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from service.sandbox.authorization.errors import OAuthError

MOST_BYTES = 100_000
_FORM = "application/x-www-form-urlencoded"

Parameters = Mapping[str, str]


async def read_form(request: Request) -> Parameters:
    """The parameters of a form that was posted. Raises OAuthError for any other body."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise OAuthError("invalid_request", f"the body must be {_FORM}")
    return once_each(await read_text(request))


async def read_text(request: Request) -> str:
    """The body, within limits."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise OAuthError("invalid_request", f"the body is larger than {MOST_BYTES:,} bytes", status=413)
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise OAuthError("invalid_request", "the body is not UTF-8") from None


def once_each(encoded: str) -> Parameters:
    """The parameters of a query or form; an empty one counts as missing (RFC 6749, 3.1), one given twice is refused."""
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=100, errors="strict")
    except ValueError:
        raise OAuthError("invalid_request", "the parameters cannot be read") from None
    names = [name for name, _ in pairs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise OAuthError("invalid_request", f"{', '.join(twice)} given twice")
    return {name: value for name, value in pairs if value}


def required(parameters: Parameters, name: str) -> str:
    """The parameter. Raises OAuthError where it is missing or blank."""
    value = parameters.get(name, "")
    if not value.strip():
        raise OAuthError("invalid_request", f"{name} is missing")
    return value
