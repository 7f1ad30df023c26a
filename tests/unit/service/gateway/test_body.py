"""Bodies are counted unpacked, and nothing beyond the limit is ever unpacked."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import httpx
import pytest

from service.gateway.body import BrokenBodyError, TooLargeError, read_body


def read(*pieces: bytes, encoding: str | None = None, limit: int = 1_000_000) -> bytes:
    async def sent():
        for piece in pieces:
            yield piece

    headers = {"content-encoding": encoding} if encoding else {}
    return asyncio.run(read_body(httpx.Response(200, headers=headers, content=sent()), limit))


def test_a_plain_body_comes_as_it_is():
    assert read(b"ab", b"c") == b"abc"
    assert read(b"abc", encoding="Identity", limit=3) == b"abc"


def test_a_packed_body_is_unpacked_however_it_is_cut():
    packed = gzip.compress(b"hello " * 1000)
    assert read(packed, encoding="gzip") == b"hello " * 1000
    assert read(*(packed[i : i + 1] for i in range(len(packed))), encoding="x-gzip") == b"hello " * 1000


def test_a_packed_body_may_have_several_members():
    assert read(gzip.compress(b"a") + gzip.compress(b"b"), gzip.compress(b"c"), encoding="gzip") == b"abc"


def test_a_plain_body_over_the_limit_is_refused():
    with pytest.raises(TooLargeError):
        read(b"x" * 600, b"x" * 600, limit=1000)


def test_a_gzip_bomb_is_refused_before_it_is_unpacked():
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(TooLargeError):
        read(bomb, encoding="gzip")


def test_a_body_of_empty_members_without_end_is_refused():
    with pytest.raises(TooLargeError):
        read(gzip.compress(b"") * 100, encoding="gzip", limit=1000)


def test_a_damaged_or_shortened_packing_is_no_body():
    packed = gzip.compress(b"hello " * 1000)
    for broken in (packed[:-5], b"no gzip at all", packed + packed[:7]):
        with pytest.raises(BrokenBodyError):
            read(broken, encoding="gzip")


def test_a_packing_that_was_not_asked_for_is_no_body():
    with pytest.raises(BrokenBodyError, match="not asked for"):
        read(zlib.compress(b"x"), encoding="deflate")
