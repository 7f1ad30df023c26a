"""Every failure as a page: what happened, what to do, and never a trace, a name, an id, a token or a server's words."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import BadArgument, ServiceError, StoreUnusable
from service.routes.headers import FRAMED_BY
from service.routes.parts import parts_of
from service.routes.writes import ForgedWrite, UnusableForm
from service.use_cases.launching import NoPatientChosen, SessionOver
from service.use_cases.ports import (
    AccessDenied,
    AnotherPatient,
    LimitExceeded,
    NotFound,
    OutboxUnusable,
    ServerError,
    ServerFault,
    ServerGone,
    TooManyRequests,
)
from smart_launch import (
    AuthorizationRefused,
    BadCallback,
    IdTokenRefused,
    NoSigningKey,
    RelaunchNeeded,
    ServerUnreachable,
    SiteError,
    SmartError,
    TokenRefused,
    UnknownIssuer,
)

log = logging.getLogger(__name__)
_RELAUNCH = "Start PickupDay again from the patient's record."
_KEPT = "What you entered is kept for an hour and comes back with your next launch on this patient."
_LATER = "Try again in a minute. If it stays so, tell whoever runs the server of your record system."
_OPERATOR = "Tell whoever runs this app; the time of day is enough to find it in the log."


@dataclass(frozen=True, slots=True)
class Problem:
    """One failure, in the words of the person who reads it."""

    status: int
    title: str
    happened: str
    next_step: str
    details: tuple[str, ...] = ()


def problem_of(error: Exception) -> Problem:
    """The page of an error; anything unforeseen is told as such and nothing more."""
    if isinstance(error, SmartError):
        return _of_launch(error)
    if isinstance(error, ServerError):
        return _of_server(error)
    if isinstance(error, ServiceError):
        return _of_service(error)
    if isinstance(error, HTTPException):
        return _of_address(error)
    return Problem(500, "Something went wrong here", "PickupDay failed in a way that was not foreseen.", _OPERATOR)


_LAUNCH: tuple[tuple[type[SmartError], int, str], ...] = (
    (UnknownIssuer, 403, "This server is not on the list"),
    (BadCallback, 400, "This launch cannot be finished"),
    (AuthorizationRefused, 403, "The server said no"),
    (TokenRefused, 502, "The server gave no access"),
    (IdTokenRefused, 403, "It is not certain who signed in"),
    (RelaunchNeeded, 401, "Your time at the server has ended"),
    (ServerUnreachable, 504, "The server does not answer"),
    (SiteError, 500, "This site is not set up completely"),
    (NoSigningKey, 500, "This site is not set up completely"),
)


def _of_launch(error: SmartError) -> Problem:
    status, title = next(((status, title) for kind, status, title in _LAUNCH if isinstance(error, kind)), (502, ""))
    details = ()
    if isinstance(error, AuthorizationRefused):  # its own words are for the person who was refused
        details = (f"Error: {error.code}", *((f"The server says: {error.description}",) if error.description else ()))
    happened = f"{error} {_KEPT}" if isinstance(error, RelaunchNeeded) else str(error)
    return Problem(status, title or "The launch did not work", happened, error.what_next, details)


def _of_server(error: ServerError) -> Problem:
    doing = error.attempted
    written = " It may have been written: look at what the record holds before you try again." * error.maybe_written
    if isinstance(error, AccessDenied) and error.status == 401:
        return Problem(
            401,
            "Your time at the server has ended",
            f"The server does not take this sign-in any more. {_KEPT}",
            _RELAUNCH,
        )
    if isinstance(error, AccessDenied):
        happened = f"The server does not allow this app to do that ({doing}).{written}"
        return Problem(403, "Not allowed", happened, "Ask for the missing permission, then start PickupDay again.")
    if isinstance(error, NotFound):
        return Problem(404, "Not in the record", f"The server does not have what was asked for ({doing}).", _RELAUNCH)
    if isinstance(error, TooManyRequests):
        return Problem(503, "The server is busy", f"It asks for fewer requests ({doing}).{written}", _LATER)
    if isinstance(error, ServerFault):
        return Problem(502, "The server failed", f"The server of the record failed ({doing}).{written}", _LATER)
    if isinstance(error, ServerGone):
        return Problem(504, "The server does not answer", f"No answer came in time ({doing}).{written}", _LATER)
    if isinstance(error, AnotherPatient):
        happened = "The server answered with somebody else's record. Nothing of it is shown."
        return Problem(502, "Not this patient", happened, "Tell whoever runs the server of your record system at once.")
    if isinstance(error, LimitExceeded):
        happened = f"The answer is larger than PickupDay takes ({doing}).{written}"
        return Problem(502, "Too much at once", happened, f"Ask whoever runs this app to raise {error.setting}.")
    happened = f"The server's answer cannot be used ({doing}).{written}"
    return Problem(502, "The answer cannot be used", happened, _LATER)


def _of_service(error: ServiceError) -> Problem:
    if isinstance(error, SessionOver):
        happened = "This window has no session any more: it ended after a while without use, or was signed out."
        return Problem(401, "This session is over", happened, _RELAUNCH)
    if isinstance(error, NoPatientChosen):
        return Problem(400, "No patient", str(error), "Open a patient's record first, then start PickupDay from there.")
    if isinstance(error, ForgedWrite):
        return Problem(403, "Nothing was done", str(error), "Go back, load the page again, and repeat what you did.")
    if isinstance(error, UnusableForm):
        return Problem(400, "Nothing was done", str(error), "Go back, load the page again, and repeat what you did.")
    if isinstance(error, StoreUnusable | OutboxUnusable):
        happened = "PickupDay cannot reach its own database. Nothing was written to the record."
        return Problem(503, "Not available just now", happened, _OPERATOR)
    if isinstance(error, BadArgument):
        return Problem(400, "That cannot be used", "A value of this request cannot be meant.", _RELAUNCH)
    return Problem(500, "Something went wrong here", "PickupDay cannot go on.", _OPERATOR)


_ADDRESSES: Mapping[int, tuple[str, str, str]] = {
    404: ("No such page", "There is nothing at this address.", _RELAUNCH),
    405: ("Not this way", "This address takes another kind of request.", _RELAUNCH),
}


def _of_address(error: HTTPException) -> Problem:
    title, happened, next_step = _ADDRESSES.get(
        error.status_code, ("That did not work", "The request cannot be answered.", _RELAUNCH)
    )
    return Problem(error.status_code, title, happened, next_step)


class Failures:
    """ASGI middleware: whatever is raised below becomes a page, and one line in the log that names nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; catch what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # the last one who can answer
            found = only_one(error)
            status = problem_of(found).status
            log.log(logging.ERROR if status >= 500 else logging.WARNING, "%d %s", status, what_to_log(found))
            if begun:
                return
            await problem_page(Request(scope, receive), found)(scope, receive, send)


def problem_page(request: Request, error: Exception) -> Response:
    """The page of an error, which every listed site may frame: it holds nothing of a patient and does nothing."""
    parts, problem = parts_of(request), problem_of(error)
    if not getattr(request.state, FRAMED_BY, ()):
        setattr(request.state, FRAMED_BY, parts.sites.frame_ancestors)
    return parts.pages.answer("problem.html", problem.status, problem=problem)


async def handle(request: Request, error: Exception) -> Response:
    """Starlette's handler for what the router itself raises: no such address, no such method."""
    return problem_page(request, error)


def only_one(error: Exception) -> Exception:
    """The first of several errors that came up side by side."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def what_to_log(error: Exception) -> str:
    """Kind and place of an error; its words may name somebody, so they stay out."""
    named = getattr(error, "for_log", None) or type(error).__name__
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{named} at {place}" if place else str(named)
