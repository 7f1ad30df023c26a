"""`pickupday demo --serve` as a newcomer runs it: a server with an enrolled patient, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]


def test_the_served_demo_enrols_a_patient_and_ends_cleanly_on_ctrl_c(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "NO_COLOR": "1",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    command = [sys.executable, "-c", "from service.cli import main; main()", "demo", "--serve"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            said = ""
            for line in process.stdout:
                said += line
                if "Ctrl-C" in line:
                    break
            found = re.search(r"http://127\.0\.0\.1:\d+/fhir", said)
            assert found, said
            pickups = httpx.get(f"{found[0]}/Appointment", params={"actor": "Patient/delgado-rosa"}).json()
            assert len(pickups["entry"]) > 1
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=20) == 0
        finally:
            process.kill()
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pickupday-demo-bundle.json", "state"]
