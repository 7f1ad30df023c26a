"""What a chart says beside the medicines: the few records with the codes that matter, all others left undecoded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar

import msgspec

from mappings.codes import TRANSPORT_CONDITIONS, TRANSPORT_QUESTION
from mappings.inbound.circumstance_models import Condition, Coverage, Observation
from mappings.inbound.coverages import benefit
from mappings.inbound.decode import type_of
from mappings.inbound.entries import Record
from mappings.inbound.files import RawEntry
from mappings.inbound.models import Head, Resource
from mappings.inbound.ownership import Owner
from mappings.inbound.plain_text import plain
from mappings.inbound.reading import Reading
from mappings.inbound.transport import transport_answer, transport_condition
from pickupday.circumstances import Circumstances
from pickupday.findings import Severity

T = TypeVar("T")

_CODES: Final = [code for codes in TRANSPORT_CONDITIONS.values() for code in codes]
_WORDS: Final[Mapping[str, tuple[bytes, ...]]] = MappingProxyType(
    {
        "Condition": tuple(word.encode() for code in _CODES for word in {code, code.replace(".", "")}),
        "Observation": (TRANSPORT_QUESTION.encode(),),
        "Coverage": (b"",),
    }
)
_DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    kind.__name__: msgspec.json.Decoder(kind) for kind in (Condition, Observation, Coverage)
}
_HEAD: Final = msgspec.json.Decoder(Head)
_BROKEN: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def those_that_matter(entries: Iterable[RawEntry]) -> list[RawEntry]:
    """The entries of these types that may hold one of the codes, as they were sent: a chart has thousands without."""
    return [entry for entry in entries if any(word in entry.raw for word in _WORDS.get(type_of(entry.raw) or "", ()))]


def circumstances(
    entries: Iterable[RawEntry], owner: Owner, reading: Reading, unread: Mapping[str, str] | None = None
) -> Circumstances:
    """The records of this patient among all `entries`; `unread` names the types that could not be had, and why."""
    found: dict[type[Resource], dict[str, Record[Any]]] = {Condition: {}, Observation: {}, Coverage: {}}
    for entry in those_that_matter(entries):
        record = _decode(entry, reading)
        if record is not None:
            found[type(record.resource)].setdefault(record.key, record)
    return Circumstances(
        transport=(
            *_each(found[Condition], transport_condition, owner, reading),
            *_each(found[Observation], transport_answer, owner, reading),
        ),
        benefits=_each(found[Coverage], benefit, owner, reading),
        unread=MappingProxyType(dict(unread or {})),
    )


def _each(
    records: dict[str, Record[Any]], read: Callable[[Any, str, Reading], T | None], owner: Owner, reading: Reading
) -> tuple[T, ...]:
    own = (read(one.resource, one.key, reading) for one in owner.own(records.values(), reading))
    return tuple(one for one in own if one is not None)


def _decode(entry: RawEntry, reading: Reading) -> Record[Resource] | None:
    """One record; None, with an issue, where it has not the shape of its type: nothing is concluded from a part."""
    try:
        head = _HEAD.decode(entry.raw)
        key = f"{head.resource_type}/{plain(head.id) or entry.place}"
        return Record(key, _DECODERS[head.resource_type or ""].decode(entry.raw))
    except _BROKEN as broken:
        reading.note(
            "malformed-resource",
            Severity.WARNING,
            f"This record cannot be read and is left out: {plain(str(broken))}.",
            resource=str(entry.place),
        )
        return None
