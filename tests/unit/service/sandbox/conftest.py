from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from service.sandbox.parameters import Kind
from service.sandbox.serve import RunningSandbox, running_sandbox

Json = dict[str, Any]


@pytest.fixture(scope="session")
def running() -> Iterator[RunningSandbox]:
    """One server for all tests: starting is quick, stopping is not."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def fhir(running: RunningSandbox) -> Iterator[httpx.Client]:
    """A client of a sandbox with nothing in it."""
    for table in ("version", *Kind):
        running.app.state.store.rows(f"DELETE FROM {table}")
    headers = {"Content-Type": "application/fhir+json"}
    with httpx.Client(base_url=running.base, headers=headers, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def create(fhir: httpx.Client) -> Callable[[Json], Json]:
    """Store a resource and get it back."""

    def store(resource: Json) -> Json:
        answer = fhir.post(resource["resourceType"], json=resource)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return store


@pytest.fixture
def outcome() -> Callable[[httpx.Response], tuple[int, str, str]]:
    """Status, issue code and sentence of a refusal."""

    def read(answer: httpx.Response) -> tuple[int, str, str]:
        (issue,) = answer.json()["issue"]
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
        return answer.status_code, issue["code"], issue["diagnostics"]

    return read
