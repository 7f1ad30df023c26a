"""The sandbox on a port of this machine while a `with` block lasts: the bare FHIR server, or the whole EHR."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from service.sandbox.app import PATH, create_sandbox
from service.sandbox.authorization.authority import TOKEN_LIFE
from service.sandbox.authorization.clients import Client
from service.sandbox.ehr import Ehr, create_ehr
from service.sandbox.faults import Fault
from service.sandbox.store import Store

_PATIENCE = 10.0  # seconds for the start, and for open requests at the end


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A server that answers under `base`."""

    base: str  # "http://127.0.0.1:38211/fhir"
    app: Starlette


@contextmanager
def running_sandbox(
    *,
    charts: Iterable[Path] = (),
    today: date | None = None,
    database: str = ":memory:",
    port: int = 0,
    store: Store | None = None,
) -> Iterator[RunningSandbox]:
    """Serve FHIR without authorization on the loopback interface (port 0: any free one) until the block is left.

    By whatever way it is left, Ctrl-C included, nothing stays behind: the data is in memory unless a database file is
    named. A `store` that is given is served as it is, and stays open. Raises OSError where the port is taken.
    """
    with closing(listening("127.0.0.1", port)) as listener:
        app = create_sandbox(database, charts=charts, today=today, store=store)
        try:
            with served(app, [listener]):
                yield RunningSandbox(f"http://127.0.0.1:{listener.getsockname()[1]}{PATH}", app)
        finally:
            if store is None:
                app.state.store.close()


@contextmanager
def running_ehr(
    *,
    charts: Iterable[Path] = (),
    today: date | None = None,
    database: str = ":memory:",
    port: int = 0,
    stories: Mapping[str, str] | None = None,
    clients: Iterable[Client] = (),
    faults: Iterable[Fault] = (),
    consent: bool = False,
    token_life: timedelta = TOKEN_LIFE,
    slow_seconds: float = 3.0,
) -> Iterator[Ehr]:
    """Serve the whole EHR as http://localhost:PORT until the block is left, like `running_sandbox`.

    By its name and not by its number: an app on 127.0.0.1 is then another site for a browser, as apps are in life.
    """
    with ExitStack() as stack:
        first = stack.enter_context(closing(listening("127.0.0.1", port)))
        listeners, port = [first], first.getsockname()[1]
        with suppress(OSError):  # a machine without IPv6, or another program's port there
            listeners.append(stack.enter_context(closing(listening("::1", port))))
        ehr = create_ehr(
            f"http://localhost:{port}",
            charts=charts,
            today=today,
            database=database,
            stories=stories,
            clients=clients,
            faults=faults,
            consent=consent,
            token_life=token_life,
            slow_seconds=slow_seconds,
        )
        try:
            with served(ehr.app, listeners):
                yield ehr
        finally:
            ehr.store.close()


def listening(host: str, port: int = 0) -> socket.socket:
    """A socket bound to the port of this host; 0: any free one. Raises OSError where it is taken."""
    # The protocol is named because asyncio sends without delay (TCP_NODELAY) only where it is: 1 ms instead of 44.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


@contextmanager
def served(app: Starlette, listeners: list[socket.socket], name: str = "sandbox", *, grace: int = 1) -> Iterator[None]:
    """The app answers on these sockets inside of the block, from a thread of this name.

    Requests that are open at the end get `grace` seconds to finish.
    """
    server = uvicorn.Server(
        uvicorn.Config(
            app, log_level="warning", log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=grace
        )
    )
    # A thread that is no daemon would keep the process alive if the block were left in a way that nobody foresaw.
    thread = threading.Thread(target=server.run, args=(listeners,), name=name, daemon=True)
    thread.start()
    try:
        _wait_for(server, thread)
        yield
    finally:
        server.should_exit = True
        thread.join(grace + _PATIENCE)


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    """Until it answers."""
    deadline = time.monotonic() + _PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise OSError(f"the {thread.name} did not start")
        time.sleep(0.01)
