"""Commands answer on standard output, complain on standard error, and end with a code that scripts can rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from service.cli.demo_charts import chart_folder, read_demo_chart

ROOT = Path(__file__).parents[4]
SCHEMAS = ROOT / "service" / "schemas"
TODAY = "2026-11-23"
CANARIES = ("Delgado", "Rosa", "delgado-rosa")


@pytest.fixture
def pickupday(tmp_path: Path):
    """Run the command as a user does, in a process and a folder of its own."""

    def run(*arguments: str, stdin: bytes = b"", **environ: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "NO_COLOR": "1", "XDG_STATE_HOME": str(tmp_path / "state"), **environ}
        done = subprocess.run(
            [sys.executable, "-c", "from service.cli import main; main()", *arguments],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            env={**environment, "PYTHONPATH": str(ROOT)},
            check=False,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture(scope="session")
def rosa(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The demo chart as a file."""
    path = tmp_path_factory.mktemp("charts") / "chart.json"
    path.write_bytes(read_demo_chart("rosa-delgado", date.fromisoformat(TODAY)))
    return str(path)


def holds_to(schema: str, document: object) -> None:
    errors = Draft202012Validator(json.loads((SCHEMAS / f"{schema}.json").read_text())).iter_errors(document)
    assert not [f"{list(error.path)}: {error.message}" for error in errors]


PROBLEM = {
    "format": 1,
    "today": TODAY,
    "horizon_days": 60,
    "programme": {"cycles": [{"every_days": 30}]},
    "therapies": [
        {
            "id": "metformin",
            "run_out": "2026-12-03",
            "earliest": "2026-11-26",
            "usual_days": 30,
            "max_days": 30,
            "units_per_day": 2,
            "dispensable_unit": 1,
            "short_fill_allowed": True,
        }
    ],
}


def test_solve_prints_a_plan_in_the_published_format(pickupday) -> None:
    holds_to("problem", PROBLEM)
    done = pickupday("solve", "-", stdin=json.dumps(PROBLEM).encode())
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    plan = json.loads(done.stdout)
    holds_to("plan", plan)
    assert plan["optimal"] is True
    assert plan["objective"]["gap_days"] == 0


@pytest.mark.parametrize(
    ("stdin", "said"),
    [
        (b"{", "line 1"),
        (b"\xff\xfe", "not UTF-8 text"),
        (json.dumps({**PROBLEM, "colour": "blue"}).encode(), "colour"),
        (json.dumps({**PROBLEM, "horizon_days": -1}).encode(), "horizon_days"),
    ],
)
def test_a_problem_that_cannot_be_read_ends_with_2_and_names_the_place(pickupday, stdin: bytes, said: str) -> None:
    done = pickupday("solve", "-", stdin=stdin)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr


def test_plan_prints_a_chart_in_the_published_format_and_says_that_something_abstained(pickupday, rosa: str) -> None:
    done = pickupday("plan", "--bundle", rosa, "--today", TODAY, "--timezone", "America/New_York", "--format", "json")
    assert done.returncode == 3, done.stderr
    document = json.loads(done.stdout)
    holds_to("chart-plan", document)
    assert {one["id"] for one in document["therapies"] if one["planned"]} >= {"lisinopril-20-mg-oral-tablet"}
    assert any(line["missing"] for line in document["not_planned"])


def test_the_table_names_every_planned_medicine_with_a_reason(pickupday, rosa: str) -> None:
    done = pickupday("plan", "--bundle", rosa, "--today", TODAY, COLUMNS="140")
    for name in ("lisinopril 20 MG", "metformin", "atorvastatin 40 MG", "Not planned", "oxycodone"):
        assert name in done.stdout
    assert "\x1b[" not in done.stdout


def test_a_count_told_by_the_patient_changes_the_run_out(pickupday, rosa: str) -> None:
    arguments = ("plan", "--bundle", rosa, "--today", TODAY, "--format", "json", "--on-hand", "lisinopril=3")
    therapies = json.loads(pickupday(*arguments).stdout)["therapies"]
    lisinopril = next(one for one in therapies if one["ingredient"] == "lisinopril")
    assert (lisinopril["run_out"], lisinopril["run_out_source"]) == ("2026-11-26", "told")


