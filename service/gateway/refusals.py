"""From an HTTP status to the error that use cases know, with a sentence that a person can act on."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from service.gateway.faults import Attempt, PassingFault
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
_PASSING = frozenset({408, 429, 502, 503, 504})  # 500 is a fault of the program, and comes again

_KINDS: dict[int, tuple[type[FhirRefused], str]] = {
    401: (AccessDenied, "the server does not know who is asking: sign in again, or give a valid token"),
    403: (AccessDenied, "the server knows who is asking and does not allow it: ask for the missing permission"),
    404: (NotFound, "the server has no such resource, or does not keep this type: check the id and the FHIR base"),
    408: (ServerFault, "the server gave up waiting: try again"),
    409: (Conflict, "it was changed by somebody else meanwhile: read it again"),
    410: (Gone, "it was deleted on the server: read again what is there now"),
    412: (Conflict, "it was changed meanwhile, or more than one resource matches: read it again"),
    422: (
        FhirRefused,
        "the server understood what was sent and does not accept it: it must be changed first",
    ),
    423: (Conflict, "it is locked by somebody else: try again later"),
    429: (TooManyRequests, "the server has had too many requests: wait, then try again"),
    501: (ServerFault, "the server cannot do this: tell the people who run it"),
    503: (ServerFault, "the server is not available now: try again later"),
}
_FAILED = (ServerFault, "the server failed: try again later, or tell the people who run it")
_REFUSED = (FhirRefused, "the server refused the request: tell the people who run it")


def refusal(
    status: int, headers: dict[str, str], body: bytes, attempt: Attempt, *, moment: datetime
) -> FhirRefused | PassingFault:
    """The error for a status that is no success.

    A read may be sent again after a status that passes. A write may only where the server said that it did not take it,
    and when it will: what else stands behind a 5xx, nobody knows.
    """
    kind, advice = _KINDS.get(status, _FAILED if status >= 500 else _REFUSED)
    said = read_outcome(body)
    details = tuple(issue.text for issue in said if issue.severity in ("fatal", "error")) or tuple(
        issue.text for issue in said
    )
    words = f" It says: {' / '.join(details[:3]).rstrip('.')}." if details else ""
    asked = _seconds(headers.get("retry-after", ""), moment)
    not_taken = status in (429, 503) and asked is not None
    maybe_written = attempt.writes and not not_taken and (status == 408 or (status >= 500 and status != 501))
    error = kind(
        attempt.told(
            f"{advice} (HTTP {status} from {attempt.server}).{words}{_wish(asked)}", maybe_written=maybe_written
        ),
        attempted=attempt.attempted,
        status=status,
        details=details,
        retry_after=asked,
        maybe_written=maybe_written,
    )
    passing = not_taken if attempt.writes else status in _PASSING
    return PassingFault(error, asked) if passing else error


def _wish(asked: float | None) -> str:
    if not asked:
        return ""
    return " It asks to wait an hour or more." if asked >= _LONGEST_WAIT else f" It asks to wait {math.ceil(asked)} s."


def _seconds(retry_after: str, moment: datetime) -> float | None:
    """Retry-After (RFC 9110 10.2.3), seconds or an HTTP date, as seconds from now, at most an hour; None: not given."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # no date, or a year that no machine can count
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - moment).total_seconds(), 0.0), _LONGEST_WAIT)
