"""Chains: the successive prescriptions of one medicine at one pharmacy, and the dispenses made under them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from pickupday.drugs import DrugFacts
from pickupday.history import Dispense, Prescription
from pickupday.review.dispensing import HandedOver, Unclear
from pickupday.review.strands import Strand


@dataclass(frozen=True, slots=True)
class Chain:
    """One medicine at one pharmacy.

    `prescriptions` run from the oldest to the current one (none where the chart has none). `handed_over` are the
    counted dispenses by date, each with the key of its prescription (None = not in the chart), `being_filled` the
    unfinished ones, `unclear` those of which not all is known. `started` is the day of the first dispense at any
    pharmacy.
    """

    id: str
    drug: DrugFacts
    prescriptions: tuple[Prescription, ...]
    handed_over: tuple[tuple[HandedOver, str | None], ...]
    being_filled: tuple[Dispense, ...]
    pharmacy: str | None
    started: date | None = None
    unclear: tuple[tuple[Unclear, str | None], ...] = ()

    @property
    def current(self) -> Prescription | None:
        """The prescription in force."""
        return self.prescriptions[-1] if self.prescriptions else None

    @property
    def keys(self) -> tuple[str, ...]:
        """The prescriptions meant, or the dispenses where there is none."""
        prescribed = tuple(one.key for one in self.prescriptions)
        if prescribed:
            return prescribed
        counted = (*(one.dispense for one, _ in self.handed_over), *(one.dispense for one, _ in self.unclear))
        return tuple(one.key for one in (*counted, *self.being_filled))


def tie_chains(strands: Iterable[Strand]) -> tuple[Chain, ...]:
    """Tie strands of the same medicine and pharmacy into chains, each with a readable id of its own, sorted by it."""
    by_drug: dict[tuple[str, ...], list[Strand]] = {}
    for strand in strands:
        by_drug.setdefault(strand.identity, []).append(strand)
    taken: set[str] = set()
    named: list[Chain] = []
    for chain in (chain for identity in sorted(by_drug) for chain in _tie(by_drug[identity])):
        slug = ordinary = _slug(chain.drug)
        ordinal = 1
        while slug in taken:
            ordinal += 1
            slug = f"{ordinary}-{ordinal}"
        taken.add(slug)
        named.append(replace(chain, id=slug))
    return tuple(sorted(named, key=lambda chain: chain.id))


def _slug(drug: DrugFacts) -> str:
    words = drug.label
    if drug.ingredient is not None:
        words = " ".join(part for part in (drug.ingredient, drug.strength, drug.form) if part)
    return re.sub(r"[^a-z0-9.]+", "-", words.casefold()).strip("-.") or "medicine"


def _tie(strands: list[Strand]) -> list[Chain]:
    """One chain for each pharmacy, the one used last first; a strand of unknown pharmacy joins that one."""
    latest_first = sorted(strands, key=lambda one: (one.last_activity, one.key), reverse=True)
    joined = next((one.pharmacy for one in latest_first if one.pharmacy is not None), None)
    started = min((one.on for strand in strands for one in strand.handed_over), default=None)
    by_pharmacy: dict[str | None, list[Strand]] = {}
    for strand in latest_first:
        by_pharmacy.setdefault(strand.pharmacy or joined, []).append(strand)
    return [_chain(pharmacy, members, started) for pharmacy, members in by_pharmacy.items()]


def _chain(pharmacy: str | None, strands: list[Strand], started: date | None) -> Chain:
    ordered = _oldest_first([one for one in strands if one.prescription is not None])
    handed_over = [(one, strand.key or None) for strand in strands for one in strand.handed_over]
    handed_over.sort(key=lambda pair: (pair[0].on, pair[0].dispense.key))
    return Chain(
        id="",
        drug=(ordered or strands)[-1].drug,
        prescriptions=tuple(one.prescription for one in ordered if one.prescription is not None),
        handed_over=tuple(handed_over),
        being_filled=tuple(dispense for strand in strands for dispense in strand.being_filled),
        pharmacy=pharmacy,
        started=started,
        unclear=tuple((one, strand.key or None) for strand in strands for one in strand.unclear),
    )


def _oldest_first(strands: list[Strand]) -> list[Strand]:
    """The prescription in force last: by the day written where each has one, else by first use.

    A replaced prescription (priorPrescription) comes before its successor, and an ended one does not stand last
    while a live one was dispensed after it.
    """
    dated = all(one.written is not None for one in strands)

    def age(one: Strand) -> tuple[date, date, str]:
        first = one.handed_over[0].on if one.handed_over and not dated else one.written
        return (first or date.min, one.last_activity, one.key)

    replaced = {one.prescription.prior for one in strands if one.prescription is not None}
    ordered = sorted(strands, key=lambda one: (one.key not in replaced, age(one)))
    if ordered and ordered[-1].ended:
        last = ordered[-1].last_activity
        live = [one for one in ordered if not one.ended and one.handed_over and one.last_activity > last]
        if live:
            ordered.remove(live[-1])
            ordered.append(live[-1])
    return ordered
