"""The handout of an enrolment: which number stands on it, and the PDF that is kept in the chart."""

from __future__ import annotations

from dataclasses import replace

from mappings.outbound.plan_record import DOCUMENT, Handed
from mappings.outbound.planned import EnrolmentPlan
from service.handout.content import compose
from service.handout.days import planned_days
from service.handout.pdf import draw_pdf
from service.programmes.file import PharmacyTable


def phone_of(pharmacy: PharmacyTable, named: str | None) -> str | None:
    """The programme's number, unless the chart names another pharmacy: then it is not known."""
    other = bool(pharmacy.name and named) and str(pharmacy.name).casefold() != str(named).casefold()
    return None if other else pharmacy.phone


def handing_out(plan: EnrolmentPlan, pharmacy: PharmacyTable, *, drawn: bool) -> EnrolmentPlan:
    """The plan with its handout, in the language asked for, else of the agreement, where the server takes the document.

    Drawing takes about a tenth of a second, so it is left for the moment when it is written.
    """
    if plan.record is None or DOCUMENT not in plan.record.types:
        return plan
    language = plan.agreement.language if plan.agreement is not None else None
    if plan.calling.asked:
        language = plan.calling.language
    handout = compose(planned_days(plan), language=language, phone=phone_of(pharmacy, plan.pharmacy.name))
    pdf = draw_pdf(handout, made=plan.record.recorded) if drawn else b""
    handed = Handed(handout.words.title, handout.words.language, pdf)
    return replace(plan, record=replace(plan.record, handed=handed))
