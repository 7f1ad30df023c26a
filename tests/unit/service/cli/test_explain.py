"""`pickupday explain` answers in sentences; a contradiction of the planner is said as one and never shown as a plan."""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

import service.cli
from pickupday.errors import ContradictionError
from pickupday.planner import best_plan
from pickupday.planner.problem_format import loads_problem
from service.cli import app
from service.cli.demo_charts import read_demo_chart

ROOT = Path(__file__).parents[4]
SCHEMAS = ROOT / "service" / "schemas"
CASE = ROOT / "fixtures" / "cases" / "80-explained" / "problem.json"
PAGE = ROOT / "docs" / "explained.md"
TODAY = "2026-11-23"


@pytest.fixture
def run(monkeypatch):
    """Run a command in this process, 100 characters wide."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    return lambda *arguments, **options: CliRunner().invoke(app, [str(one) for one in arguments], **options)


@pytest.fixture
def rosa(tmp_path):
    """The demo chart as a file."""
    path = tmp_path / "chart.json"
    path.write_bytes(read_demo_chart("rosa-delgado", date.fromisoformat(TODAY)))
    return path


def holds_to(schema: str, document: object) -> None:
    errors = Draft202012Validator(json.loads((SCHEMAS / f"{schema}.json").read_text())).iter_errors(document)
    assert not [f"{list(error.path)}: {error.message}" for error in errors]


def test_the_page_of_the_docs_is_what_the_command_prints(run) -> None:
    """`PICKUPDAY_WRITE_SNAPSHOTS=1 make test` writes it anew."""
    done = run("explain", CASE)
    assert done.exit_code == 0, done.output
    before, _, _ = PAGE.read_text().partition("```text\n")
    written = f"{before}```text\n{done.stdout.rstrip()}\n```\n"
    if os.environ.get("PICKUPDAY_WRITE_SNAPSHOTS"):
        PAGE.write_text(written)
    assert PAGE.read_text() == written


def test_the_sentences_fit_the_terminal(run, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert max(len(line) for line in run("explain", CASE).stdout.splitlines()) <= 60


def test_json_holds_to_the_published_format(run) -> None:
    document = json.loads(run("explain", CASE, "--format", "json").stdout)
    holds_to("explanation", document)
    (plan,) = document["plans"]
    assert [one["chosen"] for one in plan["first_dates"] if one["first_pickup"] == plan["first_pickup"]].count(
        True
    ) == 1
    assert [trip["forced_by"][0]["therapy"] for trip in plan["trips"] if trip["kind"] == "bridge"] == [
        "lisinopril",
        "budesonide",
    ]


def test_a_chart_is_explained_with_the_medicines_names_and_what_is_not_planned(run, rosa) -> None:
    done = run("explain", "--bundle", rosa, "--today", TODAY, "--timezone", "America/New_York", "--budget", "3")
    assert done.exit_code == 3, done.output
    assert "lisinopril 20 MG Oral Tablet" in done.stdout
    assert "Medicines that are not planned" in done.stdout
    assert "oxycodone" in done.stdout
    assert "Rosa" not in done.stdout


def test_a_chart_without_a_plan_says_why(run) -> None:
    chart = ROOT / "fixtures" / "cases" / "33-a-taper" / "input.json"
    done = run("explain", "--bundle", chart, "--today", TODAY, "--format", "json")
    document = json.loads(done.stdout)
    holds_to("explanation", document)
    assert document["plans"] == []
    assert document["reason"]
    assert document["reason"] in run("explain", "--bundle", chart, "--today", TODAY).stdout.replace("\n", " ")


def test_the_problem_of_a_chart_can_be_saved_and_solved_again(run, rosa, tmp_path) -> None:
    saved = tmp_path / "problem.json"
    run("explain", "--bundle", rosa, "--today", TODAY, "--budget", "0", "--save-problem", saved)
    holds_to("problem", json.loads(saved.read_text()))
    assert "Rosa" not in saved.read_text()
    assert len(loads_problem(saved.read_text()).therapies) > 3
    done = run("explain", CASE, "--save-problem", tmp_path / "no" / "folder.json")
    assert done.exit_code == 2
    assert "No such file" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--bundle FILE or --fhir-base URL"),
        ((CASE, "--bundle", "a.json"), "not both"),
        (("nowhere.json",), "nowhere.json: No such file"),
        (("--fhir-base", "http://127.0.0.1/fhir"), "needs --patient"),
    ],
)
def test_a_mistake_on_the_command_line_ends_with_2(run, arguments, said) -> None:
    done = run("explain", *arguments)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_bad_problem_names_the_place(run) -> None:
    done = run("explain", "-", input='{"format": 1, "colour": "blue"}')
    assert done.exit_code == 2
    assert "today" in done.stderr or "colour" in done.stderr


@pytest.fixture
def two_pharmacies():
    """The case with its third medicine at another pharmacy."""
    document = json.loads(CASE.read_text())
    for therapy, pharmacy in zip(document["therapies"], ("Corner", "Corner", "Mail"), strict=True):
        therapy["pharmacy"] = pharmacy
    return json.dumps(document)


def test_several_pharmacies_are_planned_apart_and_the_transfer_is_named(run, two_pharmacies) -> None:
    done = run("solve", "-", input=two_pharmacies)
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    holds_to("pharmacy-plans", document)
    apart = {one["pharmacy"]: one["plan"] for one in document["pharmacies"]}
    assert {name: {fill["therapy"] for fill in plan["fills"]} for name, plan in apart.items()} == {
        "Corner": {"lisinopril", "metformin"},
        "Mail": {"budesonide"},
    }
    transfer = document["transfer"]
    assert (transfer["to"], transfer["therapies"]) == ("Corner", ["budesonide"])
    assert transfer["apart"]["trips"] == sum(plan["objective"]["trips"] for plan in apart.values())
    assert transfer["together"]["trips"] == 5
    told = run("explain", "-", input=two_pharmacies).stdout
    assert "What a transfer would save" in told
    assert "instead of" in told
    holds_to("explanation", json.loads(run("explain", "-", "--format", "json", input=two_pharmacies).stdout))


def test_the_plan_of_one_pharmacy_is_printed_as_ever(run, two_pharmacies) -> None:
    holds_to("plan", json.loads(run("solve", "-", input=two_pharmacies.replace("Mail", "Corner")).stdout))


def test_the_format_of_several_plans_holds_the_format_of_one() -> None:
    one, several = (json.loads((SCHEMAS / f"{name}.json").read_text()) for name in ("plan", "pharmacy-plans"))
    assert {key: one[key] for key in several["$defs"]["plan"]} == several["$defs"]["plan"]


@pytest.fixture
def contradiction(monkeypatch):
    """The planner breaks an invariant of its own on every problem."""

    def fail(*_: object) -> None:
        raise AssertionError("no way to fill")

    monkeypatch.setattr(best_plan, "check_references", fail)


@pytest.mark.usefixtures("contradiction")
def test_a_contradiction_of_the_planner_is_an_internal_error_and_no_plan(monkeypatch, capsys, rosa, tmp_path) -> None:
    monkeypatch.setattr(sys, "argv", ["pickupday", "solve", str(CASE)])
    with pytest.raises(SystemExit) as end:
        service.cli.main()
    shown = capsys.readouterr()
    assert end.value.code == 6
    assert shown.out == ""
    assert "internal error" in shown.err
    assert "no way to fill" in shown.err
    assert "Traceback" not in shown.err
    saved = tmp_path / "problem.json"
    arguments = ["explain", "--bundle", str(rosa), "--today", TODAY, "--save-problem", str(saved)]
    monkeypatch.setattr(sys, "argv", ["pickupday", *arguments])
    with pytest.raises(SystemExit) as end:
        service.cli.main()
    assert end.value.code == 6
    holds_to("problem", json.loads(saved.read_text()))


@pytest.mark.usefixtures("contradiction")
def test_a_contradiction_carries_the_problem_and_names_the_place() -> None:
    problem = loads_problem(CASE.read_text())
    with pytest.raises(ContradictionError, match=r"no way to fill \(.*test_explain, line \d+\)") as error:
        best_plan.solve(problem)
    assert error.value.problem == problem
