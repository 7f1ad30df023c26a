"""Reads a planning problem from JSON: the input format of `pickupday solve`, version 1.

Every unknown key, wrong type and impossible value is a ProblemError that names its path (`therapies[2].usual_days`).
A missing optional key has its default. Amounts are exact: decimals are read as fractions, never as floats.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from pickupday.errors import ProblemError
from pickupday.problem import (
    OBJECTIVE,
    ConfirmedPickup,
    Cycle,
    EveryDays,
    MonthlyOnDay,
    NthWeekday,
    Preferences,
    PrescriptionSupply,
    Problem,
    Programme,
    Therapy,
    Vacation,
)

FORMAT = 1
MAX_HORIZON_DAYS = 1100
MAX_THERAPIES = 200
MAX_CYCLES = 62
MAX_LIST = 2000
MAX_DAYS_SUPPLY = 400
MAX_AMOUNT = 1_000_000
MAX_DENOMINATOR = 10_000_000

_FRACTION = re.compile(r"-?[0-9]{1,9}/[1-9][0-9]{0,8}")

T = TypeVar("T")
D = TypeVar("D")


def loads_problem(text: str | bytes) -> Problem:
    """Read a problem from JSON text; decimals stay exact."""
    try:
        data = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError("", f"this is not JSON: {error}") from error
    return read_problem(data)


def read_problem(data: object) -> Problem:
    """Read a problem from parsed JSON (dict, list, str, int, Decimal or float, bool, None)."""
    top = _Reader(data, "")
    if top.required("format", whole(0, 1_000_000)) != FORMAT:
        raise ProblemError("format", f"this program reads format {FORMAT} only")
    problem = Problem(
        today=top.required("today", day),
        horizon_days=top.required("horizon_days", whole(1, MAX_HORIZON_DAYS)),
        programme=top.required("programme", _programme),
        preferences=top.optional("preferences", _preferences, Preferences()),
        therapies=top.required("therapies", many(_therapy, MAX_THERAPIES)),
    )
    top.finish()
    _check_references(problem)
    return problem


def _check_references(problem: Problem) -> None:
    if not 1 <= problem.today.year < 9990:
        raise ProblemError("today", "the horizon must end before the year 9999")
    seen: set[str] = set()
    for index, therapy in enumerate(problem.therapies):
        if therapy.id in seen:
            raise ProblemError(f"therapies[{index}].id", f"{therapy.id!r} is the id of another therapy too")
        seen.add(therapy.id)
    for unknown in sorted(problem.preferences.excluded - seen):
        raise ProblemError("preferences.excluded", f"no therapy has the id {unknown!r}")
    for index, pickup in enumerate(problem.preferences.confirmed):
        for unknown in sorted(set(pickup.therapies) - seen):
            raise ProblemError(f"preferences.confirmed[{index}].therapies", f"no therapy has the id {unknown!r}")


def _programme(data: object, path: str) -> Programme:
    reader = _Reader(data, path)
    default = Programme(cycles=())
    programme = Programme(
        cycles=reader.required("cycles", many(_cycle, MAX_CYCLES, at_least=1)),
        open_weekdays=frozenset(reader.optional("open_weekdays", many(whole(0, 6), 7), tuple(default.open_weekdays))),
        closed_dates=frozenset(reader.optional("closed_dates", many(day, MAX_LIST), ())),
        prep_lead_days=reader.optional("prep_lead_days", whole(0, 365), default.prep_lead_days),
        call_lead_days=reader.optional("call_lead_days", whole(0, 365), default.call_lead_days),
        renewal_lead_days=reader.optional("renewal_lead_days", whole(0, 365), default.renewal_lead_days),
        objective=reader.optional("objective", many(text, len(OBJECTIVE)), OBJECTIVE),
    )
    if sorted(programme.objective) != sorted(OBJECTIVE):
        raise ProblemError(f"{path}.objective", f"each of {', '.join(OBJECTIVE)} must be named once")
    reader.finish()
    return programme


def _cycle(data: object, path: str) -> Cycle:
    reader = _Reader(data, path)
    kinds = [key for key in ("every_days", "monthly_on_day", "nth_weekday") if key in reader.left]
    if len(kinds) != 1:
        raise ProblemError(path, "a cycle is one of every_days, monthly_on_day, nth_weekday")
    cycle: Cycle
    if kinds[0] == "every_days":
        cycle = EveryDays(reader.required("every_days", whole(1, MAX_DAYS_SUPPLY)))
    elif kinds[0] == "monthly_on_day":
        cycle = MonthlyOnDay(reader.required("monthly_on_day", whole(1, 31)))
    else:
        pair = reader.required("nth_weekday", many(whole(-1, 6), 2, at_least=2))
        if pair[0] not in (-1, 1, 2, 3, 4):
            raise ProblemError(f"{path}.nth_weekday[0]", "must be 1 to 4, or -1 for the last")
        if pair[1] < 0:
            raise ProblemError(f"{path}.nth_weekday[1]", "must be a weekday, 0 (Monday) to 6")
        cycle = NthWeekday(pair[0], pair[1])
    reader.finish()
    return cycle


def _preferences(data: object, path: str) -> Preferences:
    reader = _Reader(data, path)
    preferences = Preferences(
        weekdays=frozenset(reader.optional("weekdays", many(whole(0, 6), 7), ())),
        avoid_dates=frozenset(reader.optional("avoid_dates", many(day, MAX_LIST), ())),
        first_pickup=reader.optional("first_pickup", or_null(day), None),
        excluded=frozenset(reader.optional("excluded", many(text, MAX_LIST), ())),
        vacations=reader.optional("vacations", many(_vacation, MAX_LIST), ()),
        confirmed=reader.optional("confirmed", many(_confirmed, MAX_LIST), ()),
    )
    reader.finish()
    return preferences


def _vacation(data: object, path: str) -> Vacation:
    reader = _Reader(data, path)
    vacation = Vacation(reader.required("from", day), reader.required("to", day))
    if vacation.end < vacation.start:
        raise ProblemError(f"{path}.to", "a vacation cannot end before it starts")
    reader.finish()
    return vacation


def _confirmed(data: object, path: str) -> ConfirmedPickup:
    reader = _Reader(data, path)
    confirmed = ConfirmedPickup(reader.required("date", day), reader.required("therapies", many(text, MAX_THERAPIES)))
    reader.finish()
    return confirmed


def _therapy(data: object, path: str) -> Therapy:
    reader = _Reader(data, path)
    name = reader.required("id", text)
    usual = reader.required("usual_days", whole(1, MAX_DAYS_SUPPLY))
    per_day = reader.optional("units_per_day", amount(positive=True), Fraction(1))
    package = reader.optional("dispensable_unit", amount(positive=True), Fraction(1))
    run_out = reader.required("run_out", day)
    therapy = Therapy(
        id=name,
        run_out=run_out,
        earliest=reader.required("earliest", day),
        usual_days=usual,
        max_days=reader.optional("max_days", whole(1, MAX_DAYS_SUPPLY), usual),
        units_per_day=per_day,
        dispensable_unit=package,
        short_fill_allowed=reader.optional("short_fill_allowed", truth, default=False),
        short_fills_left=reader.optional("short_fills_left", or_null(whole(0, MAX_LIST)), None),
        refill_too_soon=reader.optional("refill_too_soon", share, Fraction(3, 4)),
        sync_overrides_left=reader.optional("sync_overrides_left", whole(0, MAX_LIST), 0),
        controlled=reader.optional("controlled", truth, default=False),
        pharmacy=reader.optional("pharmacy", or_null(text), None),
        prescriptions=reader.optional("prescriptions", many(_prescription, MAX_LIST), ()),
    )
    if (usual * per_day) % package:
        message = f"{usual} days at {decimal(per_day)} units a day are not whole packages of {decimal(package)} units"
        raise ProblemError(f"{path}.usual_days", f"{name}: {message}")
    reader.finish()
    return therapy


def _prescription(data: object, path: str) -> PrescriptionSupply:
    reader = _Reader(data, path)
    supply = PrescriptionSupply(
        units=reader.optional("units", or_null(amount(positive=False)), None),
        expires=reader.optional("expires", or_null(day), None),
    )
    reader.finish()
    return supply


def decimal(value: Fraction) -> str:
    """An exact fraction as people write it: 2, 0.5, 1/3."""
    if value.denominator == 1:
        return str(value.numerator)
    written = format(float(value), "g")
    return written if Fraction(written) == value else str(value)


class _Reader:
    """One JSON object whose keys are taken one by one; what is left at the end is unknown."""

    def __init__(self, data: object, path: str) -> None:
        if not isinstance(data, Mapping):
            raise ProblemError(path, f"must be an object, not {_kind(data)}")
        self.left = dict(data)
        self.path = path

    def required(self, key: str, read: Callable[[object, str], T]) -> T:
        where = f"{self.path}.{key}" if self.path else key
        if key not in self.left:
            raise ProblemError(where, "is missing")
        return read(self.left.pop(key), where)

    def optional(self, key: str, read: Callable[[object, str], T], default: D) -> T | D:
        return self.required(key, read) if key in self.left else default

    def finish(self) -> None:
        for key in sorted(map(str, self.left)):
            raise ProblemError(f"{self.path}.{key}" if self.path else key, "unknown key")


def text(value: object, path: str) -> str:
    """A string that is not empty."""
    if not isinstance(value, str) or not value:
        raise ProblemError(path, f"must be text, not {_kind(value)}")
    return value


def truth(value: object, path: str) -> bool:
    """A JSON true or false."""
    if not isinstance(value, bool):
        raise ProblemError(path, f"must be true or false, not {_kind(value)}")
    return value


def day(value: object, path: str) -> date:
    """A calendar day, YYYY-MM-DD."""
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ProblemError(path, f"must be a date like 2026-11-23, not {_kind(value)}")


def whole(low: int, high: int) -> Callable[[object, str], int]:
    """A whole number from `low` to `high`; 30.0 is one, true is not."""

    def read(value: object, path: str) -> int:
        number = _number(value, path)
        if number.denominator != 1 or not low <= number <= high:
            raise ProblemError(path, f"must be a whole number from {low} to {high}, not {value}")
        return number.numerator

    return read


def amount(*, positive: bool) -> Callable[[object, str], Fraction]:
    """An exact amount of units, a decimal or a fraction as text ("1/7"): above zero, or any if not `positive`."""

    def read(value: object, path: str) -> Fraction:
        number = Fraction(value) if isinstance(value, str) and _FRACTION.fullmatch(value) else _number(value, path)
        if positive and number <= 0:
            raise ProblemError(path, f"must be more than 0, not {value}")
        if abs(number) > MAX_AMOUNT or number.denominator > MAX_DENOMINATOR:
            raise ProblemError(path, f"is not a plausible amount: {value}")
        return number

    return read


def share(value: object, path: str) -> Fraction:
    """A share from 0 to 1."""
    number = amount(positive=False)(value, path)
    if not 0 <= number <= 1:
        raise ProblemError(path, f"must be a share from 0 to 1, not {value}")
    return number


def or_null(read: Callable[[object, str], T]) -> Callable[[object, str], T | None]:
    """The same, or null."""
    return lambda value, path: None if value is None else read(value, path)


def many(read: Callable[[object, str], T], at_most: int, at_least: int = 0) -> Callable[[object, str], tuple[T, ...]]:
    """A list of the same."""

    def read_list(value: object, path: str) -> tuple[T, ...]:
        if not isinstance(value, (list, tuple)):
            raise ProblemError(path, f"must be a list, not {_kind(value)}")
        if not at_least <= len(value) <= at_most:
            raise ProblemError(path, f"must have {at_least} to {at_most} entries, not {len(value)}")
        return tuple(read(item, f"{path}[{index}]") for index, item in enumerate(value))

    return read_list


def _number(value: object, path: str) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, Fraction)):
        raise ProblemError(path, f"must be a number, not {_kind(value)}")
    if isinstance(value, Decimal) and (not value.is_finite() or abs(value.adjusted()) > 30):
        raise ProblemError(path, f"is not a plausible number: {value}")
    # A float is meant as it is written: 0.85 is 17/20, not its nearest binary fraction.
    try:
        return Fraction(str(value)) if isinstance(value, float) else Fraction(value)
    except ValueError as error:
        raise ProblemError(path, f"is not a plausible number: {value}") from error


def _kind(value: object) -> str:
    names = {bool: "true or false", type(None): "null", str: "text", list: "a list", dict: "an object"}
    if isinstance(value, str):
        return f"{value[:40]!r}"
    return names.get(type(value), "a number")


def _refuse_constant(name: str) -> object:
    raise ProblemError("", f"{name} is not JSON")


def _refuse_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    seen = dict(pairs)
    if len(seen) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ProblemError(twice, "the key stands here twice")
    return seen
