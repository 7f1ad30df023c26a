"""What is wrong with a site: everything that can be told without launching, each finding with what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

import httpx

from smart_launch.authorize import requested_scopes
from smart_launch.discovery import Endpoints, discover
from smart_launch.errors import NoSigningKey, SmartError
from smart_launch.jwks import ALGORITHMS, IssuerKeys
from smart_launch.keys import KeyRing
from smart_launch.scopes import parse_scope
from smart_launch.sites import PrivateKey, Site, SiteList
from smart_launch.wire import Limits

Grade: TypeAlias = Literal["ok", "doubt", "fault"]

_CAPABILITIES = {
    "launch-ehr": "launches from within the EHR",
    "launch-standalone": "launches from outside",
    "context-ehr-patient": "says which patient is open",
    "sso-openid-connect": "says who signed in",
    "permission-offline": "gives refresh tokens that outlive the person's session",
}


@dataclass(frozen=True, slots=True)
class SiteFinding:
    """One thing that was looked at ("discovery", "keys", ...), how it stands, and a sentence."""

    subject: str
    grade: Grade
    sentence: str


async def check_site(
    http: httpx.AsyncClient, site: Site, sites: SiteList, *, keys: KeyRing, now: datetime, limits: Limits | None = None
) -> tuple[SiteFinding, ...]:
    """Look at a site from outside. Raises nothing: what cannot be reached is a fault with the reason."""
    limits = limits or Limits()
    try:
        endpoints = await discover(http, site, limits)
    except SmartError as refused:
        return (SiteFinding("discovery", "fault", str(refused)), *_own_side(site, keys))
    found = [SiteFinding("discovery", "ok", f"The {endpoints.source} names a token endpoint.")]
    found += [SiteFinding("discovery", "doubt", warning) for warning in endpoints.warnings]
    found += _shared_redirect(site, sites, endpoints)
    found += _capabilities(site, endpoints)
    found += _scopes(site, endpoints)
    found += await _issuer_keys(http, site, endpoints, now, limits)
    found += _own_side(site, keys)
    return tuple(found)


def _shared_redirect(site: Site, sites: SiteList, endpoints: Endpoints) -> Iterable[SiteFinding]:
    if sites.shares_redirect(site) and not endpoints.names_itself:
        yield SiteFinding(
            "redirect URI", "fault",
            "It shares its redirect URI with another site and does not name itself in its answers (RFC 9207); "
            "give it a redirect URI of its own.",
        )  # fmt: skip


def _capabilities(site: Site, endpoints: Endpoints) -> Iterable[SiteFinding]:
    if endpoints.authorization is None:
        yield SiteFinding("endpoints", "fault", "It names no authorization endpoint, so nobody can launch.")
    if not endpoints.capabilities:
        yield SiteFinding("capabilities", "doubt", "It declares no capabilities.")
        return
    for name, meaning in _CAPABILITIES.items():
        wanted = name != "sso-openid-connect" or site.wants_identity
        if name == "permission-offline":
            wanted = "offline_access" in site.scopes
        if wanted and name not in endpoints.capabilities:
            yield SiteFinding("capabilities", "doubt", f"It does not declare {name} ({meaning}).")


def _scopes(site: Site, endpoints: Endpoints) -> Iterable[SiteFinding]:
    language = site.scope_language or endpoints.scope_language
    asked = requested_scopes(site, endpoints, from_ehr=True)
    yield SiteFinding("scopes", "ok", f"Asked for in the language of {language}: {' '.join(asked)}")
    listed = set(endpoints.scopes_supported)
    plain = [scope for scope in asked if parse_scope(scope) is None]
    if listed and (unlisted := [scope for scope in plain if scope not in listed]):
        yield SiteFinding("scopes", "doubt", f"It does not list {', '.join(unlisted)} among its scopes.")


async def _issuer_keys(
    http: httpx.AsyncClient, site: Site, endpoints: Endpoints, now: datetime, limits: Limits
) -> list[SiteFinding]:
    if not site.wants_identity or endpoints.jwks is None:
        return []
    published = IssuerKeys(http, limits=limits)
    try:
        usable = [alg for alg in ALGORITHMS if await published.candidates(endpoints.jwks, alg, None, now)]
    except SmartError as refused:
        return [SiteFinding("keys", "fault", str(refused))]
    if not usable:
        return [SiteFinding("keys", "fault", "It publishes no key that an id_token can be checked with.")]
    return [SiteFinding("keys", "ok", f"It publishes keys for {', '.join(usable)}.")]


def _own_side(site: Site, keys: KeyRing) -> Iterable[SiteFinding]:
    if isinstance(site.authentication, PrivateKey):
        try:
            key = keys.signing(site.authentication.alg)
            yield SiteFinding("our key", "ok", f"Assertions are signed with {key.alg}, key {key.kid}.")
        except NoSigningKey as lack:
            yield SiteFinding("our key", "fault", f"{lack} {lack.what_next}")
    if site.allow_loopback:
        yield SiteFinding("address", "doubt", "It may be on this machine and without https: for development only.")
