"""Which rules are in force: a programme's own, its payer's, the state's and the federal ones, merged visibly.

Limits add up: the strictest holds, whoever sets it. Grants do not: an early fill is granted by whoever names a number
(the programme, the payer), or by a state's law where it binds the kind of payer; a payer that is not known grants
nothing. `shown.py` shows every rule with its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from pickupday.drugs import Schedule
from pickupday.problem import EveryDays
from pickupday.rules import Exclusion, Rules, StockLimit
from service.programmes.file import ProgrammeFile
from service.programmes.payers import Payer
from service.programmes.rule_packs import (
    Excluded,
    Overrides,
    RefillLimits,
    Rule,
    RulePack,
    TooSoon,
    Validity,
    YearlyCap,
)


@dataclass(frozen=True, slots=True)
class Packs:
    """The rule packs that hold for one programme; `state` is None where it names none."""

    federal: RulePack
    state: RulePack | None

    def __iter__(self) -> Iterator[tuple[RulePack, Rule]]:
        """Every rule with its pack, federal ones first."""
        for pack in (self.federal, self.state):
            if pack is not None:
                yield from ((pack, rule) for rule in pack.rules)


def merge(file: ProgrammeFile, payer: Payer | None, packs: Packs) -> Rules:
    """The rules by which a history is judged under this programme and payer."""
    rules = [rule for _, rule in packs]
    least = _shares(file, payer)
    for too_soon in (one for one in rules if isinstance(one, TooSoon)):
        for schedule, share in too_soon.value.items():
            least[schedule] = max(share, least.get(schedule, _too_soon(file, payer)))
    validity = [one for one in rules if isinstance(one, Validity)]
    months = {schedule: (number, one.citation) for one in validity for schedule, number in one.value.items()}
    cap, law = _yearly_cap(payer, rules)
    stock = payer.stock_limit if payer is not None else None
    return Rules(
        refill_too_soon=_too_soon(file, payer),
        refill_too_soon_by_schedule=least,
        sync_overrides=_overrides(file, payer, packs),
        stock_limit=StockLimit(stock.at_most_days, stock.look_back_days) if stock is not None else None,
        short_fill_kinds=file.short_fill_kinds,
        short_fills_a_year=file.short_fills_a_year,
        synchronizations_a_year=cap,
        synchronizations_source=law,
        exclusions=exclusions(rules),
        controlled=file.controlled,
        payer_longest_days=payer.longest_fill_days if payer is not None else None,
        up_to_authorized=file.up_to_authorized is not None,
        wanted_fill_days=max((one.every_days for one in _fixed_cycles(file)), default=0),
        expiry_months_by_schedule={Schedule.V: 6} | {schedule: number for schedule, (number, _) in months.items()},
        expiry_sources={schedule: citation for schedule, (_, citation) in months.items()},
        refills_at_most=_refill_limits(rules),
        claim_codes=claim_codes(file, payer),
        horizon_days=file.horizon_days,
        prep_lead_days=file.prep_lead_days,
        candidates=file.candidates.thresholds(),
    )


def claim_codes(file: ProgrammeFile, payer: Payer | None) -> tuple[int, int]:
    """The codes of a short fill (another one where the payer takes it) and of the fill after it."""
    hints = file.claim_hints
    return (
        hints.short_fill_where_taken if payer is not None and payer.takes_scc_61 else hints.short_fill,
        hints.next_fill,
    )


def _fixed_cycles(file: ProgrammeFile) -> list[EveryDays]:
    cycles = [option.cycle() for option in file.cycles]
    return [one for one in cycles if isinstance(one, EveryDays)]


def exclusions(rules: Iterable[Rule]) -> tuple[Exclusion, ...]:
    """What the laws leave out of synchronization."""
    return tuple(one.exclusion() for one in rules if isinstance(one, Excluded))


def _refill_limits(rules: Iterable[Rule]) -> dict[Schedule, int]:
    limits: dict[Schedule, int] = {}
    for one in rules:
        if isinstance(one, RefillLimits):
            for schedule, number in one.value.items():
                limits[schedule] = min(number, limits.get(schedule, number))
    return limits


def _too_soon(file: ProgrammeFile, payer: Payer | None) -> Fraction:
    known = payer.refill_too_soon if payer is not None else None
    return file.refill_too_soon if known is None else known


def _shares(file: ProgrammeFile, payer: Payer | None) -> dict[Schedule, Fraction]:
    return file.refill_too_soon_by_schedule | (payer.refill_too_soon_by_schedule if payer is not None else {})


def _yearly_cap(payer: Payer | None, rules: Iterable[Rule]) -> tuple[int | None, str]:
    """The payer's own number where it grants one, else the law's; with its source."""
    if payer is not None and payer.synchronizations_a_year is not None:
        return payer.synchronizations_a_year, payer.name
    caps = [(one.value, one.citation) for one in rules if isinstance(one, YearlyCap)]
    return min(caps, default=(None, ""))


def binds(pack: RulePack, rule: Rule, payer: Payer | None) -> bool:
    """Whether what the law grants holds for this payer; of one that is not known nobody knows."""
    return payer is not None and payer.kind in (rule.binds or pack.binds)


def _overrides(file: ProgrammeFile, payer: Payer | None, packs: Packs) -> int:
    granted = [file.sync_overrides]
    if payer is not None and payer.sync_overrides is not None:
        granted.append(payer.sync_overrides)
    granted += [rule.value for pack, rule in packs if isinstance(rule, Overrides) and binds(pack, rule, payer)]
    return max(granted)
