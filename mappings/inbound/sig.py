"""A plain sig ("take 1 tablet by mouth twice daily") as a dose and doses per day, by a strict grammar.

Every word must be understood, or nothing is: half an understanding of "1 tab daily, 2 on Sundays" would be a wrong number.
The grammar is a list of phrases, each of a kind (route, frequency, moment of the day, days of the week, course, reason);
what remains after taking phrases off the front, in any order, must be nothing. Ranges count at their upper end, intervals
at their shortest ("1-2 tablets every 4-6 hours" is 2 tablets 6 times a day).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from mappings.inbound.units import unit_of

_LONGEST: Final = 200

_WORDS: Final = {
    "a": "1", "an": "1", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "twelve": "12", "half": "1/2", "quarter": "1/4", "½": "1/2", "¼": "1/4",
}  # fmt: skip
_N = (
    r"(?:\d+ \d+/\d+|\d+/\d+|\d*\.\d+|\d+(?:\.\d+)?"
    r"|(?:(?:one|two|three) and (?:one|a)[ -])?half(?: an?)?|one[ -](?:half|quarter)|½|¼|\d½"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|twelve|an?)"
)
_RANGE = rf"(?P<low>{_N})(?:\s*(?:-|–|to|or)\s*(?P<high>{_N}))?"
_UNIT = (
    r"(?P<unit>tab(?:let)?(?:\(s\)|s)?|cap(?:sule|let)?(?:\(s\)|s)?|pills?|soft ?gels?|puffs?|inhalations?|inh|sprays?"
    r"|drops?|gtts?|ml|cc|milliliters?|tsps?|teaspoon(?:ful)?s?|tbsps?|tablespoon(?:ful)?s?|units?|iu|mg|mcg|g|grams?"
    r"|patch(?:es)?|packets?|scoops?|injections?|suppositor(?:y|ies)|lozenges?|applications?|nebs?|vials?|doses?)\b\.?"
)
_VERB = re.compile(
    r"(?:take|use|inhale|instil?l|inject|apply|give|place|put|insert|chew|swallow|dissolve|spray|drink|wear)\s+"
)
_DOSE = re.compile(
    rf"(?:{_RANGE}\s*(?:of an?\s+)?(?:{_UNIT})?)?(?:\s*\(\s*[\d.,]+\s*(?:mg|mcg|g|ml|units?)\s*\))?(?=\s|,|$)"
)
_PER_SIDE = re.compile(r"(?:(?:in|into|to)\s+)?(?:(?:each|per|both)\s+(?:eyes?|ears?|nostrils?)|ou|au)\b")

_TIMES = r"(?P<times>once|twice|thrice|\d{1,2}|one|two|three|four|five|six)"
_DAY = r"(?:per|an?|each|every|/)\s*(?P<per>day|week|wk|month)"
_HOURS = r"(?:hours?|hrs?|h)"
_EVERY = r"(?:every|q|each)"
_COUNT = (
    r"(?P<every>\d{1,2}|two|three|four|six|eight|twelve)(?:\s*(?:-|–|to)\s*(?:\d{1,2}|three|four|six|eight|twelve))?"
)

_FREQUENCIES: Final[tuple[tuple[re.Pattern[str], Fraction | None], ...]] = tuple(
    (re.compile(rf"(?:{pattern})(?![\w/])"), Fraction(per_day) if per_day else None)
    for pattern, per_day in (
        (rf"{_TIMES}\s*(?:x|times?)?\s*{_DAY}", None),
        (rf"{_TIMES}\s*(?:x|times?)?\s*(?P<ly>daily|weekly|monthly)", None),
        (rf"{_EVERY}\s*{_COUNT}\s*(?:{_HOURS})", None),
        (rf"{_EVERY}\s*{_COUNT}\s*(?P<span>days?|d|weeks?|wks?|months?)", None),
        (r"(?:every|each)\s+(?:other|second|2nd) day|qod|every 48 hours|on alternate days", "1/2"),
        (r"(?:every|each)\s+third day", "1/3"),
        (r"b\.?i\.?d\.?", "2"),
        (r"t\.?i\.?d\.?", "3"),
        (r"q\.?i\.?d\.?", "4"),
        (r"q\.?d\.?|q ?day|daily|every ?day|each day|per day|a day", "1"),
        (r"weekly|(?:every|each) week|q ?week|q ?wk|per week", "1/7"),
        (r"monthly|(?:every|each) month", "1/30"),
    )
)
_MOMENT: Final = re.compile(
    r"(?:q\.? ?h\.? ?s\.?|q ?pm|q ?am|hs"
    r"|(?:every|each|in the|at|nightly at)\s+(?:morning|noon|lunch|lunchtime|midday|afternoon|evening|night|bedtime)"
    r"|nightly|at night|before bed(?:time)?|(?:before|with|after|at)\s+(?:breakfast|lunch|dinner|supper)|at \d{1,2} ?[ap]m)"
    r"(?![\w/])"
)
_ALSO: Final = re.compile(
    r"(?:and|&|,)\s+(?:at\s+|with\s+|in the\s+)?(?=bedtime|night|evening|every |each |q|morning|noon|dinner|supper|lunch|at |with |in the |before )"
)
_WEEKDAYS: Final = re.compile(
    r"(?:(?:every|each|on)\s+)(?P<days>(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:days?)?(?:\s*(?:,|and|&|/)\s*(?:and\s+)?)?)+)"
    r"(?![\w/])"
)
_WEEKDAY: Final = re.compile(r"mon|tue|wed|thu|fri|sat|sun")
_COURSE: Final = re.compile(
    r"(?:x|for)\s*(?P<length>\d{1,3}|one|two|three|four|five|seven|ten|a)\s*-?(?P<of>days?|d|weeks?|wks?|months?)\b"
)
_FILLER: Final = re.compile(
    r"(?:by mouth|p\.?o\.?|orally|oral|sublingually|sublingual|s\.?l\.?|under (?:the|your) tongue|subcutaneous(?:ly)?"
    r"|sub-?q|s\.?q\.?|s\.?c\.?|under the skin|topically|rectally|vaginally|intranasally|nasally|into the lungs"
    r"|by inhalation|via inhaler|(?:in|into|to)\s+(?:the\s+)?(?:(?:left|right|affected)\s+)?(?:eye|ear|nose|skin|face)"
    r"|in o[ds]|swish/spit|swish and spit|to (?:the\s+)?affected areas?"
    r"|(?:w/|with)\s*(?:a\s+)?(?:foods?|meals?|water|milk|(?:a\s+)?full glass of water)|wf|on an empty stomach"
    r"|(?:before|after) (?:a\s+)?meals?|with or without food|as directed|[.,;])(?![\w/])|[.,;]"
)
_AS_NEEDED: Final = re.compile(
    r"\b(?:prn|p\.r\.n\.?|(?:as|when|if) (?:needed|necessary|required))(?!\w)", re.IGNORECASE
)
_REASON: Final = re.compile(r"(?:for|to)\s+(?P<why>[a-z][a-z' -]{2,40})")
_AFTER_NEED: Final = re.compile(r"(?:for\s+|to\s+)?[a-z][a-z' /-]{1,40}")
_NO_REASON: Final = re.compile(
    r"\b(?:then|and|or|if|when|until|plus|increase|decrease|up|max|maximum|not|no|once|twice|daily|weekly|every|each"
    r"|one|two|three|four|five|six|seven|day|days|week|weeks|month|months|morning|evening|bedtime|hours?)\b"
)
_VARIES: Final = re.compile(
    r"\b(?:taper|titrat\w*|sliding[ -]scale|then|increas\w*|decreas\w*|escalat\w*|wean\w*|per (?:inr|protocol|scale)|"
    r"loading dose|variable|step[ -]?(?:up|down))\b",
    re.IGNORECASE,
)
_AS_DIRECTED: Final = re.compile(r"\b(?:as|per) (?:directed|instructed|directions|instructions)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sig:
    """What a sig says. `dose` and `per_day` are None unless the whole text was understood and says them.

    `unit` is normalised, "" where the text names none ("1 qhs"). `varies` means that the text itself says that the dose
    changes, `as_directed` that it leaves the dose to something said elsewhere.
    """

    dose: Fraction | None = None
    unit: str = ""
    per_day: Fraction | None = None
    as_needed: bool = False
    varies: bool = False
    as_directed: bool = False
    bounded_days: int | None = None

    @property
    def daily(self) -> Fraction | None:
        """Units a day, None unless both dose and frequency are said."""
        return None if self.dose is None or self.per_day is None else self.dose * self.per_day


@lru_cache(maxsize=8_192)
def read_sig(text: str) -> Sig:
    """The sig as far as it can be understood without guessing."""
    if len(text) > _LONGEST:
        text_head = text[: _LONGEST * 4]
        return Sig(as_needed=bool(_AS_NEEDED.search(text_head)), varies=bool(_VARIES.search(text_head)))
    as_needed = bool(_AS_NEEDED.search(text))
    varies = bool(_VARIES.search(text))
    as_directed = bool(_AS_DIRECTED.search(text))
    understood = None if varies else _sum_of_parts(" ".join(text.lower().split()))
    if understood is None:
        return Sig(as_needed=as_needed, varies=varies, as_directed=as_directed, bounded_days=_course_in(text.lower()))
    dose, unit, per_day, bounded_days = understood
    return Sig(dose, unit, per_day, as_needed, varies, as_directed, bounded_days)


def frequency_in(text: str) -> Fraction | None:
    """Doses per day of a text that says nothing but a frequency ("2 times daily", "every 6 hours"), else None."""
    understood = _part(" ".join(text.lower().split()))
    return understood.per_day if understood and understood.dose is None else None


def _course_in(text: str) -> int | None:
    course = _COURSE.search(text)
    return _course_days(course) if course else None


def _sum_of_parts(text: str) -> tuple[Fraction | None, str, Fraction | None, int | None] | None:
    """One instruction, or several joined by "and" that each have a dose ("1 tab in the morning and 2 tabs at bedtime")."""
    whole = _part(text)
    if whole:
        return whole.dose, whole.unit, whole.per_day, whole.bounded_days
    parts = [
        _part(part) for part in re.split(r"(?:,? and|,? plus)\s+(?=(?:take )?[\d½]|(?:take )?(?:one|two|half) )", text)
    ]
    if len(parts) < 2:
        return None
    daily = Fraction(0)
    units = set()
    for part in parts:
        if part is None or part.dose is None or part.per_day is None or part.bounded_days:
            return None
        if not part.moments and not part.weekdays:
            return None  # "1 tab daily and 2 on Sundays" may or may not mean 3 on Sundays
        daily += part.dose * part.per_day
        units.add(part.unit)
    units.discard("")
    return (daily, units.pop() if units else "", Fraction(1), None) if len(units) <= 1 else None


@dataclass(slots=True)
class _Part:
    dose: Fraction | None = None
    unit: str = ""
    per_day: Fraction | None = None
    moments: int = 0
    weekdays: int = 0
    bounded_days: int | None = None


def _part(text: str) -> _Part | None:
    """One instruction with one dose, None unless every word of it is understood."""
    part = _Part()
    verb = _VERB.match(text)
    rest = text = text[verb.end() :] if verb else text
    dose = _DOSE.match(text)
    if dose and dose.end():
        if dose["low"]:
            part.dose = max(_number(dose["low"]), _number(dose["high"] or dose["low"]))
            unit, size = unit_of(dose["unit"].rstrip(".")) if dose["unit"] else ("", Fraction(1))
            part.dose, part.unit = part.dose * size, unit
        rest = text[dose.end() :].lstrip()
        if part.dose is not None and part.unit == "" and any(times.match(text) for times, _ in _FREQUENCIES[:2]):
            part.dose, rest = None, text  # "2 times daily" starts with a number that is no dose
    sides = 1
    while rest:
        taken = 0
        if part.dose is not None and sides == 1 and (found := _PER_SIDE.match(rest)):
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
    for pattern, per_day in _FREQUENCIES:
        found = pattern.match(rest)
        if found:
            if part.per_day is not None:
                return 0
            part.per_day = per_day or _rate(found)
            return found.end()
    if found := _MOMENT.match(rest):
        part.moments += 1
        return found.end()
    if part.moments and (found := _ALSO.match(rest)):
        joined = rest[found.end() :]
        moment = _MOMENT.match(joined) or _MOMENT.match(f"at {joined}")
        if moment is None:
            return 0
        part.moments += 1
        return found.end() + moment.end() - (0 if _MOMENT.match(joined) else 3)
    if not part.weekdays and (found := _WEEKDAYS.match(rest)):
        part.weekdays = len(set(_WEEKDAY.findall(found["days"])))
        return found.end()
    if part.bounded_days is None and (found := _COURSE.match(rest)):
        part.bounded_days = _course_days(found)
        return found.end()
    if found := _FILLER.match(rest):
        return found.end()
    if found := _AS_NEEDED.match(rest):
        reason = _AFTER_NEED.fullmatch(rest[found.end() :].strip(" .,"))
        return len(rest) if reason and not _NO_REASON.search(reason[0]) else found.end()
    reason = _REASON.fullmatch(rest.rstrip(" .,"))
    return len(rest) if reason and not _NO_REASON.search(reason["why"]) else 0


def _rate(found: re.Match[str]) -> Fraction:
    named = found.groupdict()
    if named.get("times"):
        times = {"once": Fraction(1), "twice": Fraction(2), "thrice": Fraction(3)}.get(named["times"])
        span = named.get("per") or named.get("ly") or "day"
        days = 7 if span.startswith("w") else 30 if span.startswith("month") else 1
        return (times or _number(named["times"])) / days
    every = _number(named["every"])
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
    return int(_number(found["length"])) * (7 if of.startswith("w") else 30 if of.startswith("m") else 1)


@lru_cache(maxsize=512)
def _number(text: str) -> Fraction:
    """A number as sigs write it: "1", "0.5", "1/2", "1 1/2", "one", "one and one-half", "half a"."""
    text = text.replace("one-half", "half").replace("one half", "half").replace("one-quarter", "quarter")
    text = text.replace("one quarter", "quarter").replace("half an", "half").replace("half a", "half")
    text = text.replace("a half", "half").replace("½", " 1/2").replace("-", " ")
    total = Fraction(0)
    for word in text.split():
        if word != "and":
            digits = _WORDS.get(word, word)
            numerator, _, denominator = digits.partition("/")
            if denominator and not int(denominator):
                return Fraction(0)
            total += Fraction(numerator) / int(denominator or 1)
    return total
