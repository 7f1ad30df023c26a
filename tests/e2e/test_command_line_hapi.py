"""The whole job as a user runs it: `pickupday enroll` and `pickupday show` against a real HAPI server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import httpx
import pytest

from service.cli.demo_charts import read_demo_chart
from tests.hapi.server import Hapi

pytestmark = pytest.mark.hapi

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 23)
CONSENT = "I agree that my medicines are ready on one day a month."
Command = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def patient(hapi: Hapi) -> str:
    """The invented chart on the server, every id of its own."""
    name = hapi.fresh_name("rosa")
    chart = json.loads(read_demo_chart("rosa-delgado", TODAY))
    text = json.dumps(chart["entry"]).replace("delgado-rosa", name)
    for kind in ("MedicationRequest", "MedicationDispense"):
        text = text.replace(f"{kind}/", f"{kind}/{name}-")
    entries = json.loads(text)
    for entry in entries:
        resource = entry["resource"]
        if resource["resourceType"] in ("MedicationRequest", "MedicationDispense"):
            resource["id"] = f"{name}-{resource['id']}"
        entry["request"] = {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = httpx.post(hapi.base_url, json=bundle, headers={"Content-Type": "application/fhir+json"}, timeout=60)
    assert answer.status_code == 200, answer.text
    return name


@pytest.fixture
def start(tmp_path: Path) -> Command:
    """Start a command in a process of its own, without a terminal."""

    def run(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", "from service.cli import main; main()", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={
                **os.environ,
                "NO_COLOR": "1",
                "PYTHONPATH": str(ROOT),
                "XDG_STATE_HOME": str(tmp_path / "state"),
                "TZ": "America/New_York",
            },
        )

    return run


def end(process: subprocess.Popen[str]) -> tuple[int, dict[str, object], str]:
    """Exit code, the JSON on standard output, and what was said on standard error."""
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in err, err
    return process.returncode, json.loads(out) if out else {}, err


def enroll(hapi: Hapi, patient: str, *more: str, today: str = "2026-11-23") -> list[str]:
    where = ["--fhir-base", hapi.base_url, "--patient", patient]
    return ["enroll", *where, "--consent", CONSENT, "--today", today, "--format", "json", *more]


def written(hapi: Hapi, patient: str) -> dict[str, str]:
    """Every resource of ours on the server with its version."""
    found: dict[str, str] = {}
    for kind, by in (("Appointment", "actor"), ("CommunicationRequest", "subject"), ("Consent", "patient")):
        answer = httpx.get(f"{hapi.base_url}/{kind}", params={by: f"Patient/{patient}", "_count": "200"}).json()
        for entry in answer.get("entry", []):
            resource = entry["resource"]
            found[f"{kind}/{resource['id']}"] = resource["meta"]["versionId"]
    return found


def test_enrolling_twice_and_again_five_days_later_writes_one_series(hapi: Hapi, patient: str, start: Command) -> None:
    code, first, _ = end(start(*enroll(hapi, patient, "--yes")))
    assert (code, first["result"]) == (3, "written"), "in part: one medicine of the chart says nothing of its dose"
    before = written(hapi, patient)
    assert len(before) == len(first["receipts"])  # type: ignore[arg-type]
    for today in ("2026-11-23", "2026-11-28"):
        code, again, _ = end(start(*enroll(hapi, patient, "--yes", today=today)))
        assert (code, again["result"]) == (0, "already")
        assert written(hapi, patient) == before


def test_two_commands_at_the_same_instant_write_one_series(hapi: Hapi, patient: str, start: Command) -> None:
    end(start("show", "--fhir-base", hapi.base_url, "--patient", patient, "--format", "json"))  # makes the key
    pair = [start(*enroll(hapi, patient, "--yes")) for _ in range(2)]
    results = [end(process) for process in pair]
    assert {code for code, _, _ in results} <= {0, 3}
    code, shown, _ = end(start("show", "--fhir-base", hapi.base_url, "--patient", patient, "--format", "json"))
    assert code == 0
    pickups = shown["enrolment"]["pickups"]  # type: ignore[index]
    assert len(written(hapi, patient)) == 2 * len(pickups) + 1
    assert len({pickup["date"] for pickup in pickups}) == len(pickups)


def test_show_reads_back_from_the_server_what_was_enrolled(hapi: Hapi, patient: str, start: Command) -> None:
    base = ["--fhir-base", hapi.base_url, "--patient", patient]
    assert end(start("show", *base, "--format", "json"))[:2] == (0, {"format": 1, "enrolment": None})
    _, enrolled, _ = end(start(*enroll(hapi, patient, "--yes")))
    code, shown, _ = end(start("show", *base, "--format", "json"))
    assert code == 0
    assert shown["enrolment"] == enrolled["enrolment"]
    plan = enrolled["plan"]
    planned = sorted({fill["date"] for fill in plan["fills"]})  # type: ignore[index]
    assert [pickup["date"] for pickup in shown["enrolment"]["pickups"]] == planned  # type: ignore[index]
    assert CONSENT in shown["enrolment"]["consent"]["text"]  # type: ignore[index]
    table = start("show", *base).communicate(timeout=60)[0]
    assert "metformin" in table


def test_without_a_terminal_and_without_yes_nothing_is_written(hapi: Hapi, patient: str, start: Command) -> None:
    code, outcome, said = end(start(*enroll(hapi, patient)))
    assert (code, outcome["result"]) == (2, "not-confirmed")
    assert "--yes" in said
    assert written(hapi, patient) == {}


def test_a_dry_run_shows_the_bundle_and_writes_nothing(hapi: Hapi, patient: str, start: Command) -> None:
    _, outcome, _ = end(start(*enroll(hapi, patient, "--dry-run")))
    assert outcome["result"] == "dry-run"
    assert outcome["bundle"]["type"] == "transaction"  # type: ignore[index]
    assert written(hapi, patient) == {}


def test_a_patient_who_does_not_exist_ends_with_4_and_says_so(hapi: Hapi, start: Command) -> None:
    out, err = (process := start(*enroll(hapi, "nobody-of-this-name", "--yes"))).communicate(timeout=60)
    assert process.returncode == 4, err
    assert out == ""
    assert "Patient" in err


def test_standard_error_holds_no_patient_when_the_plan_goes_to_a_file(hapi: Hapi, patient: str, start: Command) -> None:
    process = start("plan", "--fhir-base", hapi.base_url, "--patient", patient, "--today", "2026-11-23")
    out, err = process.communicate(timeout=60)
    assert "Rosa Delgado" in out
    assert not [name for name in ("Rosa", "Delgado", patient) if name in err]
