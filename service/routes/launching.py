"""Coming and going: /launch, /launch/standalone, /callback, /logout, and the way out of a frame without cookies."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.routes.cookies import fingerprint, new_secret
from service.routes.headers import FRAMED_BY, content_policy
from service.routes.parts import Parts, parts_of
from service.routes.problems import Problem
from service.routes.sessions import session_for_write
from service.routes.writes import read_form
from service.use_cases.launching import Departure
from smart_launch import LaunchExpired, origin, state_of
from smart_launch.authorize import ANSWER_WITHIN

_FRAMES = frozenset({"iframe", "frame", "embed", "object"})
_FOUND = 302  # every request here is a GET, and this is what launchers know best


async def launch(request: Request) -> Response:
    """EHR launch: `iss` and `launch`; without `launch` it is one from outside.

    Inside a frame it is first seen whether the browser keeps our cookies there.
    """
    parts = parts_of(request)
    iss, handle = request.query_params.get("iss", ""), request.query_params.get("launch", "")
    site = parts.sites.of_issuer(iss)
    setattr(request.state, FRAMED_BY, site.frame_ancestors)
    if not handle:
        return await standalone(request)
    if request.headers.get("sec-fetch-dest") not in _FRAMES:
        return await _depart(parts, site.issuer, handle)
    note = await parts.sessions.leave_note(json.dumps([site.issuer, handle]))
    answer = RedirectResponse(parts.address(f"/launch/framed/{note}"), _FOUND)
    parts.cookies.keep(answer, note, new_secret(parts.now()), 600)
    return answer


async def framed(request: Request) -> Response:
    """The second step inside a frame: on to the server, or out into a window of its own."""
    parts, note = parts_of(request), request.path_params["note"]
    iss, handle = await _noted(parts, note)
    setattr(request.state, FRAMED_BY, parts.sites.of_issuer(iss).frame_ancestors)
    if parts.cookies.secret(request, note) is not None:
        answer = await _depart(parts, iss, handle)
        parts.cookies.forget(answer, note)
        return answer
    return parts.pages.answer("window.html", address=parts.address(f"/launch/window/{note}"))


async def window(request: Request) -> Response:
    """The same launch in a window of its own, where our cookies are kept."""
    parts = parts_of(request)
    return await _depart(parts, *await _noted(parts, request.path_params["note"]))


async def standalone(request: Request) -> Response:
    """Launch from outside of an EHR: the server asks for the patient."""
    parts = parts_of(request)
    site = parts.sites.of_issuer(request.query_params.get("iss", ""))
    if not site.standalone:
        return _explain(parts, "This site lets the app be started from its record system only.")
    return await _depart(parts, site.issuer, None)


async def callback(request: Request) -> Response:
    """The answer of the authorization server."""
    parts = parts_of(request)
    query = request.query_params.multi_items()
    state = state_of(query)
    secret = new_secret(parts.now())
    launch_key, _ = await parts.launching.finish(
        query,
        browser=parts.cookies.secret(request, state) or "",
        path=parts.address(request.scope["path"].removeprefix(request.scope.get("root_path", ""))),
        new_browser=fingerprint(secret),
    )
    answer = RedirectResponse(parts.address(f"/l/{launch_key}/"), _FOUND)
    parts.cookies.forget(answer, state)
    parts.cookies.prune(request, answer)
    parts.cookies.keep(answer, launch_key, secret, parts.session_seconds)
    return answer


async def logout(request: Request) -> Response:
    """Sign out: the session is forgotten here and its tokens are revoked where the server offers it."""
    parts = parts_of(request)
    if request.method != "POST":
        return parts.pages.answer("logout.html", done=False, revoked=False)
    form = await read_form(request)
    session = await session_for_write(request, form.get("launch"), form)
    parts.readings.drop(session.launch)
    revoked = await parts.launching.end(session)
    answer = parts.pages.answer("logout.html", done=True, revoked=revoked)
    parts.cookies.forget(answer, session.launch)
    return answer


async def _depart(parts: Parts, iss: str, handle: str | None) -> Response:
    departure = await parts.launching.start(iss, handle)
    answer = _sent_away(parts, departure)
    pending = departure.pending
    seconds = int(ANSWER_WITHIN.total_seconds())
    parts.cookies.keep(answer, pending.state.reveal(), pending.browser.reveal(), seconds)
    return answer


def _sent_away(parts: Parts, departure: Departure) -> Response:
    """A redirect or, where the site takes a long request as a form only, a page with that form."""
    asked = departure.request
    if asked.method == "GET":
        return RedirectResponse(asked.url, _FOUND)
    answer = parts.pages.answer("onward.html", address=asked.url, fields=asked.fields)
    ancestors = parts.sites.of_issuer(departure.pending.issuer).frame_ancestors
    answer.headers["Content-Security-Policy"] = content_policy(ancestors, (origin(asked.url), "https:"))
    return answer


async def _noted(parts: Parts, note: str) -> tuple[str, str]:
    text = await parts.sessions.read_note(note)
    if text is None:
        raise LaunchExpired("This launch has ended: it was opened too long ago.")
    iss, handle = json.loads(text)
    return iss, handle


def _explain(parts: Parts, happened: str) -> Response:
    problem = Problem(400, "This launch cannot begin", happened, "Start PickupDay again from the patient's record.")
    return parts.pages.answer("problem.html", problem.status, problem=problem)
