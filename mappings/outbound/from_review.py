"""From the planner's proposal to what is kept of it: told counts, what is asked of prescribers, and the sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from mappings.outbound.narrative import one_line
from mappings.outbound.pharmacy import is_literal_reference
from mappings.outbound.plan_record import Errand, ErrandKind, ToldSupply
from pickupday.drugs import Schedule
from pickupday.history import Prescription
from pickupday.plan import Plan, Renewal
from pickupday.problem import EveryDays
from pickupday.proposal import Proposal
from pickupday.review.days_supply import same_unit
from pickupday.review.therapies import OngoingTherapy

_LONG_CYCLE = 84  # days; cycles of 84 and 90 days are what people call "90 days"
_UNMEASURED = frozenset({"unknown-days-supply", "unknown-daily-use", "unknown-quantity"})
_WHY = {"units": "no units are left", "expiry": "it will have expired"}


def told_supplies(proposal: Proposal) -> tuple[ToldSupply, ...]:
    """The counts that decided a run-out of the plan, by medicine."""
    return tuple(
        ToldSupply(
            label=one_line(therapy.drug.label),
            prescription=_current(therapy),
            units=therapy.told.units,
            unit=therapy.unit,
            told_on=therapy.told.told_on,
            told_by=therapy.told.told_by,
        )
        for therapy in proposal.review.therapies
        if therapy.told is not None
    )


def sources(proposal: Proposal) -> tuple[tuple[str, str | None], ...]:
    """Every prescription and dispense that the planned medicines rest on, with the version that was read."""
    found: dict[str, str | None] = {}
    for therapy in proposal.review.therapies:
        found.update((one.key, one.version) for one in therapy.prescriptions)
        found.update((fill.dispense.key, fill.dispense.version) for fill in therapy.fills)
    return tuple(sorted(found.items()))


def errands(proposal: Proposal) -> tuple[Errand, ...]:
    """What is asked of prescribers so that the plan can be carried out; of each prescription once for each kind."""
    if proposal.plan is None:
        return ()
    found = [*_renewals(proposal, proposal.plan), *_ninety_days(proposal, proposal.plan)]
    found += _missing(proposal, proposal.plan)
    once = {(errand.prescription, errand.kind): errand for errand in reversed(found)}
    named = [_named(errand, proposal.history.places) for errand in once.values()]
    return tuple(sorted(named, key=lambda errand: (errand.needed_by, errand.label, errand.kind)))


def _renewals(proposal: Proposal, plan: Plan) -> Iterator[Errand]:
    therapies = {therapy.id: therapy for therapy in proposal.review.therapies}
    for renewal in plan.renewals:
        therapy = therapies[renewal.therapy]
        if (current := _last(therapy)) is not None:
            yield _errand(ErrandKind.RENEWAL, current, renewal.needed_by, _renew(therapy, renewal))


def _renew(therapy: OngoingTherapy, renewal: Renewal) -> str:
    label, by = one_line(therapy.drug.label), renewal.needed_by.isoformat()
    return f"Please renew the prescription of {label} by {by}: for the pickup after that, {_WHY[renewal.reason]}."


def _ninety_days(proposal: Proposal, plan: Plan) -> Iterator[Errand]:
    """Where the plan's cycle is longer than what one fill of the prescription allows, and nothing else forbids it."""
    if not isinstance(plan.cycle, EveryDays) or plan.cycle.every_days < _LONG_CYCLE or proposal.problem is None:
        return
    wanted = plan.cycle.every_days
    lead = timedelta(days=proposal.problem.programme.renewal_lead_days)
    needed_by = max(proposal.problem.today, plan.first_pickup - lead)
    for therapy in proposal.review.therapies:
        current, days = _last(therapy), _prescribed_days(therapy)
        if current is None or days is None or not days <= therapy.problem.max_days < wanted:
            continue
        if therapy.drug.schedule is Schedule.NOT_CONTROLLED:
            label = one_line(therapy.drug.label)
            request = (
                f"Please prescribe {label} for {wanted} days at a time instead of {days}, so that it is picked up "
                "with the other medicines."
            )
            yield _errand(ErrandKind.NINETY_DAYS, current, needed_by, request)


def _prescribed_days(therapy: OngoingTherapy) -> int | None:
    """How long one fill of the prescription lasts, where quantity and daily use are in one unit."""
    asked = therapy.prescriptions[-1].quantity if therapy.prescriptions else None
    if asked is None or not same_unit(asked, therapy.daily_use, therapy.drug.kind):
        return None
    return int(asked.value / therapy.daily_use.value)


def _missing(proposal: Proposal, plan: Plan) -> Iterator[Errand]:
    """Medicines that were left out because a field is missing that their prescriber can give."""
    prescriptions = {one.key: one for one in proposal.history.prescriptions}
    for line in proposal.review.not_planned:
        current = next((prescriptions[key] for key in reversed(line.keys) if key in prescriptions), None)
        if current is None or line.missing is None or line.code not in _UNMEASURED:
            continue
        if not is_literal_reference(current.key):
            continue
        request = (
            f"Please say how {one_line(line.label)} is taken and how long one fill lasts ({line.missing} is missing), "
            "so that it can be picked up with the other medicines."
        )
        yield _errand(ErrandKind.MISSING, current, plan.first_pickup, request)


def _errand(kind: ErrandKind, prescription: Prescription, needed_by: date, request: str) -> Errand:
    label = one_line(prescription.drug.label)
    return Errand(kind, label, prescription.key, prescription.requester, needed_by, request)


def _named(errand: Errand, places: Mapping[str, str]) -> Errand:
    name = one_line(places.get(errand.prescriber or "", ""))
    return replace(errand, prescriber_name=name or None)


def _last(therapy: OngoingTherapy) -> Prescription | None:
    """The prescription in force, where it is a record of its own that a request can point at."""
    last = therapy.prescriptions[-1] if therapy.prescriptions else None
    return last if last is not None and is_literal_reference(last.key) else None


def _current(therapy: OngoingTherapy) -> str | None:
    return therapy.prescriptions[-1].key if therapy.prescriptions else None
