"""Faults that only a real socket has: a body that stops, one that drips, one that unpacks for ever, no listener."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable

import pytest

from service.config import Settings
from service.gateway import Gateway, parse_base
from service.use_cases.ports import LimitExceeded, ServerGone

Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/fhir+json\r\n"


def ask(reply: Reply, settings: Settings, times: int = 1) -> tuple[int, bytes]:
    """Read a resource from a server that replies so; how many connections that took, and the last body."""

    async def serve() -> tuple[int, bytes]:
        connections = 0

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal connections
            connections += 1
            try:
                while await reader.readuntil(b"\r\n\r\n"):
                    await reply(writer)
                    await writer.drain()
            except (asyncio.IncompleteReadError, ConnectionError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Gateway(parse_base(f"http://127.0.0.1:{port}/fhir"), settings) as gateway:
            for _ in range(times):
                body = await gateway.read("Patient", "p1")
        return connections, body

    return asyncio.run(serve())


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
    connections, body = ask(whole, Settings(), times=5)
    assert connections == 1
    assert body == b'{"resourceType": "Patient", "id": "p1"}'


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (shortened, "broke off"),
        (packed_badly, "damaged"),
        (no_http, "broke off"),
        (silent, "in time"),
        (dripping, "in time"),
    ],
)
def test_an_answer_that_never_becomes_whole_is_a_server_that_is_gone(reply, words):
    with pytest.raises(ServerGone, match=words):
        ask(reply, Settings(read_seconds=0.2, request_seconds=0.4))


@pytest.mark.parametrize("reply", [bomb, endless])
def test_an_answer_without_measure_is_cut_off(reply):
    with pytest.raises(LimitExceeded, match="20,000,000 bytes unpacked"):
        ask(reply, Settings())


def test_nobody_listening_is_said():
    async def read() -> None:
        listening = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        listening.close()
        await listening.wait_closed()
        async with Gateway(parse_base(f"http://127.0.0.1:{port}"), Settings()) as gateway:
            await gateway.read("Patient", "p1")

    with pytest.raises(ServerGone, match="could not be made"):
        asyncio.run(read())
