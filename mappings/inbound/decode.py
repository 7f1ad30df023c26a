"""One raw JSON resource to one slim struct; what is malformed in it is said with its FHIRPath and left out."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any, Protocol

import msgspec

from mappings.inbound import models
from mappings.inbound.plain_text import plain
from mappings.inbound.reading import Reading
from mappings.inbound.record import Record
from mappings.inbound.repeated import said_in
from pickupday.findings import Severity

_TYPES: tuple[type[models.Resource], ...] = (
    models.Patient,
    models.MedicationRequest,
    models.MedicationDispense,
    models.Medication,
    models.Encounter,
    models.Organization,
    models.Location,
    models.OperationOutcome,
)
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {kind.__name__: msgspec.json.Decoder(kind) for kind in _TYPES}
_decode_any: Callable[[bytes], models.Resource] = msgspec.json.Decoder(reduce(or_, _TYPES)).decode
_NAMES = {name.encode(): name for name in _DECODERS}
_OLD_NAMES = dict.fromkeys(("medicationorder", "medicationprescription"), "MedicationRequest")  # DSTU1 and DSTU2
_MEANT = {name.casefold(): name for name in _DECODERS} | _OLD_NAMES
_HEAD = msgspec.json.Decoder(models.Head)
_ELEMENTS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TYPE_FIRST = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]{1,60})"')
_PLACE = re.compile(r" - at `\$(.*)`$")

BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)  # all that decoding hostile bytes may raise


def type_of(raw: bytes) -> str | None:
    """The resourceType, None where there is none. Nearly all servers write it first: then nothing is decoded."""
    first = _TYPE_FIRST.match(raw)
    if first:
        return _NAMES.get(first[1]) or first[1].decode("ascii")
    try:
        return _HEAD.decode(raw).resource_type
    except BROKEN:
        return None


def is_read(resource_type: str) -> bool:
    """Whether resources of this type matter to planning at all."""
    return resource_type in _DECODERS


def meant_by(resource_type: str) -> str | None:
    """The type of R4 that is meant by an older name or a wrong spelling, None for types that do not matter here."""
    return _MEANT.get(resource_type.casefold())


class Placed(Protocol):
    """Something that can say where it stands; the words are made only where they are needed."""

    @property
    def place(self) -> str:
        """The place as people and evidence keys name it."""
        ...


def decode_sound(raw: bytes, at: Placed, inside: str = "") -> Record[models.Resource] | None:
    """The record, where its type is read and every element has its shape: as nearly all have, so that this is the way
    which is fast. Else None, and `decode` says what is wrong.
    """
    try:
        resource = _decode_any(raw)
        return Record(_key(resource, at, inside), resource, *said_in(resource, raw))
    except BROKEN:
        return None


def decode(
    raw: bytes, resource_type: str, at: Placed, reading: Reading, inside: str = ""
) -> Record[models.Resource] | None:
    """The record, with a flaw where part of it was malformed; None when nothing is readable.

    Elements that do not have the shape that FHIR gives them are dropped one after the other, each with an issue, so
    that a record with a flaw is still known to exist: a fill that is overlooked makes a wrong plan. The place `at`
    stands for the id where there is none; `inside` is "MedicationRequest/1#" for a contained resource.
    """
    decoder = _DECODERS[resource_type]
    try:
        resource = decoder.decode(raw)
        return Record(_key(resource, at, inside), resource, *said_in(resource, raw))
    except BROKEN as first:
        error: BaseException = first
    try:
        elements = _ELEMENTS.decode(raw)
    except BROKEN as broken:
        reading.note(
            "malformed-resource",
            Severity.ERROR,
            f"This {resource_type} is no valid JSON: {plain(str(broken))}.",
            resource=f"{inside or resource_type + '/'}{at.place}",
            path=resource_type,
        )
        return None
    key = f"{inside or resource_type + '/'}{_id_of(raw) or at.place}"
    flaws: list[str] = []
    while True:
        element, path = _blame(error, resource_type)
        reading.note(
            "malformed-element",
            Severity.ERROR,
            f"{_what(error)}; the element is left out.",
            resource=key,
            path=path,
            missing=True,
        )
        if element not in elements:
            return None
        flaws.append(path)
        del elements[element]
        rest = msgspec.json.encode(elements)
        try:
            resource = decoder.decode(rest)
            found = said_in(resource, rest)
            return Record(_key(resource, at, inside), resource, *found, f"malformed: {', '.join(flaws)}")
        except BROKEN as next_error:
            error = next_error


def _key(resource: models.Resource, at: Placed, inside: str) -> str:
    """The evidence key: "Type/id", or "MedicationRequest/1#id" for a contained resource."""
    name = plain(resource.id) or at.place
    return f"{inside}{name.lstrip('#')}" if inside else f"{type(resource).__name__}/{name}"


def _id_of(raw: bytes) -> str | None:
    try:
        return plain(_HEAD.decode(raw).id)
    except BROKEN:
        return None


def _blame(error: BaseException, resource_type: str) -> tuple[str, str]:
    """The element of the resource that holds the flaw, and the flaw's FHIRPath: `$.a[0].b` becomes `Type.a[0].b`."""
    found = _PLACE.search(str(error))
    inner = found[1] if found else ""
    return re.split(r"[.\[]", inner.lstrip("."), maxsplit=1)[0], resource_type + inner


def _what(error: BaseException) -> str:
    return plain(_PLACE.sub("", str(error))) or "Not readable"
