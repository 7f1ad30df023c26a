"""The records of a chart: every entry decoded by itself, each record once, whatever else the entries hold left alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from mappings.inbound import models
from mappings.inbound.decode import BROKEN, decode, is_read, type_of
from mappings.inbound.guard import fatal, place_in, refuse_resource, too_deep, too_many_entries
from mappings.inbound.plain_text import plain
from mappings.inbound.reading import Reading, key_in
from pickupday.findings import Severity

_BUNDLE = msgspec.json.Decoder(models.Bundle)
_LOOSE_BUNDLE = msgspec.json.Decoder(models.LooseBundle)
_ENTRY = msgspec.json.Decoder(models.Entry)
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_BUNDLES_IN_BUNDLES = 3  # a batch response holds search results, which hold resources


@dataclass(slots=True)
class Record:
    """One resource of the chart. `flaw` is the reason not to interpret it, None for a sound one."""

    key: str
    resource: models.Resource
    flaw: str | None = None


@dataclass(slots=True)
class Records:
    """All records of a chart by type and evidence key, and the fullUrl each had."""

    by_type: dict[str, dict[str, Record]] = field(default_factory=dict)
    full_urls: dict[str, str] = field(default_factory=dict)

    def of(self, resource_type: str) -> Iterable[Record]:
        """All records of one type, in the order of the chart."""
        return self.by_type.get(resource_type, {}).values()


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One resource as bytes, with its place in the chart."""

    number: int
    raw: bytes
    full_url: str | None = None


class UnreadableChartError(Exception):
    """The chart as a whole cannot be read; the fatal issue is already among the issues. Never leaves this package."""


def list_entries(data: bytes, reading: Reading) -> list[RawEntry]:
    """The entries of a file that is a Bundle or an array of resources."""
    start = data.lstrip()[:1]
    try:
        if start == b"[":
            raws = _ARRAY.decode(data)
            entries = [RawEntry(number, bytes(raw)) for number, raw in enumerate(raws)]
        elif type_of(data) == "Bundle":
            entries = list(_entries_of_bundle(data, reading, _BUNDLES_IN_BUNDLES))
        else:
            msgspec.json.decode(data, type=msgspec.Raw)
            raise _refused(reading, _what_else(data, start))
    except RecursionError:
        reading.issues.append(too_deep(reading.limits))
        raise UnreadableChartError from None
    except BROKEN as broken:
        raise _refused(reading, _where_broken(data, broken)) from None
    if len(entries) > reading.limits.max_entries:
        reading.issues.append(too_many_entries(reading.limits))
        raise UnreadableChartError
    return entries


def _refused(reading: Reading, reason: tuple[str, str, str | None]) -> UnreadableChartError:
    code, message, next_step = reason
    reading.issues.append(fatal(code, message, next_step=next_step))
    return UnreadableChartError()


def _what_else(data: bytes, start: bytes) -> tuple[str, str, str | None]:
    if start != b"{":
        return "not-a-bundle", "The file is JSON, but neither a Bundle nor an array of resources.", None
    found = type_of(data)
    what = f"a single {plain(found, 60)}" if found else "an object without resourceType"
    return "not-a-bundle", f"The file holds {what}, not a Bundle.", "Put all resources of the chart into one Bundle."


def _where_broken(data: bytes, broken: Exception) -> tuple[str, str, str | None]:
    """Why the file is no JSON, and where: the byte that msgspec names, the end for a truncated file."""
    text = str(broken)
    if isinstance(broken, msgspec.ValidationError):
        return "malformed-bundle", f"The Bundle does not have the shape of one: {plain(text)}.", None
    if "truncated" in text:
        at = place_in(data, len(data))
        return "truncated-file", f"The file ends in the middle of the JSON, at {at}.", "Get the whole file again."
    head, _, tail = text.rpartition("(byte ")
    byte = tail.rstrip(")")
    if byte.isdigit():
        hint = "One resource per line (NDJSON) is not read; make it a Bundle." if "trailing" in text else None
        return "not-json", f"{plain(head)}, at {place_in(data, int(byte))}.", hint
    return "not-json", f"The file is no valid JSON: {plain(text)}.", None


