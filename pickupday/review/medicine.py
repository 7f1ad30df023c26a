"""A chain judged: how long each dispense lasts, how much is used a day, when the supply ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor

from pickupday.findings import Finding, Severity
from pickupday.history import ToldCount
from pickupday.review.chains import Chain
from pickupday.review.days_supply import judge_days
from pickupday.review.dispensing import Unclear
from pickupday.review.dosing import Dosing, dose_changes, dosing_of
from pickupday.review.ledger import UnitLedger, open_ledger
from pickupday.review.prescribing import start_of
from pickupday.review.supply import DoseChange, JudgedFill, lay_out
from pickupday.review.told import run_out_by_count, say_difference
from pickupday.rules import Rules
from pickupday.wording import say_count

PART_FILLS = frozenset({"FFP", "FFPS", "RFP", "RFPS", "TF", "TFS", "TB", "TBS", "EM", "SO"})
"""v3-ActPharmacySupplyType: fills that may be less than the usual one (part, trial and its balance, emergency)."""


@dataclass(frozen=True, slots=True)
class Medicine:
    """What is known of one chain on one day. `run_out` is None when the supply is not known.

    `usual` is the last dispense that was a whole fill at the dose in force, `unknown` the dispense for which the
    run-out is not known (the last one, or one that may be it), `changed` the day of the last dose change.
    """

    chain: Chain
    fills: tuple[JudgedFill, ...]
    usual: JudgedFill | None
    unknown: Unclear | None
    dosing: Dosing
    changed: date | None
    ledgers: tuple[UnitLedger, ...]
    told: ToldCount | None
    run_out: date | None
    run_out_source: str
    claimable: date | None  # run-out less the days that the payer allows to be early; not yet "never before today"
    findings: tuple[Finding, ...]
    ended: date | None = None  # run_out, or the earlier day by its dispenses where the count was that nothing is left
    stock_day: date | None = None  # the day from which the payer's cumulative rule, where there is one, takes a claim

    @property
    def has_some_left(self) -> bool:
        """Whether a count says that some is left, so that it has been handed out at some time."""
        return self.told is not None and self.told.units > 0

    @property
    def written(self) -> date | None:
        """The day on which the oldest prescription was written, where every one says."""
        starts = [start_of(one) for one in self.chain.prescriptions]
        known = [one for one in starts if one is not None]
        return min(known) if known and len(known) == len(starts) else None

    def days_out(self, today: date) -> int:
        """Days since the supply ended; 0 while there is supply or when it is not known."""
        return max(0, (today - self.ended).days) if self.ended is not None else 0

    @property
    def days_missed(self) -> int:
        """Days from the end by the dispenses to a later count that says that some is left; 0 where there is none.

        A fill after the count has restarted it already.
        """
        if not self.has_some_left or self.told is None or not self.fills or self.fills[-1].on > self.told.told_on:
            return 0
        return max(0, (self.told.told_on - self.fills[-1].covers_to).days)

    def has_lapsed(self, today: date, rules: Rules) -> bool:
        """Whether the supply ended longer ago than max(60 days, the last days' supply)."""
        last = self.fills[-1].days if self.fills else 0
        return self.days_out(today) > max(rules.lapse_days, last)


def judge(chain: Chain, told: ToldCount | None, today: date, rules: Rules) -> Medicine:
    """Judge one chain on one day; `told` is the count of what is left that overrides the computed run-out."""
    findings: list[Finding] = []
    judged, unjudged = _judge_fills(chain, rules, findings)
    changes = dose_changes(chain, today, findings)
    fills = lay_out(judged, changes)
    dosing = dosing_of(chain)
    usual = _usual_fill(chain, fills)
    if usual is not None and changes and usual.on < changes[-1].on:
        usual = None  # a fill at the old dose says nothing about the next one
    ledgers = _open_ledgers(chain, rules, findings)
    run_out = fills[-1].covers_to if fills else None
    last_on = fills[-1].on if fills else date.min
    unclear = [one for one in (*unjudged, *(one for one, _ in chain.unclear)) if one.may_follow(last_on)]
    source = "computed"
    if told is not None:
        counted = run_out_by_count(chain, told, dosing, usual, fills, rules, findings)
        if counted is None:
            told = None
        else:
            unclear = [one for one in unclear if not one.is_settled_by_count(told.told_on, today)]
            say_difference(chain, told, usual, run_out, counted, findings)
            run_out, source = counted, "told"
    unknown = max(unclear, key=lambda one: (one.on or date.max, one.dispense.key), default=None)
    ended = run_out
    if told is not None and told.units == 0 and ended is not None and fills:
        ended = min(fills[-1].covers_to, ended)  # that nothing is left does not say since when
    if unknown is not None:
        run_out = ended = None
    claimable = stock_day = None
    if run_out is not None and fills:
        share = rules.too_soon_share(chain.drug.schedule)
        claimable = run_out - timedelta(days=floor((1 - share) * fills[-1].days))
        stock_day = _stock_day(judged, changes, today, rules)
    _ask_about_stock(chain, fills, usual, told, findings)
    return Medicine(
        chain=chain,
        fills=fills,
        usual=usual,
        unknown=unknown,
        dosing=dosing,
        changed=changes[-1].on if changes else None,
        ledgers=ledgers,
        told=told,
        run_out=run_out,
        run_out_source=source,
        claimable=max(claimable, stock_day) if claimable is not None and stock_day is not None else claimable,
        stock_day=stock_day,
        findings=tuple(findings),
        ended=ended,
    )


def _stock_day(judged: list[JudgedFill], changes: Sequence[DoseChange], today: date, rules: Rules) -> date | None:
    """The day on which the fills that the payer looks back on leave no more days on hand than it allows."""
    limit = rules.stock_limit
    if limit is None:
        return None
    recent = lay_out([one for one in judged if one.on > today - timedelta(days=limit.look_back_days)], changes)
    return recent[-1].covers_to - timedelta(days=limit.at_most) if recent else None


def estimate_run_out(medicine: Medicine, days: int, today: date) -> date | None:
    """When the supply would end had every fill since the prescription been made on time: an estimate only."""
    written = medicine.written
    if written is None:
        return None
    fills = max(1, ceil(Fraction((today - written).days + 1, days)))
    return written + timedelta(days=fills * days)


def _judge_fills(chain: Chain, rules: Rules, findings: list[Finding]) -> tuple[list[JudgedFill], list[Unclear]]:
    """Find each dispense's days' supply; repeated doubts of one kind become one finding about the latest dispense."""
    prescriptions = {one.key: one for one in chain.prescriptions}
    judged: list[JudgedFill] = []
    unjudged: list[Unclear] = []
    doubts: dict[str, list[Finding]] = {}
    for one, key in chain.handed_over:
        supply = judge_days(one.dispense, prescriptions.get(key or ""), rules)
        for doubt in supply.findings:
            doubts.setdefault(doubt.code, []).append(doubt)
        if supply.days is None:
            unjudged.append(
                Unclear(
                    one.dispense,
                    one.on,
                    "unknown-days-supply",
                    f"How long the last dispense ({one.on}) lasts is not known.",
                    "Ask the pharmacy for the days' supply, or enter a count of what is left.",
                    "daysSupply",
                )
            )
        else:
            quantity = one.dispense.quantity
            judged.append(JudgedFill(one.dispense, one.on, supply.days, supply.source, quantity, one.on, one.on, key))
    findings += [_newest(same) for same in doubts.values()]
    return judged, unjudged


def _newest(same: list[Finding]) -> Finding:
    newest, earlier = same[-1], len(same) - 1
    if not earlier:
        return newest
    message = f"{newest.message} The same is noticed of {say_count(earlier, 'earlier dispense')}."
    return Finding(newest.code, newest.severity, message, newest.about, newest.missing, newest.next_step)


def _usual_fill(chain: Chain, fills: tuple[JudgedFill, ...]) -> JudgedFill | None:
    """The last fill that was a whole one: not a part, trial or emergency fill, by its code or by its size."""
    asked = {one.key: one.quantity for one in chain.prescriptions}

    def is_part(fill: JudgedFill) -> bool:
        whole = asked.get(fill.prescription or "")
        if (fill.dispense.supply_type or "").upper() in PART_FILLS:
            return True
        return whole is not None and fill.units is not None and fill.units.value < whole.value and whole in given

    given = {fill.units for fill in fills}
    whole = [fill for fill in fills if not is_part(fill)]
    return next(reversed(whole or fills), None)


def _open_ledgers(chain: Chain, rules: Rules, findings: list[Finding]) -> tuple[UnitLedger, ...]:
    """One account for each prescription, the one that expires first used first (unknown expiry last)."""
    ledgers: list[UnitLedger] = []
    for prescription in chain.prescriptions:
        dispensed = [one.dispense for one, key in chain.handed_over if key == prescription.key]
        unclear = [one.dispense for one, key in chain.unclear if key == prescription.key]
        ledger, doubts = open_ledger(prescription, dispensed, rules, unclear)
        ledgers.append(ledger)
        findings += doubts
    return tuple(sorted(ledgers, key=lambda one: (one.expires is None, one.expires or date.max)))


def _ask_about_stock(
    chain: Chain,
    fills: tuple[JudgedFill, ...],
    usual: JudgedFill | None,
    told: ToldCount | None,
    findings: list[Finding],
) -> None:
    """Ask for a count where more than one usual fill was still at hand at the last fill."""
    if told is not None or usual is None:
        return
    carried = (fills[-1].covers_from - fills[-1].on).days
    if carried > usual.days:
        findings.append(
            Finding(
                "stock-above-one-fill",
                Severity.WARNING,
                f"By its dispenses {chain.drug.label} had {carried} days left when it was filled on {fills[-1].on}, "
                f"more than one usual fill of {usual.days} days.",
                chain.keys[-1],
                next_step="Ask how much is left and enter the count.",
            )
        )
