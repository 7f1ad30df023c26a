"""A FHIR server on respx: everything a chart needs answers as it should, and each test breaks one thing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
import respx

from service.config import Settings
from service.gateway import Gateway, parse_base
from service.gateway.retries import Time

T = TypeVar("T")

BASE = "https://ehr.example/fhir"
FHIR = {"content-type": "application/fhir+json"}


class PassedTime(Time):
    """Time that passes only in pauses, and at once; it is noon of 2 March 2026 when a test begins."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.passed = 0.0  # seconds

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(seconds=self.passed)

    def stopwatch(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.passed += seconds
        await asyncio.sleep(0)

    def chance(self) -> float:
        return 0.5


class Ehr:
    """The pretended server at `base`, its routes, and what tests need to speak to it."""

    base = BASE

    def __init__(self, router: respx.MockRouter) -> None:
        self.router = router
        self.settings = Settings()
        self.authorization: str | None = None
        self.time = PassedTime()
        self.declare(
            MedicationRequest=["patient", "intent", "include"],
            MedicationDispense=["patient"],
            Encounter=["patient", "class"],
            Medication=[],
            Organization=[],
            Location=[],
        )
        self.get("/Patient/p1", {"resourceType": "Patient", "id": "p1"})
        self.found("MedicationRequest", self.request("r1"))
        self.found("MedicationDispense", self.dispense("d1"))
        self.found("Encounter")

    def get(self, path: str, answer: object = None, status: int = 200) -> respx.Route:
        return self.router.get(path).respond(status, content=json.dumps(answer).encode(), headers=FHIR)

    def declare(self, transaction: bool = True, version: str = "4.0.1", **types: list[str]) -> None:
        self.get(
            "/metadata",
            {
                "resourceType": "CapabilityStatement",
                "fhirVersion": version,
                "software": {"name": "Pretended EHR", "version": "7"},
                "rest": [
                    {
                        "mode": "server",
                        "interaction": [{"code": "transaction"}] if transaction else [],
                        "resource": [
                            {
                                "type": kind,
                                "interaction": [{"code": "read"}, {"code": "search-type"}],
                                "searchParam": [{"name": name} for name in params if name != "include"],
                                "searchInclude": [f"{kind}:medication"] if "include" in params else [],
                                "conditionalCreate": True,
                            }
                            for kind, params in types.items()
                        ],
                    }
                ],
            },
        )

    def page(self, kind: str, *resources: dict, following: str | None = None, self_link: str | None = "") -> dict:
        """A page of a search by patient p1; `self_link` "" says so, None leaves it out."""
        link = [] if self_link is None else [{"relation": "self", "url": self_link or f"{BASE}/{kind}?patient=p1"}]
        link += [{"relation": "next", "url": following}] if following else []
        entry = [{"fullUrl": f"{BASE}/{r['resourceType']}/{r.get('id')}", "resource": r} for r in resources]
        return {"resourceType": "Bundle", "type": "searchset", "link": link, "entry": entry}

    def found(self, kind: str, *resources: dict, **more: str | None) -> respx.Route:
        return self.get(f"/{kind}", self.page(kind, *resources, **more))

    def request(self, bare: str, patient: str = "p1", **more: object) -> dict:
        return {
            "resourceType": "MedicationRequest",
            "id": bare,
            "subject": {"reference": f"Patient/{patient}"},
            **more,
        }

    def dispense(self, bare: str, patient: str = "p1", **more: object) -> dict:
        return {**self.request(bare, patient, **more), "resourceType": "MedicationDispense"}

    def ask(self, question: Callable[[Gateway], Coroutine[None, None, T]]) -> T:
        """One question put to the server through a gateway of its own."""

        async def with_gateway() -> T:
            base = parse_base(BASE)
            async with Gateway(base, self.settings, authorization=self.authorization, time=self.time) as gateway:
                return await question(gateway)

        return asyncio.run(with_gateway())

    def chart(self):
        return self.ask(lambda gateway: gateway.read_chart("p1"))


@pytest.fixture
def time() -> PassedTime:
    return PassedTime()


@pytest.fixture
def ehr() -> Iterator[Ehr]:
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        yield Ehr(router)
