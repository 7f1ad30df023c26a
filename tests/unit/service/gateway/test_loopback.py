"""Faults that only a real socket has: a body that stops, one that drips, one that unpacks for ever, no listener."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable

import pytest

from service.config import Settings
from service.gateway import Gateway, parse_base
from service.gateway.retries import Time
from service.use_cases.ports import LimitExceeded, ServerGone

Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/fhir+json\r\n"
BUNDLE = b'{"resourceType": "Bundle", "type": "transaction", "entry": [{}]}'
TOO_SLOW = (
    "no whole answer from SERVER in time. Try again; a slow server is given more time with PICKUPDAY_READ_SECONDS and "
    "PICKUPDAY_REQUEST_SECONDS."
)


class NoPauses(Time):
    """Real time, but no pauses between attempts."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class Loopback:
    """A server on a socket that gives every request the same reply, and what was asked of it."""

    def __init__(self, reply: Reply, settings: Settings) -> None:
        self.reply = reply
        self.settings = settings
        self.name = ""
        self.connections = 0
        self.requests = 0

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.requests += 1
                await self.reply(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def ask(self, question: Callable[[Gateway], Awaitable[object]]) -> object:
        async def serve() -> object:
            server = await asyncio.start_server(self._handle, "127.0.0.1", 0)
            self.name = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
            base = parse_base(f"http://{self.name}/fhir")
            async with server, Gateway(base, self.settings, time=NoPauses()) as gateway:
                return await question(gateway)

        return asyncio.run(serve())

    def read(self) -> object:
        return self.ask(lambda gateway: gateway.read("Patient", "p1"))

    def write(self) -> object:
        return self.ask(lambda gateway: gateway.transaction(BUNDLE))


async def whole(writer: asyncio.StreamWriter) -> None:
    body = b'{"resourceType": "Patient", "id": "p1"}'
    writer.write(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)


async def shortened(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"content-length: 1000\r\n\r\n" + b'{"resourceType": ')
    writer.close()


async def dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"content-length: 1000\r\n\r\n")
    for _ in range(100):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def bomb(writer: asyncio.StreamWriter) -> None:
    packed = gzip.compress(b" " * 30_000_000)
    writer.write(HEAD + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed) + packed)


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    while True:
        writer.write(piece)
        await writer.drain()


async def packed_badly(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"content-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope")


async def no_http(writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    writer.close()


def test_one_connection_serves_many_requests():
    async def five_times(gateway: Gateway) -> list[bytes]:
        return [await gateway.read("Patient", "p1") for _ in range(5)]

    server = Loopback(whole, Settings())
    assert server.ask(five_times) == [b'{"resourceType": "Patient", "id": "p1"}'] * 5
    assert (server.connections, server.requests) == (1, 5)


@pytest.mark.parametrize(
    ("reply", "words", "asked"),
    [
        (shortened, "the connection to SERVER broke off before the answer was whole. Try again. Tried 3 times.", 3),
        (no_http, "the connection to SERVER broke off before the answer was whole. Try again. Tried 3 times.", 3),
        (
            packed_badly,
            "the answer of SERVER cannot be unpacked, its gzip packing is damaged. Tell the people who run the server.",
            1,
        ),
        (silent, TOO_SLOW, 1),
        (dripping, TOO_SLOW, 1),
    ],
)
def test_an_answer_that_never_becomes_whole_is_a_server_that_is_gone(reply, words, asked):
    server = Loopback(reply, Settings(read_seconds=0.2, request_seconds=0.4))
    with pytest.raises(ServerGone) as gone:
        server.read()
    assert str(gone.value) == f"read Patient: {words.replace('SERVER', server.name)}"
    assert server.requests == asked


def test_an_answer_that_breaks_off_once_is_asked_for_again():
    replies = iter([shortened, whole])

    async def first_shortened(writer: asyncio.StreamWriter) -> None:
        await next(replies)(writer)

    server = Loopback(first_shortened, Settings())
    assert server.read() == b'{"resourceType": "Patient", "id": "p1"}'
    assert server.requests == 2


@pytest.mark.parametrize("reply", [shortened, silent, no_http])
def test_a_write_whose_answer_never_becomes_whole_is_not_sent_again(reply):
    server = Loopback(reply, Settings(read_seconds=0.2))
    with pytest.raises(ServerGone, match="It may have been written: see what the server holds") as gone:
        server.write()
    assert gone.value.maybe_written
    assert server.requests == 1


@pytest.mark.parametrize("reply", [bomb, endless])
def test_an_answer_without_measure_is_cut_off(reply):
    server = Loopback(reply, Settings())
    with pytest.raises(LimitExceeded) as over:
        server.read()
    assert str(over.value) == (
        f"read Patient: the answer of {server.name} is larger than 20,000,000 bytes unpacked; "
        "PICKUPDAY_MAX_RESPONSE_BYTES raises the limit."
    )
    assert server.requests == 1


@pytest.mark.parametrize(("writes", "words"), [(False, ""), (True, " It was not written.")])
def test_nobody_listening_is_said_after_a_few_attempts(time, writes, words):
    async def ask() -> None:
        listening = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        listening.close()
        await listening.wait_closed()
        async with Gateway(parse_base(f"http://127.0.0.1:{port}"), Settings(), time=time) as gateway:
            with pytest.raises(ServerGone) as gone:
                await (gateway.transaction(BUNDLE) if writes else gateway.read("Patient", "p1"))
        attempted = "transaction" if writes else "read Patient"
        assert str(gone.value) == (
            f"{attempted}: the connection to 127.0.0.1:{port} could not be made. Is the address right, and the server "
            f"running? Tried 3 times.{words}"
        )
        assert not gone.value.maybe_written

    asyncio.run(ask())
    assert len(time.pauses) == 2
