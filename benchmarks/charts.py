"""The charts that the benchmarks read: demo charts, lean and as servers send them, and charts of others."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.served import as_served
from service.cli.demo_charts import chart_folder, read_demo_chart

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("PICKUPDAY_SHARED_DATA") or ROOT.parent / "shared" / "data")
MEASURED = ("MedicationRequest", "MedicationDispense", "Medication")
_MADE_TO_BE_MALFORMED = {"frank-tate"}  # full models refuse it as a whole
_DAY = date(2026, 11, 2)
_DATE = re.compile(rb"\b(?:19|20)\d\d-\d\d-\d\d(?!\d)")
_REFERENCE = re.compile(rb'("reference": ?"[^"#]+)"')


@dataclass(frozen=True, slots=True)
class RawChart:
    """One patient's resources as a server sends them, one raw JSON each; `measured` are those that count."""

    patient: str
    others: tuple[bytes, ...]  # the Patient
    measured: tuple[bytes, ...]  # MedicationRequest, MedicationDispense, and Medications that are pointed at

    @property
    def resources(self) -> tuple[bytes, ...]:
        """All of them."""
        return self.others + self.measured


def demo_charts(copies: int, first: int = 0) -> tuple[RawChart, ...]:
    """The demo charts `copies` times, each copy with ids and dates of its own: no two copies are the same patient."""
    names = sorted(file.stem for file in chart_folder().glob("*.json") if file.stem not in _MADE_TO_BE_MALFORMED)
    return tuple(
        _chart(read_demo_chart(name, _DAY + timedelta(days=copy)), copy)
        for copy in range(first, first + copies)
        for name in names
    )


def served_charts(copies: int, first: int = 0) -> tuple[RawChart, ...]:
    """The demo charts with what servers send around the elements that matter; see benchmarks/served.py."""
    return tuple(
        RawChart(chart.patient, chart.others, tuple(map(as_served, chart.measured)))
        for chart in demo_charts(copies, first)
    )


def sample_charts(copies: int, first: int = 0) -> tuple[RawChart, ...]:
    """The third-party sample charts, each copy with ids and dates of its own; none where the folder is absent."""
    files = sorted((SHARED_DATA / "smart-patients-r4").glob("smart-*.json"))
    return tuple(
        _chart(_moved(file.read_bytes(), copy), copy) for copy in range(first, first + copies) for file in files
    )


def _moved(data: bytes, days: int) -> bytes:
    """All dates that many days later."""
    return _DATE.sub(lambda day: str(date.fromisoformat(day[0].decode()) + timedelta(days=days)).encode(), data)


def _chart(data: bytes, copy: int) -> RawChart:
    """One chart whose resources have ids of this copy, and point at each other by them."""
    resources = [entry["resource"] for entry in json.loads(_REFERENCE.sub(rb'\1-%d"' % copy, data))["entry"]]
    for resource in resources:
        resource["id"] += f"-{copy}"
    patient = next(resource["id"] for resource in resources if resource["resourceType"] == "Patient")
    return RawChart(patient, tuple(_raw(resources, ("Patient",))), tuple(_raw(resources, MEASURED)))


def _raw(resources: list[dict[str, object]], types: tuple[str, ...]) -> Iterator[bytes]:
    for resource in resources:
        if resource["resourceType"] in types:
            yield json.dumps(resource, separators=(",", ":"), ensure_ascii=False).encode()


def specification_charts(copies: int, first: int = 0) -> tuple[RawChart, ...]:
    """The examples of the R4 specification as one patient's chart, each copy with ids and dates of its own."""
    folder = SHARED_DATA / "hl7-r4-examples"
    files = [folder / "Patient-pat1.json", *sorted(folder.glob("Medication*-*.json"))]
    if not files[0].exists():
        return ()
    entries = b",".join(b'{"resource":%s}' % file.read_bytes() for file in files)
    whole = b'{"entry":[%s]}' % entries
    return tuple(_chart(_moved(whole, copy), copy) for copy in range(first, first + copies))
