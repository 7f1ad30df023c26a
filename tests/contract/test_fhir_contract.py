"""docs/fhir-contract.md says what is asked of a FHIR server: its tables are written from what the code really does.

`PICKUPDAY_WRITE_SNAPSHOTS=1 make test` writes them anew.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest

from mappings.inbound import models
from mappings.inbound.circumstance_models import Condition, Coverage, Observation
from mappings.outbound.planned import Agreement
from service.cli.demo_charts import chart_folder
from service.config import Settings
from service.gateway import Gateway, parse_base
from service.programmes import load_programme
from service.sandbox.serve import running_sandbox
from service.use_cases.enroll import Enrolling, enroll
from service.use_cases.propose import Wishes
from service.use_cases.show import Site, show

DOCUMENT = Path(__file__).parents[2] / "docs" / "fhir-contract.md"
TODAY = date(2026, 11, 23)
ZONE = ZoneInfo("America/New_York")
READ = (
    models.Patient,
    models.MedicationRequest,
    models.MedicationDispense,
    models.Medication,
    models.Encounter,
    models.Organization,
    models.Location,
    Condition,
    Observation,
    Coverage,
)


class Recorded(httpx.AsyncHTTPTransport):
    """The network, with every request noted as method, type and names of parameters; values are nobody's business."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[tuple[str, str, str]] = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        parts = urlsplit(str(request.url))
        kind, *rest = parts.path.removeprefix("/fhir").strip("/").split("/")
        names = ", ".join(name for name, _ in parse_qsl(parts.query, keep_blank_values=True)) or "-"
        what = f"{kind}/[id]" if rest else kind or "(transaction)"
        self.seen[(request.method, what, names)] += 1
        return await super().handle_async_request(request)


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    """What a whole enrolment asks of a server: chart, plan, write, read back."""
    programme, transport = load_programme(), Recorded()
    wishes = Wishes(TODAY, ZONE, programme.search, rules=programme.rules)
    site = Site(b"a key for the tests only", ZONE)
    asked = Enrolling("delgado-rosa", Agreement("Agreed."), wishes)

    async def run(base: str) -> None:
        async with Gateway(parse_base(base), Settings(), transport=transport) as server:
            await enroll(server, server, site, asked, lambda _: True)
            await show(server, site, "delgado-rosa")

    with running_sandbox(charts=[chart_folder() / "rosa-delgado.json"], today=TODAY) as sandbox:
        asyncio.run(run(sandbox.base))
    return transport


def holds(name: str, lines: list[str]) -> None:
    text = DOCUMENT.read_text()
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    table = "\n".join(lines) + "\n"
    if os.environ.get("PICKUPDAY_WRITE_SNAPSHOTS"):
        DOCUMENT.write_text(pattern.sub(lambda found: found[1] + table + found[2], text))
        return
    found = pattern.search(text)
    assert found is not None
    assert found[0] == f"<!-- {name} -->\n{table}<!-- end -->"


def test_the_requests_are_those_that_the_documentation_lists(recorded: Recorded) -> None:
    rows = [f"| {method} | {what} | {names} |" for method, what, names in sorted(recorded.seen)]
    holds("requests", ["| method | on | parameters |", "| --- | --- | --- |", *rows])


def test_the_elements_read_are_those_that_the_documentation_lists() -> None:
    rows = []
    for model in READ:
        names = sorted(field.encode_name for field in msgspec.structs.fields(model))
        rows.append(f"| {model.__name__} | {', '.join(names)} |")
    holds("elements", ["| resource | elements |", "| --- | --- |", *rows])
