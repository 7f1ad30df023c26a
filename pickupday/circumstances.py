"""What a chart says beside the medicines that bears on synchronization: getting there, and who pays.

Nothing here decides anything: a record says yes, says no, or does not settle it, and why not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType


class Says(StrEnum):
    """What one record states about a lack of transportation."""

    YES = "yes"
    NO = "no"  # answered with no, resolved, or ruled out
    UNSETTLED = "unsettled"


@dataclass(frozen=True, slots=True)
class TransportRecord:
    """One Condition or one screening answer (Observation) about transportation.

    `what` is its text and code as the chart has them, `on` the day it was recorded, begun or answered. Where it does
    not settle the question, `doubt` says why in one sentence and `missing` names the element that would.
    """

    key: str  # evidence key: "Condition/12"
    what: str
    says: Says
    on: date | None
    screening: bool = False  # an answer by the patient, which the next answer replaces
    doubt: str | None = None
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Benefit:
    """One Coverage: who pays and what the plan is called. R4 has no element for how many days are paid at a time."""

    key: str
    payer: str | None
    plan: str | None = None
    active: bool | None = None  # None where the chart has no status
    start: date | None = None
    end: date | None = None  # inclusive


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All of it. `unread` names each type that could not be had, with the reason in one sentence."""

    transport: tuple[TransportRecord, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    unread: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
