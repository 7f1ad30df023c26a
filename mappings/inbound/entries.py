"""The records of a chart: every entry decoded by itself, each record once, what does not matter left alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from mappings.inbound import models
from mappings.inbound.decode import decode, decode_sound, is_read, meant_by, type_of
from mappings.inbound.files import RawEntry, UnreadableChartError
from mappings.inbound.guard import FEW_BYTES, is_too_deep, refuse_resource, too_deep
from mappings.inbound.plain_text import plain
from mappings.inbound.reading import Reading, key_in
from mappings.inbound.record import R as R
from mappings.inbound.record import Record as Record
from pickupday.findings import Severity


@dataclass(slots=True)
class Records:
    """All records of a chart by type and evidence key, and the fullUrl each had; `others` are of types unread here."""

    by_type: dict[str, dict[str, Record[models.Resource]]] = field(default_factory=dict)
    full_urls: dict[str, str] = field(default_factory=dict)
    others: list[RawEntry] = field(default_factory=list)

    def of(self, kind: type[R]) -> Iterable[Record[R]]:
        """All records of one type, in the order of the chart."""
        return cast("Iterable[Record[R]]", self.by_type.get(kind.__name__, {}).values())


def read_records(entries: Iterable[RawEntry], reading: Reading) -> Records:
    """Decode all entries that matter; a record that stands twice is kept once, the later version of two."""
    records = Records()
    kept = records.by_type
    limits = reading.limits
    unsuspected = min(FEW_BYTES, limits.max_string)
    for entry in entries:
        raw = entry.raw
        if len(raw) > unsuspected and (refused := refuse_resource(raw, limits)):
            reading.issues.append(refused(f"{plain(type_of(raw), 60) or 'Resource'}/{entry.place}"))
            raise UnreadableChartError
        record = decode_sound(raw, entry) or _flawed(entry, records.others, reading)
        if record is None:
            continue
        key = record.key
        if entry.full_url:
            _remember_url(entry.full_url, key, records, reading)
        found = type(record.resource).__name__
        same_type = kept.get(found)
        if same_type is None:
            kept[found] = {key: record}
        elif same_type.setdefault(key, record) is not record:
            _keep(record, same_type, reading)
    return records


def _flawed(entry: RawEntry, others: list[RawEntry], reading: Reading) -> Record[models.Resource] | None:
    """What can be had of an entry that is no sound record of a type that is read; None where that is nothing.

    One of another type goes to `others`.
    """
    found = type_of(entry.raw)
    if found is None:
        _refuse_nested(entry, "Resource", reading)
        reading.note(
            "no-resource-type",
            Severity.ERROR,
            "This entry holds no resource that says its type.",
            resource=entry.place,
            path=f"Bundle.entry[{entry.number}].resource",
        )
    elif is_read(found):
        record = decode(entry.raw, found, entry, reading)
        if record is None:
            _refuse_nested(entry, found, reading)
        return record
    elif meant := meant_by(found):
        reading.note(
            "unknown-resource-type",
            Severity.ERROR,
            f'"{plain(found, 60)}" is no type of FHIR R4; what it holds is left out.',
            resource=f"{plain(found, 60)}/{entry.place}",
            path=f"Bundle.entry[{entry.number}].resource.resourceType",
            next_step=f"Send it as {meant}.",
        )
    else:
        others.append(entry)
    return None


def _refuse_nested(entry: RawEntry, resource_type: str, reading: Reading) -> None:
    """Give up the chart where a resource cannot be decoded because it is nested too deeply."""
    if is_too_deep(entry.raw, reading.limits):
        reading.issues.append(too_deep(reading.limits, f"{plain(resource_type, 60)}/{entry.place}"))
        raise UnreadableChartError


def _remember_url(full_url: str, key: str, records: Records, reading: Reading) -> None:
    """Note where a record stands. A fullUrl that contradicts the record's id, or another's fullUrl, leads nowhere."""
    if not full_url.endswith(key):
        meant = None if full_url.startswith("urn:") or key.endswith(")") else key_in(full_url)
        if meant is not None:
            _contradicted(key, f"The fullUrl of this entry is that of {meant}.", reading)
            return
    owner = reading.keys.setdefault(full_url, key)
    if owner == key:
        records.full_urls[key] = full_url
    else:
        _contradicted(key, f"The fullUrl of this entry is also that of {owner}.", reading)


def _contradicted(key: str, problem: str, reading: Reading) -> None:
    reading.note("full-url-disagrees", Severity.WARNING, problem, resource=key, path="Bundle.entry.fullUrl")


def _keep(record: Record[models.Resource], kept: dict[str, Record[models.Resource]], reading: Reading) -> None:
    before = kept[record.key]
    if before.same_as(record):
        return
    order = _version_order(before.resource.meta, record.resource.meta)
    if order == 0:
        before.flaw = before.flaw or "two entries with this id differ"
        reading.note(
            "duplicate-differs",
            Severity.ERROR,
            "Two entries have this id and differ, and no version says which one is later.",
            resource=record.key,
            path=f"{record.key.partition('/')[0]}.id",
            next_step="Export the chart again.",
        )
        return
    if order > 0:
        kept[record.key] = record
    reading.note(
        "older-version",
        Severity.INFORMATION,
        "An older version of this record is in the chart too; the later one is used.",
        resource=record.key,
    )


def _version_order(one: models.Meta | None, other: models.Meta | None) -> int:
    """Positive when the second is later, negative when the first is, 0 where nobody can tell."""
    if one is None or other is None:
        return 0
    versions = one.version_id, other.version_id
    if all(version and version.isascii() and version.isdigit() and len(version) < 19 for version in versions):
        first, second = (int(version or 0) for version in versions)
        if first != second:
            return 1 if second > first else -1
    return 0
