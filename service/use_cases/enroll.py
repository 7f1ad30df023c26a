"""Enrol a patient: read, plan, show, ask, read again, write once, and read back what stands.

Nothing here repeats itself into a second series: an active enrolment on the server is shown and left alone, identifiers
follow from patient, pharmacy and opt-in (mappings/outbound/identity.py), and what was written is read back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from mappings.enrolments import EnrolmentState
from mappings.outbound.planned import Agreement
from mappings.validation import problems_of
from service.errors import BadArgument
from service.use_cases.chart_changes import chart_changes
from service.use_cases.offer import Offer, Terms, make_offer, with_handout
from service.use_cases.optional import left_out, taken
from service.use_cases.outcome import EnrolmentOutcome, Result, settled
from service.use_cases.ports import Capabilities, ChartSource, Outbox, PickupServer
from service.use_cases.propose import Wishes, plan_chart, read_chart, why_unread
from service.use_cases.sending import Sending
from service.use_cases.show import Enrolments, Site, show
from service.use_cases.writing import disagreements, lacking, standing

__all__ = ["Enrolling", "EnrolmentOutcome", "Result", "enroll"]

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Enrolling:
    """One request to enrol one patient; `requester` and `at` as in `Terms`."""

    patient_id: str  # "123" or "Patient/123"
    agreement: Agreement
    wishes: Wishes
    dry_run: bool = False
    requester: str | None = None
    at: datetime | None = None

    def terms(self, capabilities: Capabilities) -> Terms:
        """What the enrolment rests on, on a server that declares this."""
        return Terms(self.agreement, taken(capabilities), self.requester, self.at)


async def enroll(
    source: ChartSource,
    server: PickupServer,
    site: Site,
    asked: Enrolling,
    confirm: Callable[[Offer], bool],
    outbox: Outbox | None = None,
) -> EnrolmentOutcome:
    """Enrol the patient unless they are. Raises BadArgument, and ServerError where the server failed on the way.

    `confirm` is asked once, with everything that would be written; without its yes nothing is. What the server has not
    acknowledged stays in the `outbox`, which `drain` settles. Raises OutboxUnusable before anything is sent.
    """
    _check_agreement(asked.agreement, asked.wishes.today)
    enrolments = await show(server, site, asked.patient_id)
    if (done := settled(enrolments)) is not None:
        return done
    shown = await plan_chart(source, asked.patient_id, asked.wishes)
    capabilities = await server.capabilities()
    offer = make_offer(shown, enrolments, site, asked.terms(capabilities), asked.wishes)
    if offer is None:
        return EnrolmentOutcome(Result.NOTHING_TO_PLAN, shown.reason or "There is nothing to synchronize.", chart=shown)
    if (clash := _clash(offer, enrolments)) is not None:
        return clash
    if asked.dry_run:
        message = "Nothing was written: a dry run."
        offer = await with_handout(offer, site)
        return EnrolmentOutcome(Result.DRY_RUN, message, left_out(capabilities), offer=offer, chart=shown)
    if lacks := lacking(capabilities):
        message = "Nothing was written: this server does not declare what an enrolment needs."
        return EnrolmentOutcome(Result.REFUSED, message, lacks, offer=offer, chart=shown)
    if not confirm(offer):
        return EnrolmentOutcome(Result.NOT_CONFIRMED, "Nothing was written: not confirmed.", offer=offer, chart=shown)
    return await _confirmed(source, server, site, asked, offer, outbox)


async def _confirmed(
    source: ChartSource, server: PickupServer, site: Site, asked: Enrolling, shown: Offer, outbox: Outbox | None
) -> EnrolmentOutcome:
    """Read again, and write what was shown if the chart still is the one it was planned from."""
    enrolments = await show(server, site, asked.patient_id)
    if (done := settled(enrolments)) is not None:
        return done
    now = await read_chart(source, asked.patient_id, asked.wishes)
    planned_from = shown.proposal.history
    if now.history != planned_from:
        changes = chart_changes(planned_from, now.history) if now.history is not None else (why_unread(now.issues),)
        message = "Nothing was written: the chart changed since the plan was shown."
        return EnrolmentOutcome(Result.CHART_CHANGED, message, changes, offer=shown, chart=shown.chart)
    # An enrolment may have ended in between, which gives this one other identifiers; the plan stays the one shown.
    terms = asked.terms(await server.capabilities())
    offer = make_offer(shown.chart, enrolments, site, terms, asked.wishes) or shown
    if (clash := _clash(offer, enrolments)) is not None:
        return clash
    offer = await with_handout(offer, site)
    if problems := problems_of(offer.bundle.bundle):
        message = "Nothing was written: the enrolment would not be valid FHIR."
        return EnrolmentOutcome(Result.REFUSED, message, problems, offer=offer, chart=offer.chart)
    return await Sending(server, site, offer, enrolments.patient, asked.wishes.today, now.records, outbox).write()


def _clash(offer: Offer, enrolments: Enrolments) -> EnrolmentOutcome | None:
    """A broken-off write that this plan would not complete but mix with another; a person has to look first."""
    broken_off = enrolments.latest(EnrolmentState.PARTIAL)
    if broken_off is None:
        return None
    if broken_off.value == offer.bundle.enrolment.value:
        differs = disagreements(offer.bundle, standing(offer.bundle, broken_off))
    else:
        differs = tuple(f"{pickup.reference} belongs to another opt-in." for pickup in broken_off.open_pickups)
    if not differs:
        return None
    message = "An earlier enrolment broke off and does not fit today's plan: cancel its open pickups, then enrol again."
    return EnrolmentOutcome(Result.REFUSED, message, differs, offer=offer, chart=offer.chart, enrolment=broken_off)


def _check_agreement(agreement: Agreement, today: date) -> None:
    if not agreement.wording.strip():
        raise BadArgument("the consent text is empty: write down what the patient agreed to")
    if not _LANGUAGE.fullmatch(agreement.language):
        raise BadArgument(f"{agreement.language!r} is no language code (BCP 47), such as en or es-MX")
    if agreement.by is not None and not (agreement.by.name.strip() and agreement.by.relation.strip()):
        raise BadArgument("a representative needs a name and a relation to the patient")
    if agreement.on is not None and agreement.on > today:
        raise BadArgument(f"the agreement is of {agreement.on}, a day that is still to come")
    try:
        agreement.wording.encode()
    except UnicodeEncodeError:
        raise BadArgument("the consent text is not valid Unicode") from None
