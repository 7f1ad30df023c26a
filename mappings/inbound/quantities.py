"""Numbers of a chart as exact amounts of a named unit; what cannot be an amount of medicine is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from mappings.inbound.exact_numbers import exact
from mappings.inbound.models import Amount
from mappings.inbound.plain_text import plain
from mappings.inbound.reading import Reading
from mappings.inbound.units import counted_unit, days_in, unit_of
from pickupday.drugs import Kind
from pickupday.findings import Severity
from pickupday.history import Quantity

MOST_DAYS: Final = 1000  # one fill that lasts longer than this is a typing error


def quantity(amount: Amount | None, kind: Kind, reading: Reading, resource: str, path: str) -> Quantity | None:
    """An amount in its normalised unit, None where the chart has none that is exact (a bound or a bad one is noted)."""
    if amount is None or amount.value is None:
        return None
    read = _quantity(amount.value, amount.unit, amount.code, kind) if amount.value.is_finite() else None
    if read is not None and not amount.comparator:
        return read
    if read is None:
        _refuse(amount.value, reading, resource, path)
    else:
        reading.note(
            "inexact-quantity",
            Severity.WARNING,
            f"The amount is only a bound ({plain(amount.comparator)}).",
            resource=resource,
            path=path,
            missing=True,
        )
    return None


@lru_cache(maxsize=8_192)
def _quantity(value: Decimal, unit: str | None, code: str | None, kind: Kind) -> Quantity | None:
    number = exact(value)
    if number is None:
        return None
    name, size = unit_of(unit, code)
    return Quantity(number * size, counted_unit(plain(name) or "", kind))


def days(amount: Amount | None, reading: Reading, resource: str, path: str) -> Fraction | None:
    """A duration in days, None where the chart has none; one without a unit counts days, as `daysSupply` does."""
    if amount is None or amount.value is None:
        return None
    if not amount.value.is_finite():
        _refuse(amount.value, reading, resource, path)
        return None
    length = _days(amount.value, amount.unit, amount.code)
    if isinstance(length, Fraction) and not amount.comparator:
        return length
    if length == "no-number":
        _refuse(amount.value, reading, resource, path)
    elif length == "too-long":
        reading.note(
            "impossible-duration",
            Severity.ERROR,
            f"{_shown(amount.value)} {plain(amount.unit) or 'd'} cannot be how long a fill lasts.",
            resource=resource,
            path=path,
            missing=True,
        )
    else:
        told = amount.comparator or amount.unit or amount.code
        reading.note(
            "not-in-days",
            Severity.ERROR,
            f"The duration is given in a way that is no number of days ({plain(told)}).",
            resource=resource,
            path=path,
            missing=True,
        )
    return None


@lru_cache(maxsize=4_096)
def _days(value: Decimal, unit: str | None, code: str | None) -> Fraction | str:
    number = exact(value)
    if number is None:
        return "no-number"
    size = days_in(unit, code) if unit or code else Fraction(1)
    if size is None:
        return "no-days"
    return number * size if 0 < number * size <= MOST_DAYS else "too-long"


def _refuse(value: Decimal, reading: Reading, resource: str, path: str) -> None:
    reading.note(
        "number-out-of-range",
        Severity.ERROR,
        f"{_shown(value)} cannot be an amount of medicine or days.",
        resource=resource,
        path=f"{path}.value",
        missing=True,
    )


def _shown(value: Decimal) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:30]}... ({len(text)} digits)"
