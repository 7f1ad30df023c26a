"""The gateway on real servers: what it reads comes back whole, what it writes is there once."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Coroutine
from typing import TypeVar

import pytest

from service.config import Settings
from service.gateway import Gateway, parse_base
from service.sandbox.serve import running_sandbox
from service.use_cases.ports import Conflict, FhirRefused, NotFound

T = TypeVar("T")

SYSTEM = "https://pickupday.example/fhir/test"
REQUESTS = 7


@pytest.fixture(scope="module", params=["sandbox", pytest.param("hapi", marks=pytest.mark.hapi)])
def base_url(request: pytest.FixtureRequest):
    if request.param == "hapi":
        yield request.getfixturevalue("hapi").base_url
    else:
        with running_sandbox() as sandbox:
            yield sandbox.base


@pytest.fixture
def mark() -> str:
    """A word that keeps this test's resources apart."""
    return uuid.uuid4().hex[:12]


def ask(base_url: str, question: Callable[[Gateway], Coroutine[None, None, T]], **settings: int) -> T:
    async def with_gateway() -> T:
        async with Gateway(parse_base(base_url), Settings(**settings)) as gateway:
            return await question(gateway)

    return asyncio.run(with_gateway())


def put(resource: dict) -> dict:
    address = f"{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": f"urn:uuid:{uuid.uuid4()}", "resource": resource, "request": {"method": "PUT", "url": address}}


def transaction(*entries: dict) -> bytes:
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}).encode()


def chart(mark: str) -> bytes:
    """A patient with prescriptions for one Medication, each filled once, and a neighbour with one of each."""

    def records(patient: str, count: int) -> list[dict]:
        subject = {
            "subject": {"reference": f"Patient/{patient}"},
            "medicationReference": {"reference": f"Medication/m{mark}"},
        }
        shop = {"performer": [{"actor": {"reference": f"Organization/o{mark}"}}]}
        return [
            record
            for number in range(count)
            for record in (
                {
                    "resourceType": "MedicationRequest",
                    "id": f"r{number}-{patient}",
                    "status": "active",
                    "intent": "order",
                    **subject,
                },
                {
                    "resourceType": "MedicationDispense",
                    "id": f"d{number}-{patient}",
                    "status": "completed",
                    **subject,
                    **shop,
                },
            )
        ]

    firsts = [
        {"resourceType": "Patient", "id": f"p{mark}"},
        {"resourceType": "Patient", "id": f"q{mark}"},
        {"resourceType": "Medication", "id": f"m{mark}", "code": {"text": "Metformin 500 mg"}},
        {"resourceType": "Organization", "id": f"o{mark}", "name": "Corner Pharmacy"},
    ]
    everything = [*firsts, *records(f"p{mark}", REQUESTS), *records(f"q{mark}", 1)]
    return transaction(*map(put, everything))


def appointment(mark: str, status: str = "proposed") -> dict:
    return {
        "resourceType": "Appointment",
        "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">A pickup.</div>'},
        "identifier": [{"system": SYSTEM, "value": mark}],
        "status": status,
        "start": "2026-03-02T09:00:00+01:00",
        "end": "2026-03-02T09:15:00+01:00",
        "participant": [{"actor": {"reference": f"Patient/p{mark}"}, "status": "needs-action"}],
    }


@pytest.fixture
def patient(base_url: str, mark: str) -> str:
    ask(base_url, lambda gateway: gateway.transaction(chart(mark)))
    return f"p{mark}"


def test_what_is_needed_is_declared(base_url):
    declared = ask(base_url, lambda gateway: gateway.capabilities())
    assert declared.known
    assert declared.fhir_version == "4.0.1"
    assert declared.transaction
    for kind in ("Appointment", "CommunicationRequest", "Consent"):
        assert declared.can(kind, "create")
        assert declared.creates_conditionally(kind)
    for kind in ("MedicationRequest", "MedicationDispense"):
        assert declared.searches(kind, "patient")
        assert declared.includes(kind, f"{kind}:medication")


@pytest.mark.parametrize("page_size", [100, 3])
def test_a_chart_comes_back_whole_over_one_page_or_several(base_url, mark, patient, page_size):
    read = ask(base_url, lambda gateway: gateway.read_chart(patient), page_size=page_size)
    held = sorted(f"{r['resourceType']}/{r['id']}" for r in map(json.loads, read.resources))
    assert held == sorted(
        [f"Medication/m{mark}", f"Organization/o{mark}", f"Patient/{patient}"]
        + [f"MedicationDispense/d{number}-{patient}" for number in range(REQUESTS)]
        + [f"MedicationRequest/r{number}-{patient}" for number in range(REQUESTS)]
    )
    assert [issue for issue in read.issues if issue.severity != "information"] == []
    assert read.dispenses_known


def test_an_unknown_patient_is_not_found(base_url, mark):
    with pytest.raises(NotFound):
        ask(base_url, lambda gateway: gateway.read_chart(f"nobody-{mark}"))


def test_an_unknown_search_parameter_is_refused(base_url):
    with pytest.raises(FhirRefused) as refused:
        ask(base_url, lambda gateway: gateway.search("Appointment", {"moon-phase": "full"}))
    assert refused.value.status == 400
    assert refused.value.details


def test_a_conditional_create_writes_once_alone_and_in_a_transaction(base_url, mark, patient):
    resource = json.dumps(appointment(mark)).encode()
    condition = {"method": "POST", "url": "Appointment", "ifNoneExist": f"identifier={SYSTEM}|{mark}"}
    entry = {"fullUrl": f"urn:uuid:{uuid.uuid4()}", "resource": appointment(mark), "request": condition}

    async def write(gateway: Gateway):
        first = await gateway.create_if_none(resource, f"{SYSTEM}|{mark}")
        again = await gateway.create_if_none(resource, f"{SYSTEM}|{mark}")
        [within] = await gateway.transaction(transaction(entry))
        return first, again, within, await gateway.search("Appointment", {"identifier": f"{SYSTEM}|{mark}"})

    first, again, within, found = ask(base_url, write)
    assert [receipt.status for receipt in (first, again, within)] == [201, 200, 200]
    assert first.reference == again.reference == within.reference
    assert {receipt.version for receipt in (first, again, within)} == {"1"}
    assert [json.loads(raw)["id"] for raw in found] == [first.id]


def test_an_appointment_is_found_by_its_patient(base_url, mark, patient):
    async def write(gateway: Gateway):
        await gateway.create_if_none(json.dumps(appointment(mark)).encode(), f"{SYSTEM}|{mark}")
        return await gateway.search("Appointment", {"patient": f"Patient/{patient}"})

    assert len(ask(base_url, write)) == 1


def test_an_update_needs_the_version_that_stands(base_url, mark, patient):
    async def write(gateway: Gateway):
        made = await gateway.create_if_none(json.dumps(appointment(mark)).encode(), f"{SYSTEM}|{mark}")
        cancelled = json.dumps({**appointment(mark, "cancelled"), "id": made.id}).encode()
        changed = await gateway.update(cancelled, made.version or "")
        with pytest.raises(Conflict):
            await gateway.update(cancelled, made.version or "")
        return changed, json.loads(await gateway.read("Appointment", made.id or ""))

    changed, held = ask(base_url, write)
    assert (changed.status, changed.version) == (200, "2")
    assert held["status"] == "cancelled"
