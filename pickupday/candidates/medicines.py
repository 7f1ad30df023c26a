"""Two criteria about the medicines: new to a chronic therapy, and several that are filled monthly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from pickupday.candidates.criterion import Criterion, Evidence, Status, Thresholds
from pickupday.drugs import DrugFacts
from pickupday.history import Dispense, DispenseStatus, MedicationHistory
from pickupday.review.prescribing import start_of
from pickupday.review.siblings import are_same_substance
from pickupday.review.therapies import NotPlanned, OngoingTherapy, Review
from pickupday.wording import say_count

_LONG_TERM = frozenset({"restart-review", "lapsed", "ask-first"})
"""Reasons not to plan that are asked only of medicines shown to be taken long-term."""

_PERHAPS_LONG_TERM = frozenset({"being-filled", "another-pharmacy", "not-shown-long-term", "unknown-days-supply"})
_PERHAPS_ONGOING = _LONG_TERM | frozenset({"not-shown-long-term", "never-dispensed", "supply-estimated"})
_WRITTEN_BEFORE_DAYS = 30  # a prescription written so much before the first known fill may have been filled elsewhere


@dataclass(frozen=True, slots=True)
class _FirstFill:
    """The first known dispense of a medicine, and why it may not have been the first; None where nothing says so."""

    label: str
    dispense: Dispense
    on: date
    doubt: str | None


def new_to_chronic_therapy(
    reviewed: Review, history: MedicationHistory, today: date, thresholds: Thresholds
) -> Criterion:
    """A long-term medicine was filled for the first time in the last 90 days; a new strength is no new medicine."""
    code, title = "new-to-chronic-therapy", "new to chronic therapy"
    if not history.dispenses_known:
        return Criterion(
            code,
            title,
            Status.CANNOT_TELL,
            "No dispenses are known here, so nobody can see when a medicine was first filled.",
            missing="MedicationDispense",
            next_step="Ask whether a long-term medicine is new.",
        )
    since = today - timedelta(days=thresholds.new_days)
    chronic = [(one.drug.label, one.drug) for one in reviewed.therapies]
    chronic += [(one.label, one.drug) for one in _lines(reviewed, _LONG_TERM) if one.drug is not None]
    perhaps = [(one.label, one.drug) for one in _lines(reviewed, _PERHAPS_LONG_TERM) if one.drug is not None]
    firsts = _recent(chronic, history, since, today)
    sure = [one for one in firsts if one.doubt is None]
    if sure:
        return Criterion(
            code,
            title,
            Status.MET,
            " ".join(f"{one.label} was first filled on {one.on}." for one in sure),
            tuple(_evidence(one) for one in sure),
        )
    if firsts:
        return Criterion(
            code,
            title,
            Status.CANNOT_TELL,
            " ".join(f"The first known fill of {one.label} is of {one.on}, but {one.doubt}." for one in firsts),
            tuple(_evidence(one) for one in firsts),
            missing="earlier MedicationDispense",
            next_step="Ask since when it is taken.",
        )
    open_firsts = _recent(perhaps, history, since, today)
    if open_firsts:
        names = ", ".join(dict.fromkeys(one.label for one in open_firsts))
        return Criterion(
            code,
            title,
            Status.CANNOT_TELL,
            f"Whether this is taken long-term is not known: {names}.",
            tuple(_evidence(one) for one in open_firsts),
            missing="whether it is taken long-term",
            next_step="Ask whether it is taken long-term.",
        )
    if chronic:
        return Criterion(code, title, Status.NOT_MET, f"Every long-term medicine was first filled before {since}.")
    return Criterion(code, title, Status.NOT_MET, "The chart shows no long-term medicine.")


def several_medicines(reviewed: Review, thresholds: Thresholds) -> Criterion:
    """At least three ongoing medicines that are filled monthly or more often."""
    code, title = "several-medicines", f"{thresholds.several} or more monthly medicines"
    monthly = [one for one in reviewed.therapies if one.usual_days <= thresholds.monthly_days]
    monthly_lines = [one for one in _lines(reviewed, frozenset({"being-filled"})) if _is_monthly(one, thresholds)]
    evidence = tuple(_usual(one) for one in monthly) + tuple(
        Evidence(one.keys[-1], one.fills[-1].on, f"{one.label}, a fill is under way") for one in monthly_lines
    )
    number = len(monthly) + len(monthly_lines)
    count = f"{say_count(number, 'ongoing medicine')} filled for {thresholds.monthly_days} days or less at a time."
    if number >= thresholds.several:
        return Criterion(code, title, Status.MET, count, evidence)
    perhaps = [
        one
        for one in reviewed.not_planned
        if one.therapy
        and (one.code in _PERHAPS_ONGOING or one.missing is not None)
        and (not one.fills or _is_monthly(one, thresholds))
    ]
    if number + len(perhaps) >= thresholds.several:
        names = ", ".join(dict.fromkeys(one.label for one in perhaps))
        return Criterion(
            code,
            title,
            Status.CANNOT_TELL,
            f"{count} More may be: {names}.",
            evidence,
            missing="; ".join(dict.fromkeys(one.missing or "whether it is still taken" for one in perhaps)),
            next_step="Ask what is still taken.",
        )
    return Criterion(code, title, Status.NOT_MET, count, evidence)


def _lines(reviewed: Review, codes: frozenset[str]) -> list[NotPlanned]:
    return [one for one in reviewed.not_planned if one.code in codes and one.therapy]


def _is_monthly(line: NotPlanned, thresholds: Thresholds) -> bool:
    return bool(line.fills) and line.fills[-1].days <= thresholds.monthly_days


def _usual(therapy: OngoingTherapy) -> Evidence:
    last = therapy.fills[-1] if therapy.fills else None
    key = last.dispense.key if last is not None else therapy.prescriptions[-1].key
    value = f"{therapy.drug.label}, {say_count(therapy.usual_days, 'day')} at a time"
    return Evidence(key, last.on if last is not None else None, value)


def _recent(
    medicines: list[tuple[str, DrugFacts]], history: MedicationHistory, since: date, today: date
) -> list[_FirstFill]:
    """The first fills of these medicines that lie in [since, today], each medicine once."""
    found: dict[str, _FirstFill] = {}
    for label, drug in medicines:
        fills = [
            (on, one)
            for one in history.dispenses
            if one.status is DispenseStatus.COMPLETED and not one.inpatient and _same(one.drug, drug)
            if (on := one.handed_over or one.prepared) is not None
        ]
        on, first = min(fills, key=lambda fill: (fill[0], fill[1].key), default=(None, None))
        if on is not None and first is not None and since <= on <= today:
            found.setdefault(first.key, _FirstFill(label, first, on, _doubt(first, on, drug, history)))
    return list(found.values())


def _same(one: DrugFacts, other: DrugFacts) -> bool:
    return are_same_substance(one, other) or (one.ingredient is None and one.label.casefold() == other.label.casefold())


def _doubt(first: Dispense, on: date, drug: DrugFacts, history: MedicationHistory) -> str | None:
    if (first.supply_type or "").upper().startswith("RF"):
        return "it is recorded as a refill"
    started = [start_of(one) for one in history.prescriptions if _same(one.drug, drug)]
    written = min((day for day in started if day is not None), default=on)
    if written < on - timedelta(days=_WRITTEN_BEFORE_DAYS):
        return f"it was prescribed on {written} already"
    return None


def _evidence(first: _FirstFill) -> Evidence:
    return Evidence(first.dispense.key, first.on, f"first known fill of {first.label}")
