"""One request, one answer: no redirect is followed, and an answer that is too large or too slow is given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from zlib import MAX_WBITS, decompressobj
from zlib import error as ZlibError  # noqa: N812 - an exception

import httpx

from smart_launch.errors import BadAnswer, ServerUnreachable
from smart_launch.reading import Json, NotJson, read_object


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an answer may be, in bytes, and how long one may take from first to last byte, in seconds."""

    max_bytes: int = 256_000
    max_statement_bytes: int = 8_000_000  # a CapabilityStatement lists every search parameter of every type
    seconds: float = 10.0


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """Status and body of an answer; its repr shows no word of the body."""

    status: int
    body: bytes

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"

    @property
    def ok(self) -> bool:
        """Whether the server says that it did what was asked (2xx)."""
        return 200 <= self.status < 300

    def json(self) -> Json:
        """The JSON object of the body. Raises BadAnswer."""
        try:
            return read_object(self.body)
        except NotJson as odd:
            raise BadAnswer(f"The answer cannot be used: {odd}.", status=self.status) from None


async def get(http: httpx.AsyncClient, address: str, accept: str, max_bytes: int, seconds: float) -> Answer:
    """Fetch one address that was checked before. Raises ServerUnreachable and BadAnswer."""
    return await _send(http, http.build_request("GET", address, headers={"Accept": accept}), max_bytes, seconds)


async def post(
    http: httpx.AsyncClient, address: str, form: Mapping[str, str], headers: Mapping[str, str], limits: Limits
) -> Answer:
    """Post one form to an address that was checked before. Raises ServerUnreachable and BadAnswer."""
    request = http.build_request("POST", address, data=dict(form), headers={"Accept": "application/json", **headers})
    return await _send(http, request, limits.max_bytes, limits.seconds)


async def _send(http: httpx.AsyncClient, request: httpx.Request, max_bytes: int, seconds: float) -> Answer:
    request.headers["Accept-Encoding"] = "identity"
    request.headers.pop("Cookie", None)  # a shared client carries no cookie of one site into the next request
    try:
        async with asyncio.timeout(seconds):
            answer = await http.send(request, stream=True, auth=None, follow_redirects=False)
            try:
                return await _read(answer, max_bytes)
            finally:
                await answer.aclose()
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol):
        raise ServerUnreachable("The server cannot be reached.", sent=False) from None
    except (httpx.TimeoutException, TimeoutError):
        raise ServerUnreachable("The server did not answer in time.", sent=True) from None
    except httpx.HTTPError:
        raise ServerUnreachable("The connection to the server broke off.", sent=True) from None


async def _read(answer: httpx.Response, max_bytes: int) -> Answer:
    status = answer.status_code
    if 300 <= status < 400:
        raise BadAnswer("The server answered with a redirect, which is not followed.", status=status)
    body = bytearray()
    async for piece in _unpacked(answer, max_bytes):
        body += piece
        if len(body) > max_bytes:
            raise BadAnswer("The answer is larger than it can be.", status=status)
    return Answer(status, bytes(body))


async def _unpacked(answer: httpx.Response, max_bytes: int) -> AsyncIterator[bytes]:
    """The body piece by piece; what unpacks to more than `max_bytes` yields one byte more, which is enough to know."""
    if answer.is_stream_consumed:  # a transport in memory, or one with a cache, has read it already
        yield answer.content
        return
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise BadAnswer("The server packed its answer in a way that was not asked for.", status=answer.status_code)
    gzip = decompressobj(16 + MAX_WBITS)
    try:
        async for piece in answer.aiter_raw():
            yield gzip.decompress(piece, max_bytes + 1) if encoding == "gzip" else piece
    except ZlibError:
        raise BadAnswer("The answer cannot be unpacked.", status=answer.status_code) from None
