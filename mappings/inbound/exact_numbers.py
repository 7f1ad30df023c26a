"""Decimals of a chart as exact fractions; what cannot be an amount of medicine is none."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

LARGEST: Final = Decimal("1e9")  # no fill, dose or count of days is larger
FINEST: Final = -12  # decimal places; real amounts have three at most


@lru_cache(maxsize=4_096)
def exact(value: Decimal) -> Fraction | None:
    """The number as a fraction, None for one that is no sane amount: negative, huge, absurdly fine, not finite."""
    if value == 0:
        return Fraction(0)
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or not 0 < value <= LARGEST:
        return None
    return Fraction(value) if exponent >= FINEST else None
