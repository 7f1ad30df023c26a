"""Which dispenses put medicine in the patient's hands, and on which day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from pickupday.findings import Finding, Severity
from pickupday.history import Dispense, DispenseStatus
from pickupday.rules import Rules

_BEING_FILLED = frozenset({DispenseStatus.PREPARATION, DispenseStatus.IN_PROGRESS})
_MAY_SUPPLY = _BEING_FILLED | {DispenseStatus.COMPLETED, DispenseStatus.UNKNOWN}
"""What a dispense that cannot be read may turn out to be; all others supply nothing however they are read."""

_COUNT = "Enter a count of what is left."


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A dispense that counts, with the day on which its supply begins to be at hand."""

    dispense: Dispense
    on: date


@dataclass(frozen=True, slots=True)
class Unclear:
    """A dispense that put medicine into the patient's hands, but what, how much or when is not known.

    `on` is None where the day is not known: never taken for a day long ago. `countable` is whether a count of what is
    left settles it; it does not where the patient may hold another product than the one prescribed.
    """

    dispense: Dispense
    on: date | None
    code: str
    reason: str
    next_step: str
    missing: str | None
    countable: bool = True

    def may_follow(self, last: date) -> bool:
        """Whether it may be the latest dispense, the last known one being on that day."""
        return self.on is None or self.on >= last

    def is_settled_by_count(self, told_on: date, today: date) -> bool:
        """Whether a count told on that day is known to be later than it."""
        return self.countable and (told_on >= today if self.on is None else told_on >= self.on)


@dataclass(frozen=True, slots=True)
class Dispensing:
    """All dispenses of a history: what counts (by date), is being filled, is unclear, and what was noticed."""

    handed_over: tuple[HandedOver, ...]
    being_filled: tuple[Dispense, ...]
    findings: tuple[Finding, ...]
    unclear: tuple[Unclear, ...] = ()


def sort_dispenses(dispenses: Iterable[Dispense], today: date, rules: Rules) -> Dispensing:
    """Separate the dispenses that supply medicine from those that do not, saying why of each of the latter."""
    handed_over: list[HandedOver] = []
    being_filled: list[Dispense] = []
    unclear: list[Unclear] = []
    findings: list[Finding] = []
    for dispense in sorted(dispenses, key=lambda one: one.key):
        refusal = _refusal(dispense)
        if refusal is not None:
            findings.append(refusal)
            unclear += _unreadable(dispense)
        elif dispense.status in _BEING_FILLED:
            stale = _stale_filling(dispense, today, rules)
            if stale is None:
                being_filled.append(dispense)
            else:
                findings.append(stale)
        else:
            counted, finding = _count(dispense, today)
            if isinstance(counted, HandedOver):
                handed_over.append(counted)
            else:
                unclear.append(counted)
            if finding is not None:
                findings.append(finding)
    handed_over.sort(key=lambda one: (one.on, one.dispense.key))
    findings += _ask_about_twins(handed_over)
    return Dispensing(tuple(handed_over), tuple(being_filled), tuple(findings), tuple(unclear))


def _unreadable(dispense: Dispense) -> list[Unclear]:
    """A dispense that must not be interpreted may still have been handed over; the day that it shows is believed."""
    if dispense.unreadable is None or dispense.status not in _MAY_SUPPLY or dispense.inpatient:
        return []
    on = dispense.handed_over or dispense.prepared
    dated = f" of {on}" if on is not None else ""
    return [
        Unclear(
            dispense,
            on,
            "unreadable-dispense",
            f"A dispense{dated} must not be interpreted ({dispense.unreadable}), so what is left is not known.",
            "Read it in the record and enter a count of what is left.",
            None,
        )
    ]


def _undated(dispense: Dispense, why: str, next_step: str) -> Unclear:
    """A dispense that may be the latest one, because nobody knows when it was."""
    reason = f"A dispense {why}, so what is left is not known."
    return Unclear(dispense, None, "undated-dispense", reason, next_step, "whenHandedOver")


