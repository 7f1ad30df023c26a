"""The one place where the parts of the application are joined: settings, sites, store, gateway, use cases, routes."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from pickupday import __version__
from service import clock
from service.config import Settings, variable
from service.errors import ServiceError, SettingsError
from service.gateway import Servers, parse_base
from service.logs import silence_the_wire
from service.routes import handout, operations, past, patient_page
from service.routes import launching as launch_routes
from service.routes.cookies import Cookies
from service.routes.headers import SecurityHeaders
from service.routes.pages import TEMPLATES, Pages
from service.routes.parts import Parts
from service.routes.problems import Failures, handle
from service.routes.waiting import Readings
from service.sites import LaunchSite, LaunchSites, load_sites
from service.store.database import Database, database_url
from service.store.identifier_key import identifier_key, state_folder
from service.store.outbox import SqliteOutbox
from service.store.sealing import Sealer
from service.store.sessions import PURPOSE, Lifetimes, SqlSessions
from service.store.signing_keys import PURPOSE as KEYS_PURPOSE
from service.store.signing_keys import StoredSigningKeys
from service.store.store_keys import store_secrets
from service.use_cases.elsewhere import Elsewhere
from service.use_cases.granted import GrantedServer
from service.use_cases.launching import Launching, requester_of
from service.use_cases.opt_in import Desk
from service.use_cases.ports import Outbox
from service.use_cases.propose import Wishes
from service.use_cases.sessions import Session
from service.use_cases.show import Site as PickupSite
from service.use_cases.tokens import LaunchTokens, SystemTokens
from service.use_cases.visiting import choose_zone, chosen_programme, visiting_hours
from smart_launch import LaunchClient, SiteList

log = logging.getLogger(__name__)
_SWEEP_SECONDS = 600
_THREADS = 40  # planning and the database: a few long plans must not keep sessions waiting


@dataclass(frozen=True, slots=True)
class Store:
    """What is kept in the database, opened once."""

    database: Database
    sessions: SqlSessions
    signing_keys: StoredSigningKeys

    @classmethod
    def opened(cls, settings: Settings, environ: Mapping[str, str], *, migrate: bool = False) -> Store:
        """Open the database of the settings. Raises SettingsError, StoreUnusable."""
        url = database_url(settings.database, lambda: state_folder(environ))
        secrets = store_secrets(environ)
        database = Database(url, migrate=migrate)
        lives = Lifetimes(session=60 * settings.session_minutes, idle=60 * settings.idle_minutes)
        return cls(
            database,
            SqlSessions(database, Sealer(secrets, PURPOSE), lives),
            StoredSigningKeys(database, Sealer(secrets, KEYS_PURPOSE)),
        )


def create_app(
    settings: Settings | None = None,
    sites: LaunchSites | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    store: Store | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Starlette:
    """The application as ASGI. What is not given comes from the environment; `transport` replaces the network.

    Raises SettingsError naming the variable or the file and key, and StoreUnusable.
    """
    environ = os.environ if environ is None else environ
    settings = settings or Settings.from_environment(environ)
    sites = sites if sites is not None else load_sites(settings, environ)
    store = store or Store.opened(settings, environ)
    return _Joining(settings, sites, store, environ, transport, Servers(transport=transport)).app()


@dataclass(slots=True)
class _Joining:
    """One application on its way to being whole."""

    settings: Settings
    sites: LaunchSites
    store: Store
    environ: Mapping[str, str]
    transport: httpx.AsyncBaseTransport | None
    servers: Servers

    def app(self) -> Starlette:
        silence_the_wire()
        public = _public_url(self.settings)
        http = httpx.AsyncClient(
            transport=self.transport, follow_redirects=False, headers={"User-Agent": f"pickupday/{__version__}"}
        )
        registered = SiteList(
            [*self.sites.smart, *(s.write.backend for s in self.sites if s.write and s.write.backend)]
        )
        client = LaunchClient(http, registered, keys=self.store.signing_keys.load, now=clock.now)
        key = identifier_key(self.environ)
        root = httpx.URL(public).path.rstrip("/")
        parts = Parts(
            public_url=public,
            sites=self.sites,
            launching=Launching(client, self.sites, self.store.sessions, key),
            sessions=self.store.sessions,
            desk=partial(self.desk, client, key),
            outbox=partial(self.outbox, key),
            published_keys=lambda: self.store.signing_keys.load().public_jwks(),
            healthy=self.store.database.check,
            pages=Pages(root),
            cookies=Cookies(development=public.startswith("http://")),
            readings=Readings(),
            session_seconds=60 * self.settings.session_minutes,
            now=clock.now,
        )
        app = Starlette(
            routes=_routes(),
            middleware=[Middleware(SecurityHeaders, https=public.startswith("https://")), Middleware(Failures)],
            exception_handlers={HTTPException: handle},
            lifespan=partial(self.lifespan, http, parts.readings),
        )
        app.state.parts = parts
        return app

    @asynccontextmanager
    async def lifespan(self, http: httpx.AsyncClient, readings: Readings, _app: Starlette) -> AsyncIterator[None]:
        """Sweep while the application runs; give everything back when it ends."""
        gc.collect()
        gc.freeze()  # what is there now stays: looking through it again and again would halt every visit for 0.3 s
        threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="pickupday")
        asyncio.get_running_loop().set_default_executor(threads)
        sweeping = asyncio.create_task(self.sweep())
        try:
            yield
        finally:
            sweeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sweeping
            await readings.close()
            gc.unfreeze()
            await http.aclose()
            await self.servers.close()
            self.store.database.close()

    async def sweep(self) -> None:
        """Remove what has ended, every ten minutes."""
        while True:
            try:
                removed = await self.store.sessions.sweep()
                log.info("swept: %d ended", removed)
            except ServiceError as error:
                log.error("sweep: %s", error.for_log)
            await asyncio.sleep(_SWEEP_SECONDS)

    @asynccontextmanager
    async def desk(self, client: LaunchClient, key: bytes, session: Session) -> AsyncIterator[Desk]:
        """The chart's server and the pickup server of one session."""
        site = self.sites.of_issuer(session.holder.issuer)
        grant = session.grant
        tokens = LaunchTokens(client, self.store.sessions, session.launch, grant, clock.now)
        programme, doubts = chosen_programme(site.offered, session.work.choices.programme)
        zone, assumed = choose_zone(programme, site.zone)
        wishes = Wishes(
            today=clock.today_in(zone),
            zone=zone,
            programme=programme.search,
            rules=programme.rules,
            limits=self.settings.chart_limits,
            programme_name=programme.name,
        )
        async with contextlib.AsyncExitStack() as opened:
            settings = self.settings_at(site)
            base = parse_base(site.issuer, allow_http=settings.allow_http)
            source = await opened.enter_async_context(self.servers.gateway(base, settings, tokens))
            target = source
            if site.write is not None:
                where = parse_base(site.write.base, allow_http=settings.allow_http)
                backend = site.write.backend
                system = SystemTokens(client, backend.issuer, _texts(backend.scopes)) if backend is not None else None
                target = await opened.enter_async_context(self.servers.gateway(where, self.settings, system))
            elsewhere = target is not source
            yield Desk(
                source=source,
                server=Elsewhere(target, site.issuer) if elsewhere else GrantedServer(source, grant.granted),
                site=PickupSite(
                    key, zone, hours=visiting_hours(programme), pharmacy=programme.pharmacy, opening=programme.hours
                ),
                wishes=wishes,
                patient=f"Patient/{grant.context.patient}",
                granted=grant.granted,
                programmes=site.offered,
                programme=programme,
                elsewhere=elsewhere,
                requester=None if elsewhere else requester_of(grant),
                shows_banner=grant.context.shows_patient_banner,
                doubts=(*doubts, *assumed),
            )

    def settings_at(self, site: LaunchSite) -> Settings:
        """The settings with what one server does in its own way."""
        changed: dict[str, object] = {}
        if site.public_base:
            changed["public_base"] = site.public_base
        if site.medication_request_intents:
            changed["medication_request_intents"] = site.medication_request_intents
        return self.settings.model_copy(update=changed)

    def outbox(self, key: bytes, session: Session) -> Outbox:
        """Writes of this session's pickup server that nobody has acknowledged yet."""
        site = self.sites.of_issuer(session.holder.issuer)
        base = site.write.base if site.write is not None else site.issuer
        address = parse_base(base, allow_http=self.settings.allow_http)
        return SqliteOutbox(state_folder(self.environ), key, address.url)