def test_plan_prints_the_bundle_that_an_enrolment_would_write(pickupday, rosa: str) -> None:
    done = pickupday("plan", "--bundle", rosa, "--today", TODAY, "--format", "fhir")
    bundle = json.loads(done.stdout)
    assert bundle["type"] == "transaction"
    written = {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert written == {"Appointment", "CommunicationRequest"}, "nobody has agreed to anything yet"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--bundle FILE or --fhir-base URL"),
        (("--bundle", "a.json", "--fhir-base", "http://127.0.0.1/fhir"), "--bundle FILE or --fhir-base URL"),
        (("--fhir-base", "http://127.0.0.1/fhir"), "needs --patient"),
        (("--bundle", "nowhere.json"), "nowhere.json: No such file or directory"),
        (("--bundle", "."), "Is a directory"),
        (("--bundle", "-", "--today", "23.11.2026"), "write it as 2026-11-23"),
        (("--bundle", "-", "--today", "2026-02-30"), "write it as 2026-11-23"),
        (("--bundle", "-", "--on-hand", "metformin"), "write it as metformin=42"),
        (("--bundle", "-", "--on-hand", "metformin=-3"), "write it as metformin=42"),
        (("--bundle", "-", "--on-hand", "metformin=1e9999999"), "write it as metformin=42"),
        (("--bundle", "-", "--timezone", "Mars/Base"), "not a time zone"),
        (("--bundle", "-", "--programme", "nowhere"), "Shipped programmes"),
        (("--fhir-base", "http://ehr.example/fhir", "--patient", "1"), "http"),
        (("--fhir-base", "not a url", "--patient", "1"), "not a url"),
        (("--fhir-base", "http://127.0.0.1/fhir", "--patient", "../x"), "../x"),
    ],
)
def test_a_mistake_on_the_command_line_ends_with_2_and_says_what_to_write(pickupday, arguments, said: str) -> None:
    done = pickupday("plan", *arguments, COLUMNS="200")
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr


def test_a_server_that_is_not_there_ends_with_4(pickupday) -> None:
    done = pickupday("plan", "--fhir-base", "http://127.0.0.1:9/fhir", "--patient", "1", PICKUPDAY_RETRIES="0")
    assert done.returncode == 4
    assert done.stdout == ""
    assert done.stderr.startswith("pickupday: ")


@pytest.mark.parametrize("path", sorted((ROOT / "fixtures" / "invalid").glob("*")), ids=lambda path: path.name)
def test_hostile_charts_are_answered_never_with_a_traceback(pickupday, path: Path) -> None:
    done = pickupday("plan", "--bundle", str(path), "--today", TODAY, "--format", "json")
    assert done.returncode in (0, 2, 3)
    document = json.loads(done.stdout)
    holds_to("chart-plan", document)
    assert document["issues"] or document["not_planned"]


@pytest.mark.parametrize("path", sorted(chart_folder().glob("*.json")), ids=lambda path: path.stem)
def test_every_demo_chart_is_planned_or_says_why_not(pickupday, path: Path, tmp_path: Path) -> None:
    chart = tmp_path / "chart.json"
    chart.write_bytes(read_demo_chart(path.stem, date.fromisoformat(TODAY)))
    done = pickupday("plan", "--bundle", str(chart), "--today", TODAY, "--format", "json")
    assert done.returncode in (0, 3)
    document = json.loads(done.stdout)
    holds_to("chart-plan", document)
    assert document["reason"] or document["fills"]


def test_the_demo_plans_an_invented_patient_and_writes_a_bundle(pickupday, tmp_path: Path) -> None:
    done = pickupday("demo", "--today", TODAY)
    assert done.returncode == 0, done.stderr
    assert "Rosa Delgado" in done.stdout
    assert json.loads((tmp_path / "pickupday-demo-bundle.json").read_text())["type"] == "transaction"


def test_the_served_demo_lives_today(pickupday) -> None:
    done = pickupday("demo", "--serve", "--today", TODAY)
    assert done.returncode == 2
    assert "--today does not go with --serve" in done.stderr


def test_a_file_that_cannot_be_written_is_said(pickupday) -> None:
    done = pickupday("demo", "--today", TODAY, "--output", "no/such/folder.json")
    assert done.returncode == 2
    assert "No such file or directory" in done.stderr


@pytest.mark.parametrize("level", ["WARNING", "DEBUG"])
def test_no_patient_shows_up_in_a_log(pickupday, rosa: str, level: str) -> None:
    done = pickupday("plan", "--bundle", rosa, "--today", TODAY, "--format", "json", PICKUPDAY_LOG_LEVEL=level)
    assert not [name for name in CANARIES if name in done.stderr]


def test_a_setting_that_cannot_be_meant_ends_with_2(pickupday) -> None:
    done = pickupday("demo", PICKUPDAY_MAX_PAGES="many")
    assert done.returncode == 2
    assert "PICKUPDAY_MAX_PAGES" in done.stderr


@pytest.mark.parametrize("name", ["problem", "plan", "chart-plan"])
def test_the_formats_are_printed_as_json_schema(pickupday, name: str) -> None:
    Draft202012Validator.check_schema(json.loads(pickupday("schema", name).stdout))


def test_the_version_is_printed(pickupday) -> None:
    assert pickupday("--version").stdout.startswith("pickupday 0.")


def test_a_yes_brings_a_medicine_into_the_plan_and_a_yes_to_nothing_is_said(pickupday, rosa: str) -> None:
    arguments = ("plan", "--bundle", rosa, "--today", TODAY, "--format", "json", "--still-taken")
    warfarin = json.loads(pickupday(*arguments, "MedicationRequest/warfarin").stdout)
    assert [one["planned"] for one in warfarin["therapies"] if one["ingredient"] == "warfarin"] == [True]
    nothing = json.loads(pickupday(*arguments, "wafarin").stdout)
    said = next(issue for issue in nothing["issues"] if issue["code"] == "answer-fits-nothing")
    assert "warfarin-5-mg-oral-tablet" in said["next_step"]
