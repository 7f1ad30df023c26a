"""The application and a strict EHR in one process, and browsers that go to both: no port, no thread, no network."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx

from service.app import Store, create_app
from service.config import Settings
from service.sandbox.authorization.clients import Client
from service.sandbox.ehr import Ehr, create_ehr
from service.sandbox.faults import Fault
from service.sites import load_sites
from smart_launch import Grant

T = TypeVar("T")
EHR, APP = "https://ehr.example", "https://pickupday.example"
# Few first days and a short horizon: planned in milliseconds.
PROGRAMME = """
name = "quick"
cycles = [{ every_days = 28 }]
open_weekdays = [0, 3]
horizon_days = 84
"""
TODAY = datetime.now(UTC).date()
# The opt-in form, filled in by somebody who is signed in by name.
AGREED = {
    "language": "en",
    "consent.en": "I agree to one pickup day.",
    "who": "patient",
    "how": "in-person",
    "agreed": "yes",
}


def medicine(name: str, label: str, last: int, *, daily: int = 1) -> list[dict[str, Any]]:
    """A prescription with three monthly dispenses, the last one so many days ago."""
    concept = {
        "text": label,
        "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": name, "display": label}],
    }
    units = {"value": 30 * daily, "unit": "{tablet}", "system": "http://unitsofmeasure.org", "code": "{tablet}"}
    patient = {"reference": "Patient/canary-1"}
    request = {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "active",
        "intent": "order",
        "subject": patient,
        "medicationCodeableConcept": concept,
        "authoredOn": day(-100),
        "courseOfTherapyType": {"coding": [{"code": "continuous"}]},
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": daily, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {**units, "value": 1}}],
            }
        ],
        "dispenseRequest": {"numberOfRepeatsAllowed": 11, "quantity": units},
    }
    days = {"value": 30, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"}
    fills = [
        {
            "resourceType": "MedicationDispense",
            "id": f"{name}-{number}",
            "status": "completed",
            "subject": patient,
            "medicationCodeableConcept": concept,
            "authorizingPrescription": [{"reference": f"MedicationRequest/{name}"}],
            "quantity": units,
            "daysSupply": days,
            "whenHandedOver": day(-last - 30 * number),
        }
        for number in range(3)
    ]
    return [request, *fills]


def day(offset: int) -> str:
    """So many days from today."""
    return (TODAY + timedelta(days=offset)).isoformat()


def small_chart() -> list[dict[str, Any]]:
    """Two medicines on two dates of one patient, who is named so that she would be found anywhere."""
    patient = {
        "resourceType": "Patient",
        "id": "canary-1",
        "active": True,
        "name": [{"family": "Canaryson", "given": ["Wilhelmina"]}],
        "birthDate": "1950-01-01",
    }
    return [
        patient,
        *medicine("metformin", "Metformin hydrochloride 500 MG Oral Tablet", 19, daily=2),
        *medicine("lisinopril", "Lisinopril 10 MG Oral Tablet", 12),
    ]


class Hosts(httpx.AsyncBaseTransport):
    """A network of applications by host; it remembers what was asked, and knows no other host."""

    def __init__(self, apps: dict[str, Any]) -> None:
        self.apps = {host: httpx.ASGITransport(app, raise_app_exceptions=False) for host, app in apps.items()}
        self.asked: list[httpx.Request] = []
        self.before: Callable[[httpx.Request], Awaitable[httpx.Response | None]] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.before is not None and (instead := await self.before(request)) is not None:
            return instead
        if request.url.host not in self.apps:
            raise httpx.ConnectError("no such host", request=request)
        return await self.apps[request.url.host].handle_async_request(request)

    def paths(self, host: str) -> list[str]:
        """The paths that this host was asked for."""
        return [request.url.path for request in self.asked if request.url.host == host]


@dataclass
class World:
    """One EHR, one application, and the loop that they run in."""

    folder: Path
    scopes: str | None = None
    auth: str = "public"
    chart: list[dict[str, Any]] = field(default_factory=small_chart)
    extra: dict[str, str] = field(default_factory=dict)
    more_sites: Iterable[str] = ()
    database: str = ""
    faults: Iterable[Fault] = ()
    token_life: timedelta = timedelta(minutes=10)
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        chart = self.folder / "chart.json"
        entries = [{"resource": resource} for resource in self.chart]
        chart.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
        (self.folder / "quick.toml").write_text(PROGRAMME)
        self.ehr: Ehr = create_ehr(EHR, charts=[chart], today=TODAY, faults=self.faults, token_life=self.token_life)
        self.environ = {
            "PICKUPDAY_PUBLIC_URL": APP,
            "PICKUPDAY_SITE_ISSUER": self.ehr.base,
            "PICKUPDAY_SITE_CLIENT_ID": "pickupday",
            "PICKUPDAY_SITE_AUTH": self.auth,
            "PICKUPDAY_SITE_LABEL": "Example Clinic",
            "PICKUPDAY_SITE_TIMEZONE": "UTC",
            "PICKUPDAY_SITE_PROGRAMME": str(self.folder / "quick.toml"),
            "PICKUPDAY_IDENTIFIER_KEY": "an identifier key for tests",
            "PICKUPDAY_STORE_KEYS": "a store key for tests that is long enough",
            "PICKUPDAY_DATABASE": self.database or f"sqlite:///{self.folder}/app.sqlite",
            "XDG_STATE_HOME": str(self.folder),
            **self.extra,
        }
        self.settings = Settings.from_environment(self.environ)
        self.store = Store.opened(self.settings, self.environ)
        client = Client("pickupday", "PickupDay", (f"{APP}/callback",), f"{APP}/launch", scopes=self.scopes)
        self.ehr.register(replace(client, **self.registration()))
        self.outbound = Hosts({"ehr.example": self.ehr.app})
        self.app = self.another_process()

    def registration(self) -> dict[str, Any]:
        """How the EHR knows that it is us: by a secret, by our keys, or not at all."""
        if self.auth == "client_secret_basic":
            return {"secret": self.extra["PICKUPDAY_SITE_CLIENT_SECRET"]}
        if self.auth == "public":
            return {}
        algorithm = self.extra.get("PICKUPDAY_SITE_ALGORITHM", "ES384")
        ring = self.store.signing_keys.change(lambda keys: keys.with_new(algorithm, self.ehr.authority.now())[0])
        return {"jwks": ring.public_jwks()}

    def another_process(self) -> Any:
        """The application once more, on the same database."""
        return create_app(
            self.settings,
            load_sites(self.settings, self.environ),
            environ=self.environ,
            store=self.store,
            transport=self.outbound,
        )

    def close(self) -> None:
        self.runner.close()
        self.store.database.close()
        self.ehr.store.close()

    def run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return self.runner.run(wait())

    def browser(self, **headers: str) -> Browser:
        """A browser with no cookies yet."""
        return Browser(self, headers)

    def tokens(self, page: Page) -> Grant:
        """The tokens of a page's session as the store holds them."""
        found = self.run(self.store.sessions.load(page.launch))
        assert found is not None
        return found

    def end_access(self, page: Page) -> None:
        """Let the EHR forget the access token that a page's session has."""
        found = self.ehr.authority.memory.find_access_token(self.tokens(page).access_token.reveal())
        assert found is not None
        found.ends = self.ehr.authority.now() - timedelta(seconds=1)

    def held(self, resource_type: str) -> list[dict[str, Any]]:
        """The newest version of everything of a type that the EHR holds."""
        rows = self.ehr.store.rows("SELECT body FROM version WHERE type = ? AND current", [resource_type])
        return [json.loads(row[0]) for row in rows if row[0]]


