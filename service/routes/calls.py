"""The calls as they can be chosen: at what time of day, at which number, in which language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from mappings.outbound.calling import base_language, language_name
from pickupday.history import Patient, Phone
from service.programmes.opening import OpeningHours
from service.routes.consent_form import LANGUAGES
from service.routes.writes import Form
from service.use_cases.calling import WINDOWS, offered_windows, say_window
from service.use_cases.sessions import Choices

_NUMBER = re.compile(r"[0-9+()\-./*#,;x ]{3,40}")
_FEWEST_DIGITS = 3
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose; `value` "" is what holds without a choice."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class CallsView:
    """The choices as they stand. `other` is a number that the chart does not have; `summary` says all in a line."""

    windows: tuple[Option, ...]
    phones: tuple[Option, ...]
    other: str
    languages: tuple[Option, ...]
    summary: str
    chosen: bool


def read_calls(form: Form, choices: Choices, before: Choices) -> tuple[Choices, tuple[str, ...]]:
    """The choices with those of the calls, and a sentence for each that cannot be.

    A number that is typed goes before one of the chart, unless it only still stands there from `before`.
    """
    window, language = form.get("call_window"), form.get("language")
    typed, listed = form.get("call_number"), form.get("call_phone")
    number = " ".join((listed if listed and typed == before.call_phone else typed or listed).split())
    digits = sum(sign.isdigit() for sign in number)
    wrong = (
        (bool(window) and window not in WINDOWS, f"A call can be wanted in the {', '.join(WINDOWS)}, or at any time."),
        (
            bool(number) and (not _NUMBER.fullmatch(number) or digits < _FEWEST_DIGITS),
            "That is no phone number: write digits, such as +1 518 555 0100.",
        ),
        (bool(language) and not _LANGUAGE.fullmatch(language), "Choose one of the languages."),
    )
    errors = tuple(sentence for is_wrong, sentence in wrong if is_wrong)
    chosen = replace(choices, call_window=window, call_phone=number, language=language)
    return (choices, errors) if errors else (chosen, ())


def view_calls(patient: Patient | None, hours: OpeningHours, choices: Choices, today: date) -> CallsView:
    """What can be chosen for this patient at this pharmacy."""
    known = [one for one in (patient.phones if patient is not None else ()) if one.until is None or one.until >= today]
    spoken = patient.language if patient is not None else None
    windows = [Option(name, say_window(name, hours), name == choices.call_window) for name in offered_windows(hours)]
    phones = [Option(one.number, _say_phone(one), one.number == choices.call_phone) for one in known]
    other = choices.call_phone if choices.call_phone not in {one.number for one in known} else ""
    return CallsView(
        windows=(Option("", "any time it is open", not choices.call_window), *windows),
        phones=(Option("", _say_default(known), not choices.call_phone), *phones[1:]),
        other=other,
        languages=_languages(spoken, choices.language),
        summary=_summary(choices, known, spoken),
        chosen=bool(choices.call_window or choices.call_phone or choices.language),
    )


def _languages(spoken: str | None, chosen: str) -> tuple[Option, ...]:
    base = base_language(spoken) if spoken else ""
    first = f"{language_name(spoken)}, as in the chart" if spoken else "not in the chart"
    codes = dict.fromkeys((*LANGUAGES, *((chosen,) if chosen else ())))
    return (
        Option("", first, not chosen),
        *(Option(code, language_name(code), code == chosen) for code in codes if code != base or code == chosen),
    )


def _summary(choices: Choices, known: Sequence[Phone], spoken: str | None) -> str:
    when = f"in the {choices.call_window}" if choices.call_window else "any time it is open"
    where = choices.call_phone or _say_default(known)
    language = choices.language or spoken
    return "; ".join((when, where, f"in {language_name(language)}" if language else "language not in the chart"))


def _say_default(known: Sequence[Phone]) -> str:
    return f"{_say_phone(known[0])}, as in the chart" if known else "no number in the chart"


def _say_phone(phone: Phone) -> str:
    return f"{phone.number} ({phone.use})" if phone.use else phone.number
