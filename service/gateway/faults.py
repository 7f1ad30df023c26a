"""What goes wrong between two machines, as the error that is raised and the sentence that a person reads.

Every sentence says what was tried, what was wrong and where, and what to do next; after a write it also says whether
anything may have been written. docs/wire.md lists them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from service.config import variable
from service.gateway.body import BrokenBodyError
from service.use_cases.ports import ServerError, ServerGone

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_SLOW = (httpx.TimeoutException, TimeoutError)
Lost = httpx.TransportError | TimeoutError | BrokenBodyError


class PassingFault(Exception):  # noqa: N818 - named for what it is
    """A fault that may be gone in a moment, after a request that may safely be sent again; never leaves the wire.

    `error` is what is raised where it is not sent again, `asked` the seconds that the server asks to wait.
    """

    def __init__(self, error: ServerError, asked: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.asked = asked


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending of one request, as its errors speak of it."""

    attempted: str  # "search MedicationRequest": names nobody
    server: str  # "ehr.example" or "127.0.0.1:8080"
    writes: bool
    nth: int = 1

    def told(self, what: str, *, maybe_written: bool = False) -> str:
        """The whole sentence around what went wrong."""
        sentence = f"{self.attempted}: {what}"
        if self.nth > 1:
            sentence += f" Tried {self.nth} times."
        if maybe_written:
            sentence += " It may have been written: see what the server holds before trying again."
        elif self.writes:
            sentence += " It was not written."
        return sentence


def connection_lost(lost: Lost, attempt: Attempt) -> ServerGone | PassingFault:
    """The error for an answer that did not come, or not whole.

    What never left may always be sent again, what broke off only where it was a read. A slow server is not asked again:
    that would only add to its load.
    """
    never_sent = isinstance(lost, _NEVER_SENT)
    maybe_written = attempt.writes and not never_sent
    error = ServerGone(
        attempt.told(_how(lost, attempt.server), maybe_written=maybe_written),
        attempted=attempt.attempted,
        maybe_written=maybe_written,
    )
    passing = not _is_distrust(lost) if never_sent else isinstance(lost, httpx.TransportError) and not _is_slow(lost)
    return PassingFault(error) if passing and not maybe_written else error


def _how(lost: Lost, server: str) -> str:
    if isinstance(lost, BrokenBodyError):
        return f"the answer of {server} cannot be unpacked, {lost}. Tell the people who run the server."
    if isinstance(lost, httpx.ConnectTimeout):
        return (
            f"the connection to {server} could not be made in time. Is the address right, and the server running? "
            f"A slow network is given more time with {variable('connect_seconds')}."
        )
    if _is_slow(lost):
        return (
            f"no whole answer from {server} in time. Try again; a slow server is given more time with "
            f"{variable('read_seconds')} and {variable('request_seconds')}."
        )
    if _is_distrust(lost):
        return (
            f"the connection to {server} was not made: this machine does not trust the server's certificate. "
            "Check the address; a certificate of your own is made known with SSL_CERT_FILE."
        )
    if isinstance(lost, _NEVER_SENT):
        return f"the connection to {server} could not be made. Is the address right, and the server running?"
    return f"the connection to {server} broke off before the answer was whole. Try again."


def _is_slow(lost: Lost) -> bool:
    return isinstance(lost, _SLOW)


def _is_distrust(lost: Lost) -> bool:
    return "CERTIFICATE" in str(lost)
