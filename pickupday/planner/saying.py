"""How an explanation names days, medicines and fills."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from pickupday.plan import Fill, FillKind

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ORDINALS = ("a", "a second", "a third", "a fourth", "a fifth")

KINDS = {
    FillKind.USUAL: "usual",
    FillKind.CYCLE: "in step with the cycle",
    FillKind.SHORT: "short",
    FillKind.ODD: "unusual",
}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one explanation: `names` holds the medicines' names by therapy id, where there are better ones."""

    today: date
    names: Mapping[str, str] = field(default_factory=dict)

    def day(self, day: date) -> str:
        """A day as people say it, with the year where it is another one than today's: `Tuesday 1 December`."""
        said = f"{day:%A} {day.day} {day:%B}"
        return said if day.year == self.today.year else f"{said} {day.year}"

    def dates(self, sentence: str) -> str:
        """A sentence of the plan with its ISO dates said in words."""
        return _ISO_DATE.sub(lambda found: self.day(date.fromisoformat(found.group())), sentence)

    def name(self, therapy: str) -> str:
        """What people call a medicine."""
        return self.names.get(therapy, therapy)

    def medicines(self, therapies: Iterable[str]) -> str:
        """Several medicines in one breath: `lisinopril, metformin and warfarin`."""
        return say_all(self.name(therapy) for therapy in therapies)

    def fill(self, fill: Fill) -> str:
        """One fill: `lisinopril on Tuesday 1 December (12 days)`."""
        return f"{self.name(fill.therapy)} on {self.day(fill.date)} ({say_days(fill.days_supply)})"


def say_days(number: int) -> str:
    """`1 day`, `12 days`."""
    return f"{number} day" if number == 1 else f"{number} days"


def say_all(parts: Iterable[str], at_most: int | None = None) -> str:
    """Join parts with commas and `and`; beyond `at_most` of them only the number of the rest is said."""
    listed = list(parts)
    if at_most is not None and len(listed) > at_most:
        listed = [*listed[:at_most], f"{len(listed) - at_most} more"]
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}" if listed else "nothing"


def say_another(already: int) -> str:
    """The article for one more of a thing of which there are some already: `a`, `a second`, `a third`."""
    return _ORDINALS[already] if already < len(_ORDINALS) else f"a {already + 1}th"
