"""From the planner's proposal to the pickups that are written: which prescription each fill draws on, and its hints."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from mappings.outbound.narrative import one_line
from mappings.outbound.pharmacy import Pharmacy, named_pharmacy
from mappings.outbound.planned import PlannedFill, PlannedPickup
from pickupday.plan import Call, Fill, FillKind, Plan
from pickupday.planner.calendar import read_calendar
from pickupday.problem import Problem
from pickupday.proposal import Proposal
from pickupday.review.therapies import HOSPITAL_STAY, OngoingTherapy


def planned_pickups(proposal: Proposal) -> tuple[PlannedPickup, ...]:
    """Every visit of the plan by date, bridge trips too: the patient comes for those as well. Empty without a plan."""
    if proposal.plan is None or proposal.problem is None:
        return ()
    plan, problem = proposal.plan, proposal.problem
    therapies = {therapy.id: therapy for therapy in proposal.review.therapies}
    calls = {call.pickup: call for call in plan.calls}
    by_date: dict[date, list[PlannedFill]] = {}
    for therapy in sorted({fill.therapy for fill in plan.fills}):
        fills = sorted((fill for fill in plan.fills if fill.therapy == therapy), key=lambda fill: fill.date)
        for fill, planned in zip(fills, _fills(therapies[therapy], fills, proposal, plan, problem), strict=True):
            by_date.setdefault(fill.date, []).append(planned)
    bridges = frozenset(plan.bridge_trips)
    pickups = [
        _pickup(ordinal, on, on in bridges, by_date[on], calls.get(on), problem)
        for ordinal, on in enumerate(sorted(by_date), start=1)
    ]
    return _hold_for_answers(pickups, proposal)


def _hold_for_answers(pickups: list[PlannedPickup], proposal: Proposal) -> tuple[PlannedPickup, ...]:
    """After a hospital stay no visit counts as confirmed at enrolment: what changed is asked before the first fill."""
    asked = tuple(one.message for one in proposal.review.findings if one.code == HOSPITAL_STAY)
    if not asked:
        return tuple(pickups)
    held = [replace(one, at_enrolment=False) for one in pickups]
    return (replace(held[0], open_questions=asked), *held[1:])


def pharmacy_of(proposal: Proposal) -> Pharmacy:
    """The pharmacy that the planned medicines come from, at its last counter; unknown where the chart names several."""
    planned = {fill.therapy for fill in proposal.plan.fills} if proposal.plan else frozenset()
    therapies = [therapy for therapy in proposal.review.therapies if therapy.id in planned]
    locations = [fill.dispense.location for therapy in therapies for fill in therapy.fills[-1:]]
    history = proposal.history
    return named_pharmacy([therapy.pharmacy for therapy in therapies], locations, history.places, history.numbers)


def _fills(
    therapy: OngoingTherapy, fills: list[Fill], proposal: Proposal, plan: Plan, problem: Problem
) -> list[PlannedFill]:
    """The therapy's fills by date, each with the prescriptions it draws on."""
    label = one_line(therapy.drug.label)
    left = _units_left(therapy)
    renewals = _renewals(therapy.id, fills, plan, problem)
    planned: list[PlannedFill] = []
    for fill in fills:
        short = fill.kind is FillKind.SHORT
        planned.append(
            PlannedFill(
                therapy=therapy.id,
                label=label,
                units=fill.units,
                unit=therapy.unit,
                days=fill.days_supply,
                usual_days=therapy.usual_days,
                previous_days=planned[-1].days if planned else therapy.usual_days,
                prescriptions=_draw(therapy, fill, left),
                short=short,
                after_short=bool(planned) and planned[-1].short and not short,
                early=fill.sync_override,
                renew_by=renewals.get(fill.date),
                claim_codes=proposal.rules.claim_codes,
                reasons=fill.reasons,
            )
        )
    return planned


def _units_left(therapy: OngoingTherapy) -> list[tuple[str, date | None, Fraction]]:
    """The prescriptions whose ledger is known, oldest expiry first: key, expiry, units left."""
    known = [
        (ledger.prescription, ledger.expires, ledger.remaining)
        for ledger in therapy.ledgers
        if ledger.remaining is not None and not ledger.overdrawn
    ]
    return sorted(known, key=lambda ledger: (ledger[1] or date.max, ledger[0]))


def _draw(therapy: OngoingTherapy, fill: Fill, left: list[tuple[str, date | None, Fraction]]) -> tuple[str, ...]:
    """The prescription that the fill comes from; the current one where no ledger covers it. `left` is drawn down."""
    for place, (key, expires, units) in enumerate(left):
        if units >= fill.units and (expires is None or expires >= fill.date):
            left[place] = (key, expires, units - fill.units)
            return (key,)
    return tuple(prescription.key for prescription in therapy.prescriptions[-1:])


def _renewals(therapy: str, fills: list[Fill], plan: Plan, problem: Problem) -> dict[date, date]:
    """Pickup date -> the day by which the prescription must be renewed for it."""
    lead = timedelta(days=problem.programme.renewal_lead_days)
    found: dict[date, date] = {}
    for renewal in plan.renewals:
        if renewal.therapy != therapy:
            continue
        due = [fill.date for fill in fills if fill.date - lead >= renewal.needed_by] or [fill.date for fill in fills]
        found[due[0]] = renewal.needed_by
    return found


def _pickup(
    ordinal: int, on: date, bridge: bool, fills: list[PlannedFill], call: Call | None, problem: Problem
) -> PlannedPickup:
    call = call or call_before(on, problem)
    return PlannedPickup(
        ordinal=ordinal,
        on=on,
        bridge=bridge,
        fills=tuple(sorted(fills, key=lambda fill: (fill.label.casefold(), fill.therapy))),
        call=call.call,
        at_enrolment=call.at_enrolment,
    )


def call_before(on: date, problem: Problem) -> Call:
    """The call of one visit; inside the call lead the enrolment conversation is the confirmation."""
    lead = problem.programme.call_lead_days
    days = (on - problem.today).days
    calendar = read_calendar(problem, days + 1)
    return Call(on, calendar.date(calendar.last_open(days - lead) or 0), at_enrolment=days < lead)
