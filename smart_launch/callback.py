"""The answer to the authorization request, as it arrives with the browser: everything in it may be forged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from smart_launch.authorize import PendingLaunch
from smart_launch.discovery import Endpoints
from smart_launch.errors import AuthorizationRefused, BadCallback, LaunchExpired, UnknownState, WrongServer
from smart_launch.hidden import Hidden

_NO_LAUNCH = "This answer belongs to no launch that this app waits for; it may have been used already."
_LONGEST = 8192  # characters of one parameter

Query = Iterable[tuple[str, str]]


def state_of(query: Query) -> str:
    """The `state` under which the launch is kept; take that launch out of the store, once. Raises UnknownState."""
    state = _once(query, "state")
    if not state:
        raise UnknownState(_NO_LAUNCH)
    return state


def read_code(
    query: Query, pending: PendingLaunch | None, *, endpoints: Endpoints, browser: str, path: str, now: datetime
) -> Hidden:
    """The authorization code of an answer that is believed.

    `pending` is what the store held under the state (None: nothing), `browser` the cookie of this browser ("": none),
    `path` the path at which the answer arrived. Raises UnknownState, LaunchExpired, WrongServer, AuthorizationRefused
    (the server said no) and BadCallback, in this order.
    """
    query = list(query)
    if pending is None or not pending.state.matches(state_of(query)):
        raise UnknownState(_NO_LAUNCH)
    if not pending.browser.matches(browser):
        raise UnknownState("This answer belongs to a launch in another browser, or this browser keeps no cookies here.")
    if now >= pending.expires_at():
        raise LaunchExpired("Signing in took too long, so this launch has ended.")
    if path != urlsplit(pending.redirect_uri).path:
        raise WrongServer("The answer arrived at the address of another site.")
    _check_issuer(_once(query, "iss"), pending, endpoints)
    if (error := _once(query, "error")) is not None:
        raise AuthorizationRefused(error, _once(query, "error_description") or "")
    code = _once(query, "code")
    if not code:
        raise BadCallback("The server's answer holds neither a code nor an error.")
    return Hidden(code)


def _check_issuer(named: str | None, pending: PendingLaunch, endpoints: Endpoints) -> None:
    """RFC 9207 section 2.4: whoever names itself must be the server that was asked."""
    if named is None:
        if pending.must_name_itself:
            raise WrongServer("The answer does not say which server it comes from, though that server always does.")
    elif named != (endpoints.issuer or pending.issuer):
        raise WrongServer("The answer comes from another server than the one that was asked.")


def _once(query: Query, name: str) -> str | None:
    """The parameter, which stands once or not at all (RFC 6749 section 3.1). Raises BadCallback."""
    found = [value for key, value in query if key == name]
    if len(found) > 1 or any(len(value) > _LONGEST for value in found):
        raise BadCallback("The server's answer cannot be read: a parameter stands twice or is too long.")
    return found[0] if found else None
