"""Rule packs: what a state's law, and the federal one, say about synchronization, each rule with its citation."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import Field

from pickupday.drugs import Kind, Schedule
from pickupday.rules import Exclusion
from service.programmes.payers import PayerKind
from service.programmes.reading import read_table
from service.programmes.values import Count, Shares, Table, Words

STATES = ("NY", "TX", "PA", "OK", "ME", "NM")
FEDERAL = "federal"


class _Rule(Table):
    citation: Words
    says: Words
    binds: tuple[PayerKind, ...] | None = None  # other payers than the pack's


class Overrides(_Rule):
    """Early fills that the payers meant must grant each medicine."""

    key: Literal["sync_overrides"]
    value: Count


class YearlyCap(_Rule):
    """Synchronizations of each medicine in a year, short and early fills together."""

    key: Literal["synchronizations_a_year"]
    value: Count


class ExclusionTable(Table):
    """Which medicines are left out: all that is given must fit."""

    schedules: frozenset[Schedule] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    antibiotics: bool = False
    whole_packages: bool = False
    ingredients: frozenset[str] = frozenset()


class Excluded(_Rule):
    """Medicines that the law leaves out of synchronization."""

    key: Literal["excluded"]
    value: ExclusionTable

    def exclusion(self) -> Exclusion:
        """As the planning core knows it."""
        return Exclusion(
            citation=self.citation,
            says=self.says.rstrip("."),
            schedules=self.value.schedules,
            kinds=self.value.kinds,
            antibiotics=self.value.antibiotics,
            whole_packages=self.value.whole_packages,
            ingredients=self.value.ingredients,
        )


class TooSoon(_Rule):
    """The least share of the last fill that must be used before the next one, by schedule."""

    key: Literal["refill_too_soon_at_least"]
    value: Shares


class RefillLimits(_Rule):
    """Refills that a prescription carries at most, by schedule."""

    key: Literal["refills_at_most"]
    value: dict[Schedule, Count]


class Validity(_Rule):
    """Months in which a prescription may be filled, by schedule."""

    key: Literal["months_valid"]
    value: dict[Schedule, Annotated[int, Field(strict=True, ge=1, le=24)]]


class NeverRefilled(_Rule):
    """Schedules whose prescriptions are never refilled."""

    key: Literal["never_refilled"]
    value: frozenset[Schedule]


class Note(_Rule):
    """What the law says that changes no date: money, agreement, records."""

    key: Literal["note"]
    value: Words


Rule = Annotated[
    Overrides | YearlyCap | Excluded | TooSoon | RefillLimits | Validity | NeverRefilled | Note,
    Field(discriminator="key"),
]


class RulePack(Table):
    """The law of one state, or of the federation; `checked` says what of its text was read, and what was not."""

    state: str
    name: Words
    law: Words
    checked: Words
    binds: tuple[PayerKind, ...]
    rules: tuple[Rule, ...]


@cache
def load_pack(state: str) -> RulePack:
    """The shipped rule pack of a state ("NY"), or "federal"."""
    file = resources.files("service.programmes") / "data" / "rules" / f"{state.lower()}.toml"
    return read_table(RulePack, file.read_text("utf-8"), f"rule pack {state}")
