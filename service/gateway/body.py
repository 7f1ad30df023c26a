"""The body of an answer, unpacked and counted while it arrives, so that nothing larger than the limit is ever held.

httpx unpacks a whole piece before it can be counted: 64 kB on the wire may become 64 MB. So pieces are taken as sent
and unpacked here, never further than the limit.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

import httpx

ACCEPTED = "gzip"  # the Accept-Encoding we send


class TooLargeError(Exception):
    """More bytes than the limit, on the wire or unpacked."""


class BrokenBodyError(Exception):
    """A packed body that cannot be unpacked or ends too early, or an encoding that was not asked for."""


async def read_body(response: httpx.Response, limit: int) -> bytes:
    """The whole body, at most `limit` bytes after unpacking. Raises TooLargeError, BrokenBodyError."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        pieces = response.aiter_raw()
    elif encoding in ("gzip", "x-gzip"):
        pieces = _unpack(response.aiter_raw(), limit)
    else:
        raise BrokenBodyError("it is packed in a way that was not asked for")
    whole = bytearray()
    async for piece in pieces:
        whole += piece
        if len(whole) > limit:
            raise TooLargeError
    return bytes(whole)


async def _unpack(packed: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    """Unpack gzip with any number of members, each piece of output at most one byte over the limit."""
    member = zlib.decompressobj(wbits=31)
    taken, begun = 0, False
    async for piece in packed:
        taken += len(piece)
        if taken > limit:  # empty members unpack to nothing for ever
            raise TooLargeError
        while piece:
            begun = True
            try:
                yield member.decompress(piece, limit + 1)
            except zlib.error:
                raise BrokenBodyError("its gzip packing is damaged") from None
            piece = member.unconsumed_tail or member.unused_data
            if member.eof:
                member, begun = zlib.decompressobj(wbits=31), bool(piece)
    if begun:
        raise BrokenBodyError("it ends in the middle of its gzip packing")
