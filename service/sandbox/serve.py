"""The sandbox on a port of this machine, for as long as a `with` block lasts."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from service.sandbox.app import PATH, create_sandbox

_PATIENCE = 10.0  # seconds for the start, and for open requests at the end


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A server that answers under `base`."""

    base: str  # "http://127.0.0.1:38211/fhir"
    app: Starlette


@contextmanager
def running_sandbox(
    *, charts: Iterable[Path] = (), today: date | None = None, database: str = ":memory:", port: int = 0
) -> Iterator[RunningSandbox]:
    """Serve on the loopback interface (port 0: any free one) until the block is left, by whatever way, Ctrl-C included.

    Nothing is left behind: the data is in memory unless a database file is named. Raises OSError where the port is
    taken.
    """
    # The protocol is named because asyncio sends without delay (TCP_NODELAY) only where it is: 1 ms instead of 44.
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        app = create_sandbox(database, charts=charts, today=today)
        server = uvicorn.Server(
            uvicorn.Config(
                app, log_level="warning", log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=1
            )
        )
        # A thread that is no daemon would keep the process alive if the block were left in a way that nobody foresaw.
        thread = threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
        thread.start()
        try:
            _wait_for(server, thread)
            yield RunningSandbox(f"http://127.0.0.1:{listener.getsockname()[1]}{PATH}", app)
        finally:
            server.should_exit = True
            thread.join(_PATIENCE)
            app.state.store.close()


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    """Until it answers."""
    deadline = time.monotonic() + _PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise OSError("the sandbox did not start")
        time.sleep(0.01)
