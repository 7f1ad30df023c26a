"""A programme file is checked before anything is planned by it."""

from __future__ import annotations

from datetime import date, time
from fractions import Fraction
from pathlib import Path

import pytest

from pickupday.problem import EveryDays, MonthlyOnDay, NthWeekday
from service.errors import BadArgument
from service.programmes import load_programme
from service.programmes.programme import shipped_programmes


@pytest.fixture
def programme_file(tmp_path: Path):
    def write(text: str) -> str:
        path = tmp_path / "programme.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize("name", shipped_programmes())
def test_every_shipped_programme_can_be_read_by_its_name(name: str) -> None:
    assert load_programme(name).name == name


def test_the_default_programme_synchronizes_every_28_or_30_days() -> None:
    assert load_programme().search.cycles == (EveryDays(28), EveryDays(30))


def test_a_pharmacy_writes_only_what_differs(programme_file) -> None:
    programme = load_programme(
        programme_file(
            'name = "corner"\n'
            "cycles = [{ monthly_on_day = 31 }, { nth_weekday = [-1, 4] }]\n"
            'closed_dates = [2026-12-25]\ncloses = 17:30:00\nrefill_too_soon = "0.85"\ntimezone = "America/New_York"\n'
        )
    )
    assert programme.search.cycles == (MonthlyOnDay(31), NthWeekday(-1, 4))
    assert programme.search.closed_dates == {date(2026, 12, 25)}
    assert programme.search.prep_lead_days == 2
    assert programme.rules.refill_too_soon == Fraction(17, 20)
    assert programme.closes == time(17, 30)
    assert programme.timezone is not None
    assert programme.timezone.key == "America/New_York"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "x"\nprep_leed_days = 3', "prep_leed_days: Extra inputs are not permitted"),
        ('name = "x"\nprep_lead_days = -1', "prep_lead_days: Input should be greater than or equal to 0"),
        ('name = "x"\nprep_lead_days = true', "prep_lead_days: Input should be a valid integer"),
        ('name = "x"\ncycles = []', "cycles: Tuple should have at least 1 item"),
        ('name = "x"\nopen_weekdays = [7]', "open_weekdays.0: Input should be less than or equal to 6"),
        (
            'name = "x"\nrefill_too_soon = "1.5"',
            "refill_too_soon: Value error, a share of the last fill, between 0 and 1",
        ),
        ('name = "x"\ntimezone = "Mars/Base"', "timezone: Value error, not a time zone of the IANA database"),
        ('name = "x"\nopens = 10:00:00\ncloses = 09:00:00', "opens must be earlier than closes"),
        ('name = "x"\nobjective = ["trips"]', "objective must name each of gap_days"),
        ("cycles = [", "not TOML"),
        ("open_weekdays = [1]", "name: Field required"),
    ],
)
def test_a_mistake_is_named_by_file_and_key(programme_file, text: str, said: str) -> None:
    path = programme_file(text)
    with pytest.raises(BadArgument) as refused:
        load_programme(path)
    assert said in str(refused.value)
    assert path in str(refused.value)


def test_a_programme_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(BadArgument, match=r"No such file or directory\. Shipped programmes: .*chain-monthly"):
        load_programme("nowhere.toml")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadArgument, match="not UTF-8 text"):
        load_programme(str(tmp_path / "p.toml"))
