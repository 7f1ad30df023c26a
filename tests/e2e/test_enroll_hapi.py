"""Enrolling on a real HAPI server: whatever happens on the way, it is one series, and every resource of it is valid."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from mappings.enrolments import EnrolmentState
from mappings.outbound.planned import AgreedHow, Agreement, Representative
from pickupday.problem import EveryDays, Programme
from service.cli.demo_charts import read_demo_chart
from service.config import Settings
from service.gateway import Gateway, parse_base
from service.programmes import load_programme
from service.store.outbox import SqliteOutbox
from service.use_cases.calling import CallWishes
from service.use_cases.drain import drain
from service.use_cases.enroll import Enrolling, EnrolmentOutcome, Result, enroll
from service.use_cases.ports import ServerGone
from service.use_cases.propose import Wishes
from service.use_cases.show import Enrolments, Site, show

pytestmark = pytest.mark.hapi

ZONE = ZoneInfo("America/New_York")
TODAY = date(2026, 11, 23)
KEY = b"a key for tests"
TYPES = {
    "Appointment": "actor",
    "CommunicationRequest": "subject",
    "Consent": "patient",
    "CarePlan": "patient",
    "Task": "patient",
    "DocumentReference": "patient",
    "Provenance": "target",
}
OPTIONAL = ("CarePlan", "Task", "DocumentReference", "Provenance")
FHIR_JSON = {"Content-Type": "application/fhir+json"}

# What the official validator may say of our resources, each with its reason; there is no terminology server here.
ALLOWED_WARNINGS = {
    "CodeSystem is unknown and can't be validated: https://pickupday.example/": "our own code system is not published",
    "CodeSystem is unknown and can't be validated: http://loinc.org": "LOINC is too large to ship with a validator",
    "None of the codings provided are in the value set 'Consent Category Codes'": "no code there means synchronization",
    "None of the codings provided are in the value set 'Consent PolicyRule Codes'": "research and US laws only",
}


@dataclass
class Clinic:
    """One patient's chart on the server, and everything a test does with it."""

    base_url: str
    patient_id: str
    http: httpx.Client
    site: Site

    def asked(self, days: int = 0, cycle: int = 28) -> Enrolling:
        wishes = Wishes(today=TODAY + timedelta(days=days), zone=ZONE, programme=Programme((EveryDays(cycle),)))
        return Enrolling(self.patient_id, Agreement("I agree to one pickup day & to be called."), wishes)

    def enrol(self, asked=None, confirm=lambda offer: True, transport=None, outbox=None) -> EnrolmentOutcome:
        async def run():
            async with Gateway(parse_base(self.base_url), Settings(), transport=transport) as server:
                return await enroll(server, server, self.site, asked or self.asked(), confirm, outbox)

        return asyncio.run(run())

    def show(self) -> Enrolments:
        async def run():
            async with Gateway(parse_base(self.base_url), Settings()) as server:
                return await show(server, self.site, self.patient_id)

        return asyncio.run(run())

    def held(self, resource_type: str) -> list[dict]:
        """Every resource of the type that is the patient's, past any index of ours."""
        if resource_type == "Provenance":
            return self.provenance()
        params = {TYPES[resource_type]: f"Patient/{self.patient_id}", "_count": "200"}
        found = self.http.get(f"/{resource_type}", params=params).raise_for_status().json()
        return [entry["resource"] for entry in found.get("entry", [])]

    def provenance(self) -> list[dict]:
        """Whatever says where one of the patient's agreements came from."""
        targets = ",".join(f"Consent/{one['id']}" for one in self.held("Consent"))
        if not targets:
            return []
        found = self.http.get("/Provenance", params={"target": targets}).raise_for_status().json()
        return [entry["resource"] for entry in found.get("entry", [])]

    def everything(self) -> dict[str, str]:
        """Reference -> version and content of all that was written."""
        return {
            f"{kind}/{one['id']}": json.dumps(one, sort_keys=True) for kind in sorted(TYPES) for one in self.held(kind)
        }

    def set_status(self, resource_type: str, status: str) -> None:
        for one in self.held(resource_type):
            self.http.put(f"/{resource_type}/{one['id']}", json=one | {"status": status}).raise_for_status()


@pytest.fixture
def clinic(hapi):
    name = hapi.fresh_name("t")
    chart = read_demo_chart("rosa-delgado", TODAY).decode()
    chart = re.sub(r'"id": "', f'"id": "{name}-', chart)
    chart = re.sub(r'"reference": "([A-Za-z]+)/', rf'"reference": "\1/{name}-', chart)
    bundle = json.loads(chart)
    for entry in bundle["entry"]:
        resource = entry["resource"]
        entry.pop("fullUrl")
        resource.pop("meta", None)
        entry["request"] = {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}
    with httpx.Client(base_url=hapi.base_url, headers=FHIR_JSON, timeout=120, trust_env=False) as http:
        answer = http.post("", json=bundle | {"type": "transaction"})
        assert answer.status_code == 200, answer.text
        yield Clinic(hapi.base_url, f"{name}-delgado-rosa", http, Site(KEY, ZONE))


