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
KINDS = {
    "Appointment": "actor",
    "CommunicationRequest": "subject",
    "Consent": "patient",
    "CarePlan": "patient",
    "Task": "patient",
    "DocumentReference": "patient",
}
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
    for kind, by in KINDS.items():
        found |= search(hapi, kind, {by: f"Patient/{patient}"})
    consents = ",".join(reference for reference in found if reference.startswith("Consent/"))
    return found | (search(hapi, "Provenance", {"target": consents}) if consents else {})


def search(hapi: Hapi, kind: str, params: dict[str, str]) -> dict[str, str]:
    """Reference -> version of every match."""
    answer = httpx.get(f"{hapi.base_url}/{kind}", params=params | {"_count": "200"}).json()
    resources = [entry["resource"] for entry in answer.get("entry", [])]
    return {f"{kind}/{resource['id']}": resource["meta"]["versionId"] for resource in resources}


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
    tasks = shown["enrolment"]["tasks"]  # type: ignore[index]
    assert len(written(hapi, patient)) == 2 * len(pickups) + len(tasks) + 4, (
        "agreement, care plan, handout and provenance too"
    )
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
    assert shown["enrolment"]["care_plan"]["text"].startswith("One pickup every 28 days")  # type: ignore[index]
    table = start("show", *base).communicate(timeout=60)[0]
    for said in ("metformin", "CarePlan/", "Task/"):
        assert said in table


def test_a_count_that_was_told_at_enrolment_is_kept_in_the_chart(hapi: Hapi, patient: str, start: Command) -> None:
    _, enrolled, _ = end(start(*enroll(hapi, patient, "--yes", "--on-hand", "lisinopril=3")))
    told = [one for one in enrolled["plan"]["therapies"] if one.get("run_out_source") == "told"]  # type: ignore[index]
    assert [one["run_out"] for one in told] == ["2026-11-26"]
    where = ["--fhir-base", hapi.base_url, "--patient", patient, "--today", "2026-11-24", "--format", "json"]
    _, planned, _ = end(start("plan", *where))
    again = [one for one in planned["therapies"] if one.get("run_out_source") == "told"]  # type: ignore[union-attr]
    assert [one["run_out"] for one in again] == ["2026-11-26"]
    assert any("kept in CarePlan/" in reason for reason in again[0]["reasons"])
    _, newer, _ = end(start("plan", *where, "--on-hand", "lisinopril=9"))
    told = [one for one in newer["therapies"] if one.get("run_out_source") == "told"]  # type: ignore[union-attr]
    assert [one["run_out"] for one in told] == ["2026-12-03"]


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


KILLED = """
import os, signal, sys
import httpx
from service.cli import main

class Killed(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request):
        if request.method == "POST" and WHEN == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = await super().handle_async_request(request)
        if request.method == "POST":
            await answer.aread()
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

WHEN = sys.argv.pop(1)
httpx.AsyncHTTPTransport = Killed
real = httpx.AsyncClient.__init__
httpx.AsyncClient.__init__ = lambda self, **settings: real(self, **(settings | {"transport": Killed()}))
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_command_is_settled_by_the_next_one(
    hapi: Hapi, patient: str, start: Command, tmp_path: Path, when: str
) -> None:
    end(start("show", "--fhir-base", hapi.base_url, "--patient", patient, "--format", "json"))  # makes the key
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path / "state"), "TZ": "UTC"}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, when, *enroll(hapi, patient, "--yes")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr.decode()
    before = written(hapi, patient)
    assert (before == {}) is (when == "before")
    code, again, said = end(start(*enroll(hapi, patient, "--yes")))
    assert (code, again["result"]) == (0, "already")
    assert {"before": "sent again and stands", "after": "it stands on the server"}[when] in said
    after = written(hapi, patient)
    assert after == (before or after)
    assert len({name for name in after if name.startswith("Consent/")}) == 1
    assert "waiting" not in end(start(*enroll(hapi, patient, "--yes")))[2]


def test_a_damaged_outbox_stops_enroll_with_what_to_do_and_does_not_hinder_show(
    hapi: Hapi, patient: str, start: Command, tmp_path: Path
) -> None:
    outbox = tmp_path / "state" / "pickupday" / "outbox.sqlite"
    outbox.parent.mkdir(parents=True)
    outbox.write_bytes(b"this is no database " * 100)
    code, _, said = end(start(*enroll(hapi, patient, "--yes")))
    assert (code, written(hapi, patient)) == (2, {})
    assert "move it away" in " ".join(said.split())
    code, shown, said = end(start("show", "--fhir-base", hapi.base_url, "--patient", patient, "--format", "json"))
    assert (code, shown["enrolment"]) == (0, None)
    assert "outbox" in said
    assert outbox.read_bytes().startswith(b"this is no database")
