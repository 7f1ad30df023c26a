"""The wheel, installed alone in a clean environment, works from any directory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as `python -m build` makes it, without reaching for the network."""
    target = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(target.glob("*.whl"))


@pytest.fixture(scope="module")
def clean_environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment with nothing but the wheel; its dependencies come from the tests' own environment."""
    home = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(home, with_pip=False)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(home),
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            str(wheel),
        ],
        check=True,
    )
    return home


def run_installed(home: Path, *arguments: str, where: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib"), "NO_COLOR": "1"}
    command = [str(home / "bin" / "pickupday"), *arguments]
    return subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False)


def test_the_wheel_holds_the_four_packages_and_the_data_they_need(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if not name.startswith("pickupday-")} == {
        "pickupday",
        "mappings",
        "smart_launch",
        "service",
    }
    assert any(name.startswith("service/demo_charts/") and name.endswith(".json") for name in names)
    assert "mappings/drugs/facts.toml" in names
    assert "service/demo_charts/stories.toml" in names
    assert "service/sandbox/templates/chart.html" in names
    assert {"service/templates/base.html", "service/static/pickupday.css"} <= set(names)


def test_the_installed_command_runs_the_demo_from_another_directory(clean_environment: Path, tmp_path: Path) -> None:
    done = run_installed(clean_environment, "demo", "--today", "2026-11-23", where=tmp_path)
    assert done.returncode == 0, done.stderr
    written = json.loads(next(tmp_path.glob("*.json")).read_text())
    assert written["type"] == "transaction"
