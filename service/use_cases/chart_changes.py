"""What became different between two readings of one chart."""

from __future__ import annotations

from collections.abc import Iterable

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
    if shown.dispenses_known != now.dispenses_known:
        changes.append("Whether the server gives dispenses is different now.")
    return tuple(changes)


def _records(history: MedicationHistory) -> dict[str, Record]:
    kinds: tuple[Iterable[Record], ...] = (history.prescriptions, history.dispenses, history.stays)
    return {record.key: record for records in kinds for record in records}


def _named(record: Record) -> str:
    return record.key if isinstance(record, InpatientStay) else f"{record.key} ({record.drug.label})"
