"""What can be searched, type by type: the one table that indexes, answers searches and writes the CapabilityStatement.

Paths are element names under the resource, arrays are walked through; a choice names its type ("medicationReference").
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How values are compared (SearchParameter.type)."""

    TOKEN = "token"  # noqa: S105 - a kind of search, not a secret
    REFERENCE = "reference"
    DATE = "date"
    STRING = "string"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter of one type. `targets` empty: references to anything."""

    name: str
    kind: Kind
    paths: tuple[str, ...]
    targets: tuple[str, ...] = ()


def _token(name: str, *paths: str) -> Parameter:
    return Parameter(name, Kind.TOKEN, paths or (name,))


def _reference(name: str, *paths: str, to: tuple[str, ...] = ()) -> Parameter:
    return Parameter(name, Kind.REFERENCE, paths or (name,), to)


def _date(name: str, *paths: str) -> Parameter:
    return Parameter(name, Kind.DATE, paths or (name,))


def _string(name: str, *paths: str) -> Parameter:
    return Parameter(name, Kind.STRING, paths or (name,))


def _patient(path: str = "subject") -> Parameter:
    return _reference("patient", path, to=("Patient",))


_IDENTIFIER, _STATUS, _SUBJECT = _token("identifier"), _token("status"), _reference("subject")
_PERSON_NAME = _string("name", "name.family", "name.given", "name.prefix", "name.suffix", "name.text")

COMMON = (_token("_id", "id"), _date("_lastUpdated", "meta.lastUpdated"), _token("_tag", "meta.tag"))

_OF_TYPE: dict[str, tuple[Parameter, ...]] = {
    "Appointment": (
        _reference("actor", "participant.actor"),
        _date("date", "start"),
        _IDENTIFIER,
        _patient("participant.actor"),
        _STATUS,
    ),
    "AuditEvent": (
        _date("date", "recorded"),
        _reference("entity", "entity.what"),
        _reference("patient", "agent.who", "entity.what", to=("Patient",)),
    ),
    "CarePlan": (_IDENTIFIER, _patient(), _STATUS, _SUBJECT),
    "Communication": (_reference("based-on", "basedOn"), _IDENTIFIER, _patient(), _date("sent"), _STATUS, _SUBJECT),
    "CommunicationRequest": (
        _token("group-identifier", "groupIdentifier"),
        _IDENTIFIER,
        _date("occurrence", "occurrenceDateTime", "occurrencePeriod"),
        _patient(),
        _STATUS,
        _SUBJECT,
    ),
    "Condition": (
        _token("category"),
        _token("clinical-status", "clinicalStatus"),
        _token("code"),
        _patient(),
        _SUBJECT,
    ),
    "Consent": (_token("category"), _IDENTIFIER, _patient("patient"), _STATUS),
    "Coverage": (_reference("beneficiary"), _IDENTIFIER, _patient("beneficiary"), _STATUS),
    "DocumentReference": (_IDENTIFIER, _patient(), _STATUS, _SUBJECT, _token("type")),
    "Encounter": (_token("class"), _date("date", "period"), _patient(), _STATUS, _SUBJECT),
    "HealthcareService": (
        _IDENTIFIER,
        _reference("location"),
        _string("name"),
        _reference("organization", "providedBy"),
    ),
    "Location": (_IDENTIFIER, _string("name", "name", "alias"), _reference("organization", "managingOrganization")),
    "Medication": (_token("code"), _IDENTIFIER, _STATUS),
    "MedicationDispense": (
        _IDENTIFIER,
        _reference("medication", "medicationReference", to=("Medication",)),
        _patient(),
        _reference("prescription", "authorizingPrescription", to=("MedicationRequest",)),
        _STATUS,
        _SUBJECT,
        _date("whenhandedover", "whenHandedOver"),
    ),
    "MedicationRequest": (
        _date("authoredon", "authoredOn"),
        _IDENTIFIER,
        _token("intent"),
        _reference("medication", "medicationReference", to=("Medication",)),
        _patient(),
        _STATUS,
        _SUBJECT,
    ),
    "Observation": (
        _token("category"),
        _token("code"),
        _date("date", "effectiveDateTime", "effectivePeriod", "effectiveInstant"),
        _patient(),
        _STATUS,
        _SUBJECT,
    ),
    "Organization": (_IDENTIFIER, _string("name", "name", "alias")),
    "Patient": (_date("birthdate", "birthDate"), _IDENTIFIER, _PERSON_NAME),
    "Practitioner": (_IDENTIFIER, _PERSON_NAME),
    "PractitionerRole": (_IDENTIFIER, _reference("organization"), _reference("practitioner")),
    "Provenance": (_patient("target"), _date("recorded"), _reference("target")),
    "RelatedPerson": (_IDENTIFIER, _PERSON_NAME, _patient("patient")),
    "Task": (_reference("focus"), _IDENTIFIER, _patient("for"), _STATUS, _reference("subject", "for")),
}

SEARCHABLE: dict[str, dict[str, Parameter]] = {
    kind: {parameter.name: parameter for parameter in (*COMMON, *own)} for kind, own in _OF_TYPE.items()
}


def includes(kind: str) -> tuple[str, ...]:
    """What `_include` may name for the type: "MedicationRequest:medication"."""
    return tuple(f"{kind}:{each.name}" for each in SEARCHABLE[kind].values() if each.kind is Kind.REFERENCE)
