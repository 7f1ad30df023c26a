from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import httpx
import pytest

from service.sandbox import serve
from service.sandbox.app import create_sandbox
from service.sandbox.clock import today
from service.sandbox.load import ChartError
from service.sandbox.serve import running_sandbox

ROOT = Path(__file__).parents[4]
ROSA = ROOT / "fixtures/demo/rosa-delgado.json"


@pytest.fixture
def sandbox_threads():
    """The threads of sandboxes that were started since, and still run."""
    before = set(threading.enumerate())
    return lambda: [thread for thread in threading.enumerate() if thread.name == "sandbox" and thread not in before]


def test_it_serves_its_charts_and_leaves_nothing_behind(sandbox_threads):
    with running_sandbox(charts=[ROSA], today=date(2026, 11, 23)) as sandbox:
        dispense = httpx.get(f"{sandbox.base}/MedicationDispense/lisinopril-1", trust_env=False).json()
        assert dispense["whenHandedOver"] == "2026-06-02"
        port = int(sandbox.base.split(":")[2].partition("/")[0])
        assert sandbox_threads()
    assert not sandbox_threads()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_without_a_day_the_charts_are_of_today():
    with running_sandbox(charts=[ROSA]) as sandbox:
        dispense = httpx.get(f"{sandbox.base}/MedicationDispense/lisinopril-1", trust_env=False).json()
    assert abs((today() - date.fromisoformat(dispense["whenHandedOver"])).days - 174) <= 1


def test_several_serve_side_by_side():
    with running_sandbox() as one, running_sandbox() as other:
        httpx.post(f"{one.base}/Patient", json={"resourceType": "Patient"}, trust_env=False)
        totals = [httpx.get(f"{each.base}/Patient", trust_env=False).json()["total"] for each in (one, other)]
    assert totals == [1, 0]


def test_a_named_database_keeps_what_was_written(tmp_path):
    database = str(tmp_path / "sandbox.sqlite3")
    ids = []
    for _ in range(2):
        with running_sandbox(database=database) as sandbox:
            made = httpx.post(f"{sandbox.base}/Patient", json={"resourceType": "Patient"}, trust_env=False).json()
            ids.append(made["id"])
            found = httpx.get(f"{sandbox.base}/Patient", trust_env=False).json()
    assert [entry["resource"]["id"] for entry in found["entry"]] == ids
    assert len(set(ids)) == 2


def test_a_port_that_is_taken_is_an_error():
    with running_sandbox() as sandbox:
        port = int(sandbox.base.split(":")[2].partition("/")[0])
        with pytest.raises(OSError, match="in use"), running_sandbox(port=port):
            pass


def test_a_chart_that_cannot_be_loaded_stops_the_start(tmp_path, sandbox_threads):
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(ChartError), running_sandbox(charts=[tmp_path / "broken.json"]):
        pass
    assert not sandbox_threads()


def test_a_server_that_does_not_start_is_an_error(monkeypatch):
    monkeypatch.setattr(serve, "_PATIENCE", 0.05)
    monkeypatch.setattr(serve.uvicorn.Server, "run", lambda *_: None)
    with pytest.raises(OSError, match="did not start"), running_sandbox():
        pass


def test_an_exception_in_the_block_stops_the_server(sandbox_threads):
    with pytest.raises(ZeroDivisionError), running_sandbox():
        raise ZeroDivisionError
    assert not sandbox_threads()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process there")
def test_ctrl_c_ends_the_process_quietly():
    program = """
import time
from service.sandbox.serve import running_sandbox
try:
    with running_sandbox() as sandbox:
        print(sandbox.base, flush=True)
        time.sleep(60)
except KeyboardInterrupt:
    print("stopped")
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    base = process.stdout.readline().strip()
    assert httpx.get(f"{base}/metadata", trust_env=False).status_code == 200
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=20)
    assert (said, complained, process.returncode) == ("stopped\n", "", 0)


def test_the_app_answers_without_a_port():
    app = create_sandbox(charts=[ROSA], today=date(2026, 11, 23))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox.example") as client:
            return await client.get("/fhir/Patient/delgado-rosa")

    answer = asyncio.run(ask())
    app.state.store.close()
    assert answer.json()["name"][0]["family"] == "Delgado"
