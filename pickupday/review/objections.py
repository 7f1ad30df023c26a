"""What a rule that speaks against planning is asked and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from pickupday.review.medicine import Medicine
from pickupday.rules import Rules


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rules need to know beside the medicine. `pickup_pharmacy` is where most medicines are collected."""

    today: date
    rules: Rules
    dispenses_known: bool = True
    pickup_pharmacy: str | None = None
    places: Mapping[str, str] = field(default_factory=dict)

    def place(self, key: str | None) -> str:
        """The name of a pharmacy, or "another pharmacy" where the chart has none."""
        return self.places.get(key or "", "another pharmacy")


@dataclass(frozen=True, slots=True)
class Objection:
    """Why one medicine is not planned, and what to do about it; with `ask` a person's yes lifts it."""

    code: str
    reason: str
    next_step: str
    missing: str | None = None
    ask: bool = False
    clinical: bool = False  # asks about more than whether it is taken: a yes to that does not answer it


Rule = Callable[[Medicine, Setting], Objection | None]
