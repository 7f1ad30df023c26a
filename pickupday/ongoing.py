"""One medicine made ready for the search: its dates, its sizes and the sentences behind them, or why it is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from pickupday import problem
from pickupday.drugs import DrugFacts, Schedule
from pickupday.evidence import weigh
from pickupday.history import Prescription, Quantity
from pickupday.ledger import UnitLedger
from pickupday.medicine import Medicine
from pickupday.objections import Objection, Setting
from pickupday.rules import Rules
from pickupday.sizes import Sizes, Unsized, size_fills
from pickupday.supply import JudgedFill
from pickupday.wording import say_amount, say_count


@dataclass(frozen=True, slots=True)
class OngoingTherapy:
    """One medicine that is planned; `run_out` is the first day without supply (it may be past)."""

    id: str
    drug: DrugFacts
    prescriptions: tuple[Prescription, ...]  # oldest first, the one in force last
    fills: tuple[JudgedFill, ...]
    daily_use: Quantity
    usual_days: int
    run_out: date
    run_out_source: str  # "computed", "told", or "new start": never dispensed, to be filled now
    earliest: date
    ledgers: tuple[UnitLedger, ...]
    reasons: tuple[str, ...]
    pharmacy: str | None
    problem: problem.Therapy


@dataclass(frozen=True, slots=True)
class NotPlanned:
    """One medicine of the chart that is not planned; with `ask` it is planned when a person says yes to `therapy`."""

    label: str
    keys: tuple[str, ...]
    code: str
    reason: str
    next_step: str
    missing: str | None
    ask: bool
    therapy: str = ""  # the id to confirm; empty for a prescription that is no therapy
    drug: DrugFacts | None = None
    fills: tuple[JudgedFill, ...] = ()
    run_out: date | None = None
    ledgers: tuple[UnitLedger, ...] = ()


def plan_medicine(
    medicine: Medicine, setting: Setting, do_not_plan: str | None, objection: Objection | None
) -> OngoingTherapy | NotPlanned:
    """Make the therapy of a medicine that nothing speaks against, or say why there is none."""
    chain = medicine.chain
    if do_not_plan is not None:
        objection = Objection("patient-not-planned", f"No plan is made: {do_not_plan}.", "Check the patient's record.")
    watched = _watched_since(medicine, setting)
    if objection is None:
        sizes = size_fills(medicine, setting.rules, watched=watched is not None)
        if isinstance(sizes, Sizes):
            return _therapy(medicine, sizes, setting, watched)
        objection = _unsized(sizes)
    return NotPlanned(
        chain.drug.label,
        chain.keys,
        objection.code,
        objection.reason,
        objection.next_step,
        objection.missing,
        objection.ask,
        chain.id,
        chain.drug,
        medicine.fills,
        medicine.run_out,
        medicine.ledgers,
    )


def _unsized(unsized: Unsized) -> Objection:
    if unsized.missing is None:
        return Objection(unsized.code, unsized.reason, "A smaller prescription is needed.")
    return Objection(unsized.code, unsized.reason, f"Ask for {unsized.missing}.", unsized.missing)


def _watched_since(medicine: Medicine, setting: Setting) -> date | None:
    """The new start or dose change of the last 60 days, None when it is longer ago."""
    days = [day for day in (medicine.chain.started, medicine.changed) if day is not None]
    if medicine.chain.started is None and medicine.written is not None:
        days.append(medicine.written)
    recent = [day for day in days if day >= setting.today - timedelta(days=setting.rules.watch_days)]
    return max(recent, default=None)


def _therapy(medicine: Medicine, sizes: Sizes, setting: Setting, watched: date | None) -> OngoingTherapy:
    chain, today, rules = medicine.chain, setting.today, setting.rules
    run_out, source = medicine.run_out, medicine.run_out_source
    if run_out is None:
        run_out, source = max(today, medicine.written or today), "new start"
    earliest = max(today, medicine.claimable) if medicine.claimable is not None and medicine.fills else today
    schedule = chain.drug.schedule
    known = schedule is not Schedule.UNKNOWN
    controlled = known and schedule is not Schedule.NOT_CONTROLLED
    searched = problem.Therapy(
        id=chain.id,
        run_out=max(today, run_out),
        earliest=earliest,
        usual_days=sizes.usual_days,
        max_days=sizes.max_days,
        units_per_day=sizes.daily_use.value,
        dispensable_unit=sizes.package,
        short_fill_allowed=sizes.short_fill,
        short_fills_left=rules.short_fills_a_year,
        refill_too_soon=rules.too_soon_share(schedule),
        sync_overrides_left=rules.sync_overrides if known and not controlled else 0,
        controlled=controlled,
        pharmacy=chain.pharmacy,
        prescriptions=tuple(problem.PrescriptionSupply(one.remaining, one.expires) for one in medicine.ledgers),
    )
    return OngoingTherapy(
        id=chain.id,
        drug=chain.drug,
        prescriptions=chain.prescriptions,
        fills=medicine.fills,
        daily_use=sizes.daily_use,
        usual_days=sizes.usual_days,
        run_out=run_out,
        run_out_source=source,
        earliest=earliest,
        ledgers=medicine.ledgers,
        reasons=_reasons(medicine, sizes, searched, source, watched, rules),
        pharmacy=chain.pharmacy,
        problem=searched,
    )


def _reasons(
    medicine: Medicine, sizes: Sizes, searched: problem.Therapy, source: str, watched: date | None, rules: Rules
) -> tuple[str, ...]:
    """Why it is planned, and where its dates and sizes come from, in sentences."""
    reasons = [*weigh(medicine, rules).signs]
    told = medicine.told
    if told is not None and source == "told":
        count = Quantity(told.units, sizes.daily_use.unit)
        reasons.append(
            f"Supply ends on {medicine.run_out}: {say_amount(count)} left on {told.told_on}, told by {told.told_by}."
        )
    elif source == "new start":
        reasons.append(f"New start, written on {medicine.written} and not yet dispensed: filled now.")
    else:
        last = medicine.fills[-1]
        units = f"{say_amount(last.units)} " if last.units is not None else ""
        reasons.append(
            f"Supply ends on {medicine.run_out}: {units}on {last.on} "
            f"for {say_count(last.days, 'day')} ({last.days_source})."
        )
    if medicine.fills and searched.earliest == medicine.claimable:
        share = Fraction(100) * searched.refill_too_soon
        reasons.append(
            f"The payer takes the next claim from {searched.earliest}, when {share}% of the last fill is used."
        )
    if watched is not None:
        reasons.append(f"New start or dose change on {watched}: at most {rules.watch_fill_days} days at a time.")
    return (*reasons, *sizes.reasons)
