"""What an enrolment would write, made from a planned chart: shown before anything is asked, previewed offline."""

from __future__ import annotations

from dataclasses import dataclass

from mappings.issues import MappingIssue
from mappings.outbound.bundle import EnrolmentBundle, enrolment_bundle
from mappings.outbound.from_proposal import pharmacy_of, planned_pickups
from mappings.outbound.identity import enrolment_value
from mappings.outbound.pharmacy import Pharmacy
from mappings.outbound.planned import Agreement, EnrolmentPlan
from pickupday.findings import Severity
from pickupday.proposal import Proposal
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


def make_offer(
    chart: PlannedChart, enrolments: Enrolments, site: Site, agreement: Agreement | None, wishes: Wishes
) -> Offer | None:
    """Put together what a yes would write; None where the chart gives no plan."""
    proposal = chart.proposal
    pickups = planned_pickups(proposal) if proposal is not None else ()
    if proposal is None or not pickups:
        return None
    pharmacy = pharmacy_of(proposal)
    plan = EnrolmentPlan(
        enrolment=enrolment_value(site.key, enrolments.patient, pharmacy.key, enrolments.ended),
        patient=enrolments.patient,
        pharmacy=pharmacy,
        agreement=agreement,
        today=wishes.today,
        zone=site.zone,
        pickups=pickups,
        hours=site.hours,
    )
    bundle = enrolment_bundle(plan, key=site.key, systems=site.systems)
    issues = chart.issues if pharmacy.known else (*chart.issues, _UNKNOWN_PHARMACY)
    return Offer(chart, proposal, pharmacy, bundle, issues)


def preview(chart: PlannedChart, site: Site, wishes: Wishes) -> EnrolmentBundle | None:
    """The pickups and calls that a first enrolment would write, for reading only; None where the chart gives no plan.

    There is no Consent in it: nobody has agreed to anything yet.
    """
    if chart.history is None:
        return None
    offer = make_offer(chart, Enrolments(chart.history.patient.key, ()), site, None, wishes)
    return offer.bundle if offer is not None else None
