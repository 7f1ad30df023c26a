"""Resources inside a request or dispense: its Medication, its pharmacy, and (as VA sends them) its fills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from msgspec import Raw

from mappings.inbound import models
from mappings.inbound.decode import decode, type_of
from mappings.inbound.entries import Record
from mappings.inbound.plain_text import plain
from mappings.inbound.reading import Reading

_NAMED = frozenset({"Medication", "Organization", "Location"})
_FILLS = frozenset({"MedicationDispense"})


@dataclass(frozen=True, slots=True)
class ContainedPlace:
    """Where a contained resource stands."""

    index: int

    @property
    def place(self) -> str:
        """The place as people and evidence keys name it."""
        return f"(contained {self.index})"


def remember_contained(contained: Sequence[Raw], key: str, reading: Reading) -> None:
    """Note the medicines and places that the record `key` contains, under "MedicationRequest/1#med"."""
    for inner in _contained(contained, key, _NAMED, reading):
        if isinstance(inner.resource, models.Medication):
            reading.medications[inner.key] = inner.resource
        else:
            reading.name_place(inner.key, getattr(inner.resource, "name", None))


def contained_dispenses(
    contained: Sequence[Raw], key: str, reading: Reading
) -> Iterator[Record[models.MedicationDispense]]:
    """The fills that the request `key` contains."""
    return cast("Iterator[Record[models.MedicationDispense]]", _contained(contained, key, _FILLS, reading))


def _contained(
    contained: Sequence[Raw], key: str, wanted: frozenset[str], reading: Reading
) -> Iterator[Record[models.Resource]]:
    for index, part in enumerate(contained):
        raw = bytes(part)
        found = type_of(raw)
        if found in wanted:
            place = ContainedPlace(index)
            decoded = decode(raw, found, place, reading, inside=f"{key}#")
            if decoded is not None:
                name = (plain(decoded.resource.id) or place.place).lstrip("#")
                yield Record(f"{key}#{name}", decoded.resource, decoded.said, decoded.period, decoded.flaw)