def _ask_about_twins(handed_over: list[HandedOver]) -> list[Finding]:
    """Two dispenses alike in medicine, prescription, day and quantity: both count, but one may be a double entry."""
    first: dict[tuple[object, ...], HandedOver] = {}
    findings: list[Finding] = []
    for one in handed_over:
        dispense = one.dispense
        alike = first.setdefault((dispense.drug, dispense.prescriptions, one.on, dispense.quantity), one)
        if alike is not one:
            findings.append(
                Finding(
                    "dispense-twice",
                    Severity.WARNING,
                    f"{dispense.drug.label} was dispensed twice in the same quantity on {one.on} "
                    f"({alike.dispense.key} and {dispense.key}); both are counted.",
                    dispense.key,
                    next_step="Ask whether both were handed over, and enter a count of what is left.",
                )
            )
    return findings


def _refusal(dispense: Dispense) -> Finding | None:
    """Why this dispense supplies nothing whatever its date, or None when it may."""
    name = dispense.drug.label
    if dispense.unreadable is not None:
        return Finding(
            "dispense-unreadable",
            Severity.ERROR,
            f"A dispense of {name} is not counted because it must not be interpreted: {dispense.unreadable}.",
            dispense.key,
            next_step="Read it in the record and enter a count of what is left.",
        )
    if dispense.status in _BEING_FILLED:
        return None
    if dispense.status is not DispenseStatus.COMPLETED:
        return Finding(
            "dispense-supplies-nothing",
            Severity.INFORMATION,
            f"A dispense of {name} with status {dispense.status.value} supplies nothing.",
            dispense.key,
        )
    if dispense.inpatient:
        return Finding(
            "dispense-inpatient",
            Severity.INFORMATION,
            f"A dispense of {name} during a hospital stay supplies nothing for home.",
            dispense.key,
        )
    if dispense.quantity is not None and dispense.quantity.value <= 0:
        return Finding(
            "dispense-of-nothing",
            Severity.WARNING,
            f"A dispense of {name} with a quantity of zero or less supplies nothing.",
            dispense.key,
            missing="quantity",
        )
    return None


def _stale_filling(dispense: Dispense, today: date, rules: Rules) -> Finding | None:
    """Say that a fill has been in progress for so long that it cannot be waited for, or None."""
    begun = dispense.handed_over or dispense.prepared
    if begun is None or begun >= today - timedelta(days=rules.being_filled_days):
        return None
    return Finding(
        "fill-never-finished",
        Severity.WARNING,
        f"A fill of {dispense.drug.label} was begun on {begun} and never finished (status {dispense.status.value}); "
        "it is not counted.",
        dispense.key,
        next_step="Ask the pharmacy whether it was handed over.",
    )


def _count(dispense: Dispense, today: date) -> tuple[HandedOver | Unclear, Finding | None]:
    """Date a completed dispense: handed over, else prepared (said); of undated and future ones the day is unclear."""
    name = dispense.drug.label
    on = dispense.handed_over or dispense.prepared
    if on is None:
        return _undated(dispense, "does not say when it was handed over", _COUNT), Finding(
            "dispense-undated",
            Severity.ERROR,
            f"A dispense of {name} is not counted: it says neither when it was handed over nor when it was prepared.",
            dispense.key,
            missing="whenHandedOver",
            next_step=_COUNT,
        )
    if on > today:
        asked = f"Ask the pharmacy for the true date, or {_COUNT[0].lower()}{_COUNT[1:]}"
        return _undated(dispense, f"is dated {on}, after today", asked), Finding(
            "dispense-in-the-future",
            Severity.WARNING,
            f"A dispense of {name} is dated {on}, after today; it is not counted.",
            dispense.key,
            next_step="Ask the pharmacy for the true date.",
        )
    counted = HandedOver(dispense, on)
    if dispense.handed_over is not None:
        return counted, None
    return counted, Finding(
        "dispense-only-prepared",
        Severity.WARNING,
        f"A dispense of {name} counts from {on}, when it was prepared: it does not say when it was handed over.",
        dispense.key,
        missing="whenHandedOver",
    )
