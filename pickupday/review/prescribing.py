"""Which prescriptions may be read as an order for this patient to take a medicine at home, and from when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pickupday.history import Prescription, PrescriptionStatus

ENDED = frozenset({PrescriptionStatus.COMPLETED, PrescriptionStatus.STOPPED})
_NEVER_IN_FORCE = {
    PrescriptionStatus.DRAFT: "it is only a draft",
    PrescriptionStatus.ENTERED_IN_ERROR: "it was entered in error",
    PrescriptionStatus.CANCELLED: "it was cancelled",
}
_ORDERS = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a prescription is no therapy at all; `ask` where a person's word could make it one."""

    code: str
    reason: str
    next_step: str
    ask: bool = False


def refuse(prescription: Prescription, *, dispensed: bool) -> Refusal | None:
    """Say why this prescription is not a therapy, or None when it is an order that may become one.

    `dispensed` is whether a counted dispense names it: an intent of "plan" authorizes nobody to dispense (FHIR:
    RequestIntent), but a medicine that was dispensed under it is being taken.
    """
    if prescription.unreadable is not None:
        return Refusal(
            "unreadable",
            f"The prescription must not be interpreted: {prescription.unreadable}.",
            "Read it in the record; the extension may change its meaning.",
        )
    if prescription.do_not_perform:
        return Refusal(
            "do-not-perform",
            "The prescription says that this medicine is not to be taken (doNotPerform).",
            "Nothing to fill.",
        )
    never = _NEVER_IN_FORCE.get(prescription.status)
    if never is not None:
        return Refusal(prescription.status.value, f"The prescription does not count: {never}.", "Nothing to fill.")
    if "inpatient" in prescription.categories:
        return Refusal(
            "inpatient",
            "The prescription is for a hospital stay (category inpatient).",
            "If it goes on at home, a prescription for home is needed.",
        )
    if prescription.intent not in _ORDERS and not (prescription.intent == "plan" and dispensed):
        return Refusal(
            "not-an-order",
            f"The prescription is a {prescription.intent or 'request without intent'}, which authorizes no fill.",
            "Ask the prescriber for an order if it is to be taken.",
        )
    if prescription.reported:
        return Refusal(
            "reported",
            "The medicine is only reported (by the patient or another source), not prescribed here.",
            "Ask whether it is taken and who prescribes and dispenses it.",
            ask=True,
        )
    return None


def start_of(prescription: Prescription) -> date | None:
    """The day from which it is in force: authoredOn, else validity, else the dosage's start; None = unknown."""
    if prescription.authored_on is not None:
        return prescription.authored_on
    if prescription.valid_from is not None:
        return prescription.valid_from
    return min((dosage.start for dosage in prescription.dosages if dosage.start is not None), default=None)


def end_of_course(prescription: Prescription) -> date | None:
    """The last day of the dosage where every instruction bounds it; None = open-ended or unknown."""
    ends = [dosage.end for dosage in prescription.dosages]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None
