"""Numbers of a chart as exact amounts of a named unit; what cannot be an amount of medicine is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from mappings.inbound.models import Amount
from mappings.inbound.plain_text import plain
from mappings.inbound.reading import Reading
from mappings.inbound.units import counted_unit, days_in, unit_of
from pickupday.drugs import Kind
from pickupday.findings import Severity
from pickupday.history import Quantity

LARGEST: Final = Decimal("1e9")  # no fill, dose or count of days is larger
FINEST: Final = -12  # decimal places; FHIR asks for 18 digits of precision at most
MOST_DAYS: Final = 1000  # one fill that lasts longer than this is a typing error


@lru_cache(maxsize=4_096)
def exact(value: Decimal) -> Fraction | None:
    """The number as a fraction, None for one that is no sane amount: negative, huge, absurdly fine."""
    if value == 0:
        return Fraction(0)
    if not 0 < value <= LARGEST:
        return None
    exponent = value.as_tuple().exponent
    return Fraction(value) if isinstance(exponent, int) and exponent >= FINEST else None


def number(value: Decimal | None, reading: Reading, resource: str, path: str) -> Fraction | None:
    """An exact number that is not negative, None where the chart has none that can be used (noted at `path`)."""
    if value is None:
        return None
    read = exact(value) if value.is_finite() else None
    if read is None:
        reading.note(
            "number-out-of-range",
            Severity.ERROR,
            f"{_shown(value)} cannot be an amount of medicine or days.",
            resource=resource,
            path=path,
            missing=True,
        )
    return read


def quantity(amount: Amount | None, kind: Kind, reading: Reading, resource: str, path: str) -> Quantity | None:
    """An amount in its normalised unit, None where the chart has none that is exact (an approximate one is noted)."""
    if amount is None or amount.value is None:
        return None
    if amount.comparator:
        reading.note(
            "inexact-quantity",
            Severity.WARNING,
            f"The amount is only a bound ({plain(amount.comparator)}).",
            resource=resource,
            path=path,
            missing=True,
        )
        return None
    value = number(amount.value, reading, resource, f"{path}.value")
    return None if value is None else _amount(value, amount.unit, amount.code, kind)


@lru_cache(maxsize=4_096)
def _amount(value: Fraction, unit: str | None, code: str | None, kind: Kind) -> Quantity:
    name, size = unit_of(unit, code)
    return Quantity(value * size, counted_unit(plain(name) or "", kind))


def days(amount: Amount | None, reading: Reading, resource: str, path: str) -> Fraction | None:
    """A duration in days, None where the chart has none; one without a unit counts days, as `daysSupply` is meant to."""
    if amount is None or amount.value is None:
        return None
    value = number(amount.value, reading, resource, f"{path}.value")
    if value is None:
        return None
    size = days_in(amount.unit, amount.code) if amount.unit or amount.code else Fraction(1)
    if size is None or amount.comparator:
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
    if not 0 < value * size <= MOST_DAYS:
        reading.note(
            "impossible-duration",
            Severity.ERROR,
            f"{_shown(amount.value)} {plain(amount.unit) or 'd'} cannot be how long a fill lasts.",
            resource=resource,
            path=path,
            missing=True,
        )
        return None
    return value * size


def _shown(value: Decimal) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:30]}... ({len(text)} digits)"
