"""Read one chart and plan it: what `plan`, `enroll` and the pages have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

from mappings.inbound import read_bundle, read_resources
from mappings.issues import MappingIssue
from mappings.limits import Limits
from mappings.outbound.codes import Systems
from mappings.told_counts import told_counts
from pickupday.findings import Severity
from pickupday.history import MedicationHistory, ToldCount
from pickupday.planner.search.remembered import Remembered
from pickupday.problem import Preferences, Programme
from pickupday.proposal import Proposal, propose_plan
from pickupday.review.therapies import HOSPITAL_STAY
from pickupday.rules import Rules
from service.use_cases.calling import CallWishes
from service.use_cases.chart_changes import versions_of
from service.use_cases.ports import ChartSource, FetchedChart, FhirRefused, ServerFault, TooManyRequests

_NOT_SIGNED_IN = 401
_COUNTS_UNREAD = MappingIssue(
    code="told-counts-unread",
    severity=Severity.WARNING,
    message="The server does not give its care plans: counts of what is left that were told before are not known.",
    path="CarePlan",
    missing="CarePlan",
    next_step="Ask how much of each medicine is left.",
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a plan depends on besides the chart. `today` is the pharmacy's local date, `zone` the pharmacy's."""

    today: date
    zone: ZoneInfo
    programme: Programme
    preferences: Preferences = field(default_factory=Preferences)
    rules: Rules = field(default_factory=Rules)
    told_counts: tuple[ToldCount, ...] = ()
    limits: Limits = field(default_factory=Limits)
    confirmed: frozenset[str] = frozenset()  # therapies (id or key) to which a person said yes where a rule asks
    programme_name: str = ""
    fill_days: Mapping[str, int] = field(default_factory=dict)  # chosen days at a time, by therapy
    calls: CallWishes = field(default_factory=CallWishes)
    systems: Systems = field(default_factory=Systems)  # by which care plans of ours are known


@dataclass(frozen=True, slots=True)
class PlannedChart:
    """One chart as it was read and planned. Without `proposal` a fatal issue says why nothing may be planned."""

    history: MedicationHistory | None
    proposal: Proposal | None
    issues: tuple[MappingIssue, ...]
    remembered: Remembered = field(default_factory=Remembered, compare=False, repr=False)  # for what_if

    @property
    def in_part(self) -> bool:
        """Whether something was left out that a person could add: a missing field, or a question to be answered."""
        if self.proposal is None:
            return True
        review = self.proposal.review
        left_out = any(one.missing is not None or one.ask for one in review.not_planned)
        unanswered = any(one.severity is Severity.ERROR or one.code == HOSPITAL_STAY for one in review.findings)
        return left_out or unanswered or any(issue.severity is Severity.ERROR for issue in self.issues)

    @property
    def reason(self) -> str | None:
        """Why there is no plan, in one sentence; None where there is one."""
        if self.proposal is None:
            return why_unread(self.issues)
        if self.proposal.plan is None:
            return self.proposal.reason or "There is nothing to synchronize."
        return None


def why_unread(issues: tuple[MappingIssue, ...]) -> str:
    """What kept a chart from being planned at all, in one sentence."""
    return next((issue.message for issue in issues if issue.fatal), "The chart could not be read.")


@dataclass(frozen=True, slots=True)
class ReadChart:
    """One chart as it was read. Without `history` a fatal issue says why nothing may be planned.

    `records` are the prescriptions and dispenses with their versions: whether they are still the same can be asked
    without reading them again.
    """

    history: MedicationHistory | None
    issues: tuple[MappingIssue, ...]
    records: tuple[str, ...] = ()


