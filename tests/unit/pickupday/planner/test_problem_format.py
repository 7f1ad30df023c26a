from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from pickupday.errors import ProblemError
from pickupday.planner.plan_format import problem_to_json
from pickupday.planner.problem_format import decimal, loads_problem, read_problem
from pickupday.problem import EveryDays, MonthlyOnDay, NthWeekday


def test_missing_optional_keys_have_their_defaults(document, read):
    problem = read(document)
    assert problem.programme.open_weekdays == frozenset(range(7))
    assert (problem.programme.prep_lead_days, problem.programme.call_lead_days) == (2, 7)
    assert problem.programme.objective[0] == "gap_days"
    therapy = problem.therapies[0]
    assert (therapy.refill_too_soon, therapy.sync_overrides_left, therapy.short_fills_left) == (Fraction(3, 4), 0, None)


def test_decimals_are_exact():
    text = '{"format":1,"today":"2026-11-23","horizon_days":28,"programme":%s,"therapies":[%s]}'
    programme = '{"cycles":[{"every_days":28}]}'
    row = (
        '{"id":"a","run_out":"2026-12-01","earliest":"2026-12-01","usual_days":30,'
        '"units_per_day":0.1,"dispensable_unit":0.3,"refill_too_soon":0.85}'
    )
    therapy = loads_problem(text % (programme, row)).therapies[0]
    assert (therapy.units_per_day, therapy.dispensable_unit) == (Fraction(1, 10), Fraction(3, 10))
    assert therapy.refill_too_soon == Fraction(17, 20)


def test_floats_of_an_ordinary_parser_mean_what_was_written(document):
    document["therapies"][0]["refill_too_soon"] = 0.85
    document["therapies"][0]["units_per_day"] = Decimal("1.5")
    therapy = read_problem(document).therapies[0]
    assert (therapy.refill_too_soon, therapy.units_per_day) == (Fraction(17, 20), Fraction(3, 2))


def test_every_kind_of_cycle_is_read(document, read):
    document["programme"]["cycles"] = [{"every_days": 30}, {"monthly_on_day": 31}, {"nth_weekday": [-1, 4]}]
    assert read(document).programme.cycles == (EveryDays(30), MonthlyOnDay(31), NthWeekday(-1, 4))


