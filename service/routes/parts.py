"""What the routes are joined to: the use cases and their surroundings, put together by `service/app.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from starlette.requests import Request

from service.routes.cookies import Cookies
from service.routes.pages import Pages
from service.routes.waiting import Readings
from service.sites import LaunchSites
from service.use_cases.launching import Launching
from service.use_cases.opt_in import Desk
from service.use_cases.ports import Outbox
from service.use_cases.sessions import Session, Sessions


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that a route may use. `desk` opens the chart's server for one session."""

    public_url: str  # without a slash at its end
    sites: LaunchSites
    launching: Launching
    sessions: Sessions
    desk: Callable[[Session], AbstractAsyncContextManager[Desk]]
    outbox: Callable[[Session], Outbox]
    published_keys: Callable[[], Mapping[str, object]]
    healthy: Callable[[], None]  # raises StoreUnusable
    pages: Pages
    cookies: Cookies
    readings: Readings
    session_seconds: int
    now: Callable[[], datetime]

    @property
    def origin(self) -> str:
        """Scheme, host and port under which browsers reach this app."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    def address(self, path: str) -> str:
        """A path of ours as browsers reach it, "/l/…/"."""
        return f"{urlsplit(self.public_url).path}{path}"


def parts_of(request: Request) -> Parts:
    """The parts of the application that serves the request."""
    found: Parts = request.app.state.parts
    return found
