"""A file as a list of raw resources: a Bundle of any type (Bundles inside it too), or one array of resources."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from mappings.inbound import models
from mappings.inbound.decode import BROKEN, type_of
from mappings.inbound.guard import fatal, place_in, too_deep, too_many_entries
from mappings.inbound.plain_text import plain
from mappings.inbound.reading import Reading, key_in
from pickupday.findings import Severity

_BUNDLE = msgspec.json.Decoder(models.Bundle)
_LOOSE_BUNDLE = msgspec.json.Decoder(models.LooseBundle)
_ENTRY = msgspec.json.Decoder(models.Entry)
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_BUNDLES_IN_BUNDLES = 3  # a batch response holds search results, which hold resources


class RawEntry(msgspec.Struct, gc=False):
    """One resource as bytes, with its place in the file: "3", or "2.3" for a Bundle inside the Bundle."""

    number: int
    raw: bytes
    full_url: str | None = None
    within: str = ""

    @property
    def place(self) -> str:
        """The place as people and evidence keys name it."""
        return f"(entry {self.within}{self.number})"


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
            entries = list(_entries_of_bundle(data, reading, _BUNDLES_IN_BUNDLES, ""))
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


def _entries_of_bundle(data: bytes, reading: Reading, levels: int, within: str) -> Iterator[RawEntry]:
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
    deleted = set()
    for number, entry in enumerate(entries):
        raw = bytes(entry.resource)
        if not raw or raw == b"null":
            if bundle.type == "history" and entry.request and entry.request.method == "DELETE":
                deleted.add(key_in(entry.request.url or entry.full_url or ""))
        elif levels and raw.find(b'"Bundle"', 0, 200) > 0 and type_of(raw) == "Bundle":
            yield from _entries_of_bundle(raw, reading, levels - 1, f"{within}{number}.")
        elif not deleted or key_in(entry.full_url or "") not in deleted:  # a history is sorted newest first
            yield RawEntry(number, raw, entry.full_url, within)


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
