"""Drug names by a strict grammar: "24 HR venlafaxine 75 MG Extended Release Capsule [Effexor]" and simpler ones.

A name is understood whole or not at all. Brands in brackets are dropped, brands without their ingredient are looked up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Final

from mappings.drugs.facts import Form, facts
from mappings.drugs.forms import read_form, speaks_of_form
from mappings.drugs.ingredients import MOST_WORDS, known_ingredients, normal_ingredient
from mappings.drugs.strengths import NUMBER, STRENGTH, normal_strength

_LONGEST: Final = 400
_BRAND: Final = re.compile(r"\s*\[[^\[\]]*\]$")
_PACK: Final = re.compile(r"\{(?P<items>.+)\}\s*Pack", re.IGNORECASE)
_PACK_ITEM: Final = re.compile(r"(\d{1,3}) \(([^{}]+?)\s*\)(?: / |\s*$)")
_INERT: Final = re.compile(r"inert", re.IGNORECASE)
_QUANTITY: Final = re.compile(rf"(?P<value>{NUMBER}) (?P<unit>HR|ACTUAT|ML|DAY)S? ", re.IGNORECASE)
_RELEASE_SUFFIX: Final = re.compile(r"-(XL|XR|SR|ER|CR|LA)\b", re.IGNORECASE)  # "Toprol-XL"
_PER_UNIT: Final = re.compile(r"\bper (tablet|capsule)\b", re.IGNORECASE)  # "5-325 mg per tablet"
_ASIDE: Final = re.compile(r"\s*\([a-z][a-z' /.-]*\)", re.IGNORECASE)  # "(GLUCOPHAGE)", "(product)"
_ACTUATIONS: Final = re.compile(r"\(?(\d{2,3}) (?:actuations|puffs|doses)\)?", re.IGNORECASE)
_DAY_PACK: Final = re.compile(r"(\d{2}) day pack", re.IGNORECASE)
_SEVERAL: Final = re.compile(
    rf"(?<![\w.,/-])(?P<values>(?:{NUMBER})(?:\s*(?:mg|mcg))?(?:[-/](?:{NUMBER})(?:\s*(?:mg|mcg))?)+)\s*(?P<unit>mg|mcg)?(?![\w/-])",
    re.IGNORECASE,
)


_INGREDIENT: Final = re.compile(r"[a-z](?:[a-z0-9 ,()'.-]*[a-z0-9)])?")
_RXNORM_UNITS: Final = re.compile(r" \d[\d.]* (?:MG|MEQ|UNT|ML|MMOL|%)(?:/(?:ML|MG|ACTUAT|HR))?(?= |$)")


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One active ingredient with its normalised strength, None where the name does not give it."""

    name: str
    strength: str | None = None


@dataclass(frozen=True, slots=True)
class DrugName:
    """What a name says. `strength` is that of the whole product where it cannot be told apart by ingredient.

    `package` is the number of units that stay together: puffs of a device, tablets of a pack, millilitres of a pen.
    """

    ingredients: tuple[Ingredient, ...]
    form: Form | None = None
    package: Fraction | None = None
    strength: str | None = None


@lru_cache(maxsize=8_192)
def read_name(name: str) -> DrugName | None:
    """The drug that the name means, None where the grammar does not understand all of it."""
    text = _RELEASE_SUFFIX.sub(r" \1", " ".join(name.split()))
    if len(text) > _LONGEST:
        return None
    text = _PER_UNIT.sub(r"\1", text)
    text = _BRAND.sub("", text)
    pack = _PACK.fullmatch(text)
    if pack:
        return _read_pack(pack["items"])
    if " / " in text:
        return _by_components(text)
    return _by_known_name(text) or _by_components(text)


def written_by_rxnorm(name: str) -> bool:
    """Whether a name is written as RxNorm writes it ("... 500 MG ..."): then the strength follows an ingredient."""
    return bool(_RXNORM_UNITS.search(name))


def _read_pack(items: str) -> DrugName | None:
    """A pack: its parts with their counts; placebos count as units but are no ingredients."""
    read: list[DrugName] = []
    units = end = 0
    for item in _PACK_ITEM.finditer(items):
        if item.start() != end:
            return None
        end = item.end()
        units += int(item[1])
        if not _INERT.search(item[2]):
            part = read_name(item[2])
            if part is None:
                return None
            read.append(part)
    if not read or end != len(items):
        return None
    form = facts().forms["pack"]
    if len(read) == 1:
        return replace(read[0], form=form, package=Fraction(units))
    names = sorted({ingredient.name for part in read for ingredient in part.ingredients})
    return DrugName(tuple(Ingredient(name) for name in names), form, Fraction(units))