def test_an_enrolment_is_written_read_back_and_valid(clinic):
    outcome = clinic.enrol()
    assert outcome.result is Result.WRITTEN
    assert outcome.exit_code in (0, 3)
    assert all(receipt.created and receipt.version == "1" for receipt in outcome.receipts)
    assert clinic.show().current == outcome.enrolment
    assert len(clinic.held("Consent")) == 1
    assert len(clinic.held("Appointment")) == len(clinic.held("CommunicationRequest")) > 1
    assert len(clinic.held("CarePlan")) == len(clinic.held("DocumentReference")) == len(clinic.held("Provenance")) == 1
    assert len(clinic.held("Task")) >= 1
    for kind in TYPES:
        for resource in clinic.held(kind):
            assert complaints(clinic, resource) == []


def complaints(clinic, resource) -> list[str]:
    answer = clinic.http.post(f"/{resource['resourceType']}/$validate", json=resource)
    assert answer.status_code == 200, answer.text
    return [
        f"{issue['severity']}: {issue['diagnostics']}"
        for issue in answer.json()["issue"]
        if issue["severity"] in ("fatal", "error")
        or (issue["severity"] == "warning" and not issue["diagnostics"].startswith(tuple(ALLOWED_WARNINGS)))
    ]


def test_the_agreement_of_a_representative_is_valid_and_read_back(clinic):
    daughter, earlier = Representative("Ana Delgado", "daughter"), TODAY - timedelta(days=3)
    agreement = Agreement("Acepto.", "es", daughter, to="Nurse Ada", how=AgreedHow.PHONE, on=earlier)
    outcome = clinic.enrol(replace(clinic.asked(), agreement=agreement))
    (consent,) = clinic.held("Consent")
    assert complaints(clinic, consent) == []
    assert consent["contained"][0]["name"] == [{"text": "Ana Delgado"}]
    read_back = clinic.show().current.consent
    assert read_back == outcome.enrolment.consent
    assert (read_back.on, read_back.language) == (earlier, "es")
    assert read_back.title == (
        "Agreed by phone on Friday 20 November 2026 by Ana Delgado (daughter) for the patient, to Nurse Ada."
    )


def test_calls_as_they_were_wished_are_valid_and_read_back(clinic):
    clinic.site = replace(clinic.site, opening=load_programme("independent").hours)
    asked = clinic.asked()
    wishes = replace(asked.wishes, calls=CallWishes("evening", "+1 518 555 0199", "es"))
    clinic.enrol(replace(asked, wishes=wishes))
    for call in clinic.held("CommunicationRequest"):
        assert complaints(clinic, call) == []
    ahead = [one for one in clinic.show().current.calls if one.status == "active"]
    assert {one.note for one in ahead if one.starts} == {"Phone: +1 518 555 0199. Language: Spanish."}
    assert {(one.starts.hour, one.ends.hour) for one in ahead if one.starts and one.ends} == {(17, 18)}
    closed = [one for one in ahead if not one.starts]
    assert all(one.note.startswith("Wanted in the evening, when the pharmacy is closed") for one in closed)


def test_the_references_of_what_was_written_lead_somewhere(clinic):
    enrolment = clinic.enrol().enrolment
    assert all(enrolment.call_of(pickup) for pickup in enrolment.pickups)
    for pickup in clinic.held("Appointment"):
        assert pickup["supportingInformation"]
        for reference in [one["reference"] for one in pickup["supportingInformation"]]:
            assert clinic.http.get(f"/{reference}").status_code == 200


def test_pickups_can_be_found_by_date_and_prescription(clinic):
    first = clinic.enrol().enrolment.pickups[0]
    for params in ({"date": first.on.isoformat()}, {"supporting-info": first.about[0]}):
        found = clinic.http.get("/Appointment", params=params | {"actor": f"Patient/{clinic.patient_id}"}).json()
        assert first.reference in [f"Appointment/{entry['resource']['id']}" for entry in found["entry"]]


def test_twice_on_one_day_and_again_five_days_later_is_one_series(clinic):
    written = clinic.enrol()
    before = clinic.everything()
    for asked in (clinic.asked(), clinic.asked(days=5), clinic.asked(days=5, cycle=30)):
        again = clinic.enrol(asked)
        assert (again.result, again.exit_code, again.enrolment) == (Result.ALREADY, 0, written.enrolment)
    assert clinic.everything() == before


