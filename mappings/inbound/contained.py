"""Resources inside a request or dispense: its Medication, its pharmacy, and (as VA sends them) its fills."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.inbound import models
from mappings.inbound.decode import decode, type_of
from mappings.inbound.entries import Record
from mappings.inbound.plain_text import plain
from mappings.inbound.reading import Reading

_NAMED = ("Medication", "Organization", "Location")


def remember_contained(record: Record, reading: Reading) -> None:
    """Note the contained medicines and places of one record under "MedicationRequest/1#med"."""
    for inner in _contained(record, _NAMED, reading):
        if isinstance(inner.resource, models.Medication):
            reading.medications[inner.key] = inner.resource
        elif isinstance(inner.resource, models.Organization | models.Location) and inner.resource.name:
            reading.places.setdefault(inner.key, plain(inner.resource.name) or inner.key)


def contained_dispenses(record: Record, reading: Reading) -> Iterator[Record]:
    """The fills that a request contains."""
    yield from _contained(record, ("MedicationDispense",), reading)


def _contained(record: Record, wanted: tuple[str, ...], reading: Reading) -> Iterator[Record]:
    raws = getattr(record.resource, "contained", None)
    if not raws:
        return
    for index, part in enumerate(raws):
        raw = bytes(part)
        found = type_of(raw)
        if found not in wanted:
            continue
        position = f"{record.key}#(contained {index})"
        decoded = decode(raw, found, position, reading)
        if decoded is not None:
            resource, flaw = decoded
            name = plain(resource.id)
            yield Record(f"{record.key}#{name.lstrip('#')}" if name else position, resource, flaw)
