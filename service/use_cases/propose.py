"""Read one chart and plan it: what `plan`, `enroll` and the pages have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from mappings.inbound import read_bundle, read_resources
from mappings.issues import MappingIssue
from mappings.limits import Limits
from pickupday.findings import Severity
from pickupday.history import MedicationHistory, ToldCount
from pickupday.problem import Preferences, Programme
from pickupday.proposal import Proposal, propose_plan
from pickupday.rules import Rules
from service.use_cases.ports import ChartSource


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


@dataclass(frozen=True, slots=True)
class PlannedChart:
    """One chart as it was read and planned. Without `proposal` a fatal issue says why nothing may be planned."""

    history: MedicationHistory | None
    proposal: Proposal | None
    issues: tuple[MappingIssue, ...]

    @property
    def in_part(self) -> bool:
        """Whether something was left out that a person could add: a missing field, or a question to be answered."""
        if self.proposal is None:
            return True
        left_out = any(one.missing is not None or one.ask for one in self.proposal.review.not_planned)
        return left_out or any(issue.severity is Severity.ERROR for issue in self.issues)

    @property
    def reason(self) -> str | None:
        """Why there is no plan, in one sentence; None where there is one."""
        fatal = next((issue.message for issue in self.issues if issue.fatal), None)
        if fatal is not None or self.proposal is None:
            return fatal or "The chart could not be read."
        if self.proposal.plan is None:
            return self.proposal.reason or "There is nothing to synchronize."
        return None


async def plan_chart(source: ChartSource, patient_id: str, wishes: Wishes) -> PlannedChart:
    """Read the patient's chart from a server and plan it. Raises ServerError; data problems are issues."""
    fetched = await source.read_chart(patient_id)
    chart = read_resources(
        fetched.resources,
        patient=fetched.patient_id,
        zone=wishes.zone,
        limits=wishes.limits,
        told_counts=wishes.told_counts,
        dispenses_known=fetched.dispenses_known,
    )
    return _plan(chart.history, (*fetched.issues, *chart.issues), wishes)


def plan_bundle(data: bytes, patient_id: str | None, wishes: Wishes) -> PlannedChart:
    """Plan a chart from a file; `patient_id` may be left out where it holds one patient."""
    chart = read_bundle(
        data, patient=patient_id, zone=wishes.zone, limits=wishes.limits, told_counts=wishes.told_counts
    )
    return _plan(chart.history, chart.issues, wishes)


def _plan(history: MedicationHistory | None, issues: tuple[MappingIssue, ...], wishes: Wishes) -> PlannedChart:
    if history is None or any(issue.fatal for issue in issues):
        return PlannedChart(None, None, issues)
    proposal = propose_plan(history, wishes.programme, wishes.preferences, wishes.today, wishes.rules)
    return PlannedChart(history, proposal, issues)
