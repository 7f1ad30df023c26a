"""Resources inside a request or dispense: its Medication, its pharmacy, and (as VA sends them) its fills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

from msgspec import Raw

from mappings.inbound import models
from mappings.inbound.decode import decode, decode_sound, type_of
from mappings.inbound.medicine import Medicine
from mappings.inbound.reading import Reading
from mappings.inbound.record import Record

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
    for record in _contained(contained, key, _NAMED, reading):
        resource = record.resource
        if isinstance(resource, models.Medication):
            reading.medicines[record.key] = medicine_in(record)
        else:
            reading.name_place(record.key, getattr(resource, "name", None))


def contained_dispenses(
    contained: Sequence[Raw], key: str, reading: Reading
) -> Iterator[Record[models.MedicationDispense]]:
    """The fills that the request `key` contains."""
    return cast("Iterator[Record[models.MedicationDispense]]", _contained(contained, key, _FILLS, reading))


def medicine_in(record: Record[models.Resource]) -> Medicine:
    """What a Medication tells; one with a modifier that nobody here understands tells only how it is called."""
    medicine = record.said.medicine or Medicine(None)
    resource, flaw = record.resource, record.flaw or ""
    if resource.modifier_extension or resource.implicit_rules or "modifierExtension" in flaw or "implicitRules" in flaw:
        return replace(medicine, unreadable=True)
    return medicine


def _contained(
    contained: Sequence[Raw], key: str, wanted: frozenset[str], reading: Reading
) -> Iterator[Record[models.Resource]]:
    for index, part in enumerate(contained):
        raw = bytes(part)
        found = type_of(raw)
        if found in wanted:
            place, inside = ContainedPlace(index), f"{key}#"
            record = decode_sound(raw, place, inside) or decode(raw, found, place, reading, inside)
            if record is not None:
                yield record
