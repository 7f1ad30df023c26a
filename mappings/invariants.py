"""Required codes, invariants and XHTML of the resources that we write, which fhir.resources does not check."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

_XHTML = "{http://www.w3.org/1999/xhtml}"
_TAGS = frozenset(f"{_XHTML}{tag}" for tag in ("div", "p", "b", "i", "br", "ul", "ol", "li", "table", "tr", "td", "th"))
# The value sets of required bindings, R4 4.0.1; "*" stands for every resource type.
_REQUIRED_CODES: Mapping[str, frozenset[str]] = {
    "Appointment.status": frozenset(
        {
            "proposed",
            "pending",
            "booked",
            "arrived",
            "fulfilled",
            "cancelled",
            "noshow",
            "entered-in-error",
            "checked-in",
            "waitlist",
        }
    ),
    "Appointment.participant.status": frozenset({"accepted", "declined", "tentative", "needs-action"}),
    "Appointment.participant.required": frozenset({"required", "optional", "information-only"}),
    "CommunicationRequest.status": frozenset(
        {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}
    ),
    "CommunicationRequest.priority": frozenset({"routine", "urgent", "asap", "stat"}),
    "Consent.status": frozenset({"draft", "proposed", "active", "rejected", "inactive", "entered-in-error"}),
    "CarePlan.status": frozenset({"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}),
    "CarePlan.intent": frozenset({"proposal", "plan", "order", "option"}),
    "Task.status": frozenset(
        {
            "draft",
            "requested",
            "received",
            "accepted",
            "rejected",
            "ready",
            "cancelled",
            "in-progress",
            "on-hold",
            "failed",
            "completed",
            "entered-in-error",
        }
    ),
    "Task.intent": frozenset(
        {
            "unknown",
            "proposal",
            "plan",
            "order",
            "original-order",
            "reflex-order",
            "filler-order",
            "instance-order",
            "option",
        }
    ),
    "Task.priority": frozenset({"routine", "urgent", "asap", "stat"}),
    "DocumentReference.status": frozenset({"current", "superseded", "entered-in-error"}),
    "DocumentReference.docStatus": frozenset({"preliminary", "final", "amended", "entered-in-error"}),
    "Provenance.entity.role": frozenset({"derivation", "revision", "quotation", "source", "removal"}),
    "Bundle.type": frozenset({"transaction", "batch", "searchset", "collection", "document", "message", "history"}),
    "Bundle.entry.request.method": frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"}),
    "*.text.status": frozenset({"generated", "extensions", "additional", "empty"}),
}
_UNSTARTED = frozenset({"proposed", "cancelled", "waitlist"})
_CALLED_OFF = frozenset({"cancelled", "noshow"})


def code_problems(kind: str, resource: Mapping[str, object]) -> Iterator[str]:
    """Codes outside of a required value set."""
    for path, allowed in _REQUIRED_CODES.items():
        root, *names = path.split(".")
        if root not in (kind, "*"):
            continue
        for value in _values(resource, names):
            if value not in allowed:
                yield f"{kind}.{'.'.join(names)}: {value!r} is not in the required value set"


def invariant_problems(kind: str, resource: Mapping[str, object]) -> Iterator[str]:
    """Broken invariants (app-1..4, ppc-1, cpl-3, dom-3, txt-1, txt-2)."""
    if kind == "Appointment":
        yield from _appointment_problems(resource)
    if kind == "Consent" and "policy" not in resource and "policyRule" not in resource:
        yield "Consent: neither policy nor policyRule (ppc-1)"
    for activity in children(resource, "activity") if kind == "CarePlan" else ():
        if "reference" in activity and "detail" in activity:
            yield "CarePlan.activity: both reference and detail (cpl-3)"
    for contained in children(resource, "contained"):
        pointed_at = f'"#{contained.get("id")}"' in json.dumps(resource, default=str)
        if not pointed_at and '"#"' not in json.dumps(contained, default=str):
            yield f"{kind}.contained: #{contained.get('id')} neither pointed at nor pointing back (dom-3)"
    for div in _values(resource, ["text", "div"]):
        yield from _narrative_problems(kind, str(div))


def _appointment_problems(resource: Mapping[str, object]) -> Iterator[str]:
    status = resource.get("status")
    for participant in children(resource, "participant"):
        if "type" not in participant and "actor" not in participant:
            yield "Appointment.participant: neither type nor actor (app-1)"
    if ("start" in resource) != ("end" in resource):
        yield "Appointment: start without end, or end without start (app-2)"
    if "start" not in resource and status not in _UNSTARTED:
        yield f"Appointment: {status} without start and end (app-3)"
    if "cancelationReason" in resource and status not in _CALLED_OFF:
        yield f"Appointment: cancelationReason while {status} (app-4)"


def _narrative_problems(kind: str, div: str) -> Iterator[str]:
    try:
        root = ElementTree.fromstring(div)  # noqa: S314 - our own text, and a DTD is refused below
    except ElementTree.ParseError as error:
        yield f"{kind}.text.div: not well-formed ({error})"
        return
    if root.tag != f"{_XHTML}div" or "<!" in div:
        yield f"{kind}.text.div: not one XHTML div"
    strange = {element.tag for element in root.iter()} - _TAGS
    if strange:
        yield f"{kind}.text.div: unexpected elements {sorted(strange)}"
    if not "".join(root.itertext()).strip():
        yield f"{kind}.text.div: empty (txt-2)"


def children(resource: Mapping[str, object], name: str) -> Iterator[Mapping[str, object]]:
    """The objects under a name, whether it repeats or not."""
    value = resource.get(name)
    for child in value if isinstance(value, list) else [value]:
        if isinstance(child, dict):
            yield child


def _values(resource: Mapping[str, object], names: list[str]) -> Iterator[object]:
    if len(names) == 1:
        if names[0] in resource:
            yield resource[names[0]]
        return
    for child in children(resource, names[0]):
        yield from _values(child, names[1:])
