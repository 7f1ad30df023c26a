"""Asking an authorization server what a token still counts for (RFC 7662, SMART token introspection)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_bytes

import httpx

from smart_launch.client_auth import prove
from smart_launch.discovery import Endpoints
from smart_launch.errors import BadTokenAnswer, SiteError
from smart_launch.hidden import Hidden
from smart_launch.keys import KeyRing
from smart_launch.reading import text, whole_number
from smart_launch.scopes import Granted
from smart_launch.sites import Site
from smart_launch.token import refusal
from smart_launch.wire import Limits, post


@dataclass(frozen=True, slots=True)
class Introspection:
    """What the server says of a token; where it is not active, everything else is empty."""

    active: bool
    granted: Granted
    client_id: str | None = None
    expires_at: datetime | None = None
    patient: str | None = field(repr=False, default=None)
    subject: str | None = field(repr=False, default=None)
    fhir_user: str | None = field(repr=False, default=None)


async def introspect(
    http: httpx.AsyncClient,
    site: Site,
    endpoints: Endpoints,
    token: Hidden,
    *,
    keys: KeyRing,
    now: datetime,
    random: Callable[[int], bytes] = token_bytes,
    limits: Limits | None = None,
) -> Introspection:
    """Ask about one token. Raises SiteError where the site has no such endpoint, else as the token endpoint does."""
    if endpoints.introspection is None:
        raise SiteError("The site does not offer to tell what a token counts for.")
    proof = prove(site, endpoints, keys, now, random)
    headers = proof.headers
    if site.quirks.introspect_with_bearer:  # RFC 7662 section 2.1 allows either
        headers = {"Authorization": f"Bearer {token.reveal()}"}
    form = {"token": token.reveal(), **proof.fields}
    answer = await post(http, endpoints.introspection, form, headers, limits or Limits())
    if not answer.ok:
        raise refusal(answer)
    found = answer.json()
    if not isinstance(found.get("active"), bool):
        raise BadTokenAnswer("The server does not say whether the token counts.", status=answer.status)
    if not found["active"]:
        return Introspection(False, Granted(()))
    expires = whole_number(found, "exp")
    return Introspection(
        active=True,
        granted=Granted.parse(text(found, "scope") or ""),
        client_id=text(found, "client_id"),
        expires_at=datetime.fromtimestamp(expires, UTC) if expires is not None and 0 <= expires < 2**33 else None,
        patient=text(found, "patient"),
        subject=text(found, "sub"),
        fhir_user=text(found, "fhirUser"),
    )
