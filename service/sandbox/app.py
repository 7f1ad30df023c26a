"""The FHIR server: which address does what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.sandbox import clock, interactions, transactions
from service.sandbox.bundles import Pages, first_page, next_page
from service.sandbox.capability import capability_statement
from service.sandbox.interactions import expect, hosted
from service.sandbox.load import load_charts
from service.sandbox.outcome import FhirError
from service.sandbox.query import read_condition, read_search
from service.sandbox.store import Store
from service.sandbox.wire import Call, answer, pairs, read_body, refuse_other_formats, refused, shown, written

PATH = "/fhir"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

Handler = Callable[[Call], Response]


def create_sandbox(database: str = ":memory:", *, charts: Iterable[Path] = (), today: date | None = None) -> Starlette:
    """A FHIR R4 server under /fhir, with the charts in it.

    `charts` are files with a Bundle each, whose dates are relative to `today` (by default this machine's date). The
    database is closed when the server shuts down; `app.state.store` is for whoever runs it without one.
    """
    store = Store(database)
    try:
        load_charts(store, charts, today or clock.today())
    except BaseException:
        store.close()
        raise

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        store.close()

    pages, started = Pages(), clock.today().isoformat()

    def route(path: str, **methods: Handler) -> Route:
        """The address answers these methods; HEAD goes with GET, OPTIONS says which, all others are refused."""
        allowed = ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])

        async def endpoint(request: Request) -> Response:
            handler = methods.get("GET" if request.method == "HEAD" else request.method)
            if request.method == "OPTIONS":
                return Response(status_code=204, headers={"Allow": allowed})
            try:
                if handler is None:
                    raise FhirError(405, f"{request.method} is not for this address; {allowed} are.")
                refuse_other_formats(request)
                call = Call(
                    store=store,
                    pages=pages,
                    base=f"{request.url.scheme}://{request.url.netloc}{PATH}",
                    path=request.path_params,
                    query=pairs(request.url.query),
                    headers=request.headers,
                    body=await read_body(request),
                    started=started,
                )
                return await run_in_threadpool(handler, call)
            except FhirError as error:
                return refused(error, {"Allow": allowed} if error.status == 405 else None)
            except RecursionError:
                return refused(FhirError(400, "The resource is nested too deeply.", code="structure"))

        return Route(path, endpoint, methods=_METHODS)

    app = Starlette(
        routes=[
            route(PATH, GET=_page, POST=_bundle),
            route(f"{PATH}/", GET=_page, POST=_bundle),
            route(f"{PATH}/metadata", GET=_metadata),
            route(f"{PATH}/{{type}}", GET=_search, POST=_create, PUT=_update_where),
            route(f"{PATH}/{{type}}/_search", POST=_search),
            route(f"{PATH}/{{type}}/{{id}}", GET=_read, PUT=_update, DELETE=_delete),
            route(f"{PATH}/{{type}}/{{id}}/_history/{{number}}", GET=_read_version),
        ],
        middleware=[Middleware(GZipMiddleware, minimum_size=500)],
        exception_handlers={HTTPException: _no_such_address, Exception: _broken},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.store = store
    return app


def _metadata(call: Call) -> Response:
    return answer(capability_statement(call.base, call.started))


def _page(call: Call) -> Response:
    link = dict(call.query).get("_page")
    if link is None:
        raise FhirError(400, f"Nothing is asked for. {call.base}/metadata says what can be.")
    return answer(next_page(call.store, call.pages, link, call.base))


def _bundle(call: Call) -> Response:
    representation = call.returns == "representation"
    return answer(transactions.process(call.store, call.resource, call.base, representation=representation))


def _search(call: Call) -> Response:
    asked = (*call.query, *(call.form if call.body else ()))
    search = read_search(hosted(call.type), asked, strict=call.strict)
    return answer(first_page(call.store, call.pages, search, call.base))


def _create(call: Call) -> Response:
    resource = expect(call.resource, hosted(call.type))
    condition = call.headers.get("if-none-exist")
    with call.store.transaction():
        if condition is None:
            return written(interactions.create(call.store, resource), call)
        search = read_condition(call.type, pairs(condition.removeprefix(f"{call.type}?").removeprefix("?")))
        return written(interactions.create_unless(call.store, resource, search), call)


def _update(call: Call) -> Response:
    resource = expect(call.resource, hosted(call.type))
    if "id" not in resource:
        raise FhirError(400, "A resource that is updated carries its id.", code="required", path=f"{call.type}.id")
    with call.store.transaction():
        return written(interactions.update(call.store, resource, call.id, if_match=call.if_match), call)


def _update_where(call: Call) -> Response:
    resource = expect(call.resource, hosted(call.type))
    search = read_condition(call.type, call.query)
    with call.store.transaction():
        return written(interactions.update_where(call.store, resource, search, if_match=call.if_match), call)


def _delete(call: Call) -> Response:
    with call.store.transaction():
        return written(interactions.delete(call.store, hosted(call.type), call.id), call)


def _read(call: Call) -> Response:
    return shown(interactions.read(call.store, hosted(call.type), call.id))


def _read_version(call: Call) -> Response:
    return shown(interactions.read_version(call.store, hosted(call.type), call.id, call.path["number"]))


async def _no_such_address(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return refused(
        FhirError(status, f"{request.method} {request.url.path} is not served here; {PATH}/metadata says what is.")
    )


async def _broken(_: Request, error: Exception) -> Response:
    return refused(FhirError(500, f"The sandbox failed: {type(error).__name__}."))
