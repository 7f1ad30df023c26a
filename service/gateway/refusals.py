"""From an HTTP status to the error that use cases know, with a sentence that a person can act on."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from service.gateway.outcomes import read_outcome
from service.use_cases.ports import (
    AccessDenied,
    Conflict,
    FhirRefused,
    Gone,
    NotFound,
    ServerFault,
    TooManyRequests,
)

_LONGEST_WAIT = 3600.0  # seconds; a server that asks for more is taken as asking for an hour

_KINDS: dict[int, tuple[type[FhirRefused], str]] = {
    401: (AccessDenied, "the server does not know who is asking: sign in again, or give a valid token"),
    403: (AccessDenied, "the server knows who is asking and does not allow it: ask for the missing permission"),
    404: (NotFound, "the server has no such resource, or does not keep this type"),
    408: (ServerFault, "the server gave up waiting: try again"),
    409: (Conflict, "it was changed by somebody else meanwhile: read it again"),
    410: (Gone, "it was deleted on the server"),
    412: (Conflict, "it was changed meanwhile, or more than one resource matches: read it again"),
    422: (FhirRefused, "the server understood the content and does not accept it"),
    423: (Conflict, "it is locked by somebody else: try again later"),
    429: (TooManyRequests, "the server has had too many requests: wait, then try again"),
    503: (ServerFault, "the server is not available now: try again later"),
}


def refusal(
    status: int, headers: dict[str, str], body: bytes, *, attempted: str, moment: datetime, writes: bool
) -> FhirRefused:
    """The error for a status that is no success."""
    kind, advice = _KINDS.get(
        status,
        (ServerFault, "the server failed: try again later")
        if status >= 500
        else (FhirRefused, "the server refused the request"),
    )
    said = read_outcome(body)
    details = tuple(issue.text for issue in said if issue.severity in ("fatal", "error")) or tuple(
        issue.text for issue in said
    )
    words = f" It says: {' / '.join(details[:3]).rstrip('.')}." if details else ""
    return kind(
        f"{attempted}: {advice} (HTTP {status}).{words}",
        attempted=attempted,
        status=status,
        details=details,
        retry_after=_seconds(headers.get("retry-after", ""), moment),
        maybe_written=writes and status in (500, 502, 504),  # a gateway's word says nothing about what lies behind it
    )


def _seconds(retry_after: str, moment: datetime) -> float | None:
    """Retry-After (RFC 9110 10.2.3), seconds or an HTTP date, as seconds from now, at most an hour; None: not given."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - moment).total_seconds(), 0.0), _LONGEST_WAIT)
