"""A patient leaves: the agreement ends first, then nothing that is still open stays open.

Nobody is held to an agreement that was withdrawn, so it goes first; what a broken-off leaving left open is closed when
it is repeated. What is past (picked up, missed, called) stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mappings.enrolments import (
    CLOSED_CALL,
    CLOSED_CARE_PLAN,
    CLOSED_DOCUMENT,
    CLOSED_PICKUP,
    WITHDRAWN_CONSENT,
    EnrolmentState,
    Recorded,
    RecordedEnrolment,
)
from service.use_cases.ports import Capabilities, Conflict, PickupServer
from service.use_cases.show import Site, show

_OPEN_TASK = frozenset({"draft", "requested", "received", "accepted", "ready", "on-hold"})
_ENDS = {
    "Consent": "inactive",
    "Appointment": "cancelled",
    "CommunicationRequest": "revoked",
    "CarePlan": "revoked",
    "Task": "cancelled",
    "DocumentReference": "superseded",
}
_CLOSED = {
    "Consent": WITHDRAWN_CONSENT,
    "Appointment": CLOSED_PICKUP,
    "CommunicationRequest": CLOSED_CALL,
    "CarePlan": CLOSED_CARE_PLAN,
    "DocumentReference": CLOSED_DOCUMENT,
}
_REASON = {"text": "The patient left medication synchronization."}
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Closed:
    """One resource that was closed, with its new version and status."""

    reference: str
    version: str | None
    status: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """How leaving came out: `message` for people, one `Closed` for each resource that was changed."""

    message: str
    closed: tuple[Closed, ...] = ()
    enrolment: RecordedEnrolment | None = None


def cannot_leave(capabilities: Capabilities) -> tuple[str, ...]:
    """What the server does not let us change, so that leaving must be done by hand: "change Consent"."""
    needed = ("Consent", "Appointment", "CommunicationRequest")
    return tuple(f"change {kind}" for kind in needed if not capabilities.can(kind, "update"))


async def leave(server: PickupServer, site: Site, patient: str) -> Leaving:
    """End the patient's enrolment. Repeating it changes nothing more. Raises ServerError; what was closed stays so."""
    enrolments = await show(server, site, patient)
    current = enrolments.latest(EnrolmentState.ACTIVE) or enrolments.latest(EnrolmentState.WITHDRAWN)
    if current is None:
        return Leaving("The patient is not enrolled: there is nothing to end.", enrolment=enrolments.current)
    capabilities = await server.capabilities()
    closed = [
        done
        for record in _to_close(current)
        if capabilities.can(record.resource_type, "update") and (done := await _close(server, record)) is not None
    ]
    after = (await show(server, site, patient)).with_value(current.value)
    if after is None or after.state is not EnrolmentState.ENDED:
        return Leaving("Not everything could be ended: end it once more.", tuple(closed), after or current)
    return Leaving("The patient has left. No pickup and no call is open any more.", tuple(closed), after)


def _to_close(enrolment: RecordedEnrolment) -> list[Recorded]:
    """What is still open, the agreement first."""
    records = [*((enrolment.consent,) if enrolment.consent else ()), *enrolment.records]
    return [record for record in records if _is_open(record.resource_type, record.status)]


def _is_open(resource_type: str, status: str) -> bool:
    return status in _OPEN_TASK if resource_type == "Task" else status not in _CLOSED[resource_type]


async def _close(server: PickupServer, record: Recorded) -> Closed | None:
    """Close the version that is there now; one that somebody else just changed is read again. None: closed already."""
    bare = record.reference.partition("/")[2]
    for attempt in range(1, _ATTEMPTS + 1):
        resource = msgspec.json.decode(await server.read(record.resource_type, bare), type=dict[str, msgspec.Raw])
        now = msgspec.json.decode(resource.get("status", b'""'), type=str)
        if not _is_open(record.resource_type, now):
            return None
        version = _version(resource) or record.version or ""
        status = _ENDS[record.resource_type]
        resource["status"] = msgspec.Raw(msgspec.json.encode(status))
        if record.resource_type == "Appointment":
            resource["cancelationReason"] = msgspec.Raw(msgspec.json.encode(_REASON))
        try:
            receipt = await server.update(msgspec.json.encode(resource), version)
        except Conflict:
            if attempt == _ATTEMPTS:
                raise
            continue
        return Closed(record.reference, receipt.version, status)
    raise AssertionError("every attempt returns or raises")


def _version(resource: dict[str, msgspec.Raw]) -> str | None:
    meta = msgspec.json.decode(resource["meta"], type=dict[str, object]) if "meta" in resource else {}
    version = meta.get("versionId")
    return str(version) if version is not None else None
