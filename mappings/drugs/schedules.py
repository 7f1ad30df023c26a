"""The federal schedule of a product from its ingredients and strengths (21 CFR 1308.12 to 1308.15)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mappings.drugs.facts import Combination, Mixture, facts
from mappings.drugs.names import Ingredient
from mappings.drugs.strengths import milligrams
from pickupday.drugs import Schedule

_STRICTEST_FIRST: Final = (
    Schedule.II,
    Schedule.III,
    Schedule.IV,
    Schedule.V,
    Schedule.UNKNOWN,
    Schedule.NOT_CONTROLLED,
)


def schedule_of(ingredients: Sequence[Ingredient], *, surely_ingredients: bool) -> Schedule:
    """The strictest schedule of any ingredient.

    What no table lists is not controlled, but only where the name is surely an ingredient: `surely_ingredients` for
    names that RxNorm gives, else those that the facts know. A brand or a misspelt name stays unknown.
    """
    found = {
        _of_one(one, [other.name for other in ingredients if other is not one], surely_ingredients)
        for one in ingredients
    }
    return next((schedule for schedule in _STRICTEST_FIRST if schedule in found), Schedule.UNKNOWN)


def _of_one(ingredient: Ingredient, partners: list[str], surely: bool) -> Schedule:
    known = facts()
    listed = known.combinations.get(ingredient.name)
    if listed:
        return _by_product(listed, ingredient, partners)
    if ingredient.name in known.controlled:
        return known.controlled[ingredient.name]
    for word in re.split(r"[^a-z0-9]+", ingredient.name):
        if word in known.combinations:
            return _by_product(known.combinations[word], ingredient, partners)
        if word in known.controlled:
            return known.controlled[word]
    if surely or known.knows(ingredient.name):
        return Schedule.NOT_CONTROLLED
    return Schedule.UNKNOWN


def _by_product(listed: Combination, ingredient: Ingredient, partners: list[str]) -> Schedule:
    """By what it is mixed with and how strong; unknown where a rule asks for a strength that the name does not give."""
    for rule in listed.rules:
        if _mixed_as(rule, partners):
            fits = _weak_enough(rule, ingredient.strength)
            if fits is None:
                return Schedule.UNKNOWN
            if fits:
                return rule.schedule
    return listed.alone


def _mixed_as(rule: Mixture, partners: list[str]) -> bool:
    if not rule.partners:
        return True
    return bool(partners) and ("*" in rule.partners or bool(rule.partners.intersection(partners)))


def _weak_enough(rule: Mixture, strength: str | None) -> bool | None:
    """Whether the strength is within the rule's limit; None where it cannot be told."""
    if rule.at_most_mg is None and rule.at_most_mg_per_ml is None:
        return True
    weight = milligrams(strength)
    if weight is None:
        return None
    value, per_ml = weight
    limit = rule.at_most_mg_per_ml if per_ml else rule.at_most_mg
    return limit is not None and value <= limit
