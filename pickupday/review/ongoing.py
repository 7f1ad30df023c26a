"""One medicine made ready for the search: its dates, its sizes and the sentences behind them, or why it is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from pickupday import problem
from pickupday.drugs import DrugFacts, Schedule
from pickupday.history import Prescription, PrescriptionStatus, Quantity, ToldCount
from pickupday.review.evidence import weigh
from pickupday.review.ledger import UnitLedger
from pickupday.review.medicine import PART_FILLS, Medicine
from pickupday.review.objections import Objection, Setting
from pickupday.review.sizes import Sizes, Unsized, size_fills
from pickupday.review.supply import JudgedFill
from pickupday.rules import Rules
from pickupday.wording import as_handed_out, say_amount, say_count, say_number


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
    run_out_source: str  # "computed", "told", or "never dispensed": to be filled now
    earliest: date
    ledgers: tuple[UnitLedger, ...]
    reasons: tuple[str, ...]
    pharmacy: str | None
    problem: problem.Therapy
    told: ToldCount | None = None  # the count that decided the run-out
    watched: date | None = None  # a new start or dose change so recent that fills stay small

    @property
    def unit(self) -> str:
        """What people call one unit: tablets and capsules count alike, but nobody hands out tablets of a capsule."""
        counted = self.daily_use.unit
        return "{capsule}" if counted == "{tablet}" and "capsule" in (self.drug.form or "") else counted


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
        run_out, source = today, "never dispensed"
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
        short_fills_left=_short_fills_left(medicine, setting),
        refill_too_soon=_too_soon_share(schedule, sizes, rules),
        sync_overrides_left=rules.overrides_for(chain.drug),
        controlled=controlled,
        pharmacy=chain.pharmacy,
        prescriptions=_fillable(medicine),
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
        reasons=_reasons(medicine, sizes, searched, watched, setting),
        pharmacy=chain.pharmacy,
        problem=searched,
        told=medicine.told,
        watched=watched,
    )


def _fillable(medicine: Medicine) -> tuple[problem.PrescriptionSupply, ...]:
    """What the active prescriptions still authorize, in the order in which they are used."""
    active = {one.key for one in medicine.chain.prescriptions if one.status is PrescriptionStatus.ACTIVE}
    return tuple(
        problem.PrescriptionSupply(one.remaining, one.expires) for one in medicine.ledgers if one.prescription in active
    )


def _short_fills_left(medicine: Medicine, setting: Setting) -> int | None:
    """The yearly cap less the part fills of the past year; None where there is no cap."""
    cap = setting.rules.short_fills_for(medicine.chain.drug)
    if cap is None:
        return None
    since = setting.today - timedelta(days=365)
    return max(0, cap - sum(one.on > since and one.dispense.supply_type in PART_FILLS for one in medicine.fills))


def _too_soon_share(schedule: Schedule, sizes: Sizes, rules: Rules) -> Fraction:
    """The share to be used before each later claim, so large that the payer's cumulative rule is kept too."""
    share = rules.too_soon_share(schedule)
    if rules.stock_limit is None:
        return share
    return max(share, 1 - Fraction(rules.stock_limit.at_most, sizes.max_days))


def _reasons(
    medicine: Medicine, sizes: Sizes, searched: problem.Therapy, watched: date | None, setting: Setting
) -> tuple[str, ...]:
    """Why it is planned, and where its dates and sizes come from, in sentences."""
    reasons = [*weigh(medicine, setting.rules).signs, _supply_sentence(medicine, sizes, setting.today)]
    if medicine.fills and searched.earliest == medicine.claimable:
        reasons.append(f"The payer takes the next claim from {searched.earliest}, {_claim_rule(medicine, setting)}.")
    out_soon = searched.run_out <= setting.today + timedelta(days=setting.rules.prep_lead_days)
    if out_soon and medicine.run_out is not None:
        state = "It is out" if searched.run_out <= setting.today else "It runs out before a pickup can be prepared"
        reasons.append(f"{state}: the next fill is made when the patient asks, and is never held for a call.")
    if watched is not None:
        longest = setting.rules.watch_fill_days
        reasons.append(f"New start or dose change on {watched}: at most {longest} days at a time.")
    return (*reasons, *sizes.reasons, *_cap_sentence(searched, setting.rules))


def _claim_rule(medicine: Medicine, setting: Setting) -> str:
    rules = setting.rules
    if medicine.stock_day is not None and medicine.stock_day == medicine.claimable and rules.stock_limit is not None:
        return f"when at most {say_count(rules.stock_limit.at_most, 'day')} of it are on hand"
    share = rules.too_soon_share(medicine.chain.drug.schedule)
    return f"with {say_number(100 * share)}% of the last fill used"


def _cap_sentence(searched: problem.Therapy, rules: Rules) -> list[str]:
    """How many short fills are left where a law or the programme counts them."""
    left = searched.short_fills_left
    if left is None or not searched.short_fill_allowed:
        return []
    law = f" ({rules.synchronizations_source})" if rules.synchronizations_source else ""
    return [f"At most {say_count(left, 'short fill')} within a year from now{law}."]


def _supply_sentence(medicine: Medicine, sizes: Sizes, today: date) -> str:
    run_out, told = medicine.run_out, medicine.told
    if run_out is None:
        on = f" on {medicine.written}" if medicine.written is not None else ""
        return f"Prescribed{on} and not yet dispensed: filled now."
    ends = f"Supply {'ends' if run_out > today else 'ended'} on {run_out}"
    if told is not None:
        count = say_amount(Quantity(told.units, sizes.daily_use.unit))
        kept = f" and kept in {told.source}" if told.source else ""
        return f"{ends}: {count} left on {told.told_on}, told by the {told.told_by}{kept}."
    last = medicine.fills[-1]
    units = f"{say_amount(as_handed_out(last.units, medicine.chain.drug))} " if last.units is not None else ""
    return f"{ends}: {units}on {last.on} for {say_count(last.days, 'day')} ({last.days_source})."
