"""One object for an app that launches: who may launch it, the keys it signs with, and every step in its order.

app = LaunchClient(http, SiteList([site]), keys=lambda: ring, now=clock)
pending, request = await app.start(iss, launch)          # GET /launch: keep pending, set the cookie
grant = await app.finish(query, pending, browser=cookie, path=path)             # GET /callback
grant = await app.fresh(session_id, store)             # before each request to the FHIR server
await app.log_out(session)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from secrets import token_bytes

import httpx

from smart_launch import authorize, callback, id_token, introspect, refresh, revoke, token
from smart_launch.authorize import AuthorizationRequest, PendingLaunch
from smart_launch.backend import SystemToken, SystemTokens
from smart_launch.discovery import Discovery, Endpoints
from smart_launch.errors import SmartError, UnknownState
from smart_launch.grant import Grant
from smart_launch.hidden import Hidden
from smart_launch.introspect import Introspection
from smart_launch.jwks import IssuerKeys
from smart_launch.keys import KeyRing
from smart_launch.refresh import GrantStore
from smart_launch.scopes import Access
from smart_launch.sites import SiteList
from smart_launch.wire import Limits


class LaunchClient:
    """The SMART side of an app. `http` is shared and stays open; `now` gives the moment, with its zone."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        sites: SiteList,
        *,
        keys: Callable[[], KeyRing],
        now: Callable[[], datetime],
        random: Callable[[int], bytes] = token_bytes,
        limits: Limits | None = None,
    ) -> None:
        self.sites = sites
        self._http = http
        self._keys = keys
        self._now = now
        self._random = random
        self._limits = limits or Limits()
        self._discovery = Discovery(http, limits=self._limits)
        self._issuer_keys = IssuerKeys(http, limits=self._limits)
        self._system_tokens = SystemTokens()

    async def endpoints(self, iss: str) -> Endpoints:
        """Where the site of this issuer answers; nothing is fetched from one that is not listed (UnknownIssuer)."""
        return await self._discovery.endpoints(self.sites.exact(iss), self._now())

    async def start(
        self, iss: str, launch: str | None, *, browser: Hidden | None = None
    ) -> tuple[PendingLaunch, AuthorizationRequest]:
        """Begin an EHR launch, or with `launch` None a standalone one; `browser` is the cookie that this browser has.

        Raises UnknownIssuer before anything is fetched, ServerUnreachable, DiscoveryFailed, SiteError.
        """
        site = self.sites.exact(iss)
        return authorize.begin(
            site,
            await self.endpoints(iss),
            launch=launch,
            now=self._now(),
            random=self._random,
            browser=browser,
            must_name_itself=self.sites.shares_redirect(site),
        )

    async def finish(
        self, query: Iterable[tuple[str, str]], pending: PendingLaunch | None, *, browser: str, path: str
    ) -> Grant:
        """Turn the answer at the redirect URI into a grant.

        `pending` is what was kept under `callback.state_of(query)`, taken out of the store so that no second answer
        finds it; None where there was nothing. Raises BadCallback, AuthorizationRefused, TokenRefused, BadTokenAnswer,
        IdTokenRefused, ServerUnreachable.
        """
        if pending is None:
            raise UnknownState(
                "This answer belongs to no launch that this app waits for; it may have been used already."
            )
        site = self.sites.exact(pending.issuer)
        endpoints = await self.endpoints(pending.issuer)
        code = callback.read_code(query, pending, endpoints=endpoints, browser=browser, path=path, now=self._now())
        answer = await token.exchange(
            self._http, site, endpoints, pending, code, keys=self._keys(), now=self._now(), random=self._random,
            limits=self._limits,
        )  # fmt: skip
        identity = None
        if answer.id_token is not None:
            identity = await id_token.validate(
                answer.id_token, site=site, endpoints=endpoints, nonce=pending.nonce, keys=self._issuer_keys,
                http=self._http, now=self._now(), limits=self._limits,
            )  # fmt: skip
        return Grant.opened(pending, answer, identity, self._now())

    async def fresh(self, key: str, store: GrantStore, issuer: str, *, rejected: Hidden | None = None) -> Grant:
        """The stored grant with a token that may be used now; see `refresh.fresh` for what it raises."""
        return await refresh.fresh(
            self._http, self.sites.exact(issuer), lambda: self.endpoints(issuer), key, store, keys=self._keys(),
            now=self._now, rejected=rejected, random=self._random, limits=self._limits,
        )  # fmt: skip

    async def introspect(self, grant: Grant) -> Introspection:
        """Ask what the grant's access token still counts for."""
        return await introspect.introspect(
            self._http, self.sites.exact(grant.issuer), await self.endpoints(grant.issuer), grant.access_token,
            keys=self._keys(), now=self._now(), random=self._random, limits=self._limits,
        )  # fmt: skip

    async def log_out(self, grant: Grant) -> bool:
        """Revoke the grant's tokens where the site offers it; True where it confirms. Raises nothing."""
        try:
            site, endpoints = self.sites.exact(grant.issuer), await self.endpoints(grant.issuer)
        except SmartError:
            return False
        return await revoke.revoke(
            self._http, site, endpoints, grant, keys=self._keys(), now=self._now(), random=self._random,
            limits=self._limits,
        )  # fmt: skip

    async def system_token(
        self, issuer: str, wanted: Iterable[Access | str], *, rejected: Hidden | None = None
    ) -> SystemToken:
        """A token of the app itself with system scopes (Backend Services)."""
        site, endpoints = self.sites.exact(issuer), await self.endpoints(issuer)
        return await self._system_tokens.token(
            self._http,
            site,
            endpoints,
            wanted,
            keys=self._keys(),
            now=self._now(),
            rejected=rejected,
        )
