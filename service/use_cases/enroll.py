"""Enrol a patient: read, plan, show, ask, read again, write once, and read back what stands.

Nothing here repeats itself into a second series: an active enrolment on the server is shown and left alone, identifiers
follow from patient, pharmacy and opt-in (mappings/outbound/identity.py), and what was written is read back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from mappings.enrolments import EnrolmentState, RecordedEnrolment
from mappings.outbound.planned import Agreement
from mappings.validation import problems_of
from service.errors import BadArgument
from service.use_cases.chart_changes import chart_changes
from service.use_cases.offer import Offer, make_offer
from service.use_cases.ports import ChartSource, Conflict, EntryReceipt, PickupServer, ServerError, ServerFault
from service.use_cases.propose import PlannedChart, Wishes, plan_chart, read_chart, why_unread
from service.use_cases.show import Enrolments, Site, show
from service.use_cases.writing import Receipt, disagreements, lacking, receipts_of, send, standing, take_back

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_ATTEMPTS = 2  # a conflict whose winner cannot be seen yet is tried once more


class Result(StrEnum):
    """How an enrolment came out."""

    WRITTEN = "written"
    ALREADY = "already"  # an active enrolment stands on the server; it was left alone
    DRY_RUN = "dry-run"  # would be written
    NOT_CONFIRMED = "not-confirmed"
    NOTHING_TO_PLAN = "nothing-to-plan"
    CHART_CHANGED = "chart-changed"
    REFUSED = "refused"  # the server cannot hold it, or holds something that a person must look at first


_EXIT_CODES = {
    Result.WRITTEN: 0,
    Result.ALREADY: 0,
    Result.DRY_RUN: 0,
    Result.NOT_CONFIRMED: 2,
    Result.NOTHING_TO_PLAN: 3,
    Result.CHART_CHANGED: 5,
    Result.REFUSED: 4,
}


@dataclass(frozen=True, slots=True)
class EnrolmentOutcome:
    """How it came out: `message` is one sentence for people, `details` one sentence per thing to look at."""

    result: Result
    message: str
    details: tuple[str, ...] = ()
    offer: Offer | None = None
    chart: PlannedChart | None = None
    enrolment: RecordedEnrolment | None = None  # as it stands on the server
    receipts: tuple[Receipt, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 done or already so, 2 not confirmed, 3 planned in part or not at all, 4 refused, 5 the chart changed."""
        if self.result in (Result.WRITTEN, Result.DRY_RUN) and self.chart is not None and self.chart.in_part:
            return 3
        return _EXIT_CODES[self.result]


@dataclass(frozen=True, slots=True)
class Enrolling:
    """One request to enrol one patient."""

    patient_id: str  # "123" or "Patient/123"
    agreement: Agreement
    wishes: Wishes
    dry_run: bool = False


async def enroll(
    source: ChartSource, server: PickupServer, site: Site, asked: Enrolling, confirm: Callable[[Offer], bool]
) -> EnrolmentOutcome:
    """Enrol the patient unless they are. Raises BadArgument, and ServerError where the server failed on the way.

    `confirm` is asked once, with everything that would be written; without its yes nothing is.
    """
    _check_agreement(asked.agreement)
    enrolments = await show(server, site, asked.patient_id)
    if (settled := _settled(enrolments)) is not None:
        return settled
    shown = await plan_chart(source, asked.patient_id, asked.wishes)
    offer = make_offer(shown, enrolments, site, asked.agreement, asked.wishes)
    if offer is None:
        return EnrolmentOutcome(Result.NOTHING_TO_PLAN, shown.reason or "There is nothing to synchronize.", chart=shown)
    if (clash := _clash(offer, enrolments)) is not None:
        return clash
    if asked.dry_run:
        return EnrolmentOutcome(Result.DRY_RUN, "Nothing was written: a dry run.", offer=offer, chart=shown)
    if lacks := lacking(await server.capabilities()):
        message = "Nothing was written: this server does not declare what an enrolment needs."
        return EnrolmentOutcome(Result.REFUSED, message, lacks, offer=offer, chart=shown)
    if not confirm(offer):
        return EnrolmentOutcome(Result.NOT_CONFIRMED, "Nothing was written: not confirmed.", offer=offer, chart=shown)
    return await _confirmed(source, server, site, asked, offer)


