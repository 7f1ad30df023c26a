"""The same ingredient twice: an older strength that a newer one replaced, or a possible duplicate, which is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from pickupday.drugs import DrugFacts, Kind
from pickupday.findings import Finding, Severity
from pickupday.review.medicine import Medicine
from pickupday.rules import Rules


def are_same_substance(one: DrugFacts, other: DrugFacts) -> bool:
    """Whether two drugs are, or may be, the same ingredient to be taken the same way.

    The same form, both tablets or capsules, or a form that is not known: then they are not known to differ.
    """
    if one.ingredient is None or one.ingredient != other.ingredient:
        return False
    if one.form is None or other.form is None:
        return True
    return one.form == other.form or one.kind is other.kind is Kind.SOLID_ORAL


def are_siblings(one: Medicine, other: Medicine) -> bool:
    """Whether two chains hold the same ingredient to be taken the same way."""
    return one.chain.id != other.chain.id and are_same_substance(one.chain.drug, other.chain.drug)


def replacement_of(old: Medicine, others: Sequence[Medicine], today: date, rules: Rules) -> Medicine | None:
    """The medicine that took the place of `old`, None while nothing did. `others` are long-term medicines in force.

    Replaced means: the newer one names it (priorPrescription), or was first dispensed after the last dispense of the
    old one, or is a new start written after it, or goes on while the old one has lapsed.
    """
    successors = [one for one in others if are_siblings(old, one) and _took_over(old, one, today, rules)]
    return max(successors, key=lambda one: (_begun(one) or date.min, one.chain.id), default=None)


def _took_over(old: Medicine, new: Medicine, today: date, rules: Rules) -> bool:
    old_keys = {one.key for one in old.chain.prescriptions}
    if any(one.prior in old_keys for one in new.chain.prescriptions if one.prior is not None):
        return True
    begun = _begun(new)
    if begun is None:
        return False
    if not old.fills:
        return bool(new.fills) and old.written is not None and old.written < begun
    if not new.fills and begun < today - timedelta(days=rules.new_start_days):
        return False
    if old.fills[-1].on < begun:
        return True
    return bool(new.fills) and old.has_lapsed(today, rules) and not new.has_lapsed(today, rules)


def _begun(medicine: Medicine) -> date | None:
    """First dispensed, or written where never dispensed."""
    return medicine.fills[0].on if medicine.fills else medicine.written


def find_duplicates(medicines: Sequence[Medicine], today: date, rules: Rules) -> tuple[Finding, ...]:
    """Ask about every pair of the same ingredient that is still being filled; never merged, never dropped."""
    live = [one for one in medicines if one.fills and not one.has_lapsed(today, rules)]
    return tuple(
        Finding(
            "possible-duplicate",
            Severity.WARNING,
            f"{one.chain.drug.label} and {other.chain.drug.label} are both still being filled.",
            other.chain.keys[-1],
            next_step="Ask whether both are to be taken.",
        )
        for place, one in enumerate(live)
        for other in live[place + 1 :]
        if are_siblings(one, other)
    )
