"""Strengths in one spelling, so that "88 mcg" and "0.088 MG" are one: milligrams, units, milliequivalents."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+"
_UNIT: Final = r"mg|mcg|ug|µg|micrograms?|milligrams?|g|gm|grams?|meq|unt|units?|u|iu|mmol|%|ml"
_PER: Final = r"ml|actuat(?:ion)?|puff|inh(?:alation)?|spray|hr|hour|day|mg|g|gm|dose|tablet|capsule|drop"
STRENGTH: Final = re.compile(
    rf"(?P<value>{NUMBER})\s*(?P<unit>{_UNIT})"
    rf"(?:\s*(?:/|per)\s*(?P<count>{NUMBER})?\s*(?P<per>{_PER}))?(?![\w/])",
    re.IGNORECASE,
)

_NORMAL: Final = {
    "mg": ("mg", Fraction(1)),
    "mcg": ("mg", Fraction(1, 1000)),
    "ug": ("mg", Fraction(1, 1000)),
    "microgram": ("mg", Fraction(1, 1000)),
    "micrograms": ("mg", Fraction(1, 1000)),
    "milligram": ("mg", Fraction(1)),
    "milligrams": ("mg", Fraction(1)),
    "µg": ("mg", Fraction(1, 1000)),
    "g": ("mg", Fraction(1000)),
    "gm": ("mg", Fraction(1000)),
    "gram": ("mg", Fraction(1000)),
    "grams": ("mg", Fraction(1000)),
    "unt": ("unt", Fraction(1)),
    "unit": ("unt", Fraction(1)),
    "units": ("unt", Fraction(1)),
    "u": ("unt", Fraction(1)),
    "iu": ("unt", Fraction(1)),
    "[iu]": ("unt", Fraction(1)),
}
_PER_NORMAL: Final = {
    "actuation": "actuat",
    "puff": "actuat",
    "inh": "actuat",
    "inhalation": "actuat",
    "spray": "actuat",
    "hour": "hr",
    "gm": "g",
}
_PER_UNIT: Final = frozenset({"tablet", "capsule", "dose"})  # "500 mg/tablet" is 500 mg


def normal_strength(found: re.Match[str]) -> str | None:
    """The strength of a match of STRENGTH, None for one that is no strength (zero, or a volume alone)."""
    value = _number(found["value"])
    unit, size = _NORMAL.get(found["unit"].lower(), (found["unit"].lower(), Fraction(1)))
    value *= size
    per = found["per"].lower() if found["per"] else None
    if not value or (unit == "ml" and per is None):
        return None
    if per is None or per in _PER_UNIT:
        return f"{shown(value)} {unit}"
    per = _PER_NORMAL.get(per, per)
    count = _number(found["count"]) if found["count"] else Fraction(1)
    if not count:
        return None
    if per == "g":
        per, count = "mg", count * 1000
    if _terminates(value / count):
        return f"{shown(value / count)} {unit}/{per}"
    return f"{shown(value)} {unit}/{shown(count)} {per}"


def milligrams(strength: str | None) -> tuple[Fraction, bool] | None:
    """Milligrams of a normalised strength and whether they are per millilitre; None where it says neither."""
    found = re.fullmatch(r"([\d.]+) mg(/ml)?", strength) if strength else None
    return (Fraction(found[1]), found[2] is not None) if found else None


def shown(value: Fraction) -> str:
    """A number that has one as a plain decimal: "0.088", "1000"."""
    text = format(Decimal(value.numerator) / Decimal(value.denominator), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _terminates(value: Fraction) -> bool:
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _number(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))
