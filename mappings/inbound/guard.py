"""The first look at bytes from outside: size, encoding, depth and string length, before anything is decoded."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from mappings.issues import MappingIssue
from mappings.limits import Limits
from pickupday.findings import Severity

_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b'{}[]"\\'))
_STRING = re.compile(rb'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
FEW_BYTES = 16_384  # what is smaller needs no look before it is decoded
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def fatal(code: str, message: str, *, resource: str = "", path: str = "", next_step: str | None = None) -> MappingIssue:
    """An issue after which nothing may be planned."""
    return MappingIssue(code, Severity.ERROR, message, resource, path, next_step=next_step, fatal=True)


def refuse_file(data: bytes, limits: Limits) -> MappingIssue | None:
    """Why the file as a whole cannot be read, None when it can: too large, empty or not UTF-8."""
    if len(data) > limits.max_file_bytes:
        return over_limit("file-too-large", "The file is larger than", limits.max_file_bytes, "bytes", "max_file_bytes")
    if not data.strip():
        return fatal("empty-file", "The file is empty.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:4]:
        return fatal(
            "not-utf-8", "The file is UTF-16 or UTF-32, and FHIR JSON is UTF-8.", next_step="Save the file as UTF-8."
        )
    return None


def without_byte_order_mark(data: bytes) -> bytes:
    """The file without the mark that some editors put at its start (readers may ignore it, RFC 8259 section 8.1)."""
    return data.removeprefix(_BYTE_ORDER_MARK)


def refuse_resource(raw: bytes, limits: Limits) -> Callable[[str], MappingIssue] | None:
    """Why one resource cannot be read, to be told with its key: nested too deeply, or holding a text that is too long.

    Most need no closer look: the depth of a resource of few bytes matters only where it cannot be decoded.
    """
    if len(raw) > FEW_BYTES and is_too_deep(raw, limits):
        return partial(too_deep, limits)
    if len(raw) > limits.max_string and any(
        found.end(1) - found.start(1) > limits.max_string for found in _STRING.finditer(raw)
    ):
        return partial(over_limit, "string-too-long", "A text is longer than", limits.max_string, "bytes", "max_string")
    return None


def is_too_deep(raw: bytes, limits: Limits) -> bool:
    """Whether more objects and arrays than the limit allows stand inside each other."""
    most = limits.max_depth
    return raw.count(b"{") + raw.count(b"[") > most and depth_of(raw, most) > most


def depth_of(raw: bytes, most: int) -> int:
    """How many objects and arrays stand inside each other in well-formed JSON; some number over `most` if more do.

    Everything but brackets is taken out, then the innermost pairs, until none is left. What is not closed counts too.
    """
    signs = raw.translate(_ONE_KIND, _NO_BRACKETS)
    if b"\\" in signs:  # a quote that is escaped ends no text
        signs = raw.replace(b"\\\\", b"").replace(b'\\"', b"").translate(_ONE_KIND, _NO_BRACKETS + b"\\")
    signs = b"".join(signs.split(b'"')[::2])  # what stands outside of texts
    depth = 0
    while signs and depth <= most:
        fewer = signs.replace(b"[]", b"")
        if len(fewer) == len(signs):
            return depth + fewer.count(b"[")
        signs, depth = fewer, depth + 1
    return depth


def too_deep(limits: Limits, key: str = "") -> MappingIssue:
    """Objects nested more deeply than any resource of R4 is."""
    return over_limit("nested-too-deep", "The JSON is nested deeper than", limits.max_depth, "levels", "max_depth", key)


def too_many_entries(limits: Limits) -> MappingIssue:
    """More resources than one chart may have."""
    return over_limit("too-many-entries", "The chart has more than", limits.max_entries, "entries", "max_entries")


def over_limit(code: str, what: str, limit: int, unit: str, setting: str, key: str = "") -> MappingIssue:
    """A limit was exceeded; the sentence names the limit, the next step the setting."""
    return fatal(
        code,
        f"{what} {limit:,} {unit}; a history cut short would make a wrong plan.",
        resource=key,
        next_step=f"Raise the setting {setting} (now {limit}) if this chart is to be read.",
    )


def place_in(data: bytes, byte: int) -> str:
    """Where in the file a byte stands, as editors count: "line 12, column 5 (byte 345)"."""
    line = data.count(b"\n", 0, byte) + 1
    column = byte - (data.rfind(b"\n", 0, byte) + 1) + 1
    return f"line {line}, column {column} (byte {byte})"
