"""The phrases that sigs are made of, and the numbers in them ("1/2", "one and one-half")."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Final

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
# Each phrase is matched at the front of the rest of the sig, which is in lower case with single spaces.
VERB: Final = re.compile(
    r"(?:take|use|inhale|instil?l|inject|apply|give|place|put|insert|chew|swallow|dissolve|spray|drink|wear)\s+"
)
DOSE: Final = re.compile(
    rf"(?:{_RANGE}\s*(?:of an?\s+)?(?:{_UNIT})?)?(?:\s*\(\s*[\d.,]+\s*(?:mg|mcg|g|ml|units?)\s*\))?(?=\s|,|$)"
)
PER_SIDE: Final = re.compile(r"(?:(?:in|into|to)\s+)?(?:(?:each|per|both)\s+(?:eyes?|ears?|nostrils?)|ou|au)\b")

_TIMES = r"(?P<times>once|twice|thrice|\d{1,2}|one|two|three|four|five|six)"
_DAY = r"(?:per|an?|each|every|/)\s*(?P<per>day|week|wk|month)"
_HOURS = r"(?:hours?|hrs?|h)"
_EVERY = r"(?:every|q|each)"
_COUNT = (
    r"(?P<every>\d{1,2}|two|three|four|six|eight|twelve)(?:\s*(?:-|–|to)\s*(?:\d{1,2}|three|four|six|eight|twelve))?"
)

FREQUENCIES: Final[tuple[tuple[re.Pattern[str], Fraction | None], ...]] = tuple(
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
MOMENT: Final = re.compile(
    r"(?:q\.? ?h\.? ?s\.?|q ?pm|q ?am|hs"
    r"|(?:every|each|in the|at|nightly at)\s+(?:morning|noon|lunch|lunchtime|midday|afternoon|evening|night|bedtime)"
    r"|nightly|at night|before bed(?:time)?|(?:before|with|after|at)\s+(?:breakfast|lunch|dinner|supper)"
    r"|at \d{1,2} ?[ap]m)"
    r"(?![\w/])"
)
TIMES_OF_DAY: Final = tuple(
    (words.partition("|")[0], re.compile(words))
    for words in (
        "afternoon",
        "morning|breakfast|am$",
        "noon|lunch|midday",
        "evening|dinner|supper",
        "night|bed|hs|h\\. ?s",
        "pm$",
    )
)
ALSO: Final = re.compile(
    r"(?:and|&|,)\s+(?:at\s+|with\s+|in the\s+)?"
    r"(?=bedtime|night|evening|every |each |q|morning|noon|dinner|supper|lunch|at |with |in the |before )"
)
WEEKDAYS: Final = re.compile(
    r"(?:(?:every|each|on)\s+)"
    r"(?P<days>(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:days?)?"
    r"(?:\s*(?:,|and|&|/)\s*(?:and\s+)?)?)+)"
    r"(?![\w/])"
)
WEEKDAY: Final = re.compile(r"mon|tue|wed|thu|fri|sat|sun")
COURSE: Final = re.compile(
    r"(?:x|for)\s*(?P<length>\d{1,3}|one|two|three|four|five|seven|ten|a)\s*-?(?P<of>days?|d|weeks?|wks?|months?)\b"
)
FILLER: Final = re.compile(
    r"(?:by mouth|p\.?o\.?|orally|oral|sublingually|sublingual|s\.?l\.?|under (?:the|your) tongue|subcutaneous(?:ly)?"
    r"|sub-?q|s\.?q\.?|s\.?c\.?|under the skin|topically|rectally|vaginally|intranasally|nasally|into the lungs"
    r"|by inhalation|via inhaler|(?:in|into|to)\s+(?:the\s+)?(?:(?:left|right|affected)\s+)?(?:eye|ear|nose|skin|face)"
    r"|in o[ds]|swish/spit|swish and spit|to (?:the\s+)?affected areas?"
    r"|(?:w/|with)\s*(?:a\s+)?(?:foods?|meals?|water|milk|(?:a\s+)?full glass of water)|wf|on an empty stomach"
    r"|(?:before|after) (?:a\s+)?meals?|with or without food|as directed|[.,;])(?![\w/])|[.,;]"
)
AS_NEEDED: Final = re.compile(r"\b(?:prn|p\.r\.n\.?|(?:as|when|if) (?:needed|necessary|required))(?!\w)", re.IGNORECASE)
REASON: Final = re.compile(r"(?:for|to)\s+(?P<why>[a-z][a-z' -]{2,40})")
AFTER_NEED: Final = re.compile(r"(?:for\s+|to\s+)?[a-z][a-z' /-]{1,40}")
NO_REASON: Final = re.compile(
    r"\b(?:then|and|or|if|when|until|plus|increase|decrease|up|max|maximum|not|no|once|twice|daily|weekly|every|each"
    r"|one|two|three|four|five|six|seven|day|days|week|weeks|month|months|morning|evening|bedtime|hours?)\b"
)
VARIES: Final = re.compile(
    r"\b(?:taper\w*|titrat\w*|sliding[ -]scale|then|increas\w*|decreas\w*|escalat\w*|wean\w*"
    r"|per (?:inr|protocol|scale)|loading dose|variable|step[ -]?(?:up|down))\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=512)
def number(text: str) -> Fraction:
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
