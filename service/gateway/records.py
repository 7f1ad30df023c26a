"""The few fields of a raw resource that the gateway must know: its type, whose it is, and what it points at.

Everything else is left to the mapping. A field of a wrong type is no reason to fail here: the resource goes on as it
came, and the mapping says what is wrong with it.
"""

from __future__ import annotations

import msgspec

Json = bytes | msgspec.Raw

NOTHING = msgspec.Raw(b"null")  # the default of a raw field: msgspec cannot read `Raw | None`

_BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


class _Typed(msgspec.Struct, gc=False):
    resourceType: str  # noqa: N815 - FHIR's name
    id: str | None = None


class _Reference(msgspec.Struct, gc=False):
    reference: str | None = None


class _Participant(msgspec.Struct, gc=False):
    actor: _Reference | None = None


class _Owned(msgspec.Struct, gc=False):
    subject: _Reference | None = None
    patient: _Reference | None = None
    beneficiary: _Reference | None = None
    participant: list[_Participant] = []


class _Named(msgspec.Struct, gc=False):
    reference: str | None = None
    display: str | None = None


class _Covering(msgspec.Struct, gc=False):
    payor: list[_Named] = []


class _Request(msgspec.Struct, gc=False):
    performer: _Reference | None = None


class _Pointing(msgspec.Struct, gc=False):
    medicationReference: _Reference | None = None  # noqa: N815 - FHIR's name
    dispenseRequest: _Request | None = None  # noqa: N815 - FHIR's name
    performer: msgspec.Raw = NOTHING  # one reference in MedicationRequest, a list with actors in MedicationDispense
    location: msgspec.Raw = NOTHING  # one reference in MedicationDispense, a list in Encounter


def identity(resource: Json) -> tuple[str, str | None] | None:
    """Type and id; None where the data is no resource."""
    try:
        typed = msgspec.json.decode(resource, type=_Typed)
    except _BROKEN:
        return None
    return typed.resourceType, typed.id


def resource_type_of(resource: Json) -> str | None:
    """The type; None where the data is no resource."""
    known = identity(resource)
    return known[0] if known else None


def belongs_to(resource: Json, patient_id: str) -> bool:
    """Whether nothing in the resource says that it is another patient's.

    Read from subject, patient, beneficiary and participant.actor. A resource that names nobody, or somebody by
    identifier only, is not refused here.
    """
    try:
        owned = msgspec.json.decode(resource, type=_Owned)
    except _BROKEN:
        return True  # the mapping reads it field by field, and checks the subject again
    actors = (participant.actor for participant in owned.participant)
    named = {_patient_named(reference) for reference in (owned.subject, owned.patient, owned.beneficiary, *actors)} - {
        None
    }
    return not named or patient_id in named


def medication_pointed_at(resource: Json) -> str | None:
    """`medicationReference.reference` of a MedicationRequest or MedicationDispense."""
    pointing = _read(resource)
    return pointing.medicationReference.reference if pointing and pointing.medicationReference else None


def payers_pointed_at(resource: Json) -> tuple[str, ...]:
    """The payers of a Coverage that are not named there: only then their name has to be read."""
    try:
        payors = msgspec.json.decode(resource, type=_Covering).payor
    except _BROKEN:
        return ()
    return tuple(one.reference for one in payors if one.reference and not one.display)


def places_pointed_at(resource: Json) -> tuple[str, ...]:
    """The pharmacy's Organizations and Locations: dispenseRequest.performer, performer.actor, location."""
    pointing = _read(resource)
    if pointing is None:
        return ()
    found = [pointing.dispenseRequest.performer] if pointing.dispenseRequest else []
    found += [participant.actor for participant in _several(pointing.performer)]
    found += [_one(pointing.location)]
    return tuple(reference.reference for reference in found if reference and reference.reference)


def _read(resource: Json) -> _Pointing | None:
    try:
        return msgspec.json.decode(resource, type=_Pointing)
    except _BROKEN:
        return None


def _several(raw: msgspec.Raw) -> list[_Participant]:
    try:
        return msgspec.json.decode(raw, type=list[_Participant])
    except _BROKEN:
        return []


def _one(raw: msgspec.Raw) -> _Reference | None:
    try:
        return msgspec.json.decode(raw, type=_Reference)
    except _BROKEN:
        return None


def _patient_named(reference: _Reference | None) -> str | None:
    """The patient's id in a reference, relative or absolute, versioned or not."""
    parts = (reference.reference or "").split("/_history/")[0].split("/") if reference else []
    return parts[-1] if len(parts) >= 2 and parts[-2] == "Patient" else None
