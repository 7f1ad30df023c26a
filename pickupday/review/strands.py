"""Which prescription each dispense was made under: by its own word, else by drug and date, and then said so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pickupday.drugs import DrugFacts, Kind
from pickupday.findings import Finding, Severity
from pickupday.history import Dispense, Prescription
from pickupday.review.dispensing import Dispensing, HandedOver, Unclear
from pickupday.review.prescribing import ENDED, start_of


@dataclass(slots=True)
class Strand:
    """One prescription, or none, with the dispenses made under it: what chains are tied from."""

    prescription: Prescription | None
    drug: DrugFacts
    handed_over: list[HandedOver] = field(default_factory=list)
    being_filled: list[Dispense] = field(default_factory=list)
    unclear: list[Unclear] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The prescription's key, empty for dispenses without one."""
        return self.prescription.key if self.prescription is not None else ""

    @property
    def identity(self) -> tuple[str, ...]:
        """What it shares with the strands of the same medicine; of a nameless one nothing."""
        if not self.drug.is_nameless:
            return identify(self.drug)
        return ("nameless", self.key or self.dispense_keys[0])

    @property
    def dispense_keys(self) -> tuple[str, ...]:
        """The dispenses made under it."""
        known = (*(one.dispense for one in self.handed_over), *(one.dispense for one in self.unclear))
        return tuple(one.key for one in (*known, *self.being_filled))

    @property
    def written(self) -> date | None:
        """The day from which the prescription is in force, where known."""
        return start_of(self.prescription) if self.prescription is not None else None

    @property
    def ended(self) -> bool:
        """Whether the prescription is completed or stopped."""
        return self.prescription is not None and self.prescription.status in ENDED

    @property
    def pharmacy(self) -> str | None:
        """Where it was dispensed last, else where it is meant to be."""
        for one in reversed(self.handed_over):
            if one.dispense.pharmacy is not None:
                return one.dispense.pharmacy
        return self.prescription.performer if self.prescription is not None else None

    @property
    def last_activity(self) -> date:
        """The last day on which it was written or dispensed."""
        return max([one.on for one in self.handed_over] + [self.written or date.min])


def identify(drug: DrugFacts) -> tuple[str, ...]:
    """What makes two records the same medicine: ingredient, strength and form, and the label where one is not known.

    Two medicines of which the chart gives less are the same only if it writes them alike: "Metformin" may be one
    strength, "Metformin XR" another.
    """
    label = " ".join(drug.label.casefold().split())
    if drug.ingredient is None:
        return ("label", label)
    if drug.strength is None or drug.form is None:
        return (drug.ingredient, drug.strength or "", drug.form or "", label)
    return (drug.ingredient, drug.strength, drug.form)


def attribute(
    prescriptions: Sequence[Prescription], refused: Mapping[str, str], dispensing: Dispensing
) -> tuple[tuple[Strand, ...], tuple[Finding, ...]]:
    """Give each dispense to its prescription. `refused` are prescriptions that are no therapies, with the code why.

    A dispense that names no prescription, or one that is not in the chart, is matched by drug and date, and counts by
    itself where nothing fits. One made under a refused prescription joins another one of the same drug or nothing;
    one made for a hospital stay joins nothing.
    """
    strands = {one.key: Strand(one, one.drug) for one in sorted(prescriptions, key=lambda one: one.key)}
    orphans: dict[tuple[str, ...], Strand] = {}
    findings: list[Finding] = []
    for one in dispensing.handed_over:
        strand, finding = _of_another_product(one, strands) or _strand_of(
            one.dispense, one.on, strands, refused, orphans
        )
        if strand is not None:
            strand.handed_over.append(one)
        if finding is not None:
            findings.append(finding)
    for dispense in dispensing.being_filled:
        strand, _ = _strand_of(dispense, dispense.handed_over or dispense.prepared, strands, refused, orphans)
        if strand is not None:
            strand.being_filled.append(dispense)
    for doubtful in dispensing.unclear:
        strand, _ = _strand_of(doubtful.dispense, doubtful.on, strands, refused, orphans)
        if strand is not None:
            strand.unclear.append(doubtful)
    return (*strands.values(), *orphans.values()), tuple(findings)


def _of_another_product(one: HandedOver, strands: Mapping[str, Strand]) -> tuple[Strand | None, Finding] | None:
    """Where a dispense of another drug or strength than its prescription's counts; None for the product prescribed.

    It counts to a prescription of what was handed out, if the chart has one. Of the prescription that it names it
    leaves open what the patient has, and no count of units can tell that.
    """
    dispense = one.dispense
    named = [strands[key] for key in dispense.prescriptions if key in strands]
    codes = [_difference(strand.drug, dispense.drug) for strand in named]
    if not named or None in codes:
        return None
    meant, code = named[0], codes[0] or ""
    next_step = "Check with the pharmacy which medicine the patient has, and whether a prescription for it is missing."
    reason = f"The last dispense under its prescription ({one.on}) was of {dispense.drug.label}."
    meant.unclear.append(Unclear(dispense, one.on, code, reason, next_step, "medication[x]", countable=False))
    matched = _match(dispense, one.on, tuple(strands.values()))
    counted = f"it is counted to {matched.key}" if matched is not None else "it is not counted"
    message = f"A dispense of {dispense.drug.label} names a prescription of {meant.drug.label}; {counted}."
    finding = Finding(code, Severity.ERROR, message, dispense.key, missing="medication[x]", next_step=next_step)
    return matched, finding


