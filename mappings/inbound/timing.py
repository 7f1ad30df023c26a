"""How often a dose is taken, as doses per day, by `Timing` (FHIR R4) alone: the most frequent reading counts.

"Every 4 to 6 hours" is every 4, "2 or 3 times" is 3 times: a supply must last even when the patient takes all that may
be taken. Whatever contradicts itself or leaves a part open gives no number, only the element that would have to say it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from mappings.inbound.models import Repeat, Timing
from mappings.inbound.quantities import exact
from mappings.inbound.sig import frequency_in

MOST_DOSES_A_DAY: Final = Fraction(48)

_UNIT_DAYS: Final = {
    "s": Fraction(1, 86_400),
    "min": Fraction(1, 1_440),
    "h": Fraction(1, 24),
    "d": Fraction(1),
    "wk": Fraction(7),
    "mo": Fraction(30),
    "a": Fraction(365),
}
_WEEKDAYS: Final = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
# EventTiming codes that stand for one moment of the day; AC, PC and C ("with meals") do not say how many meals
_MOMENTS: Final = frozenset(
    [
        "MORN",
        "MORN.early",
        "MORN.late",
        "NOON",
        "AFT",
        "AFT.early",
        "AFT.late",
        "EVE",
        "EVE.early",
        "EVE.late",
        "NIGHT",
        "PHS",
        "HS",
        "WAKE",
        "CM",
        "CD",
        "CV",
        "ACM",
        "ACD",
        "ACV",
        "PCM",
        "PCD",
        "PCV",
    ]
)
_MEALS: Final = frozenset({"C", "AC", "PC"})

# timing.code: v3-GTSAbbreviation, the abbreviations of EHRs beside it, and SNOMED CT
_CODES: Final[dict[str, Fraction]] = {
    code: Fraction(per_day)
    for per_day, codes in (
        ("1", "QD DAILY AM PM QAM QPM BED HS QHS QDAY 229797004"),
        ("2", "BID Q12H 229799001"),
        ("3", "TID Q8H 229798009"),
        ("4", "QID Q6H 307439001"),
        ("6", "Q4H"),
        ("8", "Q3H"),
        ("12", "Q2H"),
        ("24", "Q1H"),
        ("1/2", "QOD"),
        ("1/7", "WK QWEEK WEEKLY"),
        ("2/7", "BIW"),
        ("3/7", "TIW"),
        ("1/30", "MO MONTHLY"),
    )
    for code in codes.split()
}


@dataclass(frozen=True, slots=True)
class Frequency:
    """Doses per day and what they were read from; where there are none, the element that is missing or in conflict."""

    per_day: Fraction | None
    source: str | None = None
    missing: str | None = None


def frequency_of(timing: Timing | None) -> Frequency:
    """Doses per day by `timing.repeat` and `timing.code`, which must agree where both say something."""
    if timing is None:
        return Frequency(None, missing="timing")
    repeated = _of_repeat(timing.repeat) if timing.repeat else Frequency(None, missing="timing.repeat")
    coded = _of_code(timing)
    if coded is None or coded.per_day is None:
        return repeated
    if repeated.per_day is None:
        # a repeat that only bounds the time (boundsPeriod) leaves it to the code to say how often
        return coded if repeated.missing == "timing.repeat" else repeated
    if repeated.per_day != coded.per_day:
        return Frequency(None, missing="timing (repeat and code disagree)")
    return repeated


def _of_code(timing: Timing) -> Frequency | None:
    if timing.code is None:
        return None
    for coding in timing.code.coding or ():
        if coding.code and (per_day := _CODES.get(coding.code.upper())):
            return Frequency(per_day, f"timing code {coding.code}")
    for text in (timing.code.text, *(coding.display for coding in timing.code.coding or ())):
        if text and len(text) <= 100 and (read := frequency_in(text)):
            return Frequency(read, "timing code text")
    return None


def _of_repeat(repeat: Repeat) -> Frequency:
    """Doses per day of `timing.repeat`: frequency / period, the days of the week, the times or moments of the day."""
    listed, unclear = _moments_a_day(repeat)
    if unclear:
        return Frequency(None, missing=unclear)
    weekdays = set(repeat.day_of_week or ())
    if not weekdays <= _WEEKDAYS:
        return Frequency(None, missing="timing.repeat.dayOfWeek")
    rated = _rate(repeat)
    if isinstance(rated, str):
        return Frequency(None, missing=rated)
    if rated is None:
        if listed is None and not weekdays:
            return Frequency(None, missing="timing.repeat")
        per_day = Fraction(listed or 1) * Fraction(len(weekdays) or 7, 7)
    else:
        agreed = _agree(rated, listed, weekdays, repeat)
        if isinstance(agreed, str):
            return Frequency(None, missing=agreed)
        per_day = agreed
    if not 0 < per_day <= MOST_DOSES_A_DAY:
        return Frequency(None, missing="timing.repeat (impossibly frequent)")
    return Frequency(per_day, "structured dosage")


def _moments_a_day(repeat: Repeat) -> tuple[int | None, str | None]:
    """How many times or moments of the day are listed, None for none; or what is unclear about them."""
    times = len(set(repeat.time_of_day)) if repeat.time_of_day else None
    moments = set(repeat.when or ())
    if not moments <= _MOMENTS | _MEALS:
        return None, "timing.repeat.when"
    named = len(moments & _MOMENTS) or None
    if times and named and times != named:
        return None, "timing.repeat (timeOfDay and when disagree)"
    return times or named, None


def _rate(repeat: Repeat) -> Fraction | str | None:
    """Frequency / period, None where the chart gives neither, or the element that is missing for it."""
    if repeat.frequency is None and repeat.frequency_max is None and repeat.period is None:
        return None
    return _ratio(
        max(repeat.frequency or 0, repeat.frequency_max or 0) or (1 if repeat.frequency is None else 0),
        str(repeat.period) if repeat.period is not None and repeat.period.is_finite() else None,
        repeat.period_unit,
    )


@lru_cache(maxsize=1_024)
def _ratio(times: int, period: str | None, unit: str | None) -> Fraction | str:
    length = exact(Decimal(period)) if period is not None else None
    if not length:
        return "timing.repeat.period"
    if unit not in _UNIT_DAYS:
        return "timing.repeat.periodUnit"
    if times <= 0:
        return "timing.repeat.frequency"
    return Fraction(times) / (length * _UNIT_DAYS[unit])


def _agree(rated: Fraction, listed: int | None, weekdays: set[str], repeat: Repeat) -> Fraction | str:
    """Frequency / period together with the listed days and moments: these refine it or say the same, or conflict."""
    if weekdays:
        by_days = Fraction((listed or 1) * len(weekdays), 7)
        if rated == by_days:
            return rated
        if repeat.period_unit != "d" or rated < 1 or (listed is not None and rated != listed):
            return "timing.repeat (frequency and dayOfWeek disagree)"
        return rated * Fraction(len(weekdays), 7)
    if listed is None or rated == listed or (listed == 1 and rated < 1):
        return rated
    return "timing.repeat (frequency and times of day disagree)"
