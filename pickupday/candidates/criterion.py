"""A criterion judged: met, not met, or cannot tell and what is missing. Never a score, never a guess."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where each criterion begins. Days are calendar days."""

    older_from: int = 65  # years
    screening_days: int = 730  # an answer about transportation older than this is asked again
    new_days: int = 90  # first fill so long ago or less
    several: int = 3  # medicines
    monthly_days: int = 35  # filled for so many days at a time or fewer
    late_days: int = 4  # days without medicine that make a refill late: more than the grace of a missed pickup
    adherent: Fraction = Fraction(4, 5)  # PDC from which on a patient counts as adherent


class Status(StrEnum):
    """How a criterion stands."""

    MET = "met"
    NOT_MET = "not met"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact of the chart: the record that holds it (evidence key), its day, and what it says."""

    resource: str
    date: date | None
    value: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion: `reason` is one or two sentences for people, `missing` what would settle it (None if settled)."""

    code: str  # "older", "transportation", "new-to-chronic-therapy", "several-medicines", "not-adherent"
    title: str
    status: Status
    reason: str
    evidence: tuple[Evidence, ...] = ()
    missing: str | None = None
    next_step: str | None = None


@dataclass(frozen=True, slots=True)
class BenefitStatement:
    """Who pays, as far as the chart says, and what it leaves open. `ninety_days`: paid at a time, None = unknown."""

    payer: str | None
    ninety_days: bool | None
    reason: str
    evidence: tuple[Evidence, ...] = ()
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """The five criteria in their fixed order, and the benefit."""

    criteria: tuple[Criterion, ...]
    benefit: BenefitStatement

    @property
    def met(self) -> tuple[Criterion, ...]:
        """The criteria that speak for synchronization."""
        return tuple(one for one in self.criteria if one.status is Status.MET)
