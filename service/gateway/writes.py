"""Writing: one transaction, a conditional create, an update of the version that was read. Each is taken at most once.

fhirpy has no If-None-Exist, no If-Match and shows no response headers: this part is ours. A receipt is read as
tolerantly as servers differ: Location, ETag and `_history` in it may be missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

import msgspec

from service.errors import BadArgument
from service.gateway.address import is_id, split_reference
from service.gateway.outcomes import read_outcome
from service.gateway.records import NOTHING, identity
from service.gateway.wire import Wire
from service.use_cases.ports import EntryReceipt, UnexpectedAnswer

_BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
_WHOLE = {"Prefer": "return=representation"}


class _Response(msgspec.Struct, gc=False):
    status: str = ""
    location: str | None = None
    etag: str | None = None
    outcome: msgspec.Raw = NOTHING


class _Entry(msgspec.Struct, gc=False):
    response: _Response | None = None
    resource: msgspec.Raw = NOTHING


class _Answered(msgspec.Struct, gc=False):
    resourceType: Literal["Bundle"]  # noqa: N815 - FHIR's name
    entry: list[_Entry] = []


class _Asked(msgspec.Struct, gc=False):
    type: Literal["transaction"]
    entry: list[msgspec.Raw]


class _Meta(msgspec.Struct, gc=False):
    versionId: str | None = None  # noqa: N815 - FHIR's name


class _Versioned(msgspec.Struct, gc=False):
    meta: _Meta | None = None


async def send_transaction(wire: Wire, bundle: bytes) -> tuple[EntryReceipt, ...]:
    """Send a transaction Bundle; one receipt per entry in the order sent.

    Raises ServerError: nothing was written, except where it says `maybe_written`.
    """
    try:
        asked = len(msgspec.json.decode(bundle, type=_Asked).entry)
    except _BROKEN:
        raise BadArgument("what was to be written is no transaction Bundle; nothing was sent") from None
    answer = await wire.send("POST", wire.base.url, attempted="transaction", headers=_WHOLE, content=bundle)
    try:
        entries = msgspec.json.decode(answer.body, type=_Answered).entry
    except _BROKEN:
        raise _unclear("its answer is no Bundle that can be read") from None
    if len(entries) != asked:
        raise _unclear(f"{asked} entries were sent, {len(entries)} answered")
    return tuple(_receipt(wire, entry) for entry in entries)


async def create_unless_there(wire: Wire, resource: bytes, identifier: str, by: str = "identifier") -> EntryReceipt:
    """POST with If-None-Exist (R4 http.html#ccreate): 201 created, 200 one match, 412 several (Conflict)."""
    kind, _ = _named(resource)
    condition = f"{by}={quote(identifier, safe=':/|')}"
    answer = await wire.send(
        "POST", kind, attempted=f"create {kind}", headers={**_WHOLE, "If-None-Exist": condition}, content=resource
    )
    return _direct_receipt(wire, kind, answer.status, answer.headers, answer.body)


async def replace_version(wire: Wire, resource: bytes, version: str) -> EntryReceipt:
    """PUT with If-Match: 409 or 412 (Conflict) where the server holds another version by now."""
    kind, bare = _named(resource)
    if bare is None or not is_id(bare):
        raise BadArgument(f"the {kind} to update has no id; nothing was sent")
    if not is_id(version):  # versionId is an id, so no quote and no line break can reach the header
        raise BadArgument(f"{version!r} is not a version of a resource; nothing was sent")
    answer = await wire.send(
        "PUT",
        f"{kind}/{bare}",
        attempted=f"update {kind}",
        headers={**_WHOLE, "If-Match": f'W/"{version}"'},
        content=resource,
    )
    return _direct_receipt(wire, kind, answer.status, answer.headers, answer.body)


def _named(resource: bytes) -> tuple[str, str | None]:
    known = identity(resource)
    if known is None or not (known[0].isascii() and known[0].isalpha()):
        raise BadArgument("what was to be written is no FHIR resource; nothing was sent")
    return known


def _unclear(why: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        f"transaction: the server took it, but {why}; read back what it holds before trying again.",
        attempted="transaction",
        maybe_written=True,
    )


def _receipt(wire: Wire, entry: _Entry) -> EntryReceipt:
    response = entry.response or _Response()
    code = response.status[:3]
    kind, bare, version = _placed(wire, response.location, response.etag, entry.resource)
    return EntryReceipt(
        status=int(code) if code.isascii() and code.isdigit() else 0,
        resource_type=kind,
        id=bare,
        version=version,
        location=response.location,
        outcome=_said(response.outcome),
        resource=_kept(entry.resource),
    )


def _direct_receipt(wire: Wire, kind: str, status: int, headers: Mapping[str, str], body: bytes) -> EntryReceipt:
    location = headers.get("location") or headers.get("content-location")
    held = msgspec.Raw(body) if body else NOTHING
    found, bare, version = _placed(wire, location, headers.get("etag"), held)
    return EntryReceipt(
        status=status,
        resource_type=found or kind,
        id=bare,
        version=version,
        location=location,
        outcome=_said(held),
        resource=_kept(held),
    )


def _placed(
    wire: Wire, location: str | None, etag: str | None, resource: msgspec.Raw
) -> tuple[str | None, str | None, str | None]:
    """Type, id and version, from the Location, else from the resource itself, and the version from the ETag first."""
    named = split_reference(location, wire.base) if location else None
    held = identity(resource)
    if named is None and held is not None and held[0] != "OperationOutcome" and held[1] is not None:
        named = held[0], held[1]
    version = (etag or "").removeprefix("W/").strip('"') or None
    if version is None and location and "/_history/" in location:
        version = location.rpartition("/_history/")[2] or None
    if version is None:
        version = _version_within(resource)
    return (*named, version) if named else (None, None, version)


def _version_within(resource: msgspec.Raw) -> str | None:
    try:
        versioned = msgspec.json.decode(resource, type=_Versioned)
    except _BROKEN:
        return None
    return versioned.meta.versionId if versioned.meta else None


def _said(outcome: msgspec.Raw) -> str:
    return " / ".join(issue.text for issue in read_outcome(outcome))


def _kept(resource: msgspec.Raw) -> bytes | None:
    known = identity(resource)
    return bytes(resource) if known and known[0] != "OperationOutcome" else None
