"""How often a dose is taken, as doses per day, by `Timing` (FHIR R4) alone: the most frequent reading counts.

"Every 4 to 6 hours" is every 4, "2 or 3 times" is 3 times: a supply must last even when the patient takes all that may
be taken. Whatever contradicts itself or leaves a part open gives no number, only the element that would have to say it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple

from mappings.inbound.exact_numbers import exact
from mappings.inbound.models import Repeat, Timing
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
_ZERO: Final = Fraction(0)
_NONE: Final[frozenset[str]] = frozenset()
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
    """Doses per day and what they were read from; where there are none, the element that is missing or in conflict.

    `unusable`: that element is there and says what cannot be.
    """

    per_day: Fraction | None
    source: str | None = None
    missing: str | None = None
    unusable: bool = False


class _Said(NamedTuple):
    """What a repeat says, in a form that can be remembered; a period of 0 stands for one that is no number."""

    frequency: int | None
    frequency_max: int | None
    period: Fraction | None
    period_unit: str | None
    weekdays: frozenset[str]
    times: frozenset[str]
    moments: frozenset[str]


def frequency_of(timing: Timing | None) -> Frequency:
    """Doses per day by `timing.repeat` and `timing.code`, which must agree where both say something."""
    if timing is None:
        return Frequency(None, missing="timing")
    repeated = _of_repeat(_said_by(timing.repeat)) if timing.repeat else Frequency(None, missing="timing.repeat")
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


def _said_by(repeat: Repeat) -> _Said:
    period = repeat.period
    return _Said(
        repeat.frequency,
        repeat.frequency_max,
        None if period is None else (exact(period) or _ZERO) if period.is_finite() else _ZERO,
        repeat.period_unit,
        frozenset(repeat.day_of_week) if repeat.day_of_week else _NONE,
        frozenset(repeat.time_of_day) if repeat.time_of_day else _NONE,
        frozenset(repeat.when) if repeat.when else _NONE,
    )


@lru_cache(maxsize=4_096)
def _of_repeat(said: _Said) -> Frequency:
    """Doses per day of `timing.repeat`: frequency / period, the days of the week, the times or moments of the day."""
    if not said.moments <= _MOMENTS | _MEALS:
        return Frequency(None, missing="timing.repeat.when", unusable=True)
    if not said.weekdays <= _WEEKDAYS:
        return Frequency(None, missing="timing.repeat.dayOfWeek", unusable=True)
    named = len(said.moments & _MOMENTS)
    if named and said.times and len(said.times) != named:
        return Frequency(None, missing="timing.repeat (timeOfDay and when disagree)")
    listed = len(said.times) or named
    rated = _rate(said)
    if isinstance(rated, str):
        unsaid = {"timing.repeat.period": said.period, "timing.repeat.periodUnit": said.period_unit}
        return Frequency(None, missing=rated, unusable=unsaid.get(rated, rated) is not None)
    if rated is not None:
        agreed = _agree(rated, listed, said)
        if isinstance(agreed, str):
            return Frequency(None, missing=agreed)
        per_day = agreed
    elif listed or said.weekdays:
        per_day = Fraction(listed or 1) * Fraction(len(said.weekdays) or 7, 7)
    else:
        return Frequency(None, missing="timing.repeat")
    if not 0 < per_day <= MOST_DOSES_A_DAY:
        return Frequency(None, missing="timing.repeat (impossibly frequent)", unusable=True)
    return Frequency(per_day, "structured dosage")


def _rate(said: _Said) -> Fraction | str | None:
    """Frequency / period, None where the chart gives neither, or the element that is missing for it."""
    if said.frequency is None and said.frequency_max is None and said.period is None:
        return None
    if not said.period:
        return "timing.repeat.period"
    if said.period_unit not in _UNIT_DAYS:
        return "timing.repeat.periodUnit"
    # no frequency means once per period (FHIR R4, Timing.repeat.frequency)
    times = (
        1
        if said.frequency is None and said.frequency_max is None
        else max(said.frequency or 0, said.frequency_max or 0)
    )
    if times <= 0:
        return "timing.repeat.frequency"
    return Fraction(times) / (said.period * _UNIT_DAYS[said.period_unit])


def _agree(rated: Fraction, listed: int, said: _Said) -> Fraction | str:
    """Frequency / period together with the listed days and moments: these refine it or say the same, or conflict."""
    if said.weekdays:
        days = len(said.weekdays)
        if rated == Fraction((listed or 1) * days, 7):
            return rated
        if said.period_unit != "d" or rated < 1 or (listed and rated != listed):
            return "timing.repeat (frequency and dayOfWeek disagree)"
        return rated * Fraction(days, 7)
    if not listed or rated == listed or (listed == 1 and rated < 1):
        return rated
    return "timing.repeat (frequency and times of day disagree)"
