"""fhirpy over our wire: held to version 2.3.1, whose private request method is overridden."""

from __future__ import annotations

import asyncio
import inspect
import json
import subprocess
import sys
from pathlib import Path

import fhirpy
import httpx
import pytest
from fhirpy import AsyncFHIRClient

from service.config import Settings
from service.gateway.address import parse_base
from service.gateway.searches import PooledFhirClient
from service.gateway.wire import Wire
from service.use_cases.ports import NotFound, UntrustedAddress


def test_fhirpy_is_loaded_when_there_is_something_to_search_and_not_before():
    """It takes a quarter of a second, which a chart from a file, or a question for help, need not wait."""
    loaded = "import sys, service.gateway; sys.exit('fhirpy' in sys.modules or 'aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], cwd=Path(__file__).parents[4], check=False).returncode == 0


def over_the_wire(ehr, question):
    async def ask():
        async with Wire(parse_base(ehr.base), Settings()) as wire:
            return await question(PooledFhirClient(wire))

    return asyncio.run(ask())


def test_the_overridden_methods_are_still_those_of_fhirpy():
    assert fhirpy.__version__ == "2.3.1"
    for name in ("_do_request", "_build_request_url"):
        theirs = inspect.signature(getattr(AsyncFHIRClient, name)).parameters
        ours = inspect.signature(getattr(PooledFhirClient, name)).parameters
        assert [(p.name, p.kind, p.default) for p in ours.values()] == [
            (p.name, p.kind, p.default) for p in theirs.values()
        ]


def test_nothing_but_the_overridden_method_sends():
    source = inspect.getsource(inspect.getmodule(AsyncFHIRClient.__mro__[1]))
    assert source.count("aiohttp.ClientSession(") == 1


def test_a_search_built_with_fhirpy_becomes_an_address(ehr):
    async def build(client: PooledFhirClient) -> str:
        return client.address_of("MedicationRequest", {"patient": "p1", "intent": "order,plan"}, ("A:b",), 50)

    assert over_the_wire(ehr, build) == (
        "https://ehr.example/fhir/MedicationRequest?patient=p1&intent=order,plan&_include=A:b&_count=50"
    )


def test_a_count_that_was_asked_for_is_kept(ehr):
    async def build(client: PooledFhirClient) -> str:
        return client.address_of("Consent", {"_count": "1"}, page_size=50)

    assert over_the_wire(ehr, build) == "https://ehr.example/fhir/Consent?_count=1"


def test_fhirpy_reads_creates_and_pages_over_the_pooled_client(ehr):
    ehr.found("MedicationRequest", ehr.request("r1"), following=f"{ehr.base}/Page2")
    ehr.found("Page2", ehr.request("r2"))
    ehr.router.post("/MedicationRequest").respond(201, json=ehr.request("r3"))

    async def use(client: PooledFhirClient):
        patient = await client.get("Patient", "p1")
        found = await client.resources("MedicationRequest").search(patient="p1").fetch_all()
        made, created = await client.resources("MedicationRequest").get_or_create(client.resource("MedicationRequest"))
        return patient["id"], [each["id"] for each in found], made["id"], created

    assert over_the_wire(ehr, use) == ("p1", ["r1", "r2"], "r3", True)
    assert str(ehr.router.calls[0].request.url) == f"{ehr.base}/Patient/p1"
    assert json.loads(ehr.router.calls.last.request.content) == {"resourceType": "MedicationRequest"}


def test_fhirpy_gets_our_errors_and_an_empty_answer_as_none(ehr):
    ehr.get("/Patient/p9", status=404)
    with pytest.raises(NotFound):
        over_the_wire(ehr, lambda client: client.get("Patient", "p9"))
    ehr.router.delete("/Patient/p1").respond(204)
    assert over_the_wire(ehr, lambda client: client.delete("Patient", "p1")) is None


@pytest.mark.parametrize("following", ["https://evil.example/x?u=https://ehr.example/fhir", "//evil.example/fhir"])
def test_fhirpy_cannot_be_led_elsewhere(ehr, following):
    elsewhere = ehr.router.route(host="evil.example").mock(httpx.Response(200, json={}))
    ehr.found("MedicationRequest", ehr.request("r1"), following=following)
    with pytest.raises(UntrustedAddress):
        over_the_wire(ehr, lambda client: client.resources("MedicationRequest").fetch_all())
    assert not elsewhere.called
