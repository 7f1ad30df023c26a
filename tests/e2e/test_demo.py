"""`pickupday demo --serve` as a newcomer runs it: an EHR with an enrolled patient, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The command, with a home of its own."""
    places = {"HOME": "home", "TMPDIR": "tmp", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache"}
    for folder in {*places.values(), "here"}:
        (tmp_path / folder).mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PICKUPDAY_")},
        **{name: str(tmp_path / folder) for name, folder in places.items()},
        "NO_COLOR": "1",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-c", "from service.cli import main; main()", "demo", "--serve"]
    with subprocess.Popen(
        command, cwd=tmp_path / "here", env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said_until_ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            return said
    assert process.stderr is not None
    raise AssertionError(said + process.stderr.read())


def addresses(said: str) -> tuple[str, str, str]:
    """The launcher page, the guarded FHIR base, the open one."""
    found = re.search(
        r"(http://localhost:\d+/)\n.*?(http://localhost:\d+/fhir)\n.*?(http://127\.0\.0\.1:\d+/fhir)\n", said
    )
    assert found, said
    return found[1], found[2], found[3]


def test_the_demo_enrols_a_patient_and_serves_the_ehr(demo: subprocess.Popen[str]) -> None:
    page, guarded, unguarded = addresses(said := said_until_ready(demo))
    with httpx.Client(trust_env=False) as client:
        pickups = client.get(f"{unguarded}/Appointment", params={"actor": "Patient/delgado-rosa"}).json()
        assert len(pickups["entry"]) > 1
        assert all(f"Appointment/{entry['resource']['id']}" in said for entry in pickups["entry"])
        assert client.get(f"{guarded}/Appointment").status_code == 401
        assert "Delgado, Rosa" in client.get(page).text


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whatever_ends_it_leaves_nothing_behind(
    demo: subprocess.Popen[str], kind: signal.Signals, tmp_path: Path
) -> None:
    places = addresses(said_until_ready(demo))
    demo.send_signal(kind)
    _, complained = demo.communicate(timeout=20)
    assert (demo.returncode, complained) == (0, "")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    for place in places:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(place.split(":")[2].partition("/")[0]))) != 0
