"""The candidate and the figures in the published JSON and in the terminal: the same sentences, in words."""

from __future__ import annotations

import io
import json
from datetime import date
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console

from pickupday.back_test import LeftOut, back_test, say_back_test
from service.cli.candidate_view import past_year, why_this_patient
from service.cli.demo_charts import chart_folder, read_demo_chart
from service.programmes import load_programme
from service.use_cases.proposal_format import planned_chart_to_json
from service.use_cases.propose import Wishes, plan_bundle

TODAY = date(2026, 11, 23)
NAMES = sorted(path.stem for path in chart_folder().glob("*.json"))
SCHEMA = json.loads((Path(__file__).parents[4] / "service/schemas/chart-plan.json").read_text())


@cache
def planned(name):
    programme = load_programme()
    wishes = Wishes(TODAY, ZoneInfo("America/New_York"), programme.search, rules=programme.rules)
    return plan_bundle(read_demo_chart(name, TODAY), None, wishes)


@cache
def document(name):
    return json.loads(json.dumps(planned_chart_to_json(planned(name))))


def printed(renderable) -> str:
    console = Console(file=io.StringIO(), width=200, color_system=None)
    console.print(renderable)
    return " ".join(console.file.getvalue().split())


@pytest.mark.parametrize("name", NAMES)
def test_every_demo_chart_holds_to_the_published_schema(name):
    errors = Draft202012Validator(SCHEMA).iter_errors(document(name))
    assert not [f"{list(error.path)}: {error.message}" for error in errors]


def test_each_criterion_stands_in_the_json_with_its_evidence():
    found = {one["code"]: one for one in document("otis-freeman")["candidate"]["criteria"]}
    transportation = found["transportation"]
    assert (transportation["status"], transportation["missing"]) == ("met", None)
    assert {one["resource"] for one in transportation["evidence"]} == {
        "Observation/freeman-transportation-screen",
        "Condition/freeman-transportation",
    }
    assert found["older"]["evidence"] == [
        {"resource": "Patient/freeman-otis", "date": "1963-08-11", "value": "born 1963-08-11"}
    ]
    assert document("otis-freeman")["candidate"]["met"] == 3


def test_90_days_are_never_assumed_to_be_paid():
    benefit = document("beatrice-okafor")["candidate"]["benefit"]
    assert (benefit["payer"], benefit["ninety_days_allowed"]) == ("Hudson Senior Health Plan", None)
    assert benefit["missing"] == "days paid at a time"


def test_before_after_and_the_past_year_stand_in_the_figures():
    figures = document("rosa-delgado")["figures"]
    assert figures["before"]["unsynchronized"]["fills"] >= figures["before"]["unsynchronized"]["visits"]
    assert figures["after"]["visits"] < figures["before"]["unsynchronized"]["visits"]
    lived = figures["back_test"]
    assert lived["reason"] is None
    assert lived["synchronized"]["visits"] < lived["observed"]["visits"]
    assert lived["sentence"].startswith(f"In the past {lived['days']} days")
    assert lived["assumptions"]


def test_where_nothing_can_be_said_of_the_past_year_the_reason_is():
    lived = document("nora-vance")["figures"]["back_test"]
    assert (lived["observed"], lived["from"], lived["days"]) == (None, None, 0)
    assert lived["sentence"] == lived["reason"] is not None
    assert document("edith-calloway")["figures"]["back_test"]["reason"].startswith("No plan is made")


@pytest.mark.parametrize("name", ["otis-freeman", "nora-vance", "samuel-ostrowski"])
def test_the_terminal_says_each_criterion_in_the_words_of_the_json(name):
    shown = printed(why_this_patient(planned(name).proposal.candidate))
    for one in document(name)["candidate"]["criteria"]:
        assert f"{one['status']} {one['title']}" in shown
    assert document(name)["candidate"]["benefit"]["reason"] in shown


def test_the_terminal_says_what_is_missing_and_what_to_ask():
    shown = printed(why_this_patient(planned("nora-vance").proposal.candidate))
    assert "Missing: MedicationDispense." in shown
    assert "Ask how often doses are missed." in shown


def test_the_past_year_is_one_sentence_in_the_terminal_too():
    found = back_test(planned("frank-tate").proposal, budget_seconds=60)
    shown = printed(past_year(found))
    assert say_back_test(found) in shown
    assert all(isinstance(one, LeftOut) and f"without {one.label}" in shown for one in found.left_out)
    assert "proven best" not in shown


def test_a_year_that_was_not_planned_to_the_end_says_so():
    found = back_test(planned("frank-tate").proposal, budget_seconds=0)
    assert "Not every plan was proven best" in printed(past_year(found))
