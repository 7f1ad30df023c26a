"""The plan: which therapy is filled when, for how many days, why, and the proof that nothing better exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from pickupday.problem import Cycle


@dataclass(frozen=True, slots=True)
class Objective:
    """The eight measures of a plan, in the default order of importance; less is better for each."""

    gap_days: int
    trips: int
    off_grid_fills: int
    sync_overrides: int
    preference: int
    odd_fills: int
    days_to_first: int
    leftover_days: int


class FillKind(StrEnum):
    """Why a fill has the size it has."""

    USUAL = "usual"  # the usual days' supply
    CYCLE = "cycle"  # exactly up to a later pickup
    SHORT = "short"  # less than usual, to line up with a pickup
    ODD = "odd"  # neither, and not less than usual


@dataclass(frozen=True, slots=True)
class Fill:
    """One planned fill of one therapy. `reasons` are sentences for people, at least one."""

    therapy: str
    date: date
    units: Fraction
    days_supply: int
    kind: FillKind
    sync_override: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Days (both inclusive) within which some fill of `therapy` is forced."""

    start: date
    end: date
    therapy: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A lower bound on trips that a reader can check: pairwise disjoint windows, in each of which a fill is forced."""

    disjoint_windows: tuple[Window, ...]
    bound: int


@dataclass(frozen=True, slots=True)
class RideAlong:
    """A therapy that still needs fills off the grid in the second half of the horizon, and why."""

    therapy: str
    reason: str


@dataclass(frozen=True, slots=True)
class Renewal:
    """A prescription to be renewed by `needed_by` so that a planned fill can be made. `reason`: units or expiry."""

    therapy: str
    needed_by: date
    reason: str


@dataclass(frozen=True, slots=True)
class Call:
    """The confirmation call of one pickup; `at_enrolment` where the enrolment conversation is the confirmation."""

    pickup: date
    call: date
    at_enrolment: bool


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another candidate first date with its complete objective, or None and the reason why no plan exists."""

    first_pickup: date
    cycle: Cycle
    objective: Objective | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class CyclePlan:
    """The best plan of one cycle option."""

    cycle: Cycle
    first_pickup: date | None
    objective: Objective | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Trips and gap days of the same horizon under another policy."""

    trips: int
    gap_days: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The recommended plan and everything needed to trust it.

    `first_pickup` is the first date of the grid, `pickups` the grid dates that are used, `bridge_trips` the dates off
    the grid with a fill. `synchronized_from` is the first pickup from which on every fill is on the grid, or None.
    `optimal` is False when the search budget ended first; then `certificate.bound` still holds. `notes` says what could
    not be done as asked: a confirmed pickup that is not kept, and why.
    """

    optimal: bool
    cycle: Cycle
    horizon_days: int
    first_pickup: date
    synchronized_from: date | None
    objective: Objective
    pickups: tuple[date, ...]
    bridge_trips: tuple[date, ...]
    certificate: Certificate
    fills: tuple[Fill, ...]
    rides_along: tuple[RideAlong, ...]
    renewals: tuple[Renewal, ...]
    calls: tuple[Call, ...]
    alternatives: tuple[Alternative, ...]
    cycles: tuple[CyclePlan, ...]
    unsynchronized: Comparison
    heuristics: dict[str, Comparison]
    notes: tuple[str, ...] = ()
