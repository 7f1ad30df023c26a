"""Resources inside a request or dispense: its Medication, its pharmacy, and (as VA sends them) its fills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from msgspec import Raw

from mappings.inbound import models
from mappings.inbound.decode import decode, decode_sound, type_of
from mappings.inbound.medicine import Medicine
from mappings.inbound.reading import Reading
from mappings.inbound.record import Record
from mappings.inbound.telecoms import first_phone

_NAMED: Final = frozenset({"Medication", "Organization", "Location"})
_FILLS: Final = frozenset({"MedicationDispense"})
_MOST_REMEMBERED: Final = 16_384
_LONGEST_REMEMBERED: Final = 4_096  # bytes
_known: dict[bytes, tuple[str, Medicine]] = {}  # Medications by what stands there, each with its id; nobody's secret


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
    for index, part in enumerate(contained):
        raw = bytes(part)
        known = _known.get(raw)
        if known is not None:
            reading.medicines[f"{key}#{known[0]}"] = known[1]
            continue
        record = _read(raw, index, key, _NAMED, reading)
        if record is None:
            continue
        resource = record.resource
        if isinstance(resource, models.Medication):
            medicine = reading.medicines[record.key] = medicine_in(record)
            if record.flaw is None and resource.id and len(raw) <= _LONGEST_REMEMBERED:
                if len(_known) >= _MOST_REMEMBERED:
                    _known.clear()
                _known[raw] = record.key.partition("#")[2], medicine
        else:
            number = first_phone(resource.telecom) if isinstance(resource, models.Organization) else None
            reading.name_place(record.key, getattr(resource, "name", None), number)


def contained_dispenses(
    contained: Sequence[Raw], key: str, reading: Reading
) -> Iterator[Record[models.MedicationDispense]]:
    """The fills that the request `key` contains."""
    for index, part in enumerate(contained):
        raw = bytes(part)
        if raw not in _known and (record := _read(raw, index, key, _FILLS, reading)):
            yield cast("Record[models.MedicationDispense]", record)


def medicine_in(record: Record[models.Resource]) -> Medicine:
    """What a Medication tells; one with a modifier that nobody here understands tells only how it is called."""
    medicine = record.said.medicine or Medicine(None)
    resource, flaw = record.resource, record.flaw or ""
    if resource.modifier_extension or resource.implicit_rules or "modifierExtension" in flaw or "implicitRules" in flaw:
        return replace(medicine, unreadable=True)
    return medicine


def _read(raw: bytes, index: int, key: str, wanted: frozenset[str], reading: Reading) -> Record[models.Resource] | None:
    """One contained resource of a type that is wanted, None for others and where nothing of it is readable."""
    found = type_of(raw)
    if found not in wanted:
        return None
    place, inside = ContainedPlace(index), f"{key}#"
    return decode_sound(raw, place, inside) or decode(raw, found, place, reading, inside)
