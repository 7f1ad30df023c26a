"""One patient at one launch: look at the chart and the plan, opt in, or leave.

A page is a question and a confirmation its answer: what is written is what was shown, or nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from mappings.enrolments import EnrolmentState, RecordedEnrolment
from mappings.issues import MappingIssue
from mappings.outbound.planned import Agreement
from mappings.outbound.wording import spoken_cycle
from pickupday.errors import ProblemError
from pickupday.history import ToldCount
from pickupday.plan import Plan
from pickupday.planner.best_plan import solve
from pickupday.planner.what_if import choose_first_pickup
from pickupday.problem import Vacation
from service.programmes import PharmacyProgramme
from service.use_cases.calling import CallWishes
from service.use_cases.drain import drain
from service.use_cases.enroll import Enrolling, enroll
from service.use_cases.granted import not_granted
from service.use_cases.leave import cannot_leave
from service.use_cases.offer import Offer, Terms, make_offer
from service.use_cases.optional import left_out, taken
from service.use_cases.outcome import EnrolmentOutcome, Result
from service.use_cases.ports import Capabilities, ChartSource, Outbox, PickupServer
from service.use_cases.propose import PlannedChart, Wishes, plan_chart
from service.use_cases.sessions import Choices, Shown, Work
from service.use_cases.show import Enrolments, Site, show
from service.use_cases.shown import differences, snapshot
from service.use_cases.writing import lacking
from smart_launch import Granted


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that one launch works with: the chart's server, the pickup server, and whose chart it is."""

    source: ChartSource
    server: PickupServer
    site: Site
    wishes: Wishes  # without what the page adds
    patient: str  # "Patient/1"
    granted: Granted
    programmes: tuple[PharmacyProgramme, ...]  # those that can be joined here; the one in force is `programme`
    programme: PharmacyProgramme
    elsewhere: bool = False  # pickups go to another server, which the launch's grant says nothing about
    requester: str | None = None
    shows_banner: bool = True  # unless the EHR shows whose record it is
    doubts: tuple[MappingIssue, ...] = ()

    def wanted(self, choices: Choices) -> Wishes:
        """The wishes with what was chosen on the page. Raises ValueError on a count or a day that is none."""
        programme, preferences = self.wishes.programme, self.wishes.preferences
        told = tuple(
            ToldCount(medicine, read_count(text), self.wishes.today)
            for medicine, text in choices.on_hand.items()
            if text
        )
        cycles = tuple(cycle for cycle in programme.cycles if spoken_cycle(cycle) == choices.cycle)
        away = (read_away(choices.away_from, choices.away_to),) if choices.away_from or choices.away_to else ()
        return replace(
            self.wishes,
            told_counts=told,
            confirmed=frozenset(choices.still_taken),
            programme=replace(programme, cycles=cycles or programme.cycles),
            fill_days=choices.fill_days,
            calls=call_wishes(choices),
            preferences=replace(
                preferences,
                first_pickup=date.fromisoformat(choices.first_pickup) if choices.first_pickup else None,
                excluded=preferences.excluded | set(choices.left_out),
                weekdays=frozenset(choices.weekdays) or preferences.weekdays,
                vacations=(*preferences.vacations, *away),
            ),
        )


@dataclass(frozen=True, slots=True)
class Look:
    """What a page shows: the chart as planned, what stands on the server, and whether an opt-in can be written here.

    `off` says what cannot be done in this launch and why; empty where everything can.
    """

    chart: PlannedChart
    enrolments: Enrolments
    offer: Offer | None
    off: tuple[str, ...]
    cannot_end: tuple[str, ...]
    left_out: tuple[str, ...]
    issues: tuple[MappingIssue, ...]
    shown: Shown | None
    any_first_day: Plan | None = None  # the plan without a wish for its first day: what each other day would cost
    refused: str | None = None  # why choices could not be followed; then the plan is the one without them

    @property
    def enrolment(self) -> RecordedEnrolment | None:
        """The enrolment to look at, if there is one that is not over."""
        current = self.enrolments.current
        return current if current is not None and current.state is not EnrolmentState.ENDED else None


