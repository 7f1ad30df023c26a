"""A FHIR server in memory with conditional create and versions, holding one small chart; faults are switched on."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from mappings.outbound.planned import Agreement
from pickupday.problem import EveryDays, Programme
from service.use_cases.enroll import Enrolling, enroll
from service.use_cases.ports import Capabilities, EntryReceipt, FetchedChart, NotFound, ResourceCapability
from service.use_cases.propose import Wishes
from service.use_cases.show import Site, show

ZONE = ZoneInfo("America/New_York")
TODAY = date(2026, 11, 23)
OURS = ("Appointment", "CommunicationRequest", "Consent")
DECLARED = ResourceCapability(frozenset({"create", "read", "search-type", "update"}), conditional_create=True)


OPTIONAL = {
    "CarePlan": replace(DECLARED, search_params=frozenset({"patient"})),
    "Task": replace(DECLARED, search_params=frozenset({"patient"})),
    "DocumentReference": replace(DECLARED, search_params=frozenset({"patient", "type"})),
    "Provenance": replace(DECLARED, search_params=frozenset({"_tag"})),
}


def known_by(resource):
    """The parameter and the token by which a resource is found again."""
    if resource["resourceType"] == "Provenance":
        return "_tag", "|".join(resource["meta"]["tag"][0][part] for part in ("system", "code"))
    return "identifier", "|".join(resource["identifier"][0][part] for part in ("system", "value"))


def medicine(name, label, last_fill, *, quantity=60, refills=5):
    concept = {"text": label, "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "display": label}]}
    units = {"value": quantity, "unit": "{tablet}", "system": "http://unitsofmeasure.org", "code": "{tablet}"}
    request = {
        "resourceType": "MedicationRequest",
        "id": name,
        "meta": {"versionId": "1"},
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/1"},
        "medicationCodeableConcept": concept,
        "authoredOn": "2026-08-01",
        "courseOfTherapyType": {"coding": [{"code": "continuous"}]},
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": quantity // 30, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {**units, "value": 1}}],
            }
        ],
        "dispenseRequest": {"numberOfRepeatsAllowed": refills, "quantity": units},
    }
    dispenses = [
        {
            "resourceType": "MedicationDispense",
            "id": f"{name}-{number}",
            "meta": {"versionId": "1"},
            "status": "completed",
            "subject": {"reference": "Patient/1"},
            "medicationCodeableConcept": concept,
            "authorizingPrescription": [{"reference": f"MedicationRequest/{name}"}],
            "quantity": units,
            "daysSupply": {"value": 30, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"},
            "whenHandedOver": on,
        }
        for number, on in enumerate(last_fill)
    ]
    return [request, *dispenses]


def chart():
    return [
        {"resourceType": "Patient", "id": "1", "meta": {"versionId": "1"}, "birthDate": "1950-01-01"},
        *medicine(
            "metformin", "Metformin hydrochloride 500 MG Oral Tablet", ["2026-09-05", "2026-10-05", "2026-11-04"]
        ),
        *medicine(
            "lisinopril", "Lisinopril 10 MG Oral Tablet", ["2026-09-12", "2026-10-12", "2026-11-11"], quantity=30
        ),
    ]


@dataclass
class FakeServer:
    """ChartSource and PickupServer. `before_write` and `after_write` run around a write and may raise."""

    chart: list[dict] = field(default_factory=chart)
    held: dict[str, dict] = field(default_factory=dict)
    declared: Capabilities = field(
        default_factory=lambda: Capabilities(
            known=True, fhir_version="4.0.1", transaction=True, resources=dict.fromkeys(OURS, DECLARED)
        )
    )
    before_write: Callable[[], None] | None = None
    after_write: Callable[[], None] | None = None
    issues: tuple = ()
    dispenses_known: bool = True
    writes: int = 0

    async def capabilities(self):
        return self.declared

    async def read_chart(self, patient_id):
        raw = tuple(json.dumps(resource).encode() for resource in self.chart)
        return FetchedChart(patient_id.removeprefix("Patient/"), raw, self.issues, self.declared, self.dispenses_known)

    async def search(self, resource_type, params):
        return tuple(json.dumps(found).encode() for found in self.of(resource_type))

    async def read(self, resource_type, resource_id):
        try:
            return json.dumps(self.held[f"{resource_type}/{resource_id}"]).encode()
        except KeyError:
            raise NotFound("not there", attempted=f"read {resource_type}", status=404) from None

    async def transaction(self, bundle):
        self._fault("before_write")
        entries = json.loads(bundle)["entry"]
        matches = [self._match(entry["resource"]) for entry in entries]
        urls = {
            entry["fullUrl"]: match or self._next(entry["resource"], place)
            for place, (entry, match) in enumerate(zip(entries, matches, strict=True))
        }
        receipts = []
        for entry, match in zip(entries, matches, strict=True):
            reference = urls[entry["fullUrl"]]
            if match is None:
                text = json.dumps(entry["resource"])
                for url, target in urls.items():
                    text = text.replace(url, target)
                self._hold(reference, json.loads(text))
            receipts.append(self._receipt(reference, created=match is None))
        self.writes += 1
        self._fault("after_write")
        return tuple(receipts)

    async def create_if_none(self, resource, identifier, *, by="identifier"):
        self._fault("before_write")
        meant = json.loads(resource)
        assert (by, identifier) == known_by(meant)
        match = self._match(meant)
        reference = match or self._next(meant, 0)
        if match is None:
            self._hold(reference, meant)
        self.writes += 1
        self._fault("after_write")
        return self._receipt(reference, created=match is None)

    async def update(self, resource, version):
        changed = json.loads(resource)
        reference = f"{changed['resourceType']}/{changed['id']}"
        assert self.held[reference]["meta"]["versionId"] == version
        changed["meta"] = changed["meta"] | {"versionId": str(int(version) + 1)}
        self.held[reference] = changed
        return self._receipt(reference, created=False)

    def of(self, resource_type):
        return [found for found in self.held.values() if found["resourceType"] == resource_type]

    def set_status(self, resource_type, status):
        for found in self.of(resource_type):
            found["status"] = status

    def snapshot(self):
        return json.dumps(self.held, sort_keys=True)

    def _fault(self, name):
        fault = getattr(self, name)
        if fault is not None:
            fault()

    def _match(self, resource):
        kind, wanted = resource["resourceType"], known_by(resource)
        found = (each for each in self.held.values() if each["resourceType"] == kind)
        return next((f"{kind}/{each['id']}" for each in found if known_by(each) == wanted), None)

    def _next(self, resource, place):
        return f"{resource['resourceType']}/{len(self.held) + place + 1}"

    def _hold(self, reference, resource):
        meta = resource.get("meta", {}) | {"versionId": "1"}
        self.held[reference] = resource | {"id": reference.partition("/")[2], "meta": meta}

    def _receipt(self, reference, *, created):
        resource_type, _, resource_id = reference.partition("/")
        version = self.held[reference]["meta"]["versionId"]
        return EntryReceipt(201 if created else 200, resource_type, resource_id, version)


@pytest.fixture
def server():
    return FakeServer()


@pytest.fixture
def generous(server):
    """The same server, which takes care plans, tasks and provenance too."""
    server.declared = replace(server.declared, resources=dict(server.declared.resources) | OPTIONAL)
    return server


@pytest.fixture
def site():
    return Site(key=b"a key for tests", zone=ZONE)


@pytest.fixture
def asked():
    wishes = Wishes(today=TODAY, zone=ZONE, programme=Programme((EveryDays(28),)))
    return Enrolling("1", Agreement("I agree."), wishes)


@pytest.fixture
def enrol(server, site, asked):
    """Run one enrolment; keyword arguments replace parts of the request."""

    def run(asked=asked, confirm=lambda offer: True, site=site, outbox=None):
        # In a thread of its own, so that a test can run a second enrolment in the middle of the first one.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(enroll(server, server, site, asked, confirm, outbox))).result()

    return run


@pytest.fixture
def shown(server, site):
    return lambda: asyncio.run(show(server, site, "1"))