async def read_chart(source: ChartSource, patient_id: str, wishes: Wishes) -> ReadChart:
    """Read the patient's chart from a server, with the counts that care plans of ours keep there.

    Raises ServerError; data problems are issues of the answer.
    """
    fetched = await source.read_chart(patient_id)
    kept, doubts = await _kept_counts(source, fetched, wishes)
    chart = read_resources(
        fetched.resources,
        patient=fetched.patient_id,
        zone=wishes.zone,
        limits=wishes.limits,
        told_counts=(*kept, *wishes.told_counts),
        dispenses_known=fetched.dispenses_known,
        unread=fetched.unread,
        bases=fetched.bases,
    )
    read = _unless_fatal(chart.history, (*fetched.issues, *chart.issues, *doubts))
    return replace(read, records=versions_of(fetched.resources))


async def _kept_counts(
    source: ChartSource, fetched: FetchedChart, wishes: Wishes
) -> tuple[tuple[ToldCount, ...], tuple[MappingIssue, ...]]:
    """What the patient told earlier, where the server has care plans; a refusal is said, and the rest is planned."""
    patient = f"Patient/{fetched.patient_id}"
    declared = fetched.capabilities
    if not (declared.can("CarePlan", "search-type") and declared.searches("CarePlan", "patient")):
        return (), ()
    try:
        care_plans = await source.search("CarePlan", {"patient": patient})
    except FhirRefused as error:
        if error.status == _NOT_SIGNED_IN or isinstance(error, ServerFault | TooManyRequests):
            raise
        return (), (_COUNTS_UNREAD,)
    return told_counts(care_plans, patient=patient, systems=wishes.systems), ()


async def plan_chart(source: ChartSource, patient_id: str, wishes: Wishes) -> PlannedChart:
    """Read the patient's chart from a server and plan it in a thread, so that others are served; see `read_chart`."""
    chart = await read_chart(source, patient_id, wishes)
    return await asyncio.to_thread(_plan, chart, wishes)


def plan_bundle(data: bytes, patient_id: str | None, wishes: Wishes) -> PlannedChart:
    """Plan a chart from a file; `patient_id` may be left out where it holds one patient."""
    chart = read_bundle(
        data, patient=patient_id, zone=wishes.zone, limits=wishes.limits, told_counts=wishes.told_counts
    )
    return _plan(_unless_fatal(chart.history, chart.issues), wishes)


def _unless_fatal(history: MedicationHistory | None, issues: tuple[MappingIssue, ...]) -> ReadChart:
    """A chart that is incomplete, or not this patient's, has no history: it would make a wrong plan."""
    return ReadChart(None if any(issue.fatal for issue in issues) else history, issues)


def _plan(chart: ReadChart, wishes: Wishes) -> PlannedChart:
    if chart.history is None:
        return PlannedChart(None, None, chart.issues)
    remembered = Remembered()
    proposal = propose_plan(
        chart.history,
        wishes.programme,
        wishes.preferences,
        wishes.today,
        wishes.rules,
        confirmed=wishes.confirmed,
        fill_days=wishes.fill_days,
        remembered=remembered,
    )
    issues = (*chart.issues, *_answers_to_nothing(proposal, wishes.confirmed))
    return PlannedChart(chart.history, proposal, issues, remembered)


def _answers_to_nothing(proposal: Proposal, confirmed: frozenset[str]) -> tuple[MappingIssue, ...]:
    """A yes ("medicine", or "medicine=code") that fits no medicine of the chart is said, with the names that would."""
    review = proposal.review
    known = {one.id for one in review.therapies} | {one.therapy for one in review.not_planned if one.therapy}
    keys = {key for line in review.not_planned for key in line.keys}
    keys |= {prescription.key for one in review.therapies for prescription in one.prescriptions}
    asked = ", ".join(sorted(one.therapy or one.keys[0] for one in review.not_planned if one.ask))
    return tuple(
        MappingIssue(
            code="answer-fits-nothing",
            severity=Severity.ERROR,
            message=f"There is no medicine {yes!r} in this chart to say yes to.",
            next_step=f"Name one of: {asked}." if asked else "No medicine of this chart is being asked about.",
        )
        for yes in sorted(confirmed)
        if not {yes, yes.rpartition("=")[0]} & (known | keys)
    )
