"""What an enrolment would write, made from a planned chart: shown before anything is asked, previewed offline."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, time

import pickupday
from mappings.issues import MappingIssue
from mappings.outbound.bundle import EnrolmentBundle, enrolment_bundle
from mappings.outbound.from_proposal import pharmacy_of, planned_pickups
from mappings.outbound.from_review import errands, sources, told_supplies
from mappings.outbound.identity import enrolment_value
from mappings.outbound.pharmacy import Pharmacy
from mappings.outbound.plan_record import PlanRecord
from mappings.outbound.planned import Agreement, EnrolmentPlan
from mappings.outbound.wording import spoken_cycle
from pickupday.findings import Severity
from pickupday.problem import Cycle
from pickupday.proposal import Proposal
from service.use_cases.calling import calling, with_windows
from service.use_cases.handing_out import draw_handout, handing_out
from service.use_cases.propose import PlannedChart, Wishes
from service.use_cases.show import Enrolments, Site

_UNKNOWN_PHARMACY = MappingIssue(
    code="pharmacy-unknown",
    severity=Severity.WARNING,
    message="The chart names no single pharmacy for these medicines; the pickups are written without one.",
    path="MedicationRequest.dispenseRequest.performer",
    missing="MedicationRequest.dispenseRequest.performer",
    next_step="Ask which pharmacy fills them.",
)


@dataclass(frozen=True, slots=True)
class Offer:
    """What is shown before it is written: the planned chart and the Bundle that a yes would send."""

    chart: PlannedChart
    proposal: Proposal
    pharmacy: Pharmacy
    bundle: EnrolmentBundle
    issues: tuple[MappingIssue, ...]
    plan: EnrolmentPlan


@dataclass(frozen=True, slots=True)
class Terms:
    """What an enrolment rests on besides the chart and the wishes.

    `types` are the optional resource types that the server takes; `requester` is a relative reference to whoever asked
    ("Practitioner/5"), `at` the moment; where that is not known it is the beginning of the day.
    """

    agreement: Agreement | None = None
    types: frozenset[str] = frozenset()
    requester: str | None = None
    at: datetime | None = None


def make_offer(chart: PlannedChart, enrolments: Enrolments, site: Site, terms: Terms, wishes: Wishes) -> Offer | None:
    """Put together what a yes would write; None where the chart gives no plan."""
    proposal = chart.proposal
    pickups = planned_pickups(proposal) if proposal is not None else ()
    if proposal is None or proposal.plan is None or not pickups:
        return None
    pharmacy = pharmacy_of(proposal)
    plan = EnrolmentPlan(
        enrolment=enrolment_value(site.key, enrolments.patient, pharmacy.key, enrolments.ended),
        patient=enrolments.patient,
        pharmacy=pharmacy,
        agreement=terms.agreement,
        today=wishes.today,
        zone=site.zone,
        pickups=with_windows(pickups, site.opening, wishes.calls.window),
        hours=site.hours,
        record=_record(proposal, proposal.plan.cycle, terms, wishes),
        calling=calling(wishes.calls, proposal.history.patient.language),
    )
    plan = handing_out(plan, site.pharmacy)
    bundle = enrolment_bundle(plan, key=site.key, systems=site.systems)
    return Offer(chart, proposal, pharmacy, bundle, (*chart.issues, *_doubt(pharmacy, site)), plan)


def _doubt(pharmacy: Pharmacy, site: Site) -> tuple[MappingIssue, ...]:
    """What is not certain of where the medicines are picked up."""
    if not pharmacy.known:
        return (_UNKNOWN_PHARMACY,)
    joined = site.pharmacy.name
    if not joined or not pharmacy.name or joined.casefold() == pharmacy.name.casefold():
        return ()
    return (
        MappingIssue(
            code="pharmacy-of-another-programme",
            severity=Severity.WARNING,
            message=f"The medicines come from {pharmacy.name}; the programme is that of {joined}.",
            next_step=f"Have the prescriptions moved to {joined} first, or choose the programme of {pharmacy.name}.",
        ),
    )


async def with_handout(offer: Offer, site: Site) -> Offer:
    """The offer with the handout's PDF, drawn in a thread: nothing else is written that takes so long to make."""
    plan = await asyncio.to_thread(draw_handout, offer.plan, site.pharmacy)
    return replace(offer, plan=plan, bundle=enrolment_bundle(plan, key=site.key, systems=site.systems))


def as_written(offer: Offer, agreement: Agreement, site: Site) -> EnrolmentBundle:
    """Everything that a yes to this agreement would write, to be looked at: only the handout's PDF is not drawn yet."""
    plan = replace(offer.plan, agreement=agreement)
    return enrolment_bundle(handing_out(plan, site.pharmacy), key=site.key, systems=site.systems)


def _record(proposal: Proposal, cycle: Cycle, terms: Terms, wishes: Wishes) -> PlanRecord:
    return PlanRecord(
        types=terms.types,
        programme=wishes.programme_name,
        cycle=spoken_cycle(cycle),
        recorded=terms.at or datetime.combine(wishes.today, time(0), tzinfo=wishes.zone),
        app_version=pickupday.__version__,
        told=told_supplies(proposal),
        errands=errands(proposal),
        sources=sources(proposal),
        requester=terms.requester,
    )


def preview(chart: PlannedChart, site: Site, wishes: Wishes) -> EnrolmentBundle | None:
    """The pickups and calls that a first enrolment would write, for reading only; None where the chart gives no plan.

    There is no Consent in it: nobody has agreed to anything yet.
    """
    if chart.history is None:
        return None
    offer = make_offer(chart, Enrolments(chart.history.patient.key, ()), site, Terms(), wishes)
    return offer.bundle if offer is not None else None
