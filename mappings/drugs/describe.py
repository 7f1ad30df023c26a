"""A drug's name, or its structured ingredients, to `DrugFacts`: what the grammar read and what the table knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from mappings.drugs.facts import facts
from mappings.drugs.forms import read_form
from mappings.drugs.ingredients import normal_ingredient
from mappings.drugs.names import DrugName, Ingredient, read_name, written_by_rxnorm
from mappings.drugs.schedules import schedule_of
from mappings.drugs.strengths import STRENGTH, normal_strength
from pickupday.drugs import UNNAMED, AskFirst, DrugFacts, Kind

_NOT_SWALLOWED: Final = frozenset({Kind.DROPS, Kind.TOPICAL})
_LONGEST_LABEL: Final = 200


@dataclass(frozen=True, slots=True)
class Component:
    """One structured ingredient of a Medication: its name, its strength and what the strength is per."""

    name: str
    strength: str | None = None
    per: str | None = None


@lru_cache(maxsize=8_192)
def describe_drug(label: str, names: tuple[tuple[str, bool], ...]) -> DrugFacts:
    """The drug by the first of its names that the grammar understands; each says whether RxNorm gave it.

    `label` is what people read. A drug that no name explains is known by its label alone, all else unknown.
    """
    label = _clean(label)
    for name, from_rxnorm in names:
        read = read_name(name)
        if read is not None:
            return _facts_of(
                label, read, surely=from_rxnorm and written_by_rxnorm(name), source="drug name and table of facts"
            )
    return DrugFacts(label)


@lru_cache(maxsize=2_048)
def describe_components(label: str, components: tuple[Component, ...], form: str | None) -> DrugFacts:
    """The drug by the structured ingredients and form of its Medication, where no name explains it."""
    ingredients = []
    for component in components:
        name, _ = normal_ingredient(component.name)
        inner = read_name(component.name)
        if inner is not None and len(inner.ingredients) == 1:
            name = inner.ingredients[0].name
        ingredients.append(Ingredient(name, _strength(component)))
    read = DrugName(tuple(ingredients), read_form(form) if form else None)
    return _facts_of(_clean(label), read, surely=False, source="Medication.ingredient and table of facts")


def _strength(component: Component) -> str | None:
    if component.strength is None:
        return None
    per = f"/{component.per}" if component.per and component.per.lower() in ("ml", "actuat") else ""
    found = STRENGTH.fullmatch(f"{component.strength}{per}".replace("[iU]", "unt"))
    return normal_strength(found) if found else None


def _facts_of(label: str, read: DrugName, *, surely: bool, source: str) -> DrugFacts:
    known = facts()
    ingredients = sorted(read.ingredients, key=lambda ingredient: ingredient.name)
    names = [ingredient.name for ingredient in ingredients]
    kind = _kind(read, names)
    return DrugFacts(
        label=label,
        ingredient=" / ".join(names),
        strength=read.strength or _strengths(ingredients),
        form=read.form.name if read.form else None,
        schedule=schedule_of(read.ingredients, surely_ingredients=surely),
        kind=kind,
        package=_package(read, names, kind),
        antibiotic=kind is not Kind.TOPICAL and any(name in known.courses for name in names),
        ask_first=_ask_first(names),
        restart_harm=kind not in _NOT_SWALLOWED and any(name in known.restart_harm for name in names),
        in_use_days=_in_use_days(names, kind),
        source=source,
    )


def _in_use_days(names: Sequence[str], kind: Kind) -> int | None:
    """For how long an opened package is used; the shortest time of its ingredients, where the kind has such a rule."""
    usual = facts().in_use_by_kind.get(kind)
    if usual is None:
        return None
    return min(facts().in_use_by_ingredient.get(name, usual) for name in names)


def _strengths(ingredients: Sequence[Ingredient]) -> str | None:
    """All strengths in the order of the ingredients; none where one is not known."""
    strengths = [ingredient.strength for ingredient in ingredients]
    return " / ".join(strength for strength in strengths if strength) if all(strengths) else None


def _kind(read: DrugName, names: Sequence[str]) -> Kind:
    kind = read.form.kind if read.form else Kind.UNKNOWN
    if kind in (Kind.INJECTION, Kind.UNKNOWN) and any(name.startswith("insulin") for name in names):
        return Kind.INSULIN
    if kind is Kind.SOLID_ORAL and any(facts().unit_of_use.get(name) is Kind.PACK for name in names):
        return Kind.PACK
    return kind


def _package(read: DrugName, names: Sequence[str], kind: Kind) -> Fraction | None:
    """The units that cannot be split: as the name says, else by the form, unless the product comes in its own pack."""
    if read.package is not None:
        return read.package
    if read.form is None or kind is Kind.PACK or any(name in facts().unit_of_use for name in names):
        return None
    return read.form.package


def _ask_first(names: Sequence[str]) -> AskFirst | None:
    """The most pressing reason to ask; a product's own row goes before its ingredients'."""
    reasons = facts().ask_first
    return next((reasons[name] for name in (" / ".join(names), *names) if name in reasons), None)


def _clean(label: str) -> str:
    text = "".join(sign if sign.isprintable() else " " for sign in label)
    return " ".join(text.split())[:_LONGEST_LABEL] or UNNAMED
