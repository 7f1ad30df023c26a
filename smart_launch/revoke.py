"""Telling an authorization server that a token shall count no more (RFC 7009)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from secrets import token_bytes

import httpx

from smart_launch.client_auth import prove
from smart_launch.discovery import Endpoints
from smart_launch.errors import SmartError
from smart_launch.grant import Grant
from smart_launch.hidden import Hidden
from smart_launch.keys import KeyRing
from smart_launch.sites import Site
from smart_launch.wire import Limits, post


async def revoke(
    http: httpx.AsyncClient,
    site: Site,
    endpoints: Endpoints,
    grant: Grant,
    *,
    keys: KeyRing,
    now: datetime,
    random: Callable[[int], bytes] = token_bytes,
    limits: Limits | None = None,
) -> bool:
    """Revoke the refresh token and the access token of a grant. True where the server confirms both.

    False where the site has no such endpoint or one of the requests failed: the person is logged out here all the
    same, and the tokens are forgotten, so nothing is raised.
    """
    if endpoints.revocation is None:
        return False
    tokens = (("refresh_token", grant.refresh_token), ("access_token", grant.access_token))
    confirmed = True
    for hint, token in tokens:
        confirmed &= token is None or await _revoke_one(
            http, site, endpoints, endpoints.revocation, hint, token, keys, now, random, limits or Limits()
        )
    return confirmed


async def _revoke_one(
    http: httpx.AsyncClient,
    site: Site,
    endpoints: Endpoints,
    address: str,
    hint: str,
    token: Hidden,
    keys: KeyRing,
    now: datetime,
    random: Callable[[int], bytes],
    limits: Limits,
) -> bool:
    try:
        proof = prove(site, endpoints, keys, now, random)
        form = {"token": token.reveal(), "token_type_hint": hint, **proof.fields}
        return (await post(http, address, form, proof.headers, limits)).ok
    except SmartError:
        return False
