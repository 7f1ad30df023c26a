"""The rules by which a history is judged, with its defaults; programme files and rule packs replace them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from pickupday.candidates.criterion import Thresholds
from pickupday.drugs import DrugFacts, Kind, Schedule

FEDERAL_REFILL_LIMIT: Mapping[Schedule, int] = {Schedule.III: 5, Schedule.IV: 5}
"""Refills that a prescription can carry at most (21 CFR 1306.22); partial fills within the total are not refills."""

FEDERAL_EXPIRY_MONTHS: Mapping[Schedule, int] = {Schedule.III: 6, Schedule.IV: 6}
"""Months after which a prescription may not be filled whatever it says (21 CFR 1306.22)."""


class ControlledPolicy(StrEnum):
    """What a programme does with medicines of Schedule III to V; Schedule II is never refilled."""

    USUAL_FILLS = "usual-fills"  # picked up with the others, never short
    SHORT_FILLS = "short-fills"  # short like others, where no law speaks against it (21 CFR 1306.23)
    APART = "apart"  # refilled one by one, outside the plan


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Medicines that a law leaves out of synchronization: usual fills only, never short and never early.

    A drug is meant when everything given here fits it; nothing given fits every drug.
    """

    citation: str
    says: str  # what is left out, as it reads after "no short fill: "
    schedules: frozenset[Schedule] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    antibiotics: bool = False
    whole_packages: bool = False  # handed out in the package in which it comes, or nobody knows
    ingredients: frozenset[str] = frozenset()

    def covers(self, drug: DrugFacts) -> bool:
        """Whether this drug is left out."""
        parts = frozenset((drug.ingredient or "").split(" / "))
        return (
            (not self.schedules or drug.schedule in self.schedules)
            and (not self.kinds or drug.kind in self.kinds)
            and (not self.antibiotics or drug.antibiotic)
            and (not self.whole_packages or drug.package is None or drug.package > 1)
            and (not self.ingredients or not self.ingredients.isdisjoint(parts))
        )


@dataclass(frozen=True, slots=True)
class StockLimit:
    """A payer's cumulative rule: no claim while more than `at_most` days are on hand from the fills looked back on."""

    at_most: int
    look_back_days: int


@dataclass(frozen=True, slots=True)
class Rules:
    """Every threshold of a review. Days are calendar days, shares are exact fractions of a fill's days' supply."""

    refill_too_soon: Fraction = Fraction(
        3, 4
    )  # share of the last fill that must be used before the payer takes a claim
    refill_too_soon_by_schedule: Mapping[Schedule, Fraction] = field(default_factory=dict)
    sync_overrides: int = 0  # early fills that the payer grants each medicine for synchronization
    stock_limit: StockLimit | None = None
    short_fill_kinds: frozenset[Kind] = frozenset({Kind.SOLID_ORAL})
    short_fills_a_year: int | None = None  # None = no limit known
    synchronizations_a_year: int | None = None  # short and early fills together, of each medicine
    synchronizations_source: str = ""  # the law that sets that number
    exclusions: tuple[Exclusion, ...] = ()
    controlled: ControlledPolicy = ControlledPolicy.USUAL_FILLS
    payer_longest_days: int | None = None  # the longest fill that the payer takes; None = not known
    up_to_authorized: bool = False  # the law lets a pharmacist hand out all that is authorized at once
    wanted_fill_days: int = 0  # the longest cycle that the programme offers
    expiry_months: int = 12
    expiry_months_by_schedule: Mapping[Schedule, int] = field(default_factory=lambda: {Schedule.V: 6})
    expiry_sources: Mapping[Schedule, str] = field(default_factory=dict)  # the law behind those months
    refills_at_most: Mapping[Schedule, int] = field(default_factory=dict)  # a state's own limits
    claim_codes: tuple[int, int] = (47, 48)  # NCPDP SCC of a short fill, and of the one after it
    told_fills: int = 3  # a count of more usual fills than this is asked about: it may be in another unit
    horizon_days: int = 180
    lapse_days: int = 60  # supply ended longer ago than this (or the last days' supply): still taking it?
    new_start_days: int = 30  # never dispensed and written at most so long ago: fill now; older: ask
    prep_lead_days: int = 2  # what runs out within so many days is filled at once, never held for a call
    watch_days: int = 60  # after a new start or a dose change, `watch_fill_days` at a time
    watch_fill_days: int = 30
    restart_gap_days: int = 5
    discharge_days: int = 30
    being_filled_days: int = 30  # a fill "in progress" for longer is forgotten data and blocks nothing
    longest_days: int = 366  # a days' supply above this is a typing error, not a fact
    days_tolerance: Fraction = Fraction(1)  # sources of a days' supply agree when they differ by less
    long_fill_days: int = 28  # a fill so long is a sign of long-term use
    steady_share: Fraction = Fraction(
        1, 2
    )  # fills covering so much of the time between them are a sign of long-term use
    bounded_course_days: int = 180  # a dosage written for so long or longer is a prescription's term, not a course
    candidates: Thresholds = field(default_factory=Thresholds)

    def too_soon_share(self, schedule: Schedule) -> Fraction:
        """Share of the last fill to be used up before the next claim is taken."""
        return self.refill_too_soon_by_schedule.get(schedule, self.refill_too_soon)

    def months_valid(self, schedule: Schedule) -> int:
        """Months after authoredOn during which a prescription without a stated end may be filled."""
        default = self.expiry_months_by_schedule.get(schedule, self.expiry_months)
        return min(default, FEDERAL_EXPIRY_MONTHS.get(schedule, default))

    def refill_limit(self, schedule: Schedule) -> int | None:
        """Refills that a prescription of this schedule can carry at most, None where no law limits them."""
        limits = [one[schedule] for one in (FEDERAL_REFILL_LIMIT, self.refills_at_most) if schedule in one]
        return min(limits, default=None)

    def excludes(self, drug: DrugFacts) -> Exclusion | None:
        """The law that leaves this drug out of synchronization, None where none does."""
        return next((one for one in self.exclusions if one.covers(drug)), None)

    def may_split(self, drug: DrugFacts) -> bool:
        """Whether its schedule and the programme let this drug be handed out in a smaller amount than prescribed."""
        if drug.schedule in (Schedule.UNKNOWN, Schedule.II):
            return False
        return drug.schedule is Schedule.NOT_CONTROLLED or self.controlled is ControlledPolicy.SHORT_FILLS

    def overrides_for(self, drug: DrugFacts) -> int:
        """Early fills for the sake of synchronization; none of a drug that is, or may be, a controlled substance."""
        if drug.schedule is not Schedule.NOT_CONTROLLED or self.excludes(drug) is not None:
            return 0
        cap = self.synchronizations_a_year
        return self.sync_overrides if cap is None else min(self.sync_overrides, cap)

    def short_fills_for(self, drug: DrugFacts) -> int | None:
        """Short fills of one medicine in a year, None where there is no cap; early fills count toward a law's cap."""
        caps = [] if self.short_fills_a_year is None else [self.short_fills_a_year]
        if self.synchronizations_a_year is not None:
            caps.append(self.synchronizations_a_year - self.overrides_for(drug))
        return min(caps, default=None)
