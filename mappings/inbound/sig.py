"""A plain sig ("take 1 tablet by mouth twice daily") as a dose and doses per day, by a strict grammar.

Every word must be understood, or nothing is: half an understanding of "1 tab daily, 2 on Sundays" would be a wrong
number. What remains after taking phrases (sig_phrases.py) off the front, in any order, must be nothing. Ranges count at
their upper end, intervals at their shortest ("1-2 tablets every 4-6 hours" is 2 tablets 6 times a day).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from typing import Final

from mappings.inbound.sig_phrases import (
    AFTER_NEED,
    ALSO,
    AS_NEEDED,
    COURSE,
    DOSE,
    FILLER,
    FREQUENCIES,
    MOMENT,
    NO_REASON,
    PER_SIDE,
    REASON,
    TIMES_OF_DAY,
    VARIES,
    VERB,
    WEEKDAY,
    WEEKDAYS,
    number,
)
from mappings.inbound.units import unit_of

_LONGEST: Final = 200
_THEN: Final = re.compile(r",? (?:and )?then (?:take )?(?=[\d½]|one |two |half )")


@dataclass(frozen=True, slots=True)
class Sig:
    """What a sig says. `dose` and `per_day` are None unless the whole text was understood and says them.

    `unit` is normalised, "" where the text names none ("1 qhs"). `varies` means that the text itself says that the dose
    changes. `moments` are the times of the day that it names ("morning", "night").
    """

    dose: Fraction | None = None
    unit: str = ""
    per_day: Fraction | None = None
    as_needed: bool = False
    varies: bool = False
    bounded_days: int | None = None
    moments: frozenset[str] = frozenset()

    @property
    def daily(self) -> Fraction | None:
        """Units a day, None unless both dose and frequency are said."""
        return None if self.dose is None or self.per_day is None else self.dose * self.per_day


@lru_cache(maxsize=8_192)
def read_sig(text: str) -> Sig:
    """The sig as far as it can be understood without guessing."""
    if len(text) > _LONGEST:
        text_head = text[: _LONGEST * 4]
        return Sig(as_needed=bool(AS_NEEDED.search(text_head)), varies=bool(VARIES.search(text_head)))
    as_needed = bool(AS_NEEDED.search(text))
    words = " ".join(text.lower().split())
    varies = bool(VARIES.search(words))
    if varies and (through_the_day := _THEN.sub(" and ", words)) != words and not VARIES.search(through_the_day):
        # "1 tablet in the morning, then 2 in the evening" is every day the same
        parts = _parts(through_the_day)
        varies = not parts or not _are_moments_of_one_day(parts)
        words = words if varies else through_the_day
    understood = None if varies else _sum_of_parts(words)
    if understood is None:
        return Sig(as_needed=as_needed, varies=varies, bounded_days=_course_in(words))
    return replace(understood, as_needed=as_needed)


def frequency_in(text: str) -> Fraction | None:
    """Doses per day of a text that says nothing but a frequency ("2 times daily", "every 6 hours"), else None."""
    understood = _part(" ".join(text.lower().split()))
    return understood.per_day if understood and understood.dose is None else None


def _course_in(text: str) -> int | None:
    course = COURSE.search(text)
    return _course_days(course) if course else None


def _sum_of_parts(text: str) -> Sig | None:
    """One instruction, or several with a dose each ("1 tab in the morning and 2 tabs at bedtime")."""
    whole = _part(text)
    if whole:
        return Sig(
            whole.dose, whole.unit, whole.per_day, bounded_days=whole.bounded_days, moments=frozenset(whole.named)
        )
    parts = _parts(text)
    if len(parts) < 2:
        return None
    daily = Fraction(0)
    units = set()
    for part in parts:
        if part.dose is None or part.per_day is None or part.bounded_days:
            return None
        if not part.moments and not part.weekdays:
            return None  # "1 tab daily and 2 on Sundays" may or may not mean 3 on Sundays
        daily += part.dose * part.per_day
        units.add(part.unit)
    units.discard("")
    if len(units) > 1:
        return None
    named = frozenset(name for part in parts for name in part.named)
    return Sig(daily, units.pop() if units else "", Fraction(1), moments=named)


def _parts(text: str) -> list[_Part]:
    """The instructions that a text joins; empty unless every one of them is understood."""
    split = re.split(r"(?:,? and|,? plus)\s+(?=(?:take )?[\d½]|(?:take )?(?:one|two|half) )", text)
    parts = [_part(part) for part in split]
    return [part for part in parts if part is not None] if all(parts) else []


def _are_moments_of_one_day(parts: list[_Part]) -> bool:
    """Whether each part has times of the day of its own, so that all of them apply every day."""
    named = [name for part in parts for name in part.named]
    return len(parts) > 1 and all(part.named and not part.weekdays for part in parts) and len(set(named)) == len(named)


@dataclass(slots=True)
class _Part:
    dose: Fraction | None = None
    unit: str = ""
    per_day: Fraction | None = None
    moments: int = 0
    last_moment: str = ""
    named: list[str] = field(default_factory=list)  # the times of the day
    weekdays: int = 0
    bounded_days: int | None = None


def _part(text: str) -> _Part | None:
    """One instruction with one dose, None unless every word of it is understood."""
    part = _Part()
    verb = VERB.match(text)
    rest = text = text[verb.end() :] if verb else text
    dose = DOSE.match(text)
    # "2 times daily" starts with a number that is no dose
    if dose and dose["low"] and (dose["unit"] or not any(times.match(text) for times, _ in FREQUENCIES[:2])):
        unit, size = unit_of(dose["unit"].rstrip(".")) if dose["unit"] else ("", Fraction(1))
        part.dose = max(number(dose["low"]), number(dose["high"] or dose["low"])) * size
        part.unit = unit
        rest = text[dose.end() :].lstrip()
    sides = 1
    while rest:
        taken = 0
        if part.dose is not None and sides == 1 and (found := PER_SIDE.match(rest)):
            sides, taken = 2, found.end()
        else:
            taken = _take(rest, part)
        if not taken:
            return None
        rest = rest[taken:].lstrip()
    if part.dose is not None:
        part.dose *= sides
        if part.dose == 0:
            return None
    return part if _settle(part) else None


def _take(rest: str, part: _Part) -> int:
    """Take one phrase off the front into `part`; how long it was, 0 for none."""
    for pattern, per_day in FREQUENCIES:
        found = pattern.match(rest)
        if found:
            if part.per_day is not None:
                return 0
            part.per_day = per_day or _rate(found)
            return found.end()
    if found := MOMENT.match(rest):
        time_of_day = _time_of_day(found[0])
        if part.moments and time_of_day != part.last_moment:
            return 0  # "in the morning at bedtime", without an "and", may mean anything
        part.moments = part.moments or 1  # "every morning before breakfast" is one moment
        part.last_moment = time_of_day
        part.named = part.named if time_of_day in part.named else [*part.named, time_of_day]
        return found.end()
    if part.moments and (found := ALSO.match(rest)):
        joined = rest[found.end() :]
        moment = MOMENT.match(joined) or MOMENT.match(f"at {joined}")
        if moment is None:
            return 0
        part.moments += 1
        part.last_moment = _time_of_day(moment[0])
        part.named.append(part.last_moment)
        return found.end() + moment.end() - (0 if MOMENT.match(joined) else 3)
    if not part.weekdays and (found := WEEKDAYS.match(rest)):
        part.weekdays = len(set(WEEKDAY.findall(found["days"])))
        return found.end()
    if part.bounded_days is None and (found := COURSE.match(rest)):
        part.bounded_days = _course_days(found)
        return found.end()
    if found := FILLER.match(rest):
        return found.end()
    if found := AS_NEEDED.match(rest):
        reason = AFTER_NEED.fullmatch(rest[found.end() :].strip(" .,"))
        return len(rest) if reason and not NO_REASON.search(reason[0]) else found.end()
    reason = REASON.fullmatch(rest.rstrip(" .,"))
    return len(rest) if reason and not NO_REASON.search(reason["why"]) else 0


def _time_of_day(moment: str) -> str:
    return next((name for name, words in TIMES_OF_DAY if words.search(moment)), moment)


def _rate(found: re.Match[str]) -> Fraction:
    named = found.groupdict()
    if named.get("times"):
        times = {"once": Fraction(1), "twice": Fraction(2), "thrice": Fraction(3)}.get(named["times"])
        span = named.get("per") or named.get("ly") or "day"
        days = 7 if span.startswith("w") else 30 if span.startswith("month") else 1
        return (times or number(named["times"])) / days
    every = number(named["every"])
    if every == 0:
        return Fraction(0)
    span = named.get("span")
    if span is None:
        return Fraction(24) / every
    return 1 / (every * (7 if span.startswith("w") else 30 if span.startswith("month") else 1))


def _settle(part: _Part) -> bool:
    """Bring frequency, moments and weekdays together; False where they contradict each other or are absurd."""
    if part.per_day is None:
        if part.moments or part.weekdays:
            part.per_day = Fraction(part.moments or 1) * Fraction(part.weekdays or 7, 7)
    elif part.weekdays:
        if part.per_day == Fraction(part.weekdays, 7) or part.per_day == 1 / Fraction(7):
            part.per_day = Fraction(part.weekdays, 7)
        elif part.per_day >= 1:
            part.per_day *= Fraction(part.weekdays, 7)
        else:
            return False
    elif part.moments and part.per_day != part.moments and (part.moments > 1 or part.per_day > 1):
        return False
    return part.per_day is None or 0 < part.per_day <= 48


def _course_days(found: re.Match[str]) -> int:
    of = found["of"]
    return int(number(found["length"])) * (7 if of.startswith("w") else 30 if of.startswith("m") else 1)
