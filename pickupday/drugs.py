"""What must be known of a drug before its refills may be moved: the `DrugFacts` port of the planner."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Schedule(StrEnum):
    """Controlled-substance schedule (21 CFR 1308); UNKNOWN is never treated as not controlled."""

    NOT_CONTROLLED = "not-controlled"
    II = "C-II"
    III = "C-III"
    IV = "C-IV"
    V = "C-V"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """How a medicine is counted and handed out."""

    SOLID_ORAL = "solid-oral"  # tablets, capsules: counted singly
    LIQUID = "liquid"  # by millilitre
    INHALER = "inhaler"  # whole device, doses inside
    INSULIN = "insulin"  # pens and vials, 28-day in-use expiry
    INJECTION = "injection"  # other pens, syringes, vials
    DROPS = "drops"  # eye, ear: whole bottle
    PATCH = "patch"
    TOPICAL = "topical"  # cream, ointment, gel, lotion: the amount used per day is rarely known
    PACK = "pack"  # unit-of-use packs of 21/28/84, dose packs
    OTHER = "other"
    UNKNOWN = "unknown"


class AskFirst(StrEnum):
    """Why a person is asked before this drug is planned at all."""

    WARFARIN = "warfarin"  # planned only on a stable dose
    REMS = "rems"  # restricted programme
    LABORATORY = "laboratory"  # gated by a laboratory result (clozapine, lithium, ...)
    ORAL_CHEMOTHERAPY = "oral-chemotherapy"
    WEEKLY_METHOTREXATE = "weekly-methotrexate"  # methotrexate: asked whatever the interval


UNNAMED = "unknown medicine"
"""The label of a medicine that the chart does not name."""


@dataclass(frozen=True, slots=True)
class DrugFacts:
    """One drug product as far as it is known; what is not known says so and is never guessed.

    `ingredient`, `strength` and `form` are normalised for comparison (lower case, salt dropped, brand dropped,
    combination parts sorted and joined with " / "); `None` means not known. A therapy is identified by all three, and
    by `label` alone when the ingredient is not known. `package` is the number of units that cannot be split (1 for
    loose tablets, 28 for a pack of 28, 200 for an inhaler counted in puffs); None = unknown = never short-filled.
    """

    label: str  # the name as the chart writes it, for people
    ingredient: str | None = None
    strength: str | None = None
    form: str | None = None
    schedule: Schedule = Schedule.UNKNOWN
    kind: Kind = Kind.UNKNOWN
    package: Fraction | None = None
    antibiotic: bool = False  # an anti-infective that is given as a course
    ask_first: AskFirst | None = None
    restart_harm: bool = False  # restarting after a gap of more than five days can harm
    in_use_days: int | None = None  # an opened package is used for so long at most, however much is left in it
    source: str = "unknown"  # where the facts come from: "name grammar + facts table", "Medication.ingredient", ...

    @property
    def is_nameless(self) -> bool:
        """Whether the chart does not say at all which medicine this is: two such are never known to be the same."""
        return self.ingredient is None and self.label.casefold() in ("", UNNAMED)