class Answer(StrEnum):
    """How a confirmation came out."""

    DONE = "done"  # written, or it stood there already
    CHANGED = "changed"  # the chart or the plan is not the one that was shown: nothing was written
    REFUSED = "refused"  # the server cannot hold it, or a person has to look first


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The answer to a confirmation; `changes` are sentences."""

    answer: Answer
    outcome: EnrolmentOutcome
    changes: tuple[str, ...] = ()


def read_count(text: str) -> Fraction:
    """Units left at home as a person types them: 42, 2.5 or 2,5. Raises ValueError."""
    plain = text.strip().replace(",", ".")
    if not plain or len(plain) > 12 or not set(plain) <= set("0123456789.") or plain.count(".") > 1:
        raise ValueError("a count is a number such as 42 or 2.5")
    count = Fraction(plain)
    if count > 100_000:
        raise ValueError("a count is at most 100,000")
    return count


def read_away(start: str, end: str) -> Vacation:
    """Days on which the patient cannot come; one date alone is one day. Raises ValueError."""
    first = date.fromisoformat(start or end)
    last = date.fromisoformat(end or start)
    if last < first:
        raise ValueError("the last day away is before the first")
    return Vacation(first, last)


def call_wishes(choices: Choices) -> CallWishes:
    """What was chosen for the calls."""
    return CallWishes(choices.call_window, choices.call_phone, choices.language)


async def settle(desk: Desk, outbox: Outbox) -> tuple[str, ...]:
    """Look after this patient's writes that the server never acknowledged; one sentence for each."""
    return await drain(desk.source, desk.server, desk.site, outbox, desk.wishes.today, patient=desk.patient)


async def look(desk: Desk, work: Work) -> Look:
    """Read the chart and the enrolments side by side, and plan. Raises ServerError.

    Where choices contradict the pharmacy's days, the plan is made without them, and the answer says so.
    """
    try:
        return await _look(desk, desk.wanted(work.choices))
    except* ProblemError as errors:
        said = "; ".join(error.message for error in errors.exceptions if isinstance(error, ProblemError))
    kept = replace(
        work.choices, cycle="", first_pickup="", left_out=(), fill_days={}, weekdays=(), away_from="", away_to=""
    )
    return replace(await _look(desk, desk.wanted(kept)), refused=said)


async def _look(desk: Desk, wishes: Wishes) -> Look:
    chart, enrolments, capabilities = await _side_by_side(desk, wishes)
    terms = Terms(types=taken(capabilities), requester=desk.requester)
    offer = make_offer(chart, enrolments, desk.site, terms, wishes)
    history = chart.history
    return Look(
        chart=chart,
        enrolments=enrolments,
        offer=offer,
        off=_off(desk, capabilities),
        cannot_end=cannot_leave(capabilities),
        left_out=left_out(capabilities),
        issues=(*(offer.issues if offer is not None else chart.issues), *desk.doubts),
        shown=snapshot(offer, history, wishes.today.isoformat()) if offer is not None and history is not None else None,
        any_first_day=await _any_first_day(chart),
    )


async def _any_first_day(chart: PlannedChart) -> Plan | None:
    proposal = chart.proposal
    if proposal is None or proposal.problem is None or proposal.problem.preferences.first_pickup is None:
        return proposal.plan if proposal is not None else None
    return await asyncio.to_thread(solve, choose_first_pickup(proposal.problem, None), remembered=chart.remembered)


async def confirm(desk: Desk, work: Work, agreement: Agreement, *, at: datetime, outbox: Outbox | None) -> Confirmed:
    """Read and plan again, write what was shown and nothing else. Raises BadArgument, ServerError, OutboxUnusable."""
    asked = Enrolling(desk.patient, agreement, desk.wanted(work.choices), requester=desk.requester, at=at)
    question = _Question(work.shown, asked.wishes.today.isoformat())
    outcome = await enroll(desk.source, desk.server, desk.site, asked, question.answer, outbox)
    if question.changes or outcome.result is Result.CHART_CHANGED:
        return Confirmed(Answer.CHANGED, outcome, question.changes or outcome.details)
    done = outcome.result in (Result.WRITTEN, Result.ALREADY)
    return Confirmed(Answer.DONE if done else Answer.REFUSED, outcome)


@dataclass(slots=True)
class _Question:
    """The question that `enroll` asks before it writes: is this what the person was shown?"""

    shown: Shown | None
    today: str
    changes: tuple[str, ...] = field(default=())

    def answer(self, offer: Offer) -> bool:
        self.changes = differences(self.shown, offer, offer.proposal.history, self.today)
        return not self.changes


async def _side_by_side(desk: Desk, wishes: Wishes) -> tuple[PlannedChart, Enrolments, Capabilities]:
    async with asyncio.TaskGroup() as group:
        chart = group.create_task(plan_chart(desk.source, desk.patient, wishes))
        enrolments = group.create_task(show(desk.server, desk.site, desk.patient))
        capabilities = group.create_task(desk.server.capabilities())
    return chart.result(), enrolments.result(), capabilities.result()


def _off(desk: Desk, capabilities: Capabilities) -> tuple[str, ...]:
    """Why nothing can be written in this launch, one sentence for each thing that is missing."""
    lacks = lacking(capabilities)
    if not lacks:
        return ()
    withheld = () if desk.elsewhere else not_granted(desk.granted)
    said = [f"This launch was not given the permission to {what}." for what in withheld]
    kinds = {what.rpartition(" ")[2] for what in withheld}
    said += [f"The server does not offer: {what}." for what in lacks if what.partition(" ")[0] not in kinds]
    return tuple(said)
