"""The sites that this app is registered at, and the list that decides whom it talks to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from smart_launch.addresses import check_address
from smart_launch.errors import AddressRefused, SiteError, UnknownIssuer
from smart_launch.hidden import Hidden
from smart_launch.scopes import Access, ScopeLanguage

Algorithm: TypeAlias = Literal["RS384", "ES384"]


@dataclass(frozen=True, slots=True)
class Public:
    """The app has no secret at this site; PKCE alone ties the code to it."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A shared secret, sent as HTTP Basic (client_secret_basic)."""

    secret: Hidden


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A signed assertion (private_key_jwt); the key stands in a KeyRing, its public part at `jku`."""

    alg: Algorithm = "ES384"
    jku: str | None = None


Authentication: TypeAlias = Public | Secret | PrivateKey


@dataclass(frozen=True, slots=True)
class Quirks:
    """What one server does in its own way."""

    refresh_with_scope: bool = False  # send `scope` with a refresh (most servers want none)
    scopes_verbatim: bool = False  # send the scopes as they are written, in no language
    openid_issuer: str | None = None  # `iss` of its id_tokens, where discovery does not say
    introspect_with_bearer: bool = False  # ask about a token with that token instead of the app's own proof
    assertion_audience: str | None = None  # `aud` of assertions, where it is not the token URL
    style_origins: tuple[str, ...] = ()  # where a smart_style_url may point, besides the server itself


@dataclass(frozen=True, slots=True)
class Site:
    """One registration: the FHIR base as the server spells it (`iss`), the client id, how the app proves itself.

    `scopes` says what is wanted in version 2 of the scope language (Access, or texts such as "openid"); `launch` and
    `launch/patient` are added where they belong. Raises SiteError on what cannot be meant.
    """

    issuer: str
    client_id: str
    authentication: Authentication
    redirect_uri: str
    scopes: tuple[Access | str, ...] = ()
    name: str = ""
    scope_language: ScopeLanguage | None = None  # None: as the server declares
    quirks: Quirks = field(default_factory=Quirks)
    allow_loopback: bool = False  # a development flag: http and this machine are allowed

    def __post_init__(self) -> None:
        shown = self.name or "this site"
        for what, address in (("issuer", self.issuer), ("redirect URI", self.redirect_uri)):
            try:
                check_address(address, loopback=self.allow_loopback)
            except AddressRefused as refused:
                raise SiteError(f"The {what} of {shown} cannot be used. {refused}") from None
        if "?" in self.issuer:
            raise SiteError(f"The issuer of {shown} cannot be used. A FHIR base has no question mark.")
        if not re.fullmatch(r"[\x20-\x7e]+", self.client_id):
            raise SiteError(f"The client id of {shown} is missing, or holds a character that none may hold.")
        if isinstance(self.authentication, Secret) and not self.authentication.secret:
            raise SiteError(f"The client secret of {shown} is missing.")
        for scope in self.scopes:
            if isinstance(scope, str) and not re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+", scope):
                raise SiteError(f"The scopes of {shown} hold {scope!r}, which is no scope.")

    @property
    def wants_identity(self) -> bool:
        """Whether the person who signs in is asked for (`openid`)."""
        return "openid" in self.scopes


class SiteList:
    """The allow-list: nothing is fetched from an issuer that does not stand here, letter by letter."""

    def __init__(self, sites: Iterable[Site]) -> None:
        self._sites: dict[str, Site] = {}
        for site in sites:
            if site.issuer in self._sites:
                raise SiteError("Two sites have the same issuer: each issuer stands once.")
            self._sites[site.issuer] = site
        self._answers_at = Counter(site.redirect_uri for site in self._sites.values())

    def __iter__(self) -> Iterator[Site]:
        return iter(self._sites.values())

    def __len__(self) -> int:
        return len(self._sites)

    def exact(self, iss: str) -> Site:
        """The site of this very issuer. Raises UnknownIssuer; a slash more or less is another issuer."""
        site = self._sites.get(iss)
        if site is None:
            near = any(known.rstrip("/").lower() == iss.rstrip("/").lower() for known in self._sites)
            hint = " One that differs only in its last slash or in capital letters is." if near else ""
            raise UnknownIssuer("The server that started this launch is not on this app's list." + hint)
        return site

    def shares_redirect(self, site: Site) -> bool:
        """Whether another site's answers come to the same redirect URI, so that only RFC 9207 can tell them apart."""
        return self._answers_at[site.redirect_uri] > 1
