"""Every chart of the SMART sample patients: loaded into HAPI, planned, written, read back, validated.

What was understood of each chart stands in docs/real-charts.md; `PICKUPDAY_WRITE_SNAPSHOTS=1 make test` writes it anew.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from mappings.outbound.planned import Agreement
from service.config import Settings
from service.gateway import Gateway, parse_base
from service.programmes import load_programme
from service.use_cases.enroll import Enrolling, EnrolmentOutcome, Result, enroll
from service.use_cases.propose import PlannedChart, Wishes, plan_bundle
from service.use_cases.show import Site, show
from tests.hapi.server import Hapi

pytestmark = [pytest.mark.hapi, pytest.mark.shared]

ZONE = ZoneInfo("America/New_York")
DOCUMENT = Path(__file__).parents[2] / "docs" / "real-charts.md"
SNAPSHOT = re.compile(r"(<!-- table -->\n).*?(\n<!-- end of table -->)", re.DOTALL)
SITE = Site(b"a key for the tests only", ZONE)
CHARTS = [
    "1032702",
    "1081332",
    "1098667",
    "1137192",
    "1157764",
    "1288992",
    "1482713",
    "1577780",
    "1614502",
    "1685497",
    "1768562",
    "1869612",
    "2080416",
    "2169591",
    "2354220",
    "4444001",
    "5555001",
    "5555002",
    "5555003",
    "629528",
    "644201",
    "6666001",
    "731673",
    "736230",
    "767980",
    "880378",
    "967332",
    "981968",
]
DISPENSED = [name for name in CHARTS if name not in ["1032702", "4444001", "5555001", "5555002", "5555003", "6666001"]]


@cache
def bundle_of(folder: Path, name: str) -> bytes:
    return (folder / "smart-patients-r4" / f"smart-{name}.json").read_bytes()


def day_to_plan(bundle: bytes) -> date:
    """The day after the last dispense, or the last date of a chart without dispenses."""
    resources = [entry["resource"] for entry in json.loads(bundle)["entry"]]
    handed_over = [one["whenHandedOver"] for one in resources if one["resourceType"] == "MedicationDispense"]
    if handed_over:
        return date.fromisoformat(max(handed_over)[:10]) + timedelta(days=1)
    prescribed = json.dumps([one for one in resources if one["resourceType"] == "MedicationRequest"])
    return date.fromisoformat(max(re.findall(r'"(\d{4}-\d\d-\d\d)"', prescribed)))


def wishes_on(day: date) -> Wishes:
    programme = load_programme()
    return Wishes(today=day, zone=ZONE, programme=programme.search, rules=programme.rules)


@cache
def planned(folder: Path, name: str) -> PlannedChart:
    bundle = bundle_of(folder, name)
    return plan_bundle(bundle, None, wishes_on(day_to_plan(bundle)))


@pytest.fixture(scope="module")
def loaded(hapi: Hapi, shared_data: Path) -> Hapi:
    """HAPI with all charts in it, as their own transaction Bundles put them there."""
    with httpx.Client(timeout=120) as client:
        for name in CHARTS:
            answer = client.post(hapi.base_url, content=bundle_of(shared_data, name), headers=FHIR_JSON)
            assert answer.status_code == 200, answer.text
    return hapi


FHIR_JSON = {"Content-Type": "application/fhir+json"}


async def enrol(base_url: str, name: str, day: date) -> tuple[EnrolmentOutcome, EnrolmentOutcome]:
    """Enrol twice: the second time must change nothing."""
    asked = Enrolling(f"smart-{name}", Agreement("Mrs Example agrees to one pickup day a month."), wishes_on(day))
    async with Gateway(parse_base(base_url), Settings()) as server:
        first = await enroll(server, server, SITE, asked, lambda _: True)
        return first, await enroll(server, server, SITE, asked, lambda _: True)


@pytest.mark.parametrize("name", CHARTS)
def test_a_real_chart_is_planned_written_once_read_back_and_valid(loaded: Hapi, shared_data: Path, name: str) -> None:
    chart = planned(shared_data, name)
    assert chart.proposal is not None, chart.reason
    first, second = asyncio.run(enrol(loaded.base_url, name, day_to_plan(bundle_of(shared_data, name))))
    if chart.proposal.plan is None:
        assert first.result is Result.NOTHING_TO_PLAN
        assert chart.reason
        return
    assert first.result is Result.WRITTEN
    assert first.chart is not None
    assert first.chart.proposal is not None
    assert first.chart.proposal.problem == chart.proposal.problem, "the server's chart and the file's are one problem"
    assert first.chart.proposal.plan is not None
    assert second.result is Result.ALREADY
    assert second.enrolment == first.enrolment

    async def read_back() -> tuple[list[date | None], list[dict[str, object]]]:
        async with Gateway(parse_base(loaded.base_url), Settings()) as server:
            found = (await show(server, SITE, f"smart-{name}")).current
            assert found is not None
            assert found.consent is not None
            records = [found.consent, *found.pickups, *found.calls]
            written = [json.loads(await server.read(*record.reference.split("/"))) for record in records]
            return [pickup.on for pickup in found.pickups], written

    days, written = asyncio.run(read_back())
    assert days == sorted({fill.date for fill in first.chart.proposal.plan.fills})
    assert not [problem for resource in written for problem in validation_errors(loaded.base_url, resource)]


def validation_errors(base_url: str, resource: dict[str, object]) -> list[str]:
    """What the official validator has against a resource; see tests/e2e/test_enroll_hapi.py for its warnings."""
    address = f"{base_url}/{resource['resourceType']}/$validate"
    outcome = httpx.post(address, json=resource, headers=FHIR_JSON, timeout=120).json()
    return [
        f"{resource['resourceType']}: {issue['diagnostics']}"
        for issue in outcome["issue"]
        if issue["severity"] in ("error", "fatal")
    ]


@pytest.mark.parametrize("name", DISPENSED)
def test_each_chart_with_dispenses_has_a_therapy_whose_supply_is_known_with_its_source(
    shared_data: Path, name: str
) -> None:
    proposal = planned(shared_data, name).proposal
    assert proposal is not None
    judged = [fill for one in (*proposal.review.therapies, *proposal.review.not_planned) for fill in one.fills]
    assert judged
    assert all(fill.days_source for fill in judged)


@pytest.mark.parametrize("name", DISPENSED)
def test_two_therapies_in_supply_share_a_pickup_or_a_hard_rule_is_named(shared_data: Path, name: str) -> None:
    proposal = planned(shared_data, name).proposal
    assert proposal is not None
    plan = proposal.plan
    if plan is None or len(proposal.review.therapies) < 2:
        return
    shared_days = {fill.date for fill in plan.fills if sum(1 for other in plan.fills if other.date == fill.date) > 1}
    assert shared_days or plan.rides_along


def test_what_was_understood_of_each_chart_is_what_the_documentation_says(shared_data: Path) -> None:
    table = "\n".join(["| chart | day | therapies | synchronized | left out |", "| --- | --- | --- | --- | --- |"])
    table += "".join(f"\n{row(name, planned(shared_data, name), bundle_of(shared_data, name))}" for name in CHARTS)
    text = DOCUMENT.read_text()
    if os.environ.get("PICKUPDAY_WRITE_SNAPSHOTS"):
        DOCUMENT.write_text(SNAPSHOT.sub(lambda found: found[1] + table + found[2], text))
        return
    found = SNAPSHOT.search(text)
    assert found is not None
    assert found[0].split("\n", 1)[1].rsplit("\n", 1)[0] == table


def row(name: str, chart: PlannedChart, bundle: bytes) -> str:
    """One line of the table: what was found, what is synchronized, and what not with its reason or missing field."""
    proposal = chart.proposal
    assert proposal is not None
    ongoing, left_out = proposal.review.therapies, proposal.review.not_planned
    together = [one.drug.label for one in ongoing]
    lines = [f"{one.label}: {one.code}" + (f", missing {one.missing}" if one.missing else "") for one in left_out]
    found = len(ongoing) + sum(1 for one in left_out if one.therapy)
    cells = [name, day_to_plan(bundle).isoformat(), str(found), "<br>".join(together) or "-", "<br>".join(lines) or "-"]
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
