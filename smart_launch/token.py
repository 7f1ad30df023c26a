"""The token endpoint: a code becomes a token, and what the token allows is read from the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes

import httpx

from smart_launch.authorize import PendingLaunch
from smart_launch.client_auth import prove
from smart_launch.context import LaunchContext, read_context
from smart_launch.discovery import Endpoints
from smart_launch.errors import BadAnswer, BadTokenAnswer, TokenRefused, token_refusal
from smart_launch.hidden import Hidden
from smart_launch.keys import KeyRing
from smart_launch.reading import Json, NotJson, read_object, text, texts, whole_number, word
from smart_launch.scopes import Granted
from smart_launch.sites import Site
from smart_launch.wire import Answer, Limits, post

SHORT = timedelta(minutes=5)  # how long a token is believed to live that does not say


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What a token endpoint gave (RFC 6749 section 5.1, with SMART's launch context); `notes` are sentences."""

    access_token: Hidden
    expires_at: datetime
    granted: Granted
    refresh_token: Hidden | None
    id_token: Hidden | None
    context: LaunchContext
    notes: tuple[str, ...] = ()


async def exchange(
    http: httpx.AsyncClient,
    site: Site,
    endpoints: Endpoints,
    pending: PendingLaunch,
    code: Hidden,
    *,
    keys: KeyRing,
    now: datetime,
    random: Callable[[int], bytes] = token_bytes,
    limits: Limits | None = None,
) -> TokenAnswer:
    """Exchange the code of a launch. Raises ServerUnreachable, BadTokenAnswer, TokenRefused and NoSigningKey."""
    form = {
        "grant_type": "authorization_code",
        "code": code.reveal(),
        "redirect_uri": pending.redirect_uri,
        "code_verifier": pending.verifier.reveal(),
    }
    found = await ask(http, site, endpoints, form, keys=keys, now=now, random=random, limits=limits)
    return read_token_answer(found, site, endpoints, requested=pending.scopes, now=now)


async def ask(
    http: httpx.AsyncClient,
    site: Site,
    endpoints: Endpoints,
    form: dict[str, str],
    *,
    keys: KeyRing,
    now: datetime,
    random: Callable[[int], bytes] = token_bytes,
    limits: Limits | None = None,
) -> Json:
    """Post a form with the app's proof to the token endpoint. Raises as `exchange` does."""
    proof = prove(site, endpoints, keys, now, random)
    try:
        answer = await post(http, endpoints.token, {**form, **proof.fields}, proof.headers, limits or Limits())
        if not answer.ok:
            raise refusal(answer)
        return answer.json()
    except BadAnswer as odd:
        raise BadTokenAnswer(f"The token endpoint gave no token. {odd}", status=odd.status) from None


def read_token_answer(
    found: Json, site: Site, endpoints: Endpoints, *, requested: tuple[str, ...], now: datetime
) -> TokenAnswer:
    """Read a token answer. Raises BadTokenAnswer where it holds no bearer token; everything else becomes a note."""
    token = word(found, "access_token")
    if token is None:
        raise BadTokenAnswer("The token endpoint's answer holds no access token.")
    if (text(found, "token_type") or "").strip().lower() != "bearer":
        raise BadTokenAnswer("The token endpoint gave a token that is no bearer token.")
    notes: list[str] = []
    context = read_context(found, site, endpoints)
    refresh_token, id_token = word(found, "refresh_token"), word(found, "id_token")
    return TokenAnswer(
        access_token=Hidden(token),
        expires_at=now + _lifetime(found, notes),
        granted=_granted(found, requested, notes),
        refresh_token=Hidden(refresh_token) if refresh_token else None,
        id_token=Hidden(id_token) if id_token else None,
        context=context,
        notes=(*notes, *context.notes),
    )


def refusal(answer: Answer) -> TokenRefused | BadTokenAnswer:
    """The exception for an answer that is no success: typed where it carries an OAuth error code."""
    try:
        found = read_object(answer.body)
    except NotJson:
        found = {}
    code = text(found, "error")
    if code is None:
        return BadTokenAnswer(f"The token endpoint answered with status {answer.status}.", status=answer.status)
    return token_refusal(code, text(found, "error_description") or "", answer.status)


def _lifetime(found: Json, notes: list[str]) -> timedelta:
    seconds = whole_number(found, "expires_in")
    if seconds is None or not 0 <= seconds <= 10**9:
        notes.append(f"The server does not say how long the token lives; {SHORT.seconds // 60} minutes are assumed.")
        return SHORT
    return timedelta(seconds=seconds)


def _granted(found: Json, requested: tuple[str, ...], notes: list[str]) -> Granted:
    if isinstance(found.get("scope"), str | list):
        return Granted(tuple(dict.fromkeys(texts(found, "scope"))))
    notes.append("The server does not say what it granted; that means all that was asked for (RFC 6749 section 5.1).")
    return Granted(requested)