@pytest.mark.parametrize("other", [{}, {"days": 1}, {"cycle": 30}], ids=["same", "another day", "another cycle"])
def test_two_commands_at_the_same_instant_are_one_series(clinic, other):
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(clinic.enrol, [clinic.asked(), clinic.asked(**other)]))
    assert sorted(outcome.result for outcome in outcomes) == [Result.ALREADY, Result.WRITTEN]
    written = next(outcome for outcome in outcomes if outcome.result is Result.WRITTEN)
    assert len(clinic.held("Consent")) == 1
    standing = [one for one in clinic.held("Appointment") if one["status"] != "entered-in-error"]
    assert len(standing) == len(written.enrolment.pickups)
    assert clinic.show().current.open_pickups == written.enrolment.pickups


def test_two_different_plans_that_meet_between_reading_and_writing_are_not_mixed(clinic):
    """The slower one reads before and writes after the faster one, which is beyond what the server can notice."""
    enrolling = OnTransaction(before=lambda: clinic.enrol(clinic.asked(cycle=84)))
    outcome = clinic.enrol(clinic.asked(cycle=28), transport=enrolling)
    assert outcome.result is Result.ALREADY
    winner = clinic.show().current
    assert winner.state is EnrolmentState.ACTIVE
    assert max((later.on - earlier.on).days for earlier, later in pairwise(winner.open_pickups)) > 28
    in_error = [one for one in clinic.held("Appointment") if one["status"] == "entered-in-error"]
    assert len(in_error) + len(winner.open_pickups) == len(clinic.held("Appointment"))


def test_an_answer_lost_after_the_server_wrote_changes_nothing_on_a_rerun(clinic):
    outcome = clinic.enrol(transport=OnTransaction(after=lose_the_answer))
    assert outcome.result is Result.ALREADY
    before = clinic.everything()
    assert before
    assert clinic.enrol().result is Result.ALREADY
    assert clinic.everything() == before


def test_a_connection_lost_before_the_server_wrote_is_an_error_and_a_rerun_writes(clinic):
    with pytest.raises(ServerGone):
        clinic.enrol(transport=OnTransaction(before=lose_the_answer))
    assert clinic.everything() == {}
    assert clinic.enrol().result is Result.WRITTEN


