"""What the server holds of a patient's enrolments: our own resources, read back from nothing but the server.

Only resources with our identifier systems count, and only those of the patient who was asked for: a server may answer
with more than the question. Tolerant like everything that reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from mappings.outbound.codes import Systems
from mappings.outbound.pharmacy import PERFORMER, UNNAMED
from mappings.outbound.wording import programme_of

SEARCHES = {"Appointment": "actor", "CommunicationRequest": "subject", "Consent": "patient"}
"""The search parameter that finds each type's resources of one patient; value "Patient/1"."""

OPTIONAL_SEARCHES = {"CarePlan": "patient", "Task": "patient", "DocumentReference": "patient"}
"""The same for what is only there where the server takes it."""

CLOSED_PICKUP = frozenset({"fulfilled", "cancelled", "noshow", "entered-in-error"})
CLOSED_CALL = frozenset({"completed", "revoked", "entered-in-error"})
CLOSED_CARE_PLAN = frozenset({"completed", "revoked", "entered-in-error"})
CLOSED_DOCUMENT = frozenset({"superseded", "entered-in-error"})
WITHDRAWN_CONSENT = frozenset({"rejected", "inactive", "entered-in-error"})


class EnrolmentState(StrEnum):
    """How far an opt-in is."""

    ACTIVE = "active"  # agreed, and pickups are ahead
    PARTIAL = "partial"  # a write broke off: the agreement or all pickups are missing
    WITHDRAWN = "withdrawn"  # the agreement has ended, yet pickups are still open
    ENDED = "ended"  # nothing is open any more


@dataclass(frozen=True, slots=True)
class Recorded:
    """One of our resources. `value` is its own identifier, `on` its day in the pharmacy's zone.

    The day of a task is the one by which it is to be done, that of a care plan its first.
    """

    reference: str
    version: str | None
    status: str
    on: date | None
    value: str | None
    text: str  # comment, call script, agreement or description as far as it can be read
    title: str = ""
    about: tuple[str, ...] = ()  # what it points at: prescriptions, and the pickup of a call
    language: str = ""  # of an agreement's words or of a document (BCP 47)
    starts: datetime | None = None  # when a pickup begins; from when on a call is wanted
    ends: datetime | None = None  # until when a call is wanted
    note: str = ""  # of a call: number and language
    place: str = ""  # the pharmacy of a pickup, as it is named there

    @property
    def resource_type(self) -> str:
        """Appointment, CommunicationRequest, Consent, CarePlan, Task or DocumentReference."""
        return self.reference.partition("/")[0]


@dataclass(frozen=True, slots=True)
class RecordedEnrolment:
    """One opt-in as the server holds it; pickups, calls and tasks by day. Its state is judged without the optional."""

    value: str  # identifier value of the enrolment
    consent: Recorded | None
    pickups: tuple[Recorded, ...]
    calls: tuple[Recorded, ...]
    care_plan: Recorded | None = None
    tasks: tuple[Recorded, ...] = ()
    documents: tuple[Recorded, ...] = ()

    @property
    def records(self) -> tuple[Recorded, ...]:
        """Everything but the agreement, which shares its identifier with the enrolment."""
        kept = (self.care_plan,) if self.care_plan else ()
        return (*self.pickups, *self.calls, *self.tasks, *self.documents, *kept)

    @property
    def programme(self) -> str:
        """The programme that the patient joined; empty where the agreement names none."""
        return programme_of(self.consent.title) if self.consent is not None else ""

    @property
    def open_pickups(self) -> tuple[Recorded, ...]:
        """Pickups that may still happen."""
        return tuple(pickup for pickup in self.pickups if pickup.status not in CLOSED_PICKUP)

    @property
    def state(self) -> EnrolmentState:
        """Judged by the agreement and the pickups; calls decide nothing."""
        withdrawn = self.consent is not None and self.consent.status in WITHDRAWN_CONSENT
        if self.open_pickups:
            if self.consent is None:
                return EnrolmentState.PARTIAL
            return EnrolmentState.WITHDRAWN if withdrawn else EnrolmentState.ACTIVE
        return EnrolmentState.ENDED if self.pickups or withdrawn else EnrolmentState.PARTIAL

    def call_of(self, pickup: Recorded) -> Recorded | None:
        """The confirmation call of a pickup."""
        return next((call for call in self.calls if pickup.reference in call.about), None)