def _entries_of_bundle(data: bytes, reading: Reading, levels: int) -> Iterator[RawEntry]:
    try:
        bundle = _BUNDLE.decode(data)
        entries = bundle.entry or []
    except msgspec.ValidationError:
        loose = _LOOSE_BUNDLE.decode(data)
        bundle = models.Bundle(type=loose.type, link=loose.link)
        entries = list(_sound_entries(loose.entry or [], reading))
    if any(link.relation == "next" for link in bundle.link or ()):
        raise _refused(
            reading,
            (
                "one-page-only",
                "The Bundle is one page of a longer search result, so that the history is cut short.",
                "Fetch all pages and join them, or let PickupDay read the server itself.",
            ),
        )
    if len(entries) > reading.limits.max_entries:
        reading.issues.append(too_many_entries(reading.limits))
        raise UnreadableChartError
    for number, entry in enumerate(entries):
        raw = bytes(entry.resource)
        if not raw or raw == b"null":
            continue
        if levels and raw.find(b'"Bundle"', 0, 200) > 0 and type_of(raw) == "Bundle":
            yield from _entries_of_bundle(raw, reading, levels - 1)
        else:
            yield RawEntry(number, raw, entry.full_url)


def _sound_entries(entries: list[msgspec.Raw], reading: Reading) -> Iterator[models.Entry]:
    """The entries of a Bundle in which at least one is malformed; that one is noted, the others go on."""
    for number, raw in enumerate(entries):
        try:
            yield _ENTRY.decode(raw)
        except msgspec.MsgspecError as broken:
            reading.note(
                "malformed-entry",
                Severity.ERROR,
                f"This entry of the Bundle cannot be read: {plain(str(broken))}.",
                resource=f"(entry {number})",
                path=f"Bundle.entry[{number}]",
            )
            yield models.Entry()


def read_records(entries: Iterable[RawEntry], reading: Reading) -> Records:
    """Decode all entries that matter; a record that stands twice is kept once, the later version of two."""
    records = Records()
    for entry in entries:
        raw = entry.raw
        found = type_of(raw)
        position = f"{plain(found, 60) or 'Resource'}/(entry {entry.number})"
        refused = refuse_resource(raw, reading.limits, position)
        if refused:
            reading.issues.append(refused)
            raise UnreadableChartError
        if found is None:
            reading.note(
                "no-resource-type",
                Severity.ERROR,
                "This entry holds no resource that says its type.",
                resource=f"(entry {entry.number})",
                path=f"Bundle.entry[{entry.number}].resource",
            )
        elif is_read(found):
            decoded = decode(raw, found, position, reading)
            if decoded is not None:
                resource, flaw = decoded
                name = plain(resource.id)
                record = Record(f"{found}/{name}" if name else position, resource, flaw)
                if entry.full_url:
                    _remember_url(entry.full_url, record, records, reading)
                _keep(record, records.by_type.setdefault(found, {}), reading)
    return records


def _remember_url(full_url: str, record: Record, records: Records, reading: Reading) -> None:
    """Note where a record stands. A fullUrl that contradicts the record's id, or another's fullUrl, leads nowhere."""
    meant = key_in(full_url) or ""
    identified = not record.key.endswith(")")
    if identified and not full_url.startswith("urn:") and "/" in meant and meant != record.key:
        problem = f"The fullUrl of this entry is that of {meant}."
    elif reading.keys.setdefault(full_url, record.key) != record.key:
        problem = f"The fullUrl of this entry is also that of {reading.keys[full_url]}."
    else:
        records.full_urls[record.key] = full_url
        return
    reading.note("full-url-disagrees", Severity.WARNING, problem, resource=record.key, path="Bundle.entry.fullUrl")


def _keep(record: Record, kept: dict[str, Record], reading: Reading) -> None:
    before = kept.setdefault(record.key, record)
    if before is record or (before.flaw == record.flaw and before.resource == record.resource):
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