def _routes() -> list[Route | Mount]:
    return [
        Route("/", operations.home),
        Route("/launch", launch_routes.launch),
        Route("/launch/standalone", launch_routes.standalone),
        Route("/launch/framed/{note}", launch_routes.framed),
        Route("/launch/window/{note}", launch_routes.window),
        Route("/callback", launch_routes.callback),
        Route("/callback/{site}", launch_routes.callback),
        Route("/logout", launch_routes.logout, methods=["GET", "POST"]),
        Route("/l/{launch}/", patient_page.show),
        Route("/l/{launch}/past", past.page),
        Route("/l/{launch}/handout", handout.page),
        Route("/l/{launch}/handout.pdf", handout.document),
        Route("/l/{launch}/pickups.ics", handout.calendar),
        Route(handout.STYLE, handout.style),
        Route("/l/{launch}/", patient_page.change, methods=["POST"]),
        Route("/l/{launch}/enrolment.json", patient_page.as_fhir),
        Route("/l/{launch}/confirm", patient_page.enrol, methods=["POST"]),
        Route("/l/{launch}/leave", patient_page.end, methods=["POST"]),
        Route("/.well-known/jwks.json", operations.published_keys),
        Route("/healthz", operations.health),
        Mount("/static", StaticFiles(directory=TEMPLATES.parent / "static")),
    ]


def _public_url(settings: Settings) -> str:
    """The address of the app in browsers, checked. Raises SettingsError."""
    url = settings.public_url.rstrip("/")
    if not url:
        raise SettingsError(
            f"{variable('public_url')} is not set: the address under which browsers reach this app, such as "
            "https://pickupday.example.org"
        )
    host = httpx.URL(url).host
    here = host in ("127.0.0.1", "localhost", "::1")
    if url.startswith("http://") and not (settings.dev_loopback and here):
        raise SettingsError(
            f"{variable('public_url')}={url} cannot be used: browsers must come by https. Plain http is for "
            f"development on this machine, with {variable('dev_loopback')}=1 and http://127.0.0.1:PORT"
        )
    return url


def _texts(scopes: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(scope for scope in scopes if isinstance(scope, str))
