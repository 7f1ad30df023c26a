"""The servers of the contract suite: every test that asks for `server` runs on each of them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from service.sandbox.serve import running_sandbox
from tests.contract.servers import Server, fresh_name
from tests.groups import GroupSkips
from tests.hapi.server import CannotRunError, running

SERVERS = ("sandbox", pytest.param("hapi-r4", marks=pytest.mark.hapi), pytest.param("hapi-r5", marks=pytest.mark.hapi))


@pytest.fixture(scope="session")
def fhir_client() -> Iterator[httpx.Client]:
    headers = {"Content-Type": "application/fhir+json; charset=utf-8", "Accept": "application/fhir+json"}
    with httpx.Client(headers=headers, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def sandbox_base() -> Iterator[str]:
    with running_sandbox() as sandbox:
        yield sandbox.base


@pytest.fixture(scope="session")
def hapi_r5_base(pytestconfig: pytest.Config) -> Iterator[str]:
    try:
        with running(release="R5") as hapi:
            yield hapi.base_url
    except CannotRunError as lack:
        groups: GroupSkips = pytestconfig.pluginmanager.get_plugin("groups")
        groups.cannot_run("hapi", str(lack))


@pytest.fixture(scope="session", params=SERVERS)
def server(request: pytest.FixtureRequest, fhir_client: httpx.Client) -> Server:
    """Each server in turn; the sandbox first, so that most mistakes show within a second."""
    if request.param == "sandbox":
        return Server("sandbox", request.getfixturevalue("sandbox_base"), "R4", fhir_client)
    if request.param == "hapi-r4":
        return Server("hapi", request.getfixturevalue("hapi").base_url, "R4", fhir_client)
    return Server("hapi", request.getfixturevalue("hapi_r5_base"), "R5", fhir_client)


@pytest.fixture
def name() -> str:
    """What this test's resources are called, and nobody else's."""
    return fresh_name()
