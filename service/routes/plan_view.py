"""A planned chart as the page shows it: sentences, visits, what is left out, what is in doubt, the proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from mappings.issues import MappingIssue
from mappings.outbound.calling import say_between
from mappings.outbound.from_proposal import planned_pickups
from mappings.outbound.planned import PlannedFill, PlannedPickup
from mappings.outbound.wording import spoken_cycle
from pickupday.candidates.person import age_on
from pickupday.findings import Finding, Severity
from pickupday.history import Patient, Quantity
from pickupday.plan import Plan
from pickupday.proposal import Proposal
from pickupday.review.therapies import NotPlanned, OngoingTherapy
from pickupday.wording import say_amount, say_count, say_day
from service.use_cases.offer import Offer

_WORDS = {Severity.ERROR: "Missing", Severity.WARNING: "Doubtful", Severity.INFORMATION: "Note"}
_ORDER = tuple(_WORDS)
_SOURCES = {
    "computed": "by the dispenses",
    "told": "as told by the patient",
    "never dispensed": "never dispensed: to be filled now",
}


@dataclass(frozen=True, slots=True)
class Banner:
    """Whose record this is."""

    name: str
    born: str


@dataclass(frozen=True, slots=True)
class FillLine:
    """One medicine at one visit."""

    label: str
    amount: str
    days: str
    hints: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit: its day, what it is called, how it is confirmed, what is filled."""

    on: date
    bridge: bool
    confirmation: str
    fills: tuple[FillLine, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Supply:
    """One planned medicine: how long it lasts and from what that is known; `field` names its count in the form."""

    label: str
    lasts: str
    source: str
    field: str
    unit: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One medicine that is not planned; `yes` is what a yes would say, None where nothing is asked."""

    label: str
    reason: str
    next_step: str
    missing: str | None
    field: str
    yes: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """A yes that was given on this page and may be taken back."""

    label: str
    yes: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that could not be known or is in doubt."""

    word: str
    sentence: str
    where: str
    next_step: str | None


@dataclass(frozen=True, slots=True)
class PlanView:
    """Everything of a proposal that the page shows."""

    headline: str
    rhythm: str
    facts: tuple[str, ...]
    visits: tuple[Visit, ...]
    proof: str
    notes: tuple[str, ...]


def banner(patient: Patient, today: date) -> Banner:
    """Name and age, as far as the chart says."""
    born = "birth date not in the chart"
    if patient.birth_date is not None:
        day = patient.birth_date
        age = age_on(day, today)
        born = f"born {day.day} {day:%b %Y}, {age} years"
    return Banner(patient.name or "Name not in the chart", born)


def plan_view(proposal: Proposal, plan: Plan, offer: Offer | None = None) -> PlanView:
    """The plan, from the gain to the proof."""
    return PlanView(
        headline=_headline(proposal, plan),
        rhythm=f"One pickup {spoken_cycle(plan.cycle)}.",
        facts=_facts(proposal, plan),
        visits=tuple(map(_visit, offer.plan.pickups if offer is not None else planned_pickups(proposal))),
        proof=_proof(plan),
        notes=tuple(dict.fromkeys(plan.notes)),
    )


def supplies(proposal: Proposal) -> tuple[Supply, ...]:
    """What is left of each planned medicine."""
    return tuple(_supply(therapy) for therapy in proposal.review.therapies)


def left_out(proposal: Proposal) -> tuple[LeftOut, ...]:
    """What is not planned, why, and what to do."""
    return tuple(_left_out(line) for line in proposal.review.not_planned)


def answered(proposal: Proposal, said: Sequence[str]) -> tuple[Answered, ...]:
    """The answers that are not asked for any more, because they were given."""
    asked = {line.yes for line in left_out(proposal)}
    review = proposal.review
    labels = {one.id: one.drug.label for one in review.therapies}
    labels |= {key.key: one.drug.label for one in review.therapies for key in one.prescriptions}
    labels |= {name: one.label for one in review.not_planned for name in (one.therapy, *one.keys)}
    return tuple(
        Answered(labels.get(yes.rpartition("=")[0], "a medicine that the chart does not hold any more"), yes)
        for yes in said
        if yes not in asked
    )


def doubts(issues: Sequence[MappingIssue], findings: Sequence[Finding]) -> tuple[Doubt, ...]:
    """What could not be known, the gravest first, each once."""
    found = [(one.severity, one.message, one.resource, one.next_step) for one in issues]
    found += [(one.severity, one.message, one.about, one.next_step) for one in findings]
    ordered = sorted(dict.fromkeys(found), key=lambda one: _ORDER.index(one[0]))
    return tuple(Doubt(_WORDS[severity], text, where, step) for severity, text, where, step in ordered)


def _headline(proposal: Proposal, plan: Plan) -> str:
    medicines = say_count(len(proposal.review.therapies), "medicine")
    sentence = (
        f"{medicines}: {plan.unsynchronized.trips} trips in {plan.horizon_days} days become {plan.objective.trips}"
    )
    if plan.pickups:
        sentence += f"; first common pickup {say_day(plan.pickups[0])}"
    return sentence + "."


def _facts(proposal: Proposal, plan: Plan) -> tuple[str, ...]:
    labels = {one.id: one.drug.label for one in proposal.review.therapies}
    shorts = sum(1 for fill in plan.fills if fill.kind == "short")
    gained = plan.unsynchronized.gap_days - plan.objective.gap_days
    facts = [f"{say_count(gained, 'day')} without medicine avoided"] if gained > 0 else []
    if plan.objective.gap_days:
        facts.append(f"{say_count(plan.objective.gap_days, 'day')} without medicine cannot be avoided")
    facts += [f"Bridge trip on {say_day(day)}" for day in plan.bridge_trips]
    if shorts:
        facts.append(f"{say_count(shorts, 'short fill')} to line up")
    facts += [f"Renewal of {labels[one.therapy]} wanted by {say_day(one.needed_by)}" for one in plan.renewals[:3]]
    if len(plan.renewals) > 3:
        facts.append(f"{say_count(len(plan.renewals) - 3, 'more renewal')} later")
    facts += [f"{labels[one.therapy]} rides along: {one.reason}" for one in plan.rides_along]
    return tuple(facts)


def _visit(pickup: PlannedPickup) -> Visit:
    between = f", {say_between(*pickup.call_between)}" if pickup.call_between is not None else ""
    called = f"call on {say_day(pickup.call)}{between}"
    confirmed = "confirmed now, at enrolment" if pickup.at_enrolment else called
    return Visit(pickup.on, pickup.bridge, confirmed, tuple(map(_line, pickup.fills)), pickup.open_questions)


def _line(fill: PlannedFill) -> FillLine:
    hints = []
    if fill.short:
        hints.append(f"short fill instead of {say_count(fill.usual_days, 'day')}")
    if fill.early:
        hints.append("before the payer's usual date")
    if fill.renew_by is not None:
        hints.append(f"renewal needed by {say_day(fill.renew_by)}")
    amount = say_amount(Quantity(fill.units, fill.unit))
    return FillLine(fill.label, amount, say_count(fill.days, "day"), tuple(hints), fill.reasons)


def _supply(therapy: OngoingTherapy) -> Supply:
    last = therapy.run_out - timedelta(days=1)
    return Supply(
        label=therapy.drug.label,
        lasts=f"to {say_day(last)}",
        source=_SOURCES.get(therapy.run_out_source, therapy.run_out_source),
        field=therapy.prescriptions[-1].key,
        unit=say_amount(Quantity(Fraction(2), therapy.unit)).partition(" ")[2],
        reasons=therapy.reasons,
    )


def _left_out(line: NotPlanned) -> LeftOut:
    name = line.therapy or next(iter(line.keys), "")
    yes = f"{name}={line.code}" if line.ask and name else None
    return LeftOut(line.label, line.reason, line.next_step, line.missing, next(iter(line.keys), ""), yes)


def _proof(plan: Plan) -> str:
    bound, trips = plan.certificate.bound, plan.objective.trips
    windows = ", ".join(f"{say_day(one.start)} to {say_day(one.end)}" for one in plan.certificate.disjoint_windows)
    if bound == trips and windows:
        said = f"No plan has fewer than {trips} trips: a fill is forced in each of {windows}."
    elif plan.optimal:
        said = f"At least {bound} trips are forced; a complete search found no plan with fewer than {trips}."
    else:
        said = f"At least {bound} trips are needed, this plan has {trips}."
    return said if plan.optimal else said + " The search budget ended before the rest was proven."
