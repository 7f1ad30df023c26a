"""The handout of an enrolment: which number stands on it, and the PDF that is kept in the chart."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mappings.outbound.narrative import one_line
from mappings.outbound.pharmacy import Pharmacy
from mappings.outbound.plan_record import DOCUMENT, Handed
from mappings.outbound.planned import EnrolmentPlan
from service.handout.content import Handout, compose
from service.handout.days import planned_days
from service.handout.pdf import draw_pdf
from service.programmes.file import PharmacyTable


def phone_of(pharmacy: PharmacyTable, named: str | None) -> str | None:
    """The programme's number, unless the chart names another pharmacy: then it is not known."""
    other = bool(pharmacy.name and named) and str(pharmacy.name).casefold() != str(named).casefold()
    return None if other else pharmacy.phone


@dataclass(frozen=True, slots=True)
class PharmacyNumber:
    """The number on which patients reach the pharmacy, and where it stands: "programme file" or "chart"."""

    number: str
    source: str


def number_of(pharmacy: PharmacyTable, named: Pharmacy) -> PharmacyNumber | None:
    """The programme's number, else the one that the chart has of the pharmacy itself (Organization.telecom)."""
    if (own := phone_of(pharmacy, named.name)) is not None:
        return PharmacyNumber(own, "programme file")
    return PharmacyNumber(one_line(named.phone), "chart") if named.phone else None


def handing_out(plan: EnrolmentPlan, pharmacy: PharmacyTable) -> EnrolmentPlan:
    """The plan with its handout, in the language asked for, else of the agreement, where the server takes the document.

    The PDF is still empty: drawing takes about a tenth of a second, so it is left for the moment when it is written.
    """
    if plan.record is None or DOCUMENT not in plan.record.types:
        return plan
    words = _composed(plan, pharmacy).words
    return replace(plan, record=replace(plan.record, handed=Handed(words.title, words.language)))


def draw_handout(plan: EnrolmentPlan, pharmacy: PharmacyTable) -> EnrolmentPlan:
    """The plan with the PDF of its handout drawn; the same plan gives the same bytes."""
    if plan.record is None or plan.record.handed is None:
        return plan
    pdf = draw_pdf(_composed(plan, pharmacy), made=plan.record.recorded)
    return replace(plan, record=replace(plan.record, handed=replace(plan.record.handed, pdf=pdf)))


def _composed(plan: EnrolmentPlan, pharmacy: PharmacyTable) -> Handout:
    language = plan.agreement.language if plan.agreement is not None else None
    if plan.calling.asked:
        language = plan.calling.language
    found = number_of(pharmacy, plan.pharmacy)
    return compose(planned_days(plan), language=language, phone=found.number if found is not None else None)
