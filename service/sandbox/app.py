"""The FHIR server: which address does what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.sandbox import clock, interactions, transactions
from service.sandbox.access import OPEN, Access
from service.sandbox.bundles import Pages, first_page, next_page
from service.sandbox.capability import capability_statement
from service.sandbox.fhir_json import Resource
from service.sandbox.interactions import Done, expect, hosted
from service.sandbox.load import load_charts
from service.sandbox.outcome import FhirError
from service.sandbox.query import read_condition, read_search
from service.sandbox.store import Store
from service.sandbox.wire import Call, answer, pairs, read_body, refuse_other_formats, refused, shown, written

PATH = "/fhir"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

Handler = Callable[[Call], Response]


class Guard(Protocol):
    """Who stands before the FHIR server."""

    base: str | None  # the server's address, "http://localhost:38211/fhir"; None: as the request says
    security: Resource | None  # what the CapabilityStatement says of it

    async def admit(self, request: Request) -> Access:
        """What the caller may do. Raises FhirError (401) for one who may not come in."""
        ...

    def release(self, request: Request, response: Response) -> Response:
        """The answer as it goes out."""
        ...


class NoGuard:
    """Lets everybody do everything."""

    base: str | None = None
    security: Resource | None = None

    async def admit(self, _: Request) -> Access:
        """Everything."""
        return OPEN

    def release(self, _: Request, response: Response) -> Response:
        """The answer as it is."""
        return response


def create_sandbox(
    database: str = ":memory:", *, charts: Iterable[Path] = (), today: date | None = None, store: Store | None = None
) -> Starlette:
    """A FHIR R4 server under /fhir, open to everybody, with the charts in it.

    `charts` are files with a Bundle each, whose dates are relative to `today` (by default this machine's date). The
    database is closed when the server shuts down; `app.state.store` is for whoever runs it without one. A `store` that
    is given stays open, and gets no charts.
    """
    own = open_store(database, charts, today) if store is None else store

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        if store is None:
            own.close()

    return starlette_app(fhir_routes(own), own, lifespan)


def open_store(database: str, charts: Iterable[Path], today: date | None) -> Store:
    """A store with the charts in it."""
    store = Store(database)
    try:
        load_charts(store, charts, today or clock.today())
    except BaseException:
        store.close()
        raise
    return store


def starlette_app(
    routes: list[Route], store: Store, lifespan: Callable[[Starlette], object] | None = None
) -> Starlette:
    """The routes as an application that answers every failure in FHIR."""
    app = Starlette(
        routes=routes,
        middleware=[Middleware(GZipMiddleware, minimum_size=500)],
        exception_handlers={HTTPException: _no_such_address, Exception: _broken},
        lifespan=lifespan,  # type: ignore[arg-type]
    )
    app.router.redirect_slashes = False
    app.state.store = store
    return app


def fhir_routes(store: Store, guard: Guard | None = None) -> list[Route]:
    """The addresses of the FHIR server."""
    guard = guard or NoGuard()
    pages, started = Pages(), clock.today().isoformat()

    def route(path: str, *, unguarded: bool = False, **methods: Handler) -> Route:
        """The address answers these methods; HEAD goes with GET, OPTIONS says which, all others are refused."""
        allowed = ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])

        async def endpoint(request: Request) -> Response:
            handler = methods.get("GET" if request.method == "HEAD" else request.method)
            if request.method == "OPTIONS":
                return Response(status_code=204, headers={"Allow": allowed})
            try:
                access = OPEN if unguarded else await guard.admit(request)
                if handler is None:
                    raise FhirError(405, f"{request.method} is not for this address; {allowed} are.")
                refuse_other_formats(request)
                call = Call(
                    store=store,
                    pages=pages,
                    base=guard.base or f"{request.url.scheme}://{request.url.netloc}{PATH}",
                    path=request.path_params,
                    query=pairs(request.url.query),
                    headers=request.headers,
                    body=await read_body(request),
                    started=started,
                    access=access,
                    security=guard.security,
                )
                response = await run_in_threadpool(handler, call)
                return response if unguarded else guard.release(request, response)
            except FhirError as error:
                return refused(error, {"Allow": allowed} if error.status == 405 else None)
            except RecursionError:
                return refused(FhirError(400, "The resource is nested too deeply.", code="structure"))

        return Route(path, endpoint, methods=_METHODS)

    return [
        route(PATH, GET=_page, POST=_bundle),
        route(f"{PATH}/", GET=_page, POST=_bundle),
        route(f"{PATH}/metadata", unguarded=True, GET=_metadata),
        route(f"{PATH}/{{type}}", GET=_search, POST=_create, PUT=_update_where),
        route(f"{PATH}/{{type}}/_search", POST=_search),
        route(f"{PATH}/{{type}}/{{id}}", GET=_read, PUT=_update, DELETE=_delete),
        route(f"{PATH}/{{type}}/{{id}}/_history/{{number}}", GET=_read_version),
    ]


def _metadata(call: Call) -> Response:
    return answer(capability_statement(call.base, call.started, call.security))


def _page(call: Call) -> Response:
    link = dict(call.query).get("_page")
    if link is None:
        raise FhirError(400, f"Nothing is asked for. {call.base}/metadata says what can be.")
    return answer(next_page(call.store, call.pages, link, call.base, call.access))


def _bundle(call: Call) -> Response:
    whole = call.returns == "representation"
    return answer(transactions.process(call.store, call.resource, call.base, representation=whole, access=call.access))


def _search(call: Call) -> Response:
    asked = (*call.query, *(call.form if call.body else ()))
    search = read_search(hosted(call.type), asked, strict=call.strict)
    return answer(first_page(call.store, call.pages, search, call.base, call.access))


def _create(call: Call) -> Response:
    resource = _allowed(call, "c")
    condition = call.headers.get("if-none-exist")
    with call.store.transaction():
        if condition is None:
            return _permitted(call, interactions.create(call.store, resource), "c")
        search = read_condition(call.type, pairs(condition.removeprefix(f"{call.type}?").removeprefix("?")))
        return _permitted(call, interactions.create_unless(call.store, resource, search), "c")


def _update(call: Call) -> Response:
    resource = _allowed(call, "u")
    if "id" not in resource:
        raise FhirError(400, "A resource that is updated carries its id.", code="required", path=f"{call.type}.id")
    with call.store.transaction():
        done = interactions.update(call.store, resource, call.id, access=call.access, if_match=call.if_match)
        return _permitted(call, done, "u")


def _update_where(call: Call) -> Response:
    resource = _allowed(call, "u")
    search = read_condition(call.type, call.query)
    with call.store.transaction():
        done = interactions.update_where(call.store, resource, search, access=call.access, if_match=call.if_match)
        return _permitted(call, done, "u")


def _delete(call: Call) -> Response:
    call.access.demand(hosted(call.type), "d")
    with call.store.transaction():
        return written(interactions.delete(call.store, call.type, call.id, access=call.access), call)


def _read(call: Call) -> Response:
    return shown(interactions.read(call.store, hosted(call.type), call.id, call.access))


def _read_version(call: Call) -> Response:
    return shown(interactions.read_version(call.store, hosted(call.type), call.id, call.path["number"], call.access))


def _allowed(call: Call, letter: str) -> Resource:
    """The resource of the body, which the caller may write as far as its type goes."""
    call.access.demand(hosted(call.type), letter)
    return expect(call.resource, call.type)


def _permitted(call: Call, done: Done, letter: str) -> Response:
    """The answer to a write, which is undone where it is not the caller's to write."""
    call.access.check(call.store, done.version, letter)
    return written(done, call)


async def _no_such_address(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return refused(
        FhirError(status, f"{request.method} {request.url.path} is not served here; {PATH}/metadata says what is.")
    )


async def _broken(_: Request, error: Exception) -> Response:
    return refused(FhirError(500, f"The sandbox failed: {type(error).__name__}."))