def test_what_is_written_is_read_back_the_same(document, read, therapy):
    document["therapies"].append(therapy("b", units_per_day=0.5, prescriptions=[{"units": None, "expires": None}]))
    document["preferences"] = {
        "weekdays": [1],
        "avoid_dates": ["2026-12-24"],
        "first_pickup": "2026-12-01",
        "excluded": ["b"],
        "vacations": [{"from": "2026-12-10", "to": "2026-12-12"}],
        "confirmed": [{"date": "2026-12-01", "therapies": ["metformin"]}],
    }
    document["programme"]["cycles"] = [{"every_days": 30}, {"monthly_on_day": 31}, {"nth_weekday": [2, 1]}]
    problem = read(document)
    assert read(problem_to_json(problem)) == problem


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda d: d.update(format=2), "format"),
        (lambda d: d.pop("today"), "today"),
        (lambda d: d.update(colour="red"), "colour"),
        (lambda d: d.update(today="23.11.2026"), "today"),
        (lambda d: d.update(today="2026-13-01"), "today"),
        (lambda d: d.update(today="9999-01-01"), "today"),
        (lambda d: d.update(horizon_days=0), "horizon_days"),
        (lambda d: d.update(horizon_days=True), "horizon_days"),
        (lambda d: d.update(horizon_days="60"), "horizon_days"),
        (lambda d: d.update(horizon_days=60.5), "horizon_days"),
        (lambda d: d.update(horizon_days=1_000_000), "horizon_days"),
        (lambda d: d.update(therapies={}), "therapies"),
        (lambda d: d.update(programme=[]), "programme"),
        (lambda d: d.update(programme=None), "programme"),
        (lambda d: d["programme"].update(cycles=[]), "programme.cycles"),
        (lambda d: d["programme"].update(cycles=[{"every_days": 28, "monthly_on_day": 3}]), "programme.cycles[0]"),
        (lambda d: d["programme"].update(cycles=[{"every_days": 28, "x": 3}]), "programme.cycles[0].x"),
        (lambda d: d["programme"].update(cycles=[{"nth_weekday": [0, 1]}]), "programme.cycles[0].nth_weekday[0]"),
        (lambda d: d["programme"].update(cycles=[{"nth_weekday": [1, -1]}]), "programme.cycles[0].nth_weekday[1]"),
        (lambda d: d["programme"].update(cycles=[{"nth_weekday": [1]}]), "programme.cycles[0].nth_weekday"),
        (lambda d: d["programme"].update(objective=["trips"]), "programme.objective"),
        (lambda d: d["programme"].update(open_weekdays=[7]), "programme.open_weekdays[0]"),
        (lambda d: d["therapies"].append(d["therapies"][0]), "therapies[1].id"),
        (lambda d: d["therapies"][0].update(usual_days=0), "therapies[0].usual_days"),
        (lambda d: d["therapies"][0].update(dispensable_unit=28), "therapies[0].usual_days"),
        (lambda d: d["therapies"][0].update(dispensable_unit=0), "therapies[0].dispensable_unit"),
        (lambda d: d["therapies"][0].update(units_per_day=1e-30), "therapies[0].units_per_day"),
        (lambda d: d["therapies"][0].update(refill_too_soon=1.5), "therapies[0].refill_too_soon"),
        (lambda d: d["therapies"][0].update(controlled=1), "therapies[0].controlled"),
        (lambda d: d["therapies"][0].update(id=""), "therapies[0].id"),
        (lambda d: d["therapies"][0]["prescriptions"][0].update(expires=5), "therapies[0].prescriptions[0].expires"),
        (lambda d: d["therapies"][0]["prescriptions"][0].update(units=True), "therapies[0].prescriptions[0].units"),
        (lambda d: d.update(preferences={"excluded": ["x"]}), "preferences.excluded"),
        (
            lambda d: d.update(preferences={"vacations": [{"from": "2026-12-02", "to": "2026-12-01"}]}),
            "preferences.vacations[0].to",
        ),
        (
            lambda d: d.update(preferences={"confirmed": [{"date": "2026-12-02", "therapies": ["x"]}]}),
            "preferences.confirmed[0].therapies",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_its_path(document, read, change, path):
    change(document)
    with pytest.raises(ProblemError) as error:
        read(document)
    assert error.value.path == path


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": NaN}', '{"a":1,"a":2}', "\xff", "[" * 100_000])
def test_what_is_no_problem_at_all_is_refused(text):
    with pytest.raises(ProblemError):
        loads_problem(text)


def test_a_package_that_does_not_fit_names_the_therapy(document, read):
    document["therapies"][0].update(usual_days=30, units_per_day=1, dispensable_unit=28)
    with pytest.raises(ProblemError, match="metformin: 30 days at 1 units a day are not whole packages of 28"):
        read(document)


def test_an_infinite_number_is_refused(document):
    document["therapies"][0]["units_per_day"] = float("inf")
    with pytest.raises(ProblemError, match="units_per_day"):
        read_problem(document)
    document["therapies"][0]["units_per_day"] = Decimal("1e40")
    with pytest.raises(ProblemError, match="units_per_day"):
        read_problem(document)


def test_amounts_are_written_as_people_write_them():
    assert [decimal(Fraction(2)), decimal(Fraction(1, 2)), decimal(Fraction(1, 3))] == ["2", "0.5", "1/3"]


def test_an_amount_that_no_decimal_holds_is_written_and_read_as_a_fraction(document, read):
    # One tablet a week: the same problem comes back to the unit.
    document["therapies"][0].update(usual_days=28, units_per_day="1/7", dispensable_unit=1, refill_too_soon="2/3")
    problem = read(document)
    assert (problem.therapies[0].units_per_day, problem.therapies[0].refill_too_soon) == (
        Fraction(1, 7),
        Fraction(2, 3),
    )
    written = problem_to_json(problem)
    assert written["therapies"][0]["units_per_day"] == "1/7"
    assert read(written) == problem


@pytest.mark.parametrize("wrong", ["1/0", "a/b", "1", "1/3 ", "0/7"])
def test_a_text_that_is_no_fraction_above_zero_is_no_amount(document, read, wrong):
    document["therapies"][0]["units_per_day"] = wrong
    with pytest.raises(ProblemError, match="units_per_day"):
        read(document)


def test_days_are_whole_and_never_written_as_fractions(document, read):
    document["therapies"][0]["usual_days"] = "30/1"
    with pytest.raises(ProblemError, match="usual_days"):
        read(document)
