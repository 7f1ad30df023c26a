"""What a page showed before it was confirmed, kept as digests, and what is different when the confirmation comes.

A chart is never kept: of each record there is its key, its label and a digest, sealed like everything in a session.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from hashlib import sha256

import msgspec

from pickupday.history import MedicationHistory
from service.use_cases.offer import Offer
from service.use_cases.sessions import Shown

_PLAN_TYPES = ("Appointment", "CommunicationRequest")


def snapshot(offer: Offer, history: MedicationHistory, today: str) -> Shown:
    """What is about to be shown: the records behind the plan, and the plan itself."""
    return Shown(plan=_plan(offer), today=today, records=_records(history))


def differences(shown: Shown | None, offer: Offer, history: MedicationHistory, today: str) -> tuple[str, ...]:
    """One sentence for each thing that is not as it was shown; empty where the plan is the very one that was shown."""
    if shown is None:
        return ("No plan was shown in this window yet.",)
    now = snapshot(offer, history, today)
    before, after = shown.records, now.records
    changes = [f"{_named(key, after)} is new." for key in sorted(after.keys() - before.keys())]
    changes += [f"{_named(key, before)} is gone." for key in sorted(before.keys() - after.keys())]
    changes += [
        f"{_named(key, after)} was changed."
        for key in sorted(before.keys() & after.keys())
        if before[key] != after[key]
    ]
    if shown.today != today:
        changes.append("A new day has begun at the pharmacy since the plan was shown.")
    if shown.plan != now.plan and not changes:
        changes.append("The plan comes out differently now than it was shown.")
    return tuple(changes)


def _plan(offer: Offer) -> str:
    meant = [
        (entry.resource_type, entry.on.isoformat(), entry.text, entry.note, _moments(entry.between))
        for entry in offer.bundle.entries
        if entry.resource_type in _PLAN_TYPES
    ]
    programme = offer.plan.record.programme if offer.plan.record is not None else ""
    language = offer.plan.calling.language if offer.plan.calling.asked else ""
    return _digest((offer.pharmacy.key, programme, language, meant))


def _moments(between: tuple[datetime, datetime] | None) -> tuple[str, ...]:
    return tuple(moment.isoformat() for moment in between or ())


def _records(history: MedicationHistory) -> dict[str, tuple[str, str]]:
    kept = {
        prescription.key: (_digest(prescription), prescription.drug.label) for prescription in history.prescriptions
    }
    kept |= {dispense.key: (_digest(dispense), dispense.drug.label) for dispense in history.dispenses}
    kept |= {stay.key: (_digest(stay), "a hospital stay") for stay in history.stays}
    kept[history.patient.key] = (_digest(history.patient), "")
    told = sorted((one.medicine, str(one.units), one.told_on.isoformat()) for one in history.told_counts)
    kept["counts"] = (_digest((told, history.dispenses_known)), "")
    return kept


def _named(key: str, records: dict[str, tuple[str, str]]) -> str:
    if key == "counts":
        return "What is known of the supply at home"
    label = records[key][1]
    return f"{key} ({label})" if label else key


def _digest(value: object) -> str:
    encoded = msgspec.json.encode(value, enc_hook=_as_text, order="deterministic")
    return sha256(encoded).hexdigest()


def _as_text(value: object) -> str:
    if isinstance(value, Fraction):
        return str(value)
    raise NotImplementedError(type(value).__name__)
