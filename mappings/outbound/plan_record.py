"""What is kept besides pickups, calls and agreement: the plan itself, its sources, and requests to prescribers.

Each resource made from it (CarePlan, Task, DocumentReference, Provenance) is written only where the server takes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

CARE_PLAN, TASK, DOCUMENT, PROVENANCE = "CarePlan", "Task", "DocumentReference", "Provenance"


@dataclass(frozen=True, slots=True)
class Handed:
    """A document that the patient takes home, as it was handed out: a PDF, its title and its language (BCP 47).

    Empty bytes: not drawn yet, because this is shown before anything is agreed.
    """

    title: str
    language: str
    pdf: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ToldSupply:
    """How much of one medicine was left at home, who said so and when; the plan rests on it."""

    label: str
    prescription: str | None  # evidence key
    units: Fraction
    unit: str  # "{tablet}", "mL", "" when the chart has none
    told_on: date
    told_by: str


class ErrandKind(StrEnum):
    """What is asked of a prescriber; the codes of our task code system."""

    RENEWAL = "renewal"
    NINETY_DAYS = "ninety-day-prescription"
    MISSING = "missing-days-supply"


@dataclass(frozen=True, slots=True)
class Errand:
    """One request to a person: what is wanted for which prescription, from whom, by when."""

    kind: ErrandKind
    label: str
    prescription: str  # evidence key
    prescriber: str | None  # evidence key
    needed_by: date
    request: str  # one sentence
    prescriber_name: str | None = None


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """The plan in words, what it rests on and what it asks for. `types` are the resource types to be written.

    `sources` are evidence keys with the version read, None where the server gave none. `requester` is a relative
    reference to whoever asked for the enrolment, None where it is not known.
    """

    types: frozenset[str]
    programme: str
    cycle: str
    recorded: datetime  # with an offset
    app_version: str
    told: tuple[ToldSupply, ...] = ()
    errands: tuple[Errand, ...] = ()
    sources: tuple[tuple[str, str | None], ...] = ()
    requester: str | None = None
    handed: Handed | None = None
