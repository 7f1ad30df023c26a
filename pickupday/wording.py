"""Amounts, counts and days as people read them in a sentence."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

from pickupday.drugs import DrugFacts
from pickupday.history import Quantity

_WORDS = {"[drp]": "drop", "[IU]": "IU"}  # UCUM codes that are no words
_ABBREVIATED = frozenset({"mL", "mg", "g", "mcg", "ug", "[IU]"})


def say_number(value: Fraction) -> str:
    """Write a fraction exactly: `30`, `2.5`, `1/7` (no rounded decimals)."""
    if value.denominator == 1:
        return str(value.numerator)
    if (value * 1000).denominator == 1:
        return f"{(Decimal(value.numerator) / value.denominator).normalize():f}"
    return f"{value.numerator}/{value.denominator}"


def as_handed_out(amount: Quantity, drug: DrugFacts) -> Quantity:
    """The amount in the word that people use for this drug: what is counted as tablets may be capsules."""
    if amount.unit == "{tablet}" and drug.form is not None and "capsule" in drug.form:
        return Quantity(amount.value, "{capsule}")
    return amount


def say_amount(amount: Quantity) -> str:
    """Write an amount with its unit: `30 tablets`, `1 tablet`, `75 mL`, `30 units` where the chart has no unit."""
    word = _WORDS.get(amount.unit, amount.unit.strip("{}")) or "unit"
    if amount.unit in _ABBREVIATED or amount.value == 1 or (amount.value < 1 and "/" in say_number(amount.value)):
        return f"{say_number(amount.value)} {word}"
    return f"{say_number(amount.value)} {_plural(word)}"


def _plural(word: str) -> str:
    """Several of a thing: `tablets`, `patches`, `suppositories`; a word that is plural already stays."""
    if word.endswith("s"):
        return word
    if word.endswith(("ch", "sh", "x")):
        return f"{word}es"
    return f"{word[:-1]}ies" if re.search(r"[^aeiou]y$", word) else f"{word}s"


def say_day(day: date) -> str:
    """A day as people say it: `Tue 8 Dec 2026`."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def say_count(number: int, thing: str) -> str:
    """Write a number of things: `1 day`, `3 days`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
