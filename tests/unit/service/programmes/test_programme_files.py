"""A programme file is checked before anything is planned by it."""

from __future__ import annotations

import json
import tomllib
from datetime import date, time
from fractions import Fraction
from importlib import resources
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from pickupday.problem import EveryDays, MonthlyOnDay, NthWeekday
from service.errors import BadArgument
from service.programmes import CallRules, load_programme
from service.programmes.programme import shipped_programmes
from service.programmes.schema import programme_schema


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
        (
            'name = "x"\nprep_leed_days = 3',
            "prep_leed_days: no such key; did you mean prep_lead_days? Known here: call_again",
        ),
        ('name = "x"\n[hours]\nmonday = "9-5"', "hours.monday: no such key; did you mean mon? Known here: fri, mon"),
        ('name = "x"\n[hours]\nmon = "09:00-08:00"', 'hours.mon: opening hours as "09:00-18:00" or "09:00-12:30'),
        ('name = "x"\n[hours]\nmon = "early-late"', 'hours.mon: opening hours as "09:00-18:00"'),
        ('name = "x"\nrefill_too_soon = "most"', "refill_too_soon: a share of the last fill"),
        ('name = "x"\nrefill_too_soon = "1/0"', "refill_too_soon: a share of the last fill"),
        ('name = "x"\nrefill_too_soon = true', "refill_too_soon: a share of the last fill"),
        ('name = "x"\n[[closures]]\nfrom = 2026-01-01\nto = 2028-01-01', "closures.0: a closure of more than a year"),
        ('name = "x"\n[hours]', "[hours] names no day on which the pharmacy is open"),
        ('name = "x"\nopens = 09:00:00\n[hours]\nmon = "09:00-18:00"', "leave out opens"),
        ('name = "x"\nstate = "NV"', "state: 'NV' is not allowed. Allowed: NY, TX, PA, OK, ME, NM"),
        (
            'name = "x"\ncontrolled = "aprt"',
            "controlled: 'aprt' is not allowed; did you mean apart? Allowed: usual-fills",
        ),
        ('name = "x"\nshort_fill_kinds = ["solids"]', "'solids' is not allowed; did you mean solid-oral?"),
        ('name = "x"\npayer = "a"', "payer 'a' is not among [[payers]]: there are none"),
        (
            'name = "x"\n[[payers]]\nkey = "a"\nname = "A"\nkind = "cash"\nlongest_fil_days = 90',
            "payers.0.longest_fil_days: no such key; did you mean longest_fill_days?",
        ),
        (
            'name = "x"\n' + '[[payers]]\nkey = "a"\nname = "A"\nkind = "cash"\n' * 2,
            "payers: 'a' stands twice",
        ),
        ('name = "x"\nrefill_too_soon_by_schedule = { C-6 = "0.9" }', "'C-6' is not allowed"),
        ('name = "x"\nholidays = { country = "US", open_on = ["Xmas"] }', "'Xmas' is no public holiday there"),
        ('name = "x"\nholidays = { country = "Atlantis" }', "holidays: "),
        ('name = "x"\n[[closures]]\nfrom = 2026-12-31\nto = 2026-12-24', "closures.0: `to` is before `from`"),
        (
            'name = "x"\ncall_lead_days = 3\ncall_again_days = [3]',
            "call_again_days must be fewer days before the pickup than call_lead_days",
        ),
        ('name = "x"\n[consent]\nenglish_please = "Yes."', "a language code (BCP 47), such as en or es-MX"),
        ('name = "x"\nprep_lead_days = -1', "prep_lead_days: Input should be greater than or equal to 0"),
        ('name = "x"\nprep_lead_days = true', "prep_lead_days: Input should be a valid integer"),
        ('name = "x"\ncycles = []', "cycles: Tuple should have at least 1 item"),
        ('name = "x"\nopen_weekdays = [7]', "open_weekdays.0: Input should be less than or equal to 6"),
        (
            'name = "x"\nrefill_too_soon = "1.5"',
            "refill_too_soon: a share of the last fill, between 0 and 1",
        ),
        ('name = "x"\ntimezone = "Mars/Base"', "timezone: not a time zone of the IANA database"),
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


def test_the_usual_further_calls_are_those_after_the_first_one(programme_file) -> None:
    assert load_programme(programme_file('name = "x"')).calls == CallRules(7, (3, 1), 2)
    assert load_programme(programme_file('name = "x"\ncall_lead_days = 3')).calls == CallRules(3, (1,), 2)


def test_every_mistake_of_a_file_is_named_at_once(programme_file) -> None:
    with pytest.raises(BadArgument, match=r"prep_lead_days.*; .*call_lead_dais"):
        load_programme(programme_file('name = "x"\nprep_lead_days = -1\ncall_lead_dais = 3'))


def test_a_misspelt_programme_is_answered_with_the_one_that_was_meant() -> None:
    with pytest.raises(BadArgument, match=r"Did you mean chain-monthly\?"):
        load_programme("chain-montly")


def test_each_weekday_has_its_own_hours_and_a_pickup_is_promised_only_when_it_is_open_on_all(programme_file) -> None:
    hours = '[hours]\nmon = "09:00-12:30, 13:30-18:00"\nsat = "10:00-13:00"'
    programme = load_programme(programme_file(f'name = "corner"\n{hours}'))
    assert programme.search.open_weekdays == {0, 5}
    assert programme.hours.on(date(2026, 11, 23)) == ((time(9), time(12, 30)), (time(13, 30), time(18)))
    assert programme.hours.on(date(2026, 11, 24)) == ()
    assert (programme.opens, programme.closes) == (time(10), time(12, 30))


def test_public_holidays_close_the_pharmacy_but_for_those_that_it_names(programme_file) -> None:
    text = 'name = "x"\n[holidays]\ncountry = "US"\nopen_on = ["Veterans Day", "Juneteenth National Independence Day"]'
    closed = load_programme(programme_file(text)).search.closed_dates
    assert {date(2026, 11, 26), date(2026, 12, 25), date(2027, 1, 1)} <= closed  # Thanksgiving, Christmas, New Year
    assert date(2026, 7, 3) in closed  # Independence Day, observed on the Friday
    assert not {date(2026, 11, 11), date(2027, 6, 18), date(2027, 6, 19)} & closed  # also where it is moved


def test_a_closure_closes_both_its_first_and_its_last_day(programme_file) -> None:
    text = 'name = "x"\n[[closures]]\nfrom = 2026-12-24\nto = 2026-12-26\nwhy = "stock-taking"'
    closed = load_programme(programme_file(text)).search.closed_dates
    assert closed == {date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 26)}


def test_the_published_schema_is_the_one_that_files_are_read_by() -> None:
    published = json.loads((Path(__file__).parents[4] / "service/schemas/programme.json").read_text("utf-8"))
    assert published == programme_schema()
    check = Draft202012Validator(published)
    for name in shipped_programmes():
        text = (resources.files("service.programmes") / "data" / f"{name}.toml").read_text("utf-8")
        check.validate(json.loads(json.dumps(tomllib.loads(text), default=str)))
    assert not check.is_valid({"name": "x", "prep_leed_days": 3})
