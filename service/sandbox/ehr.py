"""The sandbox as an EHR: FHIR server, authorization server and launcher page, joined."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Route

from service.sandbox import clock
from service.sandbox.app import PATH, fhir_routes, open_store, starlette_app
from service.sandbox.authorization.assertions import Fetch
from service.sandbox.authorization.authority import TOKEN_LIFE, Authority, fetch_over_http
from service.sandbox.authorization.authorize import AuthorizationEndpoint
from service.sandbox.authorization.clients import Client
from service.sandbox.authorization.discovery import Discovery
from service.sandbox.authorization.grants import Context
from service.sandbox.authorization.inspection import Inspection
from service.sandbox.authorization.tokens import TokenEndpoint
from service.sandbox.faults import Fault
from service.sandbox.guard import TokenGuard
from service.sandbox.launcher import Launcher, launch_address
from service.sandbox.pages import Pages
from service.sandbox.patients import Patients
from service.sandbox.store import Store

CLINICIAN = {
    "resourceType": "Practitioner",
    "id": "sandbox-clinician",
    "active": True,
    "name": [{"use": "official", "family": "Abara", "given": ["June"], "prefix": ["Dr."]}],
}


@dataclass(frozen=True, slots=True)
class Ehr:
    """One EHR. `app` answers its addresses; `authority` holds what may be changed while it runs: faults, consent."""

    app: Starlette
    authority: Authority
    store: Store

    @property
    def base(self) -> str:
        """The FHIR base: what a client knows as iss."""
        return self.authority.base

    @property
    def origin(self) -> str:
        """Where the launcher page is."""
        return self.authority.origin

    @property
    def faults(self) -> set[Fault]:
        """The faults of the whole server, to be changed at any time."""
        return self.authority.faults

    def register(self, client: Client) -> None:
        """Know the client from now on."""
        self.authority.register(client)

    def context(self, patient: str | None = None, *, faults: Iterable[Fault] = ()) -> Context:
        """The clinician at the screen, with the patient's chart open."""
        return Context(f"Practitioner/{CLINICIAN['id']}", patient, faults=frozenset(faults))

    def launch(self, client_id: str, context: Context) -> str:
        """The address that opens the registered app as from a chart: its launch URL with iss and a new launch."""
        launch_url = self.authority.clients[client_id].launch_url
        if launch_url is None:
            raise ValueError(f"client {client_id} has no launch_url")
        return launch_address(launch_url, self.base, self.authority.memory.begin_launch(client_id, context))


def create_ehr(
    origin: str = "http://ehr.example",
    *,
    charts: Iterable[Path] = (),
    today: date | None = None,
    database: str = ":memory:",
    stories: Mapping[str, str] | None = None,
    clients: Iterable[Client] = (),
    faults: Iterable[Fault] = (),
    consent: bool = False,
    token_life: timedelta = TOKEN_LIFE,
    slow_seconds: float = 3.0,
    now: Callable[[], datetime] = clock.now,
    fetch: Fetch = fetch_over_http,
) -> Ehr:
    """An EHR that is reached at `origin`, with the charts in it.

    `stories` says in a line why a patient (by id) is interesting. `fetch` gets a client's key set. The store is closed
    when the app shuts down; `ehr.store` is for whoever runs it without one.
    """
    store = open_store(database, charts, today)
    if store.current("Practitioner", CLINICIAN["id"]) is None:  # type: ignore[arg-type]
        with store.transaction():
            store.add("Practitioner", str(CLINICIAN["id"]), dict(CLINICIAN), clock.now())
    authority = Authority(
        origin,
        f"{origin}{PATH}",
        clients=clients,
        faults=faults,
        consent=consent,
        token_life=token_life,
        slow_seconds=slow_seconds,
        now=now,
        fetch=fetch,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        store.close()

    patients = Patients(store, stories or {}, today or clock.today())
    routes = [
        *_smart_routes(authority, Pages(patients)),
        *_pages_for_people(Launcher(authority, patients, f"Practitioner/{CLINICIAN['id']}")),
        *fhir_routes(store, TokenGuard(authority)),
    ]
    return Ehr(starlette_app(routes, store, lifespan), authority, store)


def _smart_routes(authority: Authority, pages: Pages) -> list[Route]:
    discovery, inspection = Discovery(authority), Inspection(authority)
    authorization = AuthorizationEndpoint(authority, pages, f"Practitioner/{CLINICIAN['id']}")
    return [
        Route(f"{PATH}/.well-known/smart-configuration", discovery.smart_configuration),
        Route(f"{PATH}/.well-known/openid-configuration", discovery.openid_configuration),
        Route("/auth/jwks.json", discovery.jwks),
        Route("/auth/authorize", authorization.authorize, methods=["GET", "POST"]),
        Route("/auth/decision", authorization.decide, methods=["POST"]),
        Route("/auth/token", TokenEndpoint(authority).answer, methods=["POST"]),
        Route("/auth/introspect", inspection.introspect, methods=["POST"]),
        Route("/auth/revoke", inspection.revoke, methods=["POST"]),
        Route("/smart-style.json", discovery.style),
    ]


def _pages_for_people(launcher: Launcher) -> list[Route]:
    return [
        Route("/", launcher.people),
        Route("/chart/{patient}", launcher.chart),
        Route("/launch/{patient}", launcher.launch),
        Route("/faults", launcher.faults, methods=["GET", "POST"]),
    ]
