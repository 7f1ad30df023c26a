"""One pooled HTTP client per server: it sends, again where that is safe, and counts what comes back.

Nothing leaves for an address outside the base, no redirect is followed, and the token is attached here, after the
address has been compared. The log gets one line per request without ids and addresses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import TYPE_CHECKING

import httpx

from pickupday import __version__
from service import clock
from service.config import Settings, variable
from service.errors import BadArgument, SettingsError
from service.gateway.address import OutsideError, ServerBase, parse_base
from service.gateway.body import ACCEPTED, BrokenBodyError, TooLargeError, read_body
from service.gateway.faults import Attempt, PassingFault, connection_lost
from service.gateway.refusals import refusal
from service.gateway.retries import Retries, Time
from service.logs import silence_the_wire
from service.use_cases.ports import AccessDenied, LimitExceeded, UnexpectedAnswer, UntrustedAddress

if TYPE_CHECKING:
    from service.use_cases.tokens import AccessTokens

log = logging.getLogger(__name__)
_NOT_SIGNED_IN = 401


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
        tokens: AccessTokens | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        client: httpx.AsyncClient | None = None,
        time: Time | None = None,
    ) -> None:
        """`authorization` is the whole header ("Bearer ..."), `tokens` where it comes from for each request instead.

        `transport` replaces the network (an ASGI app); a `client` that is given is shared, and stays open.
        """
        silence_the_wire()
        self.base = _named_in_public(base, settings.public_base)
        self.settings = settings
        self._authorization = authorization
        self._tokens = tokens
        self._time = time or Time()
        self._turns = asyncio.Semaphore(settings.requests_at_once)
        self._shared = client is not None
        self._client = client or pooled_client(base, settings, settings.requests_at_once, transport)

    async def __aenter__(self) -> Wire:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connections back, unless they are shared."""
        if not self._shared:
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
        """Ask, again where that is safe and may help, and take the whole answer. `address` may be relative to the base.

        Raises UntrustedAddress (nothing sent), ServerGone, LimitExceeded, UnexpectedAnswer, FhirRefused. A write is
        sent again only where the server certainly did not take it; where that is not known, the error is
        `maybe_written`. A token that is turned down (401) is replaced once.
        """
        request = self._request(method, address, attempted, headers or {}, content)
        retries = Retries(self.settings, self._time)
        token = await self._tokens.current() if self._tokens is not None else None
        spare = self._tokens
        while True:
            if token is not None:
                request.headers["Authorization"] = f"Bearer {token}"
            try:
                async with self._turns:  # given back before a pause
                    attempt = Attempt(attempted, self.base.authority, writes=_writes(request), nth=retries.begin())
                    return await self._ask(request, attempt)
            except AccessDenied as denied:
                if denied.status != _NOT_SIGNED_IN or spare is None or token is None:
                    raise
                token, spare = await spare.instead_of(token), None
                continue
            except PassingFault as fault:
                pause = retries.pause(fault.asked)
                if pause is None:
                    raise fault.error from None
                log.info("%s: again in %.1f s", fault.error.for_log, pause)
            await self._time.sleep(pause)

    def _request(
        self, method: str, address: str, attempted: str, headers: Mapping[str, str], content: bytes | None
    ) -> httpx.Request:
        try:
            url = self.base.inside(address)
        except OutsideError as outside:
            raise UntrustedAddress(
                f"{attempted}: {self.base.authority} named an address that is not its own ({outside}); nothing was "
                "sent there. If it is the server's public address, as behind a proxy, give it as the FHIR base or in "
                f"{variable('public_base')}; if not, tell the people who run the server.",
                attempted=attempted,
            ) from None
        ours = {"Accept": "application/fhir+json"}
        if content is not None:
            ours["Content-Type"] = "application/fhir+json; charset=utf-8"
        ours |= headers
        if self._authorization:
            ours["Authorization"] = self._authorization
        return self._client.build_request(method, url, headers=ours, content=content)

    async def _ask(self, request: httpx.Request, attempt: Attempt) -> Answer:
        began = clock.stopwatch()
        status, headers, body = await self._exchange(request, attempt)
        log.info("%s: %d in %d ms, %d bytes", attempt.attempted, status, 1000 * (clock.stopwatch() - began), len(body))
        return self._judge(status, headers, body, attempt)

    async def _exchange(self, request: httpx.Request, attempt: Attempt) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body as they came, whatever they say."""
        limit = self.settings.max_response_bytes
        try:
            async with asyncio.timeout(self.settings.request_seconds):
                response = await self._client.send(request, stream=True)
                try:
                    body = await read_body(response, limit)
                finally:
                    await response.aclose()
        except (httpx.TransportError, TimeoutError, BrokenBodyError) as lost:
            raise connection_lost(lost, attempt) from None
        except TooLargeError:
            what = (
                f"the answer of {attempt.server} is larger than {limit:,} bytes unpacked; "
                f"{variable('max_response_bytes')} raises the limit."
            )
            raise LimitExceeded(
                attempt.told(what, maybe_written=attempt.writes),
                attempted=attempt.attempted,
                setting=variable("max_response_bytes"),
                maybe_written=attempt.writes,
            ) from None
        return response.status_code, dict(response.headers), body

    def _judge(self, status: int, headers: dict[str, str], body: bytes, attempt: Attempt) -> Answer:
        if 300 <= status < 400:
            what = (
                f"{attempt.server} sends us elsewhere (HTTP {status}); redirects are not followed. "
                "Give the FHIR base that it really answers under."
            )
            # 307 and 308 say that nothing was done; after a 303 it may well have been
            raise _unexpected(attempt, what, maybe_written=attempt.writes and status not in (307, 308))
        if not 200 <= status < 300:
            raise refusal(status, headers, body, attempt, moment=self._time.now())
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if body and "json" not in kind:
            found = "a web page, perhaps a login" if "html" in kind else f"{kind or 'something unnamed'}, not FHIR JSON"
            what = f"{attempt.server} answered with {found}. Is this the FHIR base?"
            raise _unexpected(attempt, what, maybe_written=attempt.writes)
        return Answer(status, headers, body)


def pooled_client(
    base: ServerBase, settings: Settings, connections: int, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """Connections to one server. It keeps no cookie: what one person's request set must not go with another's."""
    client = httpx.AsyncClient(
        transport=transport,
        follow_redirects=False,
        trust_env=not base.on_this_machine,  # proxies and certificates of the machine; never a proxy to ourselves
        timeout=httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds),
        limits=httpx.Limits(max_connections=connections, keepalive_expiry=30),
        headers={"User-Agent": f"pickupday/{__version__}", "Accept-Encoding": ACCEPTED},
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


def _named_in_public(base: ServerBase, public: str) -> ServerBase:
    """The base that also answers to the public name that the operator gave. Raises SettingsError."""
    try:
        return replace(base, public=parse_base(public, allow_http=True)) if public else base
    except BadArgument as odd:
        raise SettingsError(f"{variable('public_base')}={public} cannot be used: {odd}") from None


def _writes(request: httpx.Request) -> bool:
    """Whether the request may change something: all but GET, HEAD and a search sent with POST (R4 http.html#search)."""
    return request.method not in ("GET", "HEAD") and not (
        request.method == "POST" and request.url.path.endswith("/_search")
    )


def _unexpected(attempt: Attempt, what: str, *, maybe_written: bool) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        attempt.told(what, maybe_written=maybe_written), attempted=attempt.attempted, maybe_written=maybe_written
    )
