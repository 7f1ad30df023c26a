"""What all tests share: the groups that not every machine can run, and their fixtures."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import hypothesis
import pytest

from tests import postgres_programs
from tests.browser import program
from tests.groups import Group, GroupSkips
from tests.hapi import server
from tests.smart import outside

pytest_plugins = ["tests.hapi_fixture", "tests.postgres_fixture"]

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("PICKUPDAY_SHARED_DATA") or ROOT.parent / "shared" / "data").resolve()


def _no_shared_data() -> str | None:
    return None if SHARED_DATA.is_dir() else f"{SHARED_DATA} is not there"


def _no_spark() -> str | None:
    return None if importlib.util.find_spec("pyspark") else "PySpark is not installed"


GROUPS = (
    Group("hapi", server.what_is_missing, server.TO_ENABLE),
    Group("shared", _no_shared_data, "put the inputs into ../shared/data, or `PICKUPDAY_SHARED_DATA=FOLDER make test`"),
    Group("browser", program.what_is_missing, program.TO_ENABLE),
    Group("postgres", postgres_programs.what_is_missing, postgres_programs.TO_ENABLE),
    Group("launcher", outside.what_is_missing, outside.TO_ENABLE),
    Group("spark", _no_spark, "`.venv/bin/pip install '.[spark]'` and a JDK 17 or newer, then `make test`"),
)


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
    config.pluginmanager.register(GroupSkips(GROUPS), "groups")


@pytest.fixture(scope="session")
def shared_data(pytestconfig: pytest.Config) -> Path:
    """The folder of the third-party inputs; tests that use it are marked `shared`."""
    if lack := _no_shared_data():
        groups: GroupSkips = pytestconfig.pluginmanager.get_plugin("groups")
        groups.cannot_run("shared", lack)
    return SHARED_DATA