def recorded_enrolments(
    resources: Iterable[bytes], *, patient: str, systems: Systems, zone: ZoneInfo
) -> tuple[RecordedEnrolment, ...]:
    """All enrolments of the patient ("Patient/1") among raw resources, the latest agreement last."""
    grouped: dict[str, list[Recorded]] = {}
    for raw in resources:
        read = _read(raw)
        if read is None or patient not in {_bare(reference) for reference in read.people}:
            continue
        value = _value(read, systems.enrolment)
        if value is not None:
            grouped.setdefault(value, []).append(_recorded(read, systems, zone))
    enrolments = [_enrolment(value, records) for value, records in grouped.items()]
    return tuple(sorted(enrolments, key=lambda found: (_began(found), found.value)))


def _enrolment(value: str, records: list[Recorded]) -> RecordedEnrolment:
    def of(resource_type: str) -> tuple[Recorded, ...]:
        chosen = {record.reference: record for record in records if record.resource_type == resource_type}
        return tuple(sorted(chosen.values(), key=lambda record: (record.on or date.max, record.reference)))

    consents = of("Consent")
    # Of several agreements under one enrolment the one that ends it decides: nobody is held to a withdrawn one.
    consent = next((found for found in consents if found.status in WITHDRAWN_CONSENT), next(iter(consents), None))
    care_plans = of("CarePlan")
    return RecordedEnrolment(
        value,
        consent,
        of("Appointment"),
        of("CommunicationRequest"),
        care_plan=care_plans[-1] if care_plans else None,
        tasks=of("Task"),
        documents=of("DocumentReference"),
    )


def _began(enrolment: RecordedEnrolment) -> date:
    days = [record.on for record in (enrolment.consent, *enrolment.pickups) if record is not None and record.on]
    return min(days, default=date.min)


class _Identifier(msgspec.Struct, gc=False):
    system: str | None = None
    value: str | None = None


class _Reference(msgspec.Struct, gc=False):
    reference: str | None = None


class _Coding(msgspec.Struct, gc=False):
    code: str | None = None


class _Concept(msgspec.Struct, gc=False):
    text: str | None = None
    coding: list[_Coding] = []


class _Participant(msgspec.Struct, gc=False):
    type: list[_Concept] = []
    actor: _Reference | None = None


class _Payload(msgspec.Struct, rename="camel", gc=False):
    content_string: str | None = None


class _Attachment(msgspec.Struct, gc=False):
    data: bytes | None = None
    title: str | None = None
    language: str | None = None


class _Period(msgspec.Struct, gc=False):
    start: str | None = None
    end: str | None = None


class _Annotation(msgspec.Struct, gc=False):
    text: str | None = None


class _Restriction(msgspec.Struct, gc=False):
    period: _Period | None = None


class _Meta(msgspec.Struct, rename="camel", gc=False):
    version_id: str | None = None


class _Content(msgspec.Struct, gc=False):
    attachment: _Attachment | None = None


class _Ours(msgspec.Struct, rename="camel", gc=False):
    """The fields of all types that are read back; msgspec skips all others."""

    resource_type: str = ""
    id: str = ""
    meta: _Meta | None = None
    status: str = ""
    identifier: list[_Identifier] = []
    description: str | None = None
    comment: str | None = None
    start: str | None = None
    participant: list[_Participant] = []
    supporting_information: list[_Reference] = []
    subject: _Reference | None = None
    patient: _Reference | None = None
    occurrence_date_time: str | None = None
    occurrence_period: _Period | None = None
    note: list[_Annotation] = []
    date_time: str | None = None
    date: str | None = None
    about: list[_Reference] = []
    payload: list[_Payload] = []
    source_attachment: _Attachment | None = None
    content: list[_Content] = []
    title: str | None = None
    period: _Period | None = None
    restriction: _Restriction | None = None
    code: _Concept | None = None
    focus: _Reference | None = None
    for_: _Reference | None = msgspec.field(default=None, name="for")

    @property
    def people(self) -> list[_Reference | None]:
        """Whoever the resource may be about."""
        return [self.subject, self.patient, self.for_, *(participant.actor for participant in self.participant)]


