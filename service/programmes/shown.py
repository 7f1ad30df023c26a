"""The rules of a programme as a person reads them: each with its value, its source and its citation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from mappings.outbound.wording import spoken_cycle
from pickupday.drugs import Schedule
from pickupday.wording import say_number
from service.programmes.file import ProgrammeFile
from service.programmes.in_force import Packs, binds
from service.programmes.payers import Payer
from service.programmes.rule_packs import (
    Excluded,
    NeverRefilled,
    Overrides,
    RefillLimits,
    Rule,
    RulePack,
    TooSoon,
    Validity,
    YearlyCap,
)


class Source(StrEnum):
    """Who set a rule."""

    FEDERAL = "federal"
    STATE = "state"
    PAYER = "payer"
    PROGRAMME = "programme"


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """One rule as it is shown: its key, its value in words, who set it, and where that is written.

    `why_not` is None where the rule is in force, else why it is not. A rule of the key "note" changes no date.
    """

    key: str
    value: str
    source: Source
    citation: str
    says: str
    why_not: str | None = None


def rules_in_force(file: ProgrammeFile, payer: Payer | None, packs: Packs) -> tuple[RuleInForce, ...]:
    """Every rule that a person may ask about, federal ones first."""
    found = [_of_law(pack, rule, payer) for pack, rule in packs]
    return (*found, *_of_payer(payer), *_of_programme(file, payer))


def _of_law(pack: RulePack, rule: Rule, payer: Payer | None) -> RuleInForce:
    source = Source.FEDERAL if pack.state == "US" else Source.STATE
    why_not = None
    if isinstance(rule, Overrides) and not binds(pack, rule, payer):
        bound = ", ".join(kind.value for kind in rule.binds or pack.binds)
        who = "the payer is not known" if payer is None else f"the payer is {payer.kind.value}"
        why_not = f"it binds {bound}, and {who}"
    elif isinstance(rule, YearlyCap) and payer is not None and payer.synchronizations_a_year is not None:
        why_not = f"{payer.name} grants {payer.synchronizations_a_year}"
    return RuleInForce(rule.key, _say_value(rule), source, rule.citation, rule.says, why_not)


def _say_value(rule: Rule) -> str:
    if isinstance(rule, TooSoon | RefillLimits | Validity):
        values = {key.value: rule.value[key] for key in sorted(rule.value)}
        return ", ".join(f"{key} {say_number(Fraction(value))}" for key, value in values.items())
    if isinstance(rule, NeverRefilled):
        return ", ".join(sorted(rule.value))
    if isinstance(rule, Excluded):
        table = rule.value
        parts = [*sorted(table.schedules), *sorted(table.kinds), *sorted(table.ingredients)]
        parts += ["antibiotics"] if table.antibiotics else []
        return ", ".join([*parts, *(["whole packages"] if table.whole_packages else [])])
    return str(rule.value)


def _of_payer(payer: Payer | None) -> list[RuleInForce]:
    if payer is None:
        return [_own("payer", "not known", Source.PAYER, "Nothing is granted that only a payer can grant.")]
    where = f"[[payers]] {payer.key}"
    said = {
        "refill_too_soon": _say_share(payer.refill_too_soon),
        "refill_too_soon_by_schedule": _say_shares(payer.refill_too_soon_by_schedule),
        "sync_overrides": payer.sync_overrides,
        "longest_fill_days": "not known: not more than prescribed"
        if payer.longest_fill_days is None
        else payer.longest_fill_days,
        "stock_limit": None
        if payer.stock_limit is None
        else f"{payer.stock_limit.at_most_days} days on hand in {payer.stock_limit.look_back_days}",
        "synchronizations_a_year": payer.synchronizations_a_year,
        "takes_scc_61": "yes" if payer.takes_scc_61 else None,
    }
    found = [_own(key, str(value), Source.PAYER, payer.name, where) for key, value in said.items() if value is not None]
    return [_own("payer", payer.kind.value, Source.PAYER, payer.name, where), *found]


def _of_programme(file: ProgrammeFile, payer: Payer | None) -> list[RuleInForce]:
    said = {
        "cycles": "; ".join(spoken_cycle(option.cycle()) for option in file.cycles),
        "prep_lead_days": file.prep_lead_days,
        "call_lead_days": file.call_lead_days,
        "call_again_days": ", ".join(map(str, file.further_calls())) or "none",
        "individual_refill_days": file.individual_refill_days,
        "renewal_lead_days": file.renewal_lead_days,
        "refill_too_soon": _say_share(file.refill_too_soon),
        "refill_too_soon_by_schedule": _say_shares(file.refill_too_soon_by_schedule),
        "sync_overrides": file.sync_overrides,
        "short_fill_kinds": ", ".join(sorted(file.short_fill_kinds)) or "none",
        "short_fills_a_year": file.short_fills_a_year,
        "controlled": file.controlled.value,
        "up_to_authorized": file.up_to_authorized.citation if file.up_to_authorized is not None else None,
        "daily_capacity": file.daily_capacity,
    }
    shadowed = f"{payer.name} says otherwise" if payer is not None and payer.refill_too_soon is not None else None
    return [
        _own(key, str(value), Source.PROGRAMME, file.name, key, shadowed if key == "refill_too_soon" else None)
        for key, value in said.items()
        if value is not None
    ]


def _own(key: str, value: str, source: Source, says: str, where: str = "", why_not: str | None = None) -> RuleInForce:
    return RuleInForce(key, value, source, where, says, why_not)


def _say_share(share: Fraction | None) -> str | None:
    return None if share is None else f"{say_number(100 * share)}% of the last fill"


def _say_shares(shares: dict[Schedule, Fraction]) -> str | None:
    return ", ".join(f"{key.value} {_say_share(shares[key])}" for key in sorted(shares)) or None
