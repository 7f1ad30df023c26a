"""Refreshing: one at a time for each session, and no refresh token is sent a second time once it may be spent.

The refresh token is taken out of the store before it is sent, and put back only where the server certainly did not
take it: no connection, 429, 503. After any other failure nobody knows whether it was spent, and a server that rotates
tokens takes a second use for theft and ends the whole session; so a new launch is asked for instead.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Protocol

import httpx

from smart_launch.discovery import Endpoints
from smart_launch.errors import (
    BadTokenAnswer,
    InvalidGrant,
    NoRefreshToken,
    NoSigningKey,
    RefreshRefused,
    RefreshUncertain,
    ServerUnreachable,
    SmartError,
    TokenRefused,
)
from smart_launch.grant import Grant
from smart_launch.hidden import Hidden
from smart_launch.keys import KeyRing
from smart_launch.sites import Site
from smart_launch.token import TokenAnswer, ask, read_token_answer
from smart_launch.wire import Limits

EARLY = timedelta(seconds=30)  # a token that ends within this time is refreshed before it is used
_NOT_TAKEN = (429, 503)


class GrantStore(Protocol):
    """Where grants are kept. `lock` is held by one holder at a time in all processes that share the store."""

    def lock(self, key: str) -> AbstractAsyncContextManager[object]:
        """Hold this session alone."""

    async def load(self, key: str) -> Grant | None:
        """The grant as it was last saved, None where it is gone."""

    async def save(self, key: str, grant: Grant) -> None:
        """Replace the grant, durably before this returns."""


async def refresh(
    http: httpx.AsyncClient,
    site: Site,
    endpoints: Endpoints,
    grant: Grant,
    spend: Hidden,
    *,
    keys: KeyRing,
    now: datetime,
    random: Callable[[int], bytes] = token_bytes,
    limits: Limits | None = None,
) -> TokenAnswer:
    """Spend one refresh token. Raises ServerUnreachable, BadTokenAnswer, TokenRefused and NoSigningKey."""
    form = {"grant_type": "refresh_token", "refresh_token": spend.reveal()}
    if site.quirks.refresh_with_scope:
        form["scope"] = " ".join(grant.granted.scopes)
    found = await ask(http, site, endpoints, form, keys=keys, now=now, random=random, limits=limits)
    return read_token_answer(found, site, endpoints, requested=grant.granted.scopes, now=now)


async def fresh(
    http: httpx.AsyncClient,
    site: Site,
    endpoints: Callable[[], Awaitable[Endpoints]],
    key: str,
    store: GrantStore,
    *,
    keys: KeyRing,
    now: Callable[[], datetime],
    rejected: Hidden | None = None,
    random: Callable[[int], bytes] = token_bytes,
    limits: Limits | None = None,
) -> Grant:
    """The grant with an access token that may be used now, refreshed if need be.

    `endpoints` is called only where a refresh is needed. `rejected` is a token that the FHIR server has just answered
    with 401: it is refreshed whatever its age, unless another request has done so meanwhile. Raises RelaunchNeeded
    where only a new launch helps, and ServerUnreachable, BadTokenAnswer or TokenRefused where the same call may
    succeed later.
    """
    async with store.lock(key):
        grant = await store.load(key)
        if grant is None:
            raise NoRefreshToken("The session has ended.")
        refused = rejected is not None and grant.access_token.matches(rejected.reveal())
        if not refused and usable(grant, now()):
            return grant
        spend = grant.refresh_token
        if spend is None:
            raise NoRefreshToken("Your time at the server has ended.")
        where = await endpoints()
        await store.save(key, replace(grant, refresh_token=None))
        try:
            answer = await refresh(http, site, where, grant, spend, keys=keys, now=now(), random=random, limits=limits)
        except InvalidGrant:
            raise RefreshRefused("The server has ended your session.") from None
        except SmartError as error:
            if not _unspent(error):
                raise RefreshUncertain("Your session may have been renewed, but the server's answer is lost.") from None
            await store.save(key, grant)
            raise
        renewed = grant.refreshed(answer, spend, now())
        await store.save(key, renewed)
        return renewed


def usable(grant: Grant, now: datetime) -> bool:
    """Whether the access token lives long enough for a request: 30 seconds, or a quarter of a short life."""
    early = min(EARLY, (grant.expires_at - grant.received_at) / 4)
    return grant.expires_at - now > (early if grant.refresh_token else timedelta(0))


def _unspent(error: SmartError) -> bool:
    """Whether the server certainly did not take the refresh token."""
    if isinstance(error, ServerUnreachable):
        return not error.sent
    if isinstance(error, TokenRefused):
        return error.status is None or error.status < 500 or error.status in _NOT_TAKEN
    if isinstance(error, BadTokenAnswer):
        return error.status in _NOT_TAKEN
    return isinstance(error, NoSigningKey)
