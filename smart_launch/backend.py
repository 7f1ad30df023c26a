"""Backend Services: a token for the app itself, without a person and without a launch (SMART backend-services)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes

import httpx

from smart_launch.discovery import Endpoints
from smart_launch.errors import SiteError
from smart_launch.hidden import Hidden
from smart_launch.keys import KeyRing
from smart_launch.scopes import Access, Granted, ask_for
from smart_launch.sites import PrivateKey, Site
from smart_launch.token import ask, read_token_answer
from smart_launch.wire import Limits

EARLY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class SystemToken:
    """An access token of the app itself; there is no refresh token, a new one is asked for instead."""

    access_token: Hidden
    expires_at: datetime
    granted: Granted
    notes: tuple[str, ...] = ()


async def system_token(
    http: httpx.AsyncClient,
    site: Site,
    endpoints: Endpoints,
    wanted: Iterable[Access | str],
    *,
    keys: KeyRing,
    now: datetime,
    random: Callable[[int], bytes] = token_bytes,
    limits: Limits | None = None,
) -> SystemToken:
    """Ask for a token with system scopes. Raises SiteError without a private key, or for any other scope."""
    if not isinstance(site.authentication, PrivateKey):
        raise SiteError("Backend access needs a private key (private_key_jwt) at this site.")
    scopes = ask_for(wanted, site.scope_language or endpoints.scope_language, verbatim=site.quirks.scopes_verbatim)
    if not scopes or not all(scope.startswith("system/") for scope in scopes):
        raise SiteError("Backend access takes system scopes only, at least one.")
    form = {"grant_type": "client_credentials", "scope": " ".join(scopes)}
    found = await ask(http, site, endpoints, form, keys=keys, now=now, random=random, limits=limits)
    answer = read_token_answer(found, site, endpoints, requested=scopes, now=now)
    return SystemToken(answer.access_token, answer.expires_at, answer.granted, answer.notes)


class SystemTokens:
    """System tokens, kept until shortly before they end; requests at the same moment share one."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, tuple[Access | str, ...]], SystemToken] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def token(
        self,
        http: httpx.AsyncClient,
        site: Site,
        endpoints: Endpoints,
        wanted: Iterable[Access | str],
        *,
        keys: KeyRing,
        now: datetime,
        rejected: Hidden | None = None,
    ) -> SystemToken:
        """A token that may be used now; `rejected` is one that the FHIR server has just answered with 401."""
        wanted = tuple(wanted)
        name = site.issuer, wanted
        async with self._locks[site.issuer]:
            known = self._known.get(name)
            refused = known and rejected and known.access_token.matches(rejected.reveal())
            if known and not refused and now + EARLY < known.expires_at:
                return known
            self._known[name] = await system_token(http, site, endpoints, wanted, keys=keys, now=now)
            return self._known[name]