def _by_components(text: str) -> DrugName | None:
    """RxNorm's grammar: [24 HR] ingredient strength unit { / ingredient strength unit } form."""
    hours, package, text = _leading_quantity(text)
    parts = text.split(" / ")
    ingredients = []
    rest, release = "", None
    for part in parts:
        found = STRENGTH.search(part)
        if rest or found is None or found.start() < 2:
            return None
        name, salt = normal_ingredient(part[: found.start()])
        strength = normal_strength(found)
        if strength is None or speaks_of_form(name) or not _INGREDIENT.fullmatch(name):
            return None
        release = release or facts().salt_release.get((name, salt or ""))
        ingredients += _brand_or_ingredient(name, strength)
        rest = _ASIDE.sub("", part[found.end() :]).strip()
    if not rest and not release:
        return DrugName(tuple(ingredients), None, package)
    form = read_form(rest, hours, release)
    return DrugName(tuple(ingredients), form, package) if form else None


def _brand_or_ingredient(name: str, strength: str) -> list[Ingredient]:
    brand = facts().brands.get(name)
    if brand is None:
        return [Ingredient(name, strength)]
    alone = len(brand.ingredients) == 1
    return [Ingredient(ingredient, strength if alone else None) for ingredient in brand.ingredients]


def _leading_quantity(text: str) -> tuple[int | None, Fraction | None, str]:
    """Hours of release and units that stay together, as RxNorm writes them first, and the name without them."""
    hours = package = None
    while found := _QUANTITY.match(text):
        value = Fraction(found["value"].replace(",", ""))
        if found["unit"].upper() == "HR":
            hours = int(value)
        elif found["unit"].upper() != "DAY":
            package = value or None
        text = text[found.end() :]
    return hours, package, text


def _by_known_name(text: str) -> DrugName | None:
    """Simple display names: a known ingredient or brand, then strength and form in any order, and nothing else."""
    hours, package, text = _leading_quantity(text)
    words = text.split(" ")
    for length in range(min(len(words), MOST_WORDS), 0, -1):
        head = " ".join(words[:length]).lower().rstrip(",")
        rest = " ".join(words[length:])
        brand = facts().brands.get(head)
        if brand:
            return _with_rest(brand.ingredients, rest, hours, package, brand.form, None)
        known = known_ingredients(head)
        if known:
            names, salts = known
            releases = (facts().salt_release.get((name, salt or "")) for name, salt in zip(names, salts, strict=True))
            return _with_rest(names, rest, hours, package, None, next(filter(None, releases), None))
    return None


def _with_rest(
    names: tuple[str, ...],
    rest: str,
    hours: int | None,
    package: Fraction | None,
    brand_form: str | None,
    release: str | None,
) -> DrugName | None:
    """What follows the name: at most one strength (one per ingredient) and a form."""
    found = _ACTUATIONS.search(rest)
    if found:
        package, rest = Fraction(found[1]), _cut(rest, found)
    found = _DAY_PACK.search(rest)
    if found:
        package, rest = Fraction(found[1]), f"{_cut(rest, found)} pack"
    rest = _ASIDE.sub("", rest)
    strengths: list[str | None] = [None] * len(names)
    whole = None
    several = _SEVERAL.search(rest)
    single = STRENGTH.search(rest)
    if several and len(names) > 1:
        values = re.findall(NUMBER, several["values"])
        if len(values) != len(names):
            return None
        rest = _cut(rest, several)
        unit = several["unit"] or "".join(re.findall(r"mg|mcg", several["values"], re.IGNORECASE)[-1:])
        if unit:
            strengths = [_strength(f"{value} {unit}") for value in values]
        else:
            whole = "/".join(values)
    elif single:
        rest = _cut(rest, single)
        strength = normal_strength(single)
        if strength is None:
            return None
        if len(names) == 1:
            strengths = [strength]
        else:
            whole = strength
    ingredients = tuple(Ingredient(name, strength) for name, strength in zip(names, strengths, strict=True))
    rest = rest.strip(" ,")
    if not rest and not release:
        form = read_form(brand_form, hours) if brand_form else None
        return DrugName(ingredients, form, package, whole)
    form = read_form(rest, hours, release)
    return DrugName(ingredients, form, package, whole) if form else None


def _strength(text: str) -> str | None:
    found = STRENGTH.fullmatch(text)
    return normal_strength(found) if found else None


def _cut(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()].rstrip()} {text[found.end() :].lstrip()}".strip()
