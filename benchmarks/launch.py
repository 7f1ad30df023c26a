"""How long reading one chart from a server takes: ours beside stock libraries and beside the least that can be done.

    .venv/bin/python benchmarks/launch.py [--rounds 15]

Six searches with 200 resources in all, from a stub on loopback in a process of its own: 20 ms round trip, 30 ms server
time for each answer, one more round trip for each new connection. Ours is Gateway.read_chart and one search beside
it, then the inbound mapping: everything judged, issues and all. The CapabilityStatement was read before, as it is once
for a server. Wall clock, median of all rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx
import msgspec
from fhir.resources.R4B import get_fhir_model_class
from fhirpy import AsyncFHIRClient

from benchmarks.charts import demo_charts
from benchmarks.slim_structs import MedicationDispense, MedicationRequest
from mappings.inbound import read_resources
from service.config import Settings
from service.gateway import Gateway
from service.gateway.address import parse_base

PATIENT = "launched"
SEARCHES = ("Patient", "MedicationRequest", "MedicationDispense", "Encounter", "CarePlan", "Coverage")
RESOURCES = 200
ZONE = ZoneInfo("America/New_York")
Client = Callable[[], Awaitable[int]]


def answers() -> dict[str, str]:
    """What the stub answers by path: 200 resources, most of them dispenses, the medicines those of the demo charts."""
    chosen: dict[str, list[dict[str, object]]] = {kind: [] for kind in SEARCHES}
    patient = {"resourceType": "Patient", "id": PATIENT, "active": True, "birthDate": "1950-02-03"}
    chosen["Patient"] = [patient]
    for kind, count in (("MedicationRequest", 40), ("MedicationDispense", 150)):
        raws = [raw for chart in demo_charts(1) for raw in chart.measured if f'"{kind}"'.encode() in raw[:40]]
        named = [json.loads(raw) for raw in raws if b"medicationReference" not in raw]
        for number, resource in enumerate(named[:count]):
            resource |= {"id": f"{kind}-{number}", "subject": {"reference": f"Patient/{PATIENT}"}}
            for pointer in ("performer", "location"):
                resource.pop(pointer, None)
            if "dispenseRequest" in resource:
                resource["dispenseRequest"].pop("performer", None)
            chosen[kind].append(resource)
    for kind in ("Encounter", "CarePlan", "Coverage"):
        about = "beneficiary" if kind == "Coverage" else "subject"
        chosen[kind] = [
            {"resourceType": kind, "id": f"{kind}-{number}", "status": "unknown", about: {"reference": "{patient}"}}
            for number in range(3)
        ]
    assert sum(map(len, chosen.values())) == RESOURCES
    served = {f"/fhir/{kind}": _searchset(kind, resources) for kind, resources in chosen.items()}
    served["/fhir/metadata"] = json.dumps(_statement())
    served[f"/fhir/Patient/{PATIENT}"] = json.dumps(patient)
    return served


def _searchset(kind: str, resources: list[dict[str, object]]) -> str:
    entries = [{"fullUrl": f"{{base}}/{kind}/{one['id']}", "resource": one} for one in resources]
    link = [{"relation": "self", "url": f"{{base}}/{kind}?{{query}}"}]
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "link": link, "entry": entries}
    return json.dumps(bundle).replace("{patient}", f"Patient/{PATIENT}")


def _statement() -> dict[str, object]:
    resources = [
        {
            "type": kind,
            "interaction": [{"code": "read"}, {"code": "search-type"}],
            "searchParam": [{"name": "patient"}, {"name": "_id"}],
        }
        for kind in SEARCHES
    ]
    rest = [{"mode": "server", "resource": resources}]
    return {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": rest}


def ours(gateway: Gateway) -> Client:
    """The gateway and the inbound mapping."""

    async def read() -> int:
        chart, *more = await asyncio.gather(
            gateway.read_chart(PATIENT),
            gateway.search("CarePlan", {"patient": f"Patient/{PATIENT}"}),
        )
        mapped = read_resources(
            chart.resources,
            patient=chart.patient_id,
            zone=ZONE,
            dispenses_known=chart.dispenses_known,
            bases=chart.bases,
        )
        assert mapped.history is not None
        assert len(mapped.history.prescriptions) + len(mapped.history.dispenses) == 190
        return len(chart.resources) + sum(map(len, more))

    return read


def pooled(client: httpx.AsyncClient) -> Client:
    """One kept-alive client, all searches side by side, typed structs: nothing checked, nothing judged."""
    decode_bundle = msgspec.json.Decoder(_Bundle).decode
    decode = {kind.__name__: msgspec.json.Decoder(kind).decode for kind in (MedicationRequest, MedicationDispense)}

    async def search(kind: str) -> int:
        params = {"_id": PATIENT} if kind == "Patient" else {"patient": PATIENT, "_count": "100"}
        bundle = decode_bundle((await client.get(kind, params=params)).content)
        read = decode.get(kind, msgspec.json.decode)
        return len([read(entry.resource) for entry in bundle.entry])

    async def read() -> int:
        return sum(await asyncio.gather(*map(search, SEARCHES)))

    return read


def stock(base: str) -> Client:
    """Stock fhirpy as its documentation shows it, one search after the other, and full R4 models."""
    client = AsyncFHIRClient(base)
    models = {kind: get_fhir_model_class(kind) for kind in SEARCHES}

    async def read() -> int:
        found = 0
        for kind in SEARCHES:
            criteria = {"_id": PATIENT} if kind == "Patient" else {"patient": PATIENT}
            for resource in await client.resources(kind).search(**criteria).fetch_all():
                if kind in ("Patient", "MedicationRequest", "MedicationDispense"):
                    models[kind].model_validate(resource.serialize())
                found += 1
        return found

    return read


class _Entry(msgspec.Struct, gc=False):
    resource: msgspec.Raw


class _Bundle(msgspec.Struct, gc=False):
    entry: list[_Entry]


async def measure(base: str, rounds: int) -> list[tuple[str, float]]:
    """Milliseconds a chart of each client, in turns; the first round opens connections and is not counted."""
    async with Gateway(parse_base(base), Settings()) as gateway, httpx.AsyncClient(base_url=base) as client:
        await gateway.capabilities()
        clients = (
            ("PickupDay: gateway and mapping", ours(gateway)),
            (f"pooled httpx {version('httpx')}, side by side, msgspec alone", pooled(client)),
            (
                f"fhirpy {version('fhirpy')} one after the other, fhir.resources {version('fhir.resources')}",
                stock(base),
            ),
        )
        spent: dict[str, list[float]] = {name: [] for name, _ in clients}
        for _ in range(rounds + 1):
            for name, read in clients:
                start = time.perf_counter()
                assert await read() == RESOURCES
                spent[name].append((time.perf_counter() - start) * 1000)
    return [(name, median(times[1:])) for name, times in spent.items()]


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=15)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers.json"
        file.write_text(json.dumps(answers()), "utf-8")
        stub = Path(__file__).with_name("stub_server.py")
        with subprocess.Popen([sys.executable, str(stub), str(file)], stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            try:
                base = f"http://127.0.0.1:{int(server.stdout.readline())}/fhir"
                results = asyncio.run(measure(base, chosen.rounds))
            finally:
                server.terminate()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores; {RESOURCES} resources, {chosen.rounds} rounds\n"
    )
    print("| | ms a chart | of ours |")
    print("| --- | ---: | ---: |")
    for name, each in results:
        print(f"| {name} | {each:.0f} | {each / results[0][1]:.2f} |")


if __name__ == "__main__":
    main()