def _difference(asked: DrugFacts, handed: DrugFacts) -> str | None:
    """The code of what makes another product: ingredients, strengths in the same units, or forms, known to differ."""
    if asked.ingredient is None or handed.ingredient is None:
        return None
    if asked.ingredient != handed.ingredient:
        return "dispense-of-another-drug"
    if asked.strength is not None and handed.strength is not None and asked.strength != handed.strength:
        units = {re.sub(r"[0-9.,]+", "", one) for one in (asked.strength, handed.strength)}
        if len(units) == 1:
            return "dispense-of-another-strength"
    return "dispense-of-another-form" if _is_another_form(asked, handed) else None


def _is_another_form(asked: DrugFacts, handed: DrugFacts) -> bool:
    """Whether two known forms are taken or counted differently: another release, or another kind altogether.

    Tablets and capsules that release alike are handed out for each other; a form that is not known is not known to
    differ.
    """
    if asked.form is None or handed.form is None or asked.form == handed.form:
        return False
    if _release(asked.form) != _release(handed.form):
        return True
    return Kind.UNKNOWN not in (asked.kind, handed.kind) and asked.kind is not handed.kind


def _release(form: str) -> str:
    """How a form releases its drug: "24 hr extended release", or "" where it says nothing of it."""
    found = re.search(r"(?:\d+ hr )?\b(?:extended|delayed) release\b", form)
    return found[0] if found else ""


def _strand_of(
    dispense: Dispense,
    on: date | None,
    strands: dict[str, Strand],
    refused: Mapping[str, str],
    orphans: dict[tuple[str, ...], Strand],
) -> tuple[Strand | None, Finding | None]:
    named = [key for key in dispense.prescriptions if key in strands]
    if named:
        fits = [key for key in named if _difference(strands[key].drug, dispense.drug) is None] or named
        return strands[fits[0]], _doubt(dispense, named, fits[0])
    matched = _match(dispense, on, tuple(strands.values()))
    codes = sorted({refused[key] for key in dispense.prescriptions if key in refused})
    if codes:
        if "inpatient" in codes:
            matched = None
        return matched, _of_no_therapy(dispense, codes, matched)
    if dispense.prescriptions:
        why = f"names a prescription that is not in the chart ({', '.join(dispense.prescriptions)})"
    else:
        why = "names no prescription"
    if matched is not None:
        return matched, Finding(
            "dispense-matched-by-drug",
            Severity.WARNING,
            f"A dispense of {dispense.drug.label} {why}; it is counted to {matched.key} by drug and date.",
            dispense.key,
            missing="authorizingPrescription",
        )
    same = ("nameless", dispense.key) if dispense.drug.is_nameless else identify(dispense.drug)
    orphan = orphans.setdefault((*same, dispense.pharmacy or ""), Strand(None, dispense.drug))
    return orphan, Finding(
        "dispense-without-prescription",
        Severity.WARNING,
        f"A dispense of {dispense.drug.label} {why}, and no prescription in the chart fits it; it counts all the same.",
        dispense.key,
        missing="authorizingPrescription",
        next_step="Find the prescription: without it nothing is known of refills and expiry.",
    )


def _of_no_therapy(dispense: Dispense, codes: Sequence[str], matched: Strand | None) -> Finding:
    counted = f"it is counted to {matched.key}" if matched is not None else "it is not counted"
    return Finding(
        "dispense-of-no-therapy",
        Severity.INFORMATION,
        f"A dispense of {dispense.drug.label} was made under a prescription that is no therapy "
        f"({', '.join(codes)}); {counted}.",
        dispense.key,
    )


def _doubt(dispense: Dispense, named: Sequence[str], counted: str) -> Finding | None:
    """What is doubtful about a dispense's own word on its prescription."""
    if len(named) > 1:
        return Finding(
            "dispense-of-several-prescriptions",
            Severity.INFORMATION,
            f"A dispense of {dispense.drug.label} names {len(named)} prescriptions; it is counted to {counted}.",
            dispense.key,
        )
    return None


def _match(dispense: Dispense, on: date | None, strands: Sequence[Strand]) -> Strand | None:
    """The same medicine's prescription in force on that day, else its first one; None where no drug fits."""
    same = [one for one in strands if _same_drug(one.drug, dispense.drug) and _same_pharmacy(one, dispense)]
    same.sort(key=lambda one: one.written or date.min)
    begun = [one for one in same if on is None or one.written is None or one.written <= on]
    return begun[-1] if begun else next(iter(same), None)


def _same_drug(one: DrugFacts, other: DrugFacts) -> bool:
    if one.is_nameless or other.is_nameless:
        return False
    return identify(one) == identify(other) or one.label.casefold() == other.label.casefold()


def _same_pharmacy(strand: Strand, dispense: Dispense) -> bool:
    return strand.pharmacy is None or dispense.pharmacy is None or strand.pharmacy == dispense.pharmacy
