"""The receipt: what each written resource is, its day, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from mappings.enrolments import Recorded
from mappings.outbound.calling import say_between
from service.use_cases.outcome import EnrolmentOutcome

_IS = {
    "Consent": "The agreement",
    "Appointment": "A pickup",
    "CommunicationRequest": "A confirmation call",
    "CarePlan": "The plan itself",
    "Task": "A request to a prescriber",
    "DocumentReference": "The patient's handout",
    "Provenance": "Where all this comes from",
}
_ON_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One resource. `address` is None where it must not be opened from a browser."""

    what: str
    on: date | None
    reference: str
    address: str | None
    version: str | None
    status: str | None
    created: bool
    called: str = ""  # of a call: its time of day, number and language, as read back


def receipt_lines(outcome: EnrolmentOutcome, base: str) -> tuple[ReceiptLine, ...]:
    """One line for each receipt, in the order in which they were sent; `base` is the FHIR server's address."""
    stands = outcome.enrolment
    records = (*stands.records, *((stands.consent,) if stands.consent else ())) if stands is not None else ()
    stood = {record.reference: record for record in records}
    return tuple(
        ReceiptLine(
            what=_IS.get(one.resource_type, one.resource_type),
            on=stood[one.reference].on if one.reference in stood else None,
            reference=one.reference or one.resource_type,
            address=f"{base.rstrip('/')}/{one.reference}" if one.reference and _may_be_opened(base) else None,
            version=one.version,
            status=one.status,
            created=one.created,
            called=say_call(stood[one.reference]) if one.reference in stood else "",
        )
        for one in outcome.receipts
    )


def say_call(call: Recorded) -> str:
    """When a call is wanted on its day, at which number and in which language, as it stands on the server."""
    if call.resource_type != "CommunicationRequest":
        return ""
    between = ""
    if call.starts is not None and call.ends is not None:
        between = f"{say_between(call.starts.time(), call.ends.time())}."
    return " ".join(filter(None, (between, call.note)))


def _may_be_opened(base: str) -> bool:
    """Only over https, or on this machine: a reference names a record, and http is read on the way."""
    parts = urlsplit(base)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _ON_THIS_MACHINE)
