"""Phone numbers of people and of pharmacies, the one to be used first in front."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from mappings.inbound import models
from mappings.inbound.plain_text import plain
from pickupday.history import Phone

_LONGEST: Final = 40  # longer than any number with its extension
_LAST: Final = 1_000


def phones(points: Sequence[models.ContactPoint] | None) -> tuple[Phone, ...]:
    """The numbers that are in use, by rank, each once. What holds no digit is no number."""
    current = [one for one in points or () if one.system == "phone" and one.use != "old"]
    ranked = sorted(current, key=lambda one: one.rank if one.rank is not None else _LAST)
    found: dict[str, Phone] = {}
    for one in ranked:
        number = plain((one.value or "").removeprefix("tel:"), _LONGEST)
        if number is not None and any(sign.isdigit() for sign in number):
            found.setdefault(number, Phone(number, plain(one.use) or "", _last_day(one.period)))
    return tuple(found.values())


def first_phone(points: Sequence[models.ContactPoint] | None) -> str | None:
    """The number to be used first, None where there is none."""
    return next((one.number for one in phones(points)), None)


def _last_day(period: models.Period | None) -> date | None:
    """The day on which a number ends, where one is written in full."""
    try:
        return date.fromisoformat(period.end[:10]) if period is not None and period.end is not None else None
    except ValueError:
        return None
