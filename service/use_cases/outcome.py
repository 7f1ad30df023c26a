"""How an enrolment came out, and when the server alone decides it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mappings.enrolments import EnrolmentState, RecordedEnrolment
from service.use_cases.offer import Offer
from service.use_cases.propose import PlannedChart
from service.use_cases.show import Enrolments
from service.use_cases.writing import Receipt


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


def settled(enrolments: Enrolments, taken_back: tuple[str, ...] = ()) -> EnrolmentOutcome | None:
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
