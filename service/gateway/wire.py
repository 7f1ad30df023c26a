"""One pooled HTTP client per server: it sends, counts what comes back, and names every way in which that can fail.

Nothing leaves for an address outside the base, no redirect is followed, and the token is attached here, after the
address has been compared. The log gets one line per request without ids and addresses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

import httpx

from pickupday import __version__
from service import clock
from service.config import Settings, variable
from service.gateway.address import OutsideError, ServerBase
from service.gateway.body import ACCEPTED, BrokenBodyError, TooLargeError, read_body
from service.gateway.refusals import refusal
from service.logs import silence_the_wire
from service.use_cases.ports import LimitExceeded, ServerGone, UnexpectedAnswer, UntrustedAddress

log = logging.getLogger(__name__)

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: status 2xx, headers by lower-case name, and the JSON body (empty where there was none)."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """The connection to one FHIR server. Use as `async with`, or call `close`."""

    def __init__(
        self,
        base: ServerBase,
        settings: Settings,
        *,
        authorization: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`authorization` is the whole header ("Bearer ..."); `transport` replaces the network (an ASGI app)."""
        silence_the_wire()
        self.base = base
        self.settings = settings
        self._authorization = authorization
        self._turns = asyncio.Semaphore(settings.requests_at_once)
        self._client = httpx.AsyncClient(
            transport=transport,
            follow_redirects=False,
            trust_env=not base.on_this_machine,  # proxies and certificates of the machine; never a proxy to ourselves
            timeout=httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds),
            limits=httpx.Limits(max_connections=settings.requests_at_once, keepalive_expiry=30),
            headers={"User-Agent": f"pickupday/{__version__}", "Accept-Encoding": ACCEPTED},
        )

    async def __aenter__(self) -> Wire:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def send(
        self,
        method: str,
        address: str,
        *,
        attempted: str,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """Ask once and take the whole answer. `address` is absolute or relative to the base.

        Raises UntrustedAddress (nothing sent), ServerGone, LimitExceeded, UnexpectedAnswer, FhirRefused.
        """
        try:
            url = self.base.inside(address)
        except OutsideError as outside:
            raise UntrustedAddress(
                f"{attempted}: the server named an address that is not its own ({outside}); nothing was sent there.",
                attempted=attempted,
            ) from None
        ours = {"Accept": "application/fhir+json", **(headers or {})}
        if content is not None:
            ours["Content-Type"] = "application/fhir+json; charset=utf-8"
        if self._authorization:
            ours["Authorization"] = self._authorization
        writes = method not in ("GET", "HEAD")
        async with self._turns:
            began = clock.stopwatch()
            status, theirs, body = await self._exchange(
                self._client.build_request(method, url, headers=ours, content=content), attempted, writes=writes
            )
        log.info("%s: %d in %d ms, %d bytes", attempted, status, 1000 * (clock.stopwatch() - began), len(body))
        return self._judge(status, theirs, body, attempted, writes=writes)

    async def _exchange(
        self, request: httpx.Request, attempted: str, *, writes: bool
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body as they came, whatever they say."""
        limit = self.settings.max_response_bytes
        try:
            async with asyncio.timeout(self.settings.request_seconds):
                response = await self._client.send(request, stream=True)
                try:
                    body = await read_body(response, limit)
                finally:
                    await response.aclose()
        except (httpx.TimeoutException, TimeoutError) as slow:
            raise ServerGone(
                f"{attempted}: no whole answer from {self.base.host} in time. Try again; a slow server is given more "
                f"time with {variable('read_seconds')} and {variable('request_seconds')}.",
                attempted=attempted,
                maybe_written=writes and not isinstance(slow, _NEVER_SENT),
            ) from slow
        except httpx.TransportError as gone:
            raise ServerGone(
                f"{attempted}: the connection to {self.base.host} port {self.base.port} " + _how(gone),
                attempted=attempted,
                maybe_written=writes and not isinstance(gone, _NEVER_SENT),
            ) from gone
        except BrokenBodyError as broken:
            raise ServerGone(
                f"{attempted}: the answer cannot be unpacked, {broken}.", attempted=attempted, maybe_written=writes
            ) from None
        except TooLargeError:
            raise LimitExceeded(
                f"{attempted}: the answer is larger than {limit:,} bytes unpacked; {variable('max_response_bytes')} "
                "raises the limit.",
                attempted=attempted,
                setting=variable("max_response_bytes"),
                maybe_written=writes,
            ) from None
        return response.status_code, dict(response.headers), body

    def _judge(self, status: int, headers: dict[str, str], body: bytes, attempted: str, *, writes: bool) -> Answer:
        if 300 <= status < 400:
            raise UnexpectedAnswer(
                f"{attempted}: the server sends us elsewhere (HTTP {status}); redirects are not followed. "
                "Give the FHIR base that it really answers under.",
                attempted=attempted,
            )
        if not 200 <= status < 300:
            raise refusal(status, headers, body, attempted=attempted, moment=clock.now(), writes=writes)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if body and "json" not in kind:
            what = "a web page, perhaps a login" if "html" in kind else f"{kind or 'something unnamed'}, not FHIR JSON"
            raise UnexpectedAnswer(
                f"{attempted}: {self.base.host} answered with {what}. Is this the FHIR base?",
                attempted=attempted,
                maybe_written=writes,
            )
        return Answer(status, headers, body)


def _how(gone: httpx.TransportError) -> str:
    if not isinstance(gone, _NEVER_SENT):
        return "broke off before the answer was whole."
    if "CERTIFICATE" in str(gone):
        return "was not made: this machine does not trust the server's certificate."
    return "could not be made. Is the address right, and the server running?"
