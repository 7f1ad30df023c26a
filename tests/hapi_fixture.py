"""The fixture `hapi`: one real HAPI FHIR server for the whole run, its log shown under each failed test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.groups import GroupSkips
from tests.hapi import server

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


@pytest.fixture(scope="session")
def hapi(pytestconfig: pytest.Config) -> Iterator[server.Hapi]:
    """A running R4 server (`base_url`, `process_id`); keep apart with `fresh_name`, or `wipe` it."""
    try:
        running = server.start()
    except server.CannotRunError as lack:
        groups: GroupSkips = pytestconfig.pluginmanager.get_plugin("groups")
        groups.cannot_run("hapi", str(lack))
    yield running
    running.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    running = getattr(item, "funcargs", {}).get("hapi")
    if report.failed and isinstance(running, server.Hapi):
        report.sections.append((f"HAPI server log ({running.log})", running.log_tail()))
    return report