class Browser:
    """Somebody at a browser: cookies are kept, redirects are followed one by one, forms are sent as browsers do."""

    def __init__(self, world: World, headers: dict[str, str]) -> None:
        self.world = world
        self.network = Hosts({"ehr.example": world.ehr.app, "pickupday.example": world.app})
        self.client = httpx.AsyncClient(transport=self.network, headers=headers)

    def get(self, url: str, **headers: str) -> httpx.Response:
        """What stands there; a page that is not ready yet is looked at again, as browsers do."""
        while (answer := self.look(url, **headers)).status_code == 202:
            pass
        return answer

    def look(self, url: str, **headers: str) -> httpx.Response:
        """What is answered at once."""
        return self.world.run(self.client.get(url, headers=headers))

    def post(self, url: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """A form, sent with the Origin of our own pages unless told otherwise."""
        return self.world.run(self.client.post(url, data=fields, headers={"Origin": APP, **headers}))

    def start(self, patient: str = "canary-1", faults: Iterable[Fault] = (), *, banner: bool = True) -> httpx.Response:
        """Open the app from the chart; the answer sends us to the EHR."""
        context = replace(self.world.ehr.context(patient, faults=faults), need_patient_banner=banner)
        return self.get(self.world.ehr.launch("pickupday", context))

    def answer_to(self, start: httpx.Response) -> str:
        """Let the EHR sign us in; where it sends us back to."""
        assert start.status_code == 302, start.text
        return self.get(start.headers["location"]).headers["location"]

    def launch(self, patient: str = "canary-1", faults: Iterable[Fault] = (), *, banner: bool = True) -> Page:
        """The whole launch, to the page."""
        back = self.get(self.answer_to(self.start(patient, faults, banner=banner)))
        assert back.status_code == 302, words(back)
        return self.page(APP + back.headers["location"])

    def page(self, url: str) -> Page:
        return Page(self, url, self.get(url))

    def waiting(self, url: str) -> Page:
        """The page as it is answered at once."""
        return Page(self, url, self.look(url))


@dataclass
class Page:
    """The page of one launch in one browser."""

    browser: Browser
    url: str
    answer: httpx.Response

    @property
    def launch(self) -> str:
        """The random key in the address."""
        return self.url.rstrip("/").rpartition("/")[2]

    @property
    def words(self) -> str:
        return words(self.answer)

    @property
    def fields(self) -> dict[str, str]:
        """The hidden fields that every form of the page carries, and what was shown."""
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', self.answer.text)
        return {name: html.unescape(value) for name, value in found}

    def again(self) -> Page:
        return self.browser.page(self.url)

    def enrol(self, **changed: str) -> httpx.Response:
        """Send the opt-in form."""
        words = {f"consent.{changed.get('language', 'en')}": changed.pop("consent", AGREED["consent.en"])}
        return self.browser.post(self.url + "confirm", self.fields | AGREED | words | changed)

    def leave(self, **changed: str) -> httpx.Response:
        return self.browser.post(self.url + "leave", self.fields | {"leaves": "yes"} | changed)

    def choose(self, **fields: str) -> httpx.Response:
        return self.browser.post(self.url, self.fields | fields)

    def sign_out(self) -> httpx.Response:
        return self.browser.post(f"{APP}/logout", self.fields)


def words(answer: httpx.Response) -> str:
    """What a person reads on a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())
