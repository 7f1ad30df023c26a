"""What no resource may lack, checked before it is stored: cheap, and independent of whoever wrote the resource.

Not a validator: required elements, the codes of status, and the invariants that a scheduling client can break.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from service.sandbox.dates import stretch
from service.sandbox.fhir_json import Resource
from service.sandbox.indexing import elements
from service.sandbox.outcome import FhirError
from service.sandbox.parameters import SEARCHABLE, Kind

_REQUIRED: dict[str, tuple[str, ...]] = {  # "a|b": exactly one of them; "list.element": in every item
    "Appointment": ("status", "participant", "participant.status"),
    "AuditEvent": ("type", "recorded", "agent", "source"),
    "CarePlan": ("status", "intent", "subject"),
    "Communication": ("status",),
    "CommunicationRequest": ("status",),
    "Condition": ("subject",),
    "Consent": ("status", "scope", "category"),
    "Coverage": ("status", "beneficiary", "payor"),
    "DocumentReference": ("status", "content", "content.attachment"),
    "Encounter": ("status", "class"),
    "MedicationDispense": ("status", "medicationCodeableConcept|medicationReference"),
    "MedicationRequest": ("status", "intent", "medicationCodeableConcept|medicationReference", "subject"),
    "Observation": ("status", "code"),
    "Provenance": ("target", "recorded", "agent", "agent.who"),
    "RelatedPerson": ("patient",),
    "Task": ("status", "intent"),
}
_REQUEST = "draft active on-hold revoked completed entered-in-error unknown"
_EVENT = "preparation in-progress not-done on-hold stopped completed entered-in-error unknown"
_INTENT = "proposal plan order original-order reflex-order filler-order instance-order option"
_CODES: dict[str, dict[str, str]] = {
    "Appointment": {
        "status": "proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in waitlist",
        "participant.status": "accepted declined tentative needs-action",
    },
    "CarePlan": {"status": _REQUEST, "intent": "proposal plan order option"},
    "Communication": {"status": _EVENT},
    "CommunicationRequest": {"status": _REQUEST, "priority": "routine urgent asap stat"},
    "Consent": {"status": "draft proposed active rejected inactive entered-in-error"},
    "Coverage": {"status": "active cancelled draft entered-in-error"},
    "DocumentReference": {"status": "current superseded entered-in-error"},
    "Encounter": {
        "status": "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
    },
    "MedicationDispense": {
        "status": "preparation in-progress cancelled on-hold completed entered-in-error stopped declined unknown",
    },
    "MedicationRequest": {
        "status": "active on-hold cancelled completed entered-in-error stopped draft unknown",
        "intent": _INTENT,
    },
    "Observation": {"status": "registered preliminary final amended corrected cancelled entered-in-error unknown"},
    "Patient": {"gender": "male female other unknown"},
    "Task": {
        "status": "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed "
        "entered-in-error",
        "intent": f"unknown {_INTENT}",
    },
}
_INVARIANTS: dict[str, tuple[tuple[str, str, Callable[[Resource], bool]], ...]] = {
    "Appointment": (
        ("app-2", "start and end go together", lambda a: ("start" in a) == ("end" in a)),
        (
            "app-3",
            "only a proposed, cancelled or waitlisted appointment may be without start",
            lambda a: "start" in a or a["status"] in ("proposed", "cancelled", "waitlist"),
        ),
        (
            "app-4",
            "cancelationReason goes with cancelled or noshow only",
            lambda a: "cancelationReason" not in a or a["status"] in ("cancelled", "noshow"),
        ),
    ),
    "CarePlan": (
        (
            "cpl-3",
            "an activity has reference or detail, not both",
            lambda plan: (
                not any(
                    {"detail", "reference"} <= each.keys()
                    for each in elements(plan, "activity")
                    if isinstance(each, dict)
                )
            ),
        ),
    ),
    "Consent": (("ppc-1", "policy or policyRule is given", lambda c: "policy" in c or "policyRule" in c),),
}


def check(resource: Resource) -> None:
    """422 with the place for the first thing that no server should store; 400 for JSON that FHIR does not know."""
    kind = resource["resourceType"]
    _refuse_nothings(resource, kind)
    _check_meta(resource, kind)
    for wanted in _REQUIRED.get(kind, ()):
        _require(resource, wanted, kind)
    for path, codes in _CODES.get(kind, {}).items():
        for value in elements(resource, path):
            if value not in codes.split():
                raise FhirError(
                    422, f"{kind}.{path} is {value!r}, not one of: {codes}.", code="value", path=f"{kind}.{path}"
                )
    for parameter in SEARCHABLE[kind].values():
        if parameter.kind is Kind.DATE:
            _check_dates(resource, parameter.paths)
    for key, rule, holds in _INVARIANTS.get(kind, ()):
        if not holds(resource):
            raise FhirError(422, f"{key}: {rule}.", code="invariant", path=kind)


def _check_dates(resource: Resource, paths: tuple[str, ...]) -> None:
    """What is searched by date is a date."""
    kind = resource["resourceType"]
    for path in paths:
        for value in elements(resource, path):
            for text in [value.get("start"), value.get("end")] if isinstance(value, dict) else [value]:
                try:
                    if text is not None:
                        stretch(text)
                except (TypeError, ValueError):
                    raise FhirError(
                        422, f"{kind}.{path} holds {text!r}, which is no date.", code="value", path=f"{kind}.{path}"
                    ) from None


def _check_meta(resource: Resource, kind: str) -> None:
    """The element meta is an object, its labels are lists: the server writes into them."""
    meta = resource.get("meta", {})
    if not isinstance(meta, dict) or not all(isinstance(meta.get(label, []), list) for label in ("tag", "security")):
        raise FhirError(422, f"{kind}.meta has the wrong shape.", code="structure", path=f"{kind}.meta")


def _require(resource: Resource, wanted: str, kind: str) -> None:
    parent, _, last = wanted.rpartition(".")
    choices = last.split("|")
    for holder in elements(resource, parent) if parent else [resource]:
        present = [name for name in choices if isinstance(holder, dict) and name in holder]
        if not present:
            raise FhirError(422, f"{kind}.{wanted} is missing.", code="required", path=f"{kind}.{wanted}")
        if len(present) > 1:
            raise FhirError(
                422, f"{kind} has more than one of {wanted}.", code="structure", path=f"{kind}.{present[0]}"
            )


def _refuse_nothings(value: Any, path: str) -> None:  # noqa: ANN401 - any JSON
    """FHIR has no null (but for padding of arrays), no empty string, array or object."""
    if value is None or value in ("", [], {}):
        raise FhirError(
            400, f"{path} is {value!r}: an element is left out or has a value.", code="structure", path=path
        )
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_nothings(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if inner is not None:
                _refuse_nothings(inner, f"{path}[{index}]")
