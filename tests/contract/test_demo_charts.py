"""The demo charts, read by the gateway: from the sandbox and from HAPI the same resources come back."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from pathlib import Path

import httpx
import pytest

from service.config import Settings
from service.gateway import Gateway, parse_base
from service.sandbox.fhir_json import encode
from service.sandbox.load import read_chart
from service.sandbox.serve import running_sandbox
from tests.contract.servers import receipts

TODAY = date(2026, 11, 23)
CHARTS = sorted((Path(__file__).parents[2] / "fixtures/demo").glob("*.json"))
DEFECTS = {"tate-no-status", "tate-impossible-date", "tate-text-for-number"}  # no server but the sandbox takes these
READ = {
    "Patient",
    "MedicationRequest",
    "MedicationDispense",
    "Medication",
    "Encounter",
    "Organization",
    "Location",
    "Coverage",
}
TRANSPORT = {"transportation", "transportation-screen"}  # of conditions and observations only these, PATIENT-...


def load_into_hapi(base: str, client: httpx.Client) -> str:
    """Every chart as one transaction."""
    for chart in CHARTS:
        entries = [
            {"resource": each, "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
            for each in read_chart(chart, TODAY)
            if each["id"] not in DEFECTS
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        receipts(client.post(base, content=encode(bundle)))
    return base


@pytest.fixture(scope="module", params=["sandbox", pytest.param("hapi", marks=pytest.mark.hapi)])
def filled(request: pytest.FixtureRequest, fhir_client: httpx.Client):
    if request.param == "hapi":
        yield load_into_hapi(request.getfixturevalue("hapi").base_url, fhir_client), DEFECTS
    else:
        with running_sandbox(charts=CHARTS, today=TODAY) as sandbox:
            yield sandbox.base, set()


def bare(resource):
    """Without what a server adds."""
    return {name: value for name, value in resource.items() if name != "meta"}


@pytest.mark.parametrize("chart", CHARTS, ids=lambda path: path.stem)
def test_the_gateway_reads_the_whole_chart(filled, chart):
    base, not_stored = filled
    written = {each["id"]: json.loads(encode(bare(each))) for each in read_chart(chart, TODAY)}
    (patient,) = (each["id"] for each in written.values() if each["resourceType"] == "Patient")

    async def read():
        async with Gateway(parse_base(base), Settings(page_size=7)) as gateway:
            return await gateway.read_chart(patient)

    found = asyncio.run(read())
    assert not [issue for issue in found.issues if issue.fatal]
    came = {each["id"]: bare(each) for each in map(json.loads, found.resources)}
    pointed_at = json.dumps(list(written.values()))
    expected = {
        name: each
        for name, each in written.items()
        if (each["resourceType"] in READ or name.partition("-")[2] in TRANSPORT)
        and name not in not_stored
        and (each["resourceType"] != "Encounter" or each["class"]["code"] == "IMP")
        and (each["resourceType"] not in ("Organization", "Location") or f"{each['resourceType']}/{name}" in pointed_at)
    }
    assert came.keys() == expected.keys()
    assert came == expected