KILLED = """
import asyncio, os, signal, sys
import httpx
from datetime import date
from zoneinfo import ZoneInfo
from mappings.outbound.planned import Agreement
from pickupday.problem import EveryDays, Programme
from service.config import Settings
from service.gateway import Gateway, parse_base
from service.store.outbox import SqliteOutbox
from service.use_cases.drain import drain
from service.use_cases.enroll import Enrolling, enroll
from service.use_cases.propose import Wishes
from service.use_cases.show import Site

class KilledOnAnswer(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request):
        answer = await super().handle_async_request(request)
        if request.method == "POST":
            await answer.aread()
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

async def run(base, patient, key):
    zone = ZoneInfo("America/New_York")
    wishes = Wishes(today=date(2026, 11, 23), zone=zone, programme=Programme((EveryDays(28),)))
    asked = Enrolling(patient, Agreement("I agree to one pickup day & to be called."), wishes)
    async with Gateway(parse_base(base), Settings(), transport=KilledOnAnswer()) as server:
        await enroll(server, server, Site(key.encode(), zone), asked, lambda offer: True)

asyncio.run(run(*sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_between_send_and_receipt_changes_nothing_on_a_rerun(clinic):
    command = [sys.executable, "-c", KILLED, clinic.base_url, clinic.patient_id, KEY.decode()]
    killed = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, timeout=120, check=False)
    assert killed.returncode == -9, killed.stderr.decode()
    before = clinic.everything()
    assert before
    outcome = clinic.enrol()
    assert (outcome.result, outcome.enrolment.state) == (Result.ALREADY, EnrolmentState.ACTIVE)
    assert clinic.everything() == before


def test_after_leaving_the_same_dates_are_a_new_series(clinic):
    first = clinic.enrol()
    clinic.set_status("Appointment", "cancelled")
    clinic.set_status("CommunicationRequest", "revoked")
    clinic.set_status("Consent", "inactive")
    cancelled = clinic.everything()
    second = clinic.enrol()
    assert second.result is Result.WRITTEN
    assert all(receipt.created for receipt in second.receipts)
    assert [pickup.on for pickup in second.enrolment.pickups] == [pickup.on for pickup in first.enrolment.pickups]
    assert {pickup.status for pickup in second.enrolment.pickups} <= {"proposed", "booked"}
    assert cancelled.items() <= clinic.everything().items()
    assert len(clinic.everything()) == 2 * len(cancelled)


def test_what_was_written_in_part_is_completed(clinic):
    whole = clinic.enrol().enrolment
    provenance = [f"Provenance/{one['id']}" for one in clinic.held("Provenance")]
    tasks = [task.reference for task in whole.tasks]
    for reference in (
        *provenance,
        *tasks,
        *(document.reference for document in whole.documents),
        whole.care_plan.reference,
        whole.consent.reference,
        whole.calls[-1].reference,
    ):
        clinic.http.delete(f"/{reference}").raise_for_status()
    clinic.http.delete(f"/{whole.pickups[-1].reference}").raise_for_status()
    assert clinic.show().current.state is EnrolmentState.PARTIAL
    kept = clinic.everything()
    outcome = clinic.enrol()
    assert outcome.result is Result.WRITTEN
    assert sum(receipt.created for receipt in outcome.receipts) == 6 + len(tasks)
    assert kept.items() <= clinic.everything().items()
    assert len(clinic.held("Appointment")) == len(whole.pickups)


def test_a_prescription_that_changed_while_the_question_stood_stops_everything(clinic):
    def stopped_meanwhile(offer):
        url = f"/{offer.bundle.entries[1].resource['supportingInformation'][0]['reference']}"
        prescription = clinic.http.get(url).json()
        clinic.http.put(url, json=prescription | {"status": "stopped"}).raise_for_status()
        return True

    outcome = clinic.enrol(confirm=stopped_meanwhile)
    assert (outcome.result, outcome.exit_code) == (Result.CHART_CHANGED, 5)
    assert "was changed" in outcome.details[0]
    assert clinic.everything() == {}


def test_a_dry_run_writes_nothing(clinic):
    assert clinic.enrol(replace(clinic.asked(), dry_run=True)).offer.bundle.entries
    assert clinic.everything() == {}


class Modest(httpx.AsyncHTTPTransport):
    """The network to a server that declares neither care plans nor tasks nor provenance, and is never asked for one."""

    async def handle_async_request(self, request):
        assert not [kind for kind in OPTIONAL if f"/{kind}" in str(request.url)]
        answer = await super().handle_async_request(request)
        if not request.url.path.endswith("/metadata"):
            return answer
        statement = json.loads(await answer.aread())
        rest = statement["rest"][0]
        rest["resource"] = [one for one in rest["resource"] if one["type"] not in OPTIONAL]
        return httpx.Response(200, headers=FHIR_JSON, stream=httpx.ByteStream(json.dumps(statement).encode()))


def test_a_server_that_declares_no_care_plan_is_enrolled_on_and_it_is_said(clinic):
    outcome = clinic.enrol(transport=Modest())
    assert outcome.result is Result.WRITTEN
    assert [detail.split(" (")[0] for detail in outcome.details] == [
        f"This server takes no {kind}" for kind in OPTIONAL
    ]
    assert not [reference for reference in clinic.everything() if reference.startswith(OPTIONAL)]


def test_what_waits_is_sent_once_however_many_settle_it(clinic, tmp_path):
    def outbox():
        return SqliteOutbox(tmp_path, KEY, clinic.base_url)

    def settle(_):
        async def run():
            async with Gateway(parse_base(clinic.base_url), Settings()) as server:
                return await drain(server, server, clinic.site, outbox(), TODAY)

        return asyncio.run(run())

    with pytest.raises(ServerGone):
        clinic.enrol(transport=OnTransaction(before=lose_the_answer), outbox=outbox())
    assert clinic.everything() == {}
    with ThreadPoolExecutor(3) as pool:
        said = [sentence for sentences in pool.map(settle, range(3)) for sentence in sentences]
    assert len(said) == 1
    assert "sent again and stands" in said[0]
    written = clinic.everything()
    assert clinic.show().current.state is EnrolmentState.ACTIVE
    assert settle(0) == ()
    assert clinic.enrol().result is Result.ALREADY
    assert clinic.everything() == written


class OnTransaction(httpx.AsyncHTTPTransport):
    """The network, with something happening just before the transaction is sent or just after it was answered."""

    def __init__(self, before=None, after=None) -> None:
        super().__init__()
        self.before, self.after = before, after

    async def handle_async_request(self, request):
        sending = request.method == "POST"
        if sending and self.before:
            await asyncio.to_thread(self.before)
        answer = await super().handle_async_request(request)
        if sending and self.after:
            await answer.aread()
            self.after()
        return answer


def lose_the_answer():
    raise httpx.ReadError("the connection broke")
