"""Discovery: how a site says where and how to launch (SMART App Launch 2.2, conformance)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx

from smart_launch.addresses import resolve
from smart_launch.errors import AddressRefused, BadAnswer, DiscoveryFailed
from smart_launch.reading import Json, objects, text, texts
from smart_launch.scopes import ScopeLanguage, language_of
from smart_launch.sites import PrivateKey, Public, Secret, Site
from smart_launch.wire import Limits, get

_OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_METHOD_NAMES = {Public: None, Secret: "client_secret_basic", PrivateKey: "private_key_jwt"}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a site answers and what it says it can do; every address was checked. `warnings` are sentences."""

    token: str
    authorization: str | None
    source: str  # "smart-configuration" or "CapabilityStatement"
    issuer: str | None = None  # of id_tokens and of RFC 9207
    jwks: str | None = None
    introspection: str | None = None
    revocation: str | None = None
    capabilities: frozenset[str] = frozenset()
    scopes_supported: tuple[str, ...] = ()
    auth_methods: tuple[str, ...] = ()
    auth_algorithms: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ()
    challenge_methods: tuple[str, ...] = ()
    names_itself: bool = False  # authorization_response_iss_parameter_supported, RFC 9207
    warnings: tuple[str, ...] = ()

    @property
    def scope_language(self) -> ScopeLanguage:
        """The scope language that the site understands."""
        return language_of(self.capabilities, self.scopes_supported)

    @property
    def takes_post(self) -> bool:
        """Whether an authorization request may be a form (capability `authorize-post`)."""
        return "authorize-post" in self.capabilities


class Discovery:
    """Discovers each site once an hour; requests for one site at the same moment wait for the same answer."""

    def __init__(
        self, http: httpx.AsyncClient, *, keep: timedelta = timedelta(hours=1), limits: Limits | None = None
    ) -> None:
        self._http = http
        self._keep = keep
        self._limits = limits or Limits()
        self._known: dict[Site, tuple[datetime, Endpoints]] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def endpoints(self, site: Site, now: datetime) -> Endpoints:
        """The site's endpoints. Raises ServerUnreachable and DiscoveryFailed; a failure is not remembered."""
        async with self._locks[site.issuer]:
            known = self._known.get(site)
            if known and now < known[0]:
                return known[1]
            found = await discover(self._http, site, self._limits)
            self._known[site] = now + self._keep, found
            return found

    def forget(self, site: Site) -> None:
        """Discover this site anew at the next request."""
        self._known.pop(site, None)


async def discover(http: httpx.AsyncClient, site: Site, limits: Limits) -> Endpoints:
    """Fetch the smart-configuration, or else the CapabilityStatement. Raises ServerUnreachable, DiscoveryFailed."""
    base = site.issuer.rstrip("/")
    try:
        answer = await get(
            http, f"{base}/.well-known/smart-configuration", "application/json", limits.max_bytes, limits.seconds
        )
        if not answer.ok:
            raise BadAnswer(f"It answered with status {answer.status}.", status=answer.status)
        return read_smart_configuration(site, answer.json())
    except BadAnswer as first:
        why = str(first)
    try:
        accept = "application/fhir+json, application/json;q=0.9"
        answer = await get(http, f"{base}/metadata", accept, limits.max_statement_bytes, limits.seconds)
        if not answer.ok:
            raise BadAnswer(f"It answered with status {answer.status}.", status=answer.status)
        return read_capability_statement(site, answer.json(), why)
    except BadAnswer as second:
        raise DiscoveryFailed(
            "The server does not say how to launch at it. "
            f"Its smart-configuration: {why} Its CapabilityStatement: {second}"
        ) from None


def read_smart_configuration(site: Site, found: Json) -> Endpoints:
    """Read a smart-configuration. Raises DiscoveryFailed only without a usable token endpoint."""
    warnings: list[str] = []

    def optional(name: str) -> str | None:
        return _optional(site, name, text(found, name), warnings)

    endpoints = Endpoints(
        token=_required(site, text(found, "token_endpoint")),
        authorization=optional("authorization_endpoint"),
        source="smart-configuration",
        issuer=text(found, "issuer"),
        jwks=optional("jwks_uri"),
        introspection=optional("introspection_endpoint"),
        revocation=optional("revocation_endpoint"),
        capabilities=frozenset(texts(found, "capabilities")),
        scopes_supported=texts(found, "scopes_supported"),
        auth_methods=texts(found, "token_endpoint_auth_methods_supported"),
        auth_algorithms=texts(found, "token_endpoint_auth_signing_alg_values_supported"),
        grant_types=texts(found, "grant_types_supported"),
        challenge_methods=texts(found, "code_challenge_methods_supported"),
        names_itself=found.get("authorization_response_iss_parameter_supported") is True,
    )
    return replace(endpoints, warnings=(*warnings, *doubts(site, endpoints)))


def read_capability_statement(site: Site, found: Json, why: str = "") -> Endpoints:
    """Read the oauth-uris of a CapabilityStatement, as older servers do. Raises DiscoveryFailed."""
    uris: dict[str, str] = {}
    for rest in objects(found, "rest"):
        security = rest.get("security")
        for extension in objects(security, "extension") if isinstance(security, dict) else ():
            if extension.get("url") == _OAUTH_URIS:
                for part in objects(extension, "extension"):
                    name, address = text(part, "url"), text(part, "valueUri")
                    if name and address:
                        uris.setdefault(name, address)
    warnings = [f"It has no usable smart-configuration, so its CapabilityStatement is used. {why}".strip()]
    endpoints = Endpoints(
        token=_required(site, uris.get("token")),
        authorization=_optional(site, "authorize", uris.get("authorize"), warnings),
        source="CapabilityStatement",
        introspection=_optional(site, "introspect", uris.get("introspect"), warnings),
        revocation=_optional(site, "revoke", uris.get("revoke"), warnings),
    )
    return replace(endpoints, warnings=tuple(warnings))


def doubts(site: Site, endpoints: Endpoints) -> tuple[str, ...]:
    """What the site says of itself that does not fit the registration: sentences, none of which stops a launch."""
    found: list[str] = []
    if endpoints.authorization is None:
        found.append("It names no authorization endpoint: only backend access can work.")
    if "S256" not in endpoints.challenge_methods:
        found.append("It does not say that it supports PKCE with S256, which is sent all the same.")
    method = _METHOD_NAMES[type(site.authentication)]
    if method and endpoints.auth_methods and method not in endpoints.auth_methods:
        found.append(f"It does not list {method}, which this site is registered with.")
    if isinstance(site.authentication, PrivateKey):
        algorithm = site.authentication.alg
        if endpoints.auth_algorithms and algorithm not in endpoints.auth_algorithms:
            found.append(f"It does not list {algorithm}, which this site's assertions are signed with.")
    if site.wants_identity and not endpoints.jwks:
        found.append("It names no jwks_uri; the openid-configuration of its issuer is asked instead.")
    return tuple(found)


def _required(site: Site, address: str | None) -> str:
    if address is None:
        raise DiscoveryFailed("It names no token endpoint.")
    try:
        return resolve(site.issuer, address, loopback=site.allow_loopback)
    except AddressRefused as refused:
        raise DiscoveryFailed(f"Its token endpoint cannot be used. {refused}") from None


def _optional(site: Site, name: str, address: str | None, warnings: list[str]) -> str | None:
    if address is None:
        return None
    try:
        return resolve(site.issuer, address, loopback=site.allow_loopback)
    except AddressRefused as refused:
        warnings.append(f"Its {name} is not used. {refused}")
        return None
