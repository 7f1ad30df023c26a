"""`pickupday programmes`: what is shipped, and each rule in force with its source."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.errors import BadArgument
from service.programmes import shipped_programmes


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["programmes", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_without_a_name_the_shipped_programmes_are_listed() -> None:
    listed = run()
    assert all(name in listed for name in shipped_programmes())
    assert "on the second Tuesday of the month" in listed


def test_the_list_is_there_as_json_too() -> None:
    listed = json.loads(run("--format", "json"))["programmes"]
    assert [one["name"] for one in listed] == list(shipped_programmes())
    assert listed[1]["cycles"] == ["every 28 days", "every 30 days"]


def test_a_rule_that_is_not_in_force_says_why(tmp_path) -> None:
    path = tmp_path / "corner.toml"
    path.write_text('name = "corner"\nstate = "ME"', encoding="utf-8")
    assert "Not in force: it binds commercial, and the payer is not known." in " ".join(run(str(path)).split())


def test_a_programme_is_shown_rule_by_rule() -> None:
    shown = run("chain-monthly")
    assert "A prescription of Schedule II is never refilled. (21 CFR 1306.12(a))" in shown
    assert "Nothing is granted that only a payer can grant." in shown


def test_another_payer_of_the_programme_changes_the_rules() -> None:
    shown = json.loads(run("chain-calendar", "--payer", "plan-with-90-days", "--format", "json"))
    assert shown["payer"] == "plan-with-90-days"
    by_payer = {one["key"]: one["value"] for one in shown["rules"] if one["source"] == "payer"}
    assert (by_payer["longest_fill_days"], by_payer["takes_scc_61"]) == ("90", "yes")


def test_words_of_a_file_are_never_taken_for_markup(tmp_path) -> None:
    path = tmp_path / "odd.toml"
    path.write_text('name = "odd"\ndescription = "[bold]not bold[/bold]"', encoding="utf-8")
    assert "[bold]not bold[/bold]" in run(str(path))


def test_a_payer_that_the_programme_does_not_name_is_answered_with_those_that_it_does() -> None:
    done = CliRunner().invoke(app, ["programmes", "chain-calendar", "--payer", "nobody"])
    assert isinstance(done.exception, BadArgument)
    assert "payer 'nobody' is not among [[payers]]: plan-with-90-days" in str(done.exception)
