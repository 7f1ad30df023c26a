"""What is about to be written, in the pharmacy's words: the pickups of one enrolment, each with fills and its call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from mappings.outbound.pharmacy import Pharmacy
from mappings.outbound.plan_record import PlanRecord


@dataclass(frozen=True, slots=True)
class PlannedFill:
    """One medicine to be filled at one pickup.

    `short` = less than usual and no whole cycle; `after_short` = the first other fill after one; both decide the claim
    hints. A fill of a whole cycle is a regular amount, even where that is less than before. `previous_days` is the size
    of the fill before. `early` = before the payer's usual date, by an override. `prescriptions` are evidence keys.
    """

    therapy: str
    label: str
    units: Fraction
    unit: str  # "{tablet}", "mL", "" when the chart has none
    days: int
    usual_days: int
    previous_days: int
    prescriptions: tuple[str, ...] = ()
    short: bool = False
    after_short: bool = False
    early: bool = False
    renew_by: date | None = None  # a renewed prescription is needed by this day
    claim_codes: tuple[int, int] = (47, 48)  # NCPDP SCC of a short fill, and of the one after it
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedPickup:
    """One visit: a pickup day of the grid, or a bridge trip.

    `ordinal` counts all visits of the plan from 1. `at_enrolment`: the pickup is inside the call lead, so that the
    enrolment conversation is its confirmation (`call` is that day).
    """

    ordinal: int
    on: date
    bridge: bool
    fills: tuple[PlannedFill, ...]
    call: date
    at_enrolment: bool
    open_questions: tuple[str, ...] = ()  # to be answered before anything is filled: a hospital stay
    call_between: tuple[time, time] | None = None  # local times; None: any time of the day
    call_remark: str = ""  # a sentence for the caller: a wish that cannot be kept on this day

    @property
    def prescriptions(self) -> tuple[str, ...]:
        """Evidence keys of all prescriptions to be filled, each once, in the order of the fills."""
        return tuple(dict.fromkeys(key for fill in self.fills for key in fill.prescriptions))


class AgreedHow(StrEnum):
    """How an agreement was given."""

    IN_PERSON = "in-person"
    PHONE = "phone"
    WRITING = "writing"


@dataclass(frozen=True, slots=True)
class Representative:
    """Whoever agreed for the patient: a name, and what they are to the patient ("daughter", "guardian")."""

    name: str
    relation: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """The opt-in: the exact words that were agreed to and their language (BCP 47); who agreed, to whom, how, when.

    `by` None: the patient. `to` is a relative reference ("Practitioner/5") or a name. `on` None: the day of the plan.
    """

    wording: str
    language: str = "en"
    by: Representative | None = None
    to: str | None = None
    how: AgreedHow | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Calling:
    """At which number and in which language (BCP 47) the patient is called; None: nobody has said.

    Without `phone` the number in the chart is called. `asked`: the language was asked for, not only found in the chart.
    """

    phone: str | None = None
    language: str | None = None
    asked: bool = False


@dataclass(frozen=True, slots=True)
class VisitHours:
    """When on a pickup day the patient is expected; inside the pharmacy's opening hours."""

    start: time = time(10, 0)
    minutes: int = 15


@dataclass(frozen=True, slots=True)
class EnrolmentPlan:
    """Everything that one enrolment writes, before it is FHIR.

    `enrolment` is the identifier value of this opt-in (identity.py), `patient` a relative reference ("Patient/1"),
    `today` the pharmacy's local date. `revision` rises with each confirmed replan. Without `agreement` it is a preview,
    and no Consent is made. `record` is what else is written where the server takes it; None: nothing else.
    """

    enrolment: str
    patient: str
    pharmacy: Pharmacy
    agreement: Agreement | None
    today: date
    zone: ZoneInfo
    pickups: tuple[PlannedPickup, ...]
    hours: VisitHours = field(default_factory=VisitHours)
    revision: int = 1
    record: PlanRecord | None = None
    calling: Calling = field(default_factory=Calling)