_TYPES = frozenset({*SEARCHES, *OPTIONAL_SEARCHES})
_DECODER = msgspec.json.Decoder(_Ours)


def _read(raw: bytes) -> _Ours | None:
    """The resource; None where it is none of ours or so malformed that it cannot be told."""
    try:
        read = _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return read if read.resource_type in _TYPES and read.id else None


def _recorded(read: _Ours, systems: Systems, zone: ZoneInfo) -> Recorded:
    attached = _attached(read)
    wording = attached.data if attached is not None and read.resource_type == "Consent" else None
    spoken = "\n".join(part.content_string for part in read.payload if part.content_string)
    return Recorded(
        reference=f"{read.resource_type}/{read.id}",
        version=read.meta.version_id if read.meta else None,
        status=read.status,
        on=_day(_moment(read), zone),
        value=next(filter(None, (_value(read, system) for system in systems.own)), None),
        text=_said_by(read) or spoken or (wording or b"").decode(errors="replace"),
        title=_titled(read),
        about=tuple(bare for item in (*read.supporting_information, *read.about, read.focus) if (bare := _bare(item))),
        language=(attached.language if attached is not None else None) or "",
        starts=_instant(read.start or _wanted(read).start, zone),
        ends=_instant(_wanted(read).end, zone),
        note=" ".join(one.text for one in read.note if one.text)
        if read.resource_type == "CommunicationRequest"
        else "",
        place=_place(read.participant),
    )


def _moment(read: _Ours) -> str | None:
    """The day that matters of each type, as it is written."""
    return {
        "Appointment": read.start,
        "CommunicationRequest": read.occurrence_date_time or _wanted(read).start,
        "Consent": read.date_time,
        "CarePlan": read.period.start if read.period else None,
        "Task": read.restriction.period.end if read.restriction and read.restriction.period else None,
        "DocumentReference": read.date,
    }[read.resource_type]


def _wanted(read: _Ours) -> _Period:
    """When a call is wanted, where a time of day is."""
    return read.occurrence_period or _Period()


def _attached(read: _Ours) -> _Attachment | None:
    if read.resource_type == "Consent":
        return read.source_attachment
    return next((one.attachment for one in read.content if one.attachment is not None), None)


def _place(participants: list[_Participant]) -> str:
    """The performer's name, where the pickup gives one."""
    for one in participants:
        for kind in one.type:
            if any(coding.code == PERFORMER for coding in kind.coding) and kind.text and kind.text not in UNNAMED:
                return kind.text
    return ""


def _said_by(read: _Ours) -> str | None:
    return read.comment if read.resource_type == "Appointment" else read.description


def _titled(read: _Ours) -> str:
    attached = _attached(read)
    titles = {
        "CarePlan": read.title,
        "Task": read.code.text if read.code else None,
        "Consent": attached.title if attached is not None else None,
        "DocumentReference": attached.title if attached is not None else None,
    }
    return titles.get(read.resource_type, read.description) or ""


def _value(read: _Ours, system: str) -> str | None:
    return next((found.value for found in read.identifier if found.system == system and found.value), None)


def _bare(reference: _Reference | None) -> str | None:
    """The relative reference without a version: "Patient/1/_history/2" and "https://x/Patient/1" are "Patient/1"."""
    if reference is None or not reference.reference:
        return None
    return "/".join(reference.reference.partition("/_history/")[0].rsplit("/", 2)[-2:])


def _instant(text: str | None, zone: ZoneInfo) -> datetime | None:
    """A FHIR instant as the pharmacy's clocks show it; None where there is none, or no offset stands in it."""
    try:
        moment = datetime.fromisoformat(text) if text is not None else None
    except ValueError:
        return None
    return moment.astimezone(zone) if moment is not None and moment.tzinfo is not None else None


def _day(text: str | None, zone: ZoneInfo) -> date | None:
    """The local date of a FHIR date, dateTime or instant; None where it is partial or malformed."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).astimezone(zone).date()
    except ValueError:
        return None