async def _confirmed(
    source: ChartSource, server: PickupServer, site: Site, asked: Enrolling, shown: Offer
) -> EnrolmentOutcome:
    """Read again, and write what was shown if the chart still is the one it was planned from."""
    enrolments = await show(server, site, asked.patient_id)
    if (settled := _settled(enrolments)) is not None:
        return settled
    now = await read_chart(source, asked.patient_id, asked.wishes)
    planned_from = shown.proposal.history
    if now.history != planned_from:
        changes = chart_changes(planned_from, now.history) if now.history is not None else (why_unread(now.issues),)
        message = "Nothing was written: the chart changed since the plan was shown."
        return EnrolmentOutcome(Result.CHART_CHANGED, message, changes, offer=shown, chart=shown.chart)
    # An enrolment may have ended in between, which gives this one other identifiers; the plan stays the one shown.
    offer = make_offer(shown.chart, enrolments, site, asked.agreement, asked.wishes) or shown
    if (clash := _clash(offer, enrolments)) is not None:
        return clash
    if problems := problems_of(offer.bundle.bundle):
        message = "Nothing was written: the enrolment would not be valid FHIR."
        return EnrolmentOutcome(Result.REFUSED, message, problems, offer=offer, chart=offer.chart)
    return await _write(server, site, asked, offer)


async def _write(
    server: PickupServer, site: Site, asked: Enrolling, offer: Offer, attempts: int = _ATTEMPTS
) -> EnrolmentOutcome:
    try:
        answers = await send(server, offer.bundle, await server.capabilities())
    except ServerError as error:
        contested = isinstance(error, (Conflict, ServerFault))
        if not (contested or error.maybe_written):
            raise
        settled = _settled(await show(server, site, asked.patient_id))
        if settled is not None:
            return settled
        if contested and attempts > 1:
            return await _write(server, site, asked, offer, attempts - 1)
        raise
    return await _read_back(server, site, asked, offer, answers)


async def _read_back(
    server: PickupServer, site: Site, asked: Enrolling, offer: Offer, answers: tuple[EntryReceipt, ...]
) -> EnrolmentOutcome:
    """What stands on the server counts: all ours, or somebody else's who was faster, never a mixture of two."""
    found = (await show(server, site, asked.patient_id)).with_value(offer.bundle.enrolment.value)
    stands = standing(offer.bundle, found) if found is not None else {}
    receipts = receipts_of(offer.bundle, answers, stands)
    differs = disagreements(offer.bundle, stands)
    if found is None or len(stands) < len(offer.bundle.entries):
        return EnrolmentOutcome(
            Result.REFUSED,
            "The server said yes, but does not give back everything that was written.",
            offer=offer,
            chart=offer.chart,
            enrolment=found,
            receipts=receipts,
        )
    if not differs:
        result = Result.WRITTEN if any(receipt.created for receipt in receipts) else Result.ALREADY
        message = "The patient is enrolled." if result is Result.WRITTEN else "The patient was enrolled already."
        return EnrolmentOutcome(result, message, offer=offer, chart=offer.chart, enrolment=found, receipts=receipts)
    taken_back = await take_back(server, receipts)
    after = await show(server, site, asked.patient_id)
    return _settled(after, taken_back) or EnrolmentOutcome(
        Result.REFUSED,
        "Other resources with these identifiers stand on the server; what this run had written was taken back.",
        differs + taken_back,
        offer=offer,
        chart=offer.chart,
        enrolment=after.with_value(offer.bundle.enrolment.value),
    )


def _settled(enrolments: Enrolments, taken_back: tuple[str, ...] = ()) -> EnrolmentOutcome | None:
    """The outcome where the server's enrolments leave nothing to do, or nothing that may be done without a person."""
    active = enrolments.latest(EnrolmentState.ACTIVE)
    if active is not None:
        details = tuple(f"{reference} was taken back." for reference in taken_back)
        return EnrolmentOutcome(Result.ALREADY, "The patient is enrolled already.", details, enrolment=active)
    withdrawn = enrolments.latest(EnrolmentState.WITHDRAWN)
    if withdrawn is not None:
        return EnrolmentOutcome(
            Result.REFUSED,
            "The patient's agreement has ended, but pickups are still open: cancel them first.",
            tuple(pickup.reference for pickup in withdrawn.open_pickups),
            enrolment=withdrawn,
        )
    return None


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


def _check_agreement(agreement: Agreement) -> None:
    if not agreement.wording.strip():
        raise BadArgument("the consent text is empty: write down what the patient agreed to")
    if not _LANGUAGE.fullmatch(agreement.language):
        raise BadArgument(f"{agreement.language!r} is no language code (BCP 47), such as en or es-MX")
    try:
        agreement.wording.encode()
    except UnicodeEncodeError:
        raise BadArgument("the consent text is not valid Unicode") from None
