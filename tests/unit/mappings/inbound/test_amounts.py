from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest

from mappings.inbound.models import Amount
from mappings.inbound.plain_text import plain
from mappings.inbound.quantities import days, exact, quantity
from mappings.inbound.reading import Reading
from mappings.inbound.units import counted_unit, days_in, unit_of
from pickupday.drugs import Kind
from pickupday.history import Quantity

Noted = Callable[[], list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("unit", "code", "meant"),
    [
        ("tablets", "{tablets}", ("{tablet}", 1)),
        ("TAB", None, ("{tablet}", 1)),
        ("Capsule(s)", None, ("{tablet}", 1)),
        ("Tablet", "C48542", ("{tablet}", 1)),
        (None, "TAB", ("{tablet}", 1)),
        ("mL", "mL", ("mL", 1)),
        ("tsp", "tsp", ("mL", 5)),
        ("L", "L", ("mL", 1000)),
        ("g", "g", ("mg", 1000)),
        ("mcg", "ug", ("mg", Fraction(1, 1000))),
        ("U", "U", ("[iU]", 1)),
        ("EA", None, ("{each}", 1)),
        ("bubbles", "{bubble}", ("bubbles", 1)),
        (None, "bubble", ("bubble", 1)),
        (None, None, ("", 1)),
    ],
)
def test_units_have_one_spelling_and_unknown_ones_stay(
    unit: str | None, code: str | None, meant: tuple[str, int]
) -> None:
    assert unit_of(unit, code) == meant


def test_tablets_are_counted_in_tablets_whether_the_chart_says_so_each_or_nothing() -> None:
    assert [counted_unit(unit, Kind.SOLID_ORAL) for unit in ("", "{each}", "{tablet}", "mL")] == [
        "{tablet}",
        "{tablet}",
        "{tablet}",
        "mL",
    ]
    assert counted_unit("", Kind.LIQUID) == ""
    assert counted_unit("{each}", Kind.PATCH) == "{patch}"


def test_amounts_are_exact(reading: Reading) -> None:
    amount = Amount(value=Decimal("0.1"), unit="mL", code="mL")
    assert quantity(amount, Kind.LIQUID, reading, "r", "p") == Quantity(Fraction(1, 10), "mL")
    assert quantity(None, Kind.LIQUID, reading, "r", "p") is None
    assert quantity(Amount(unit="mL"), Kind.LIQUID, reading, "r", "p") is None
    assert reading.issues == []


@pytest.mark.parametrize(
    "value", ["-1", "1e10", "1e400", "1E-99999999", "NaN", "sNaN", "Infinity", "-Infinity", "1e-13"]
)
def test_what_cannot_be_an_amount_is_refused(reading: Reading, noted: Noted, value: str) -> None:
    assert quantity(Amount(value=Decimal(value)), Kind.UNKNOWN, reading, "r", "X.quantity") is None
    assert days(Amount(value=Decimal(value)), reading, "r", "X.daysSupply") is None
    assert noted() == [("number-out-of-range", "X.quantity.value"), ("number-out-of-range", "X.daysSupply.value")]


def test_a_number_of_a_million_digits_is_refused_in_a_short_sentence(reading: Reading) -> None:
    assert quantity(Amount(value=Decimal("9" * 100_000)), Kind.UNKNOWN, reading, "r", "X.quantity") is None
    assert len(reading.issues[0].message) < 200


def test_zero_is_a_number_whatever_its_exponent() -> None:
    assert exact(Decimal("0E-5000")) == 0


def test_a_bound_is_no_amount(reading: Reading, noted: Noted) -> None:
    assert quantity(Amount(value=Decimal(30), comparator="<"), Kind.UNKNOWN, reading, "r", "X.quantity") is None
    assert days(Amount(value=Decimal(30), comparator="<", unit="d"), reading, "r", "X.daysSupply") is None
    assert noted() == [("inexact-quantity", "X.quantity"), ("not-in-days", "X.daysSupply")]


@pytest.mark.parametrize(
    ("value", "unit", "code", "length"),
    [
        ("30", "Day", "d", 30),
        ("4", "wk", "wk", 28),
        ("3", "months", None, 90),
        ("1", "year", "a", 365),
        ("30", None, None, 30),
    ],
)
def test_durations_are_days(reading: Reading, value: str, unit: str | None, code: str | None, length: int) -> None:
    assert days(Amount(value=Decimal(value), unit=unit, code=code), reading, "r", "p") == length
    assert days_in("fortnight") is None


@pytest.mark.parametrize(
    ("value", "unit", "code"),
    [("30", "tablets", "not-in-days"), ("0", "d", "impossible-duration"), ("5000", "d", "impossible-duration")],
)
def test_what_is_no_duration_of_a_fill_is_named(
    reading: Reading, noted: Noted, value: str, unit: str, code: str
) -> None:
    assert days(Amount(value=Decimal(value), unit=unit), reading, "r", "X.daysSupply") is None
    assert noted() == [(code, "X.daysSupply")]
    assert days(None, reading, "r", "p") is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Metformin  500\tmg\n", "Metformin 500 mg"),
        ("\x1b[31mRed\x00\x07", "[31mRed"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("caf\u00e9\u00a0au lait", "café au lait"),
        ("\ud800", None),
        ("   ", None),
        ("x" * 900, "x" * 500),
        (None, None),
    ],
)
def test_text_is_made_safe_to_print(text: str | None, shown: str | None) -> None:
    assert plain(text) == shown
