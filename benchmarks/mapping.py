"""How fast a chart is read: our inbound mapping beside full models, other slim ones, and decoding alone.

    .venv/bin/python benchmarks/mapping.py [--copies 20] [--rounds 5]

All read the same MedicationRequests and MedicationDispenses in one run, in turns. Ours alone judges what it reads:
whose it is, which drug, units a day, exact amounts, local dates, and an issue for each thing that is wrong. The others
stop at objects. Each round reads patients that no round before has seen, with ids and dates of their own, so that
nothing is remembered but what charts really share: drugs, sigs, amounts. What counts is processor time, the median of
all rounds.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import msgspec
from fhir.resources.R4B import get_fhir_model_class
from fhirpy import SyncFHIRClient

from benchmarks.charts import MEASURED, RawChart, demo_charts, sample_charts, served_charts, specification_charts
from benchmarks.slim_structs import Medication, MedicationDispense, MedicationRequest, pydantic_models
from mappings.inbound import read_resources

ZONE = ZoneInfo("America/New_York")


def ours(charts: Sequence[RawChart]) -> None:
    """Raw resources to a MedicationHistory and issues; the Patient is read too, and not counted."""
    for chart in charts:
        if read_resources(chart.resources, patient=chart.patient, zone=ZONE).history is None:
            raise SystemExit(f"no history of {chart.patient}")


def bare_msgspec(charts: Sequence[RawChart]) -> None:
    """Typed structs with the same elements."""
    decode = msgspec.json.Decoder(MedicationRequest | MedicationDispense | Medication).decode
    for chart in charts:
        for raw in chart.measured:
            decode(raw)


def slim_pydantic(charts: Sequence[RawChart]) -> None:
    """Pydantic models with the same elements."""
    for chart in charts:
        for raw in chart.measured:
            _PYDANTIC[_type_of(raw)].model_validate_json(raw)


def fhirpy_objects(charts: Sequence[RawChart]) -> None:
    """The resources as fhirpy hands them out."""
    client = SyncFHIRClient("http://127.0.0.1")
    for chart in charts:
        for raw in chart.measured:
            fields = json.loads(raw)
            client.resource(fields.pop("resourceType"), **fields)


def fhir_resources(charts: Sequence[RawChart]) -> None:
    """Full R4 models."""
    for chart in charts:
        for raw in chart.measured:
            _FULL[_type_of(raw)].model_validate_json(raw)


_PYDANTIC = pydantic_models()
_FULL = {kind: get_fhir_model_class(kind) for kind in MEASURED}
PEERS: tuple[tuple[str, Callable[[Sequence[RawChart]], None]], ...] = (
    ("PickupDay, everything judged", ours),
    (f"msgspec {version('msgspec')}, decoding alone", bare_msgspec),
    (f"slim pydantic {version('pydantic')} models", slim_pydantic),
    (f"fhirpy {version('fhirpy')} objects", fhirpy_objects),
    (f"fhir.resources {version('fhir.resources')} (R4B)", fhir_resources),
)


def _type_of(raw: bytes) -> str:
    return raw[17 : raw.index(b'"', 17)].decode()  # after {"resourceType":"


def measure(make_charts: Callable[..., Sequence[RawChart]], copies: int, rounds: int) -> list[tuple[str, float]]:
    """Microseconds a resource of each: the median of all rounds, of which the first is not counted."""
    spent: dict[str, list[float]] = {name: [] for name, _ in PEERS}
    for number in range(rounds + 1):
        charts = make_charts(copies, number * copies)
        resources = sum(len(chart.measured) for chart in charts)
        for name, read in PEERS:
            gc.collect()
            start = time.process_time()
            read(charts)
            spent[name].append((time.process_time() - start) / resources * 1e6)
    return [(name, median(times[1:])) for name, times in spent.items()]


def show(title: str, make_charts: Callable[..., Sequence[RawChart]], copies: int, rounds: int) -> None:
    """Measure and print one table in Markdown."""
    charts = make_charts(copies)
    resources = [raw for chart in charts for raw in chart.measured]
    size = sum(map(len, resources)) // len(resources)
    print(f"\n{title}: {len(charts)} charts, {len(resources)} resources of {size} bytes on average, {rounds} rounds\n")
    print("| | us a resource | resources/s | of ours |")
    print("| --- | ---: | ---: | ---: |")
    results = measure(make_charts, copies, rounds)
    own = results[0][1]
    for name, each in results:
        print(f"| {name} | {each:.1f} | {1e6 / each:,.0f} | {each / own:.2f} |")


def main() -> None:
    """Print the tables."""
    warnings.simplefilter("ignore")
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--copies", type=int, default=10, help="patients made of each chart, in every round")
    options.add_argument("--rounds", type=int, default=7)
    chosen = options.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, one of them used")
    show("Demo charts as servers send them", served_charts, chosen.copies, chosen.rounds)
    if specification_charts(1):
        show("Examples of the R4 specification", specification_charts, 4 * chosen.copies, chosen.rounds)
    show("Demo charts, lean", demo_charts, chosen.copies, chosen.rounds)
    if sample_charts(1):
        show("SMART sample charts, lean", sample_charts, max(1, chosen.copies // 3), chosen.rounds)


if __name__ == "__main__":
    main()
