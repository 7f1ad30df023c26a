"""What became different between two readings of one chart."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pickupday.history import Dispense, InpatientStay, MedicationHistory, Prescription

Record = Prescription | Dispense | InpatientStay


def chart_changes(shown: MedicationHistory, now: MedicationHistory) -> tuple[str, ...]:
    """One sentence for each record that is new, gone or another version than shown; empty when nothing changed."""
    before, after = _records(shown), _records(now)
    changes = [f"{_named(after[key])} is new." for key in sorted(after.keys() - before.keys())]
    changes += [f"{_named(before[key])} is gone." for key in sorted(before.keys() - after.keys())]
    changes += [
        f"{_named(after[key])} was changed."
        for key in sorted(before.keys() & after.keys())
        if before[key] != after[key]
    ]
    if shown.patient != now.patient:
        changes.append(f"{now.patient.key} was changed.")
    if _told(shown) != _told(now):
        changes.append("The counts of what is left that the chart keeps are different now.")
    if shown.dispenses_known != now.dispenses_known:
        changes.append("Whether the server gives dispenses is different now.")
    return tuple(changes)


def versions_of(resources: Iterable[bytes]) -> tuple[str, ...]:
    """Prescriptions and dispenses with their versions ("MedicationRequest/1/_history/3"), sorted."""
    found = set()
    for raw in resources:
        try:
            one = msgspec.json.decode(raw, type=_Versioned)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if one.resource_type in ("MedicationRequest", "MedicationDispense"):
            version = one.meta.version_id if one.meta else None
            found.add(f"{one.resource_type}/{one.id}/_history/{version or ''}")
    return tuple(sorted(found))


class _Meta(msgspec.Struct, rename="camel", gc=False):
    version_id: str | None = None


class _Versioned(msgspec.Struct, rename="camel", gc=False):
    resource_type: str = ""
    id: str = ""
    meta: _Meta | None = None


def _told(history: MedicationHistory) -> set[tuple[str, str, str]]:
    return {(one.medicine, str(one.units), one.told_on.isoformat()) for one in history.told_counts}


def _records(history: MedicationHistory) -> dict[str, Record]:
    kinds: tuple[Iterable[Record], ...] = (history.prescriptions, history.dispenses, history.stays)
    return {record.key: record for records in kinds for record in records}


def _named(record: Record) -> str:
    return record.key if isinstance(record, InpatientStay) else f"{record.key} ({record.drug.label})"
