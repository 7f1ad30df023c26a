"""Send one enrolment, find out what really stands on the server, and take back what must not stay.

A conditional create that matches is answered with what was there before. So after every write the server is read again:
what stands there counts, not what was sent.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mappings.enrolments import CLOSED_CALL, CLOSED_CARE_PLAN, CLOSED_PICKUP, Recorded, RecordedEnrolment
from mappings.outbound.bundle import EnrolmentBundle, MeantEntry
from mappings.outbound.plan_record import PROVENANCE
from service.use_cases.ports import Capabilities, EntryReceipt, PickupServer

WRITTEN_TYPES = ("Appointment", "CommunicationRequest", "Consent")
_CLOSED = {"Appointment": CLOSED_PICKUP, "CommunicationRequest": CLOSED_CALL, "CarePlan": CLOSED_CARE_PLAN}
_LAST = {"Consent": 1, PROVENANCE: 2}
_DATED = frozenset({"Appointment", "CommunicationRequest"})  # a care plan begins on the day it is written


@dataclass(frozen=True, slots=True)
class Receipt:
    """One resource as it stands on the server after the write; `created` by this very write, or there before."""

    resource_type: str
    reference: str | None
    version: str | None
    status: str | None
    created: bool


def lacking(capabilities: Capabilities) -> tuple[str, ...]:
    """What the server does not declare and an enrolment cannot do without. What is not declared is not there."""
    lacks = []
    for resource_type in WRITTEN_TYPES:
        lacks += [
            f"{resource_type} {what}" for what in ("create", "search-type") if not capabilities.can(resource_type, what)
        ]
        if not capabilities.creates_conditionally(resource_type):
            lacks.append(f"{resource_type} conditional create")
    return tuple(lacks)


async def send(server: PickupServer, meant: EnrolmentBundle, capabilities: Capabilities) -> tuple[EntryReceipt, ...]:
    """One transaction, or where the server has none one conditional create after the other, the agreement last.

    The agreement closes a stepwise write: without it the enrolment counts as broken off, and a repetition completes it.
    Only the Provenance, which points at it too, comes after.
    """
    if capabilities.transaction:
        return await server.transaction(meant.json)
    receipts: dict[str, EntryReceipt] = {}
    for entry in sorted(meant.entries, key=lambda entry: _LAST.get(entry.resource_type, 0)):
        body = msgspec.json.encode(entry.resource)
        for url, receipt in receipts.items():
            body = body.replace(url.encode(), (receipt.reference or url).encode())
        receipts[entry.identifier.full_url] = await server.create_if_none(body, entry.identifier.token, by=entry.by)
    return tuple(receipts[entry.identifier.full_url] for entry in meant.entries)


def complete(meant: EnrolmentBundle, stands: dict[str, Recorded]) -> bool:
    """Whether everything stands that can be read back: a Provenance is known by its receipt alone."""
    return all(entry.identifier.value in stands for entry in meant.entries if entry.resource_type != PROVENANCE)


def standing(meant: EnrolmentBundle, found: RecordedEnrolment) -> dict[str, Recorded]:
    """What stands on the server for each meant entry, by the entry's identifier value."""
    records = {record.value: record for record in found.records if record.value is not None}
    if found.consent is not None:
        records[found.value] = found.consent
    meant_values = {entry.identifier.value for entry in meant.entries}
    return {value: record for value, record in records.items() if value in meant_values}


def disagreements(meant: EnrolmentBundle, stands: dict[str, Recorded]) -> tuple[str, ...]:
    """How what stands differs from what was meant: another day, other words, or closed.

    The agreement never does, and a task has a life of its own.
    """
    found = []
    for entry in meant.entries:
        record = stands.get(entry.identifier.value)
        if record is None or entry.resource_type not in _CLOSED:
            continue
        if entry.resource_type in _DATED and record.on != entry.on:
            found.append(f"{record.reference} is on {record.on}, the plan says {entry.on}.")
        elif record.status in _CLOSED[entry.resource_type] and record.status != entry.status:
            found.append(f"{record.reference} is {record.status} already.")
        elif record.text.split() != entry.text.split():
            found.append(f"{record.reference} on {record.on} has other medicines or amounts.")
        elif entry.resource_type == "CommunicationRequest" and not _called_alike(entry, record):
            found.append(f"{record.reference} on {record.on} is wanted at another time, number or language.")
    return tuple(found)


def _called_alike(entry: MeantEntry, record: Recorded) -> bool:
    stands = None if record.starts is None or record.ends is None else (record.starts, record.ends)
    return entry.note.split() == record.note.split() and entry.between == stands


def receipts_of(
    meant: EnrolmentBundle, answers: tuple[EntryReceipt, ...], stands: dict[str, Recorded]
) -> tuple[Receipt, ...]:
    """One receipt per entry, from what stands and, where that was not found, from what the server answered."""
    return tuple(
        _receipt(entry, answer, stands.get(entry.identifier.value))
        for entry, answer in zip(meant.entries, answers, strict=True)
    )


def _receipt(entry: MeantEntry, answer: EntryReceipt, record: Recorded | None) -> Receipt:
    if record is None:
        return Receipt(entry.resource_type, answer.reference, answer.version, None, answer.created)
    return Receipt(entry.resource_type, record.reference, record.version, record.status, answer.created)


async def take_back(server: PickupServer, receipts: tuple[Receipt, ...]) -> tuple[str, ...]:
    """Mark as entered in error what this write created; returns the references marked. Raises ServerError.

    A Provenance has no status, and what it says of the past stays true.
    """
    marked = []
    for receipt in receipts:
        if not receipt.created or receipt.reference is None or receipt.resource_type == PROVENANCE:
            continue
        resource_type, _, resource_id = receipt.reference.partition("/")
        raw = await server.read(resource_type, resource_id)
        resource = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        version = (
            msgspec.json.decode(resource["meta"], type=dict[str, object]).get("versionId")
            if "meta" in resource
            else None
        )
        resource["status"] = msgspec.Raw(b'"entered-in-error"')
        await server.update(msgspec.json.encode(resource), str(version or receipt.version or ""))
        marked.append(receipt.reference)
    return tuple(marked)
