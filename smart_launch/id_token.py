"""Who signed in: the id_token is believed only when every check of OpenID Connect Core 3.1.3.7 holds."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urljoin

import httpx
from joserfc import jws
from joserfc.errors import JoseError

from smart_launch.addresses import resolve
from smart_launch.discovery import Endpoints
from smart_launch.errors import AddressRefused, BadAnswer, IdTokenRefused
from smart_launch.hidden import Hidden
from smart_launch.jwks import ALGORITHMS, IssuerKeys, VerifyingKey
from smart_launch.reading import Json, NotJson, read_object, text, texts, whole_number
from smart_launch.sites import Site
from smart_launch.wire import Limits, get

CLOCKS_DIFFER = timedelta(minutes=1)
_LONGEST = 32_000  # characters
_KINDS = "Practitioner|PractitionerRole|Patient|RelatedPerson|Person"


@dataclass(frozen=True, slots=True)
class Identity:
    """A person who signed in: `subject` is unique at `issuer`; `fhir_user` is the address of their record."""

    issuer: str
    subject: str = field(repr=False)
    fhir_user: str | None = field(repr=False, default=None)
    user: str | None = field(repr=False, default=None)  # "Practitioner/7", where the person has a record there
    notes: tuple[str, ...] = ()


async def validate(
    token: Hidden,
    *,
    site: Site,
    endpoints: Endpoints,
    nonce: Hidden | None,
    keys: IssuerKeys,
    http: httpx.AsyncClient,
    now: datetime,
    limits: Limits | None = None,
) -> Identity:
    """Check an id_token with its issuer's published keys. Raises IdTokenRefused, BadKeySet, ServerUnreachable."""
    header = read_header(token)
    alg, kid = header.get("alg"), header.get("kid")
    if alg not in ALGORITHMS or not isinstance(alg, str):
        raise IdTokenRefused("Who signed in is not signed with an algorithm that can be believed.")
    if kid is not None and not isinstance(kid, str):
        raise IdTokenRefused("Who signed in is signed with a key that cannot be named.")
    issuer = expected_issuer(site, endpoints)
    address = endpoints.jwks or await _published_at(issuer, site, http, limits or Limits())
    candidates = await keys.candidates(address, alg, kid, now)
    if not candidates:
        raise IdTokenRefused("Who signed in is signed with a key that the server does not publish.")
    if kid is None and len(candidates) > 1:
        raise IdTokenRefused("Who signed in does not say which of several keys it is signed with.")
    claims = verify(token, alg, candidates)
    return read_identity(claims, issuer=issuer, site=site, nonce=nonce, now=now)


def expected_issuer(site: Site, endpoints: Endpoints) -> str:
    """The `iss` that an id_token of this site must have: as registered, as discovered, else the FHIR base."""
    return site.quirks.openid_issuer or endpoints.issuer or site.issuer


def read_header(token: Hidden) -> Json:
    """The protected header, which nothing vouches for yet. Raises IdTokenRefused."""
    parts = token.reveal().split(".")
    if len(parts) != 3 or len(token.reveal()) > _LONGEST:
        raise IdTokenRefused("Who signed in is not told in a signed token.")
    try:
        return read_object(urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (NotJson, ValueError):
        raise IdTokenRefused("Who signed in is told in a token that cannot be read.") from None


def verify(token: Hidden, alg: str, candidates: tuple[VerifyingKey, ...]) -> Json:
    """The claims, where one of the keys has signed them. Raises IdTokenRefused."""
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    registry.max_header_length = registry.max_payload_length = _LONGEST
    for key in candidates:
        try:
            return read_object(jws.deserialize_compact(token.reveal(), key, registry=registry).payload)
        except NotJson:
            break
        except (JoseError, ValueError, TypeError):
            continue
    raise IdTokenRefused("The signature of who signed in is not the server's.")


def read_identity(claims: Json, *, issuer: str, site: Site, nonce: Hidden | None, now: datetime) -> Identity:
    """Check the claims of a token whose signature holds. Raises IdTokenRefused."""
    if claims.get("iss") != issuer:
        raise IdTokenRefused("Who signed in is told by another issuer than this site's.")
    audience = texts(claims, "aud") if isinstance(claims.get("aud"), list) else (text(claims, "aud"),)
    party = claims.get("azp")
    if site.client_id not in audience or (party is not None and party != site.client_id):
        raise IdTokenRefused("Who signed in is told to another app.")
    if len(audience) > 1 and party is None:
        raise IdTokenRefused("Who signed in is told to several apps, and not which of them asked.")
    moment, expires, issued = int(now.timestamp()), whole_number(claims, "exp"), whole_number(claims, "iat")
    leeway = int(CLOCKS_DIFFER.total_seconds())
    if expires is None or moment >= expires + leeway:
        raise IdTokenRefused("Who signed in is told in a token that has expired.")
    begins = whole_number(claims, "nbf")
    if any(when is not None and when > moment + leeway for when in (issued, begins)):
        raise IdTokenRefused("Who signed in is told in a token of the future: the clocks differ.")
    notes: list[str] = []
    if claims.get("nonce") is None and nonce:
        notes.append("The server does not echo the nonce in the id_token.")
    elif nonce and not nonce.matches(text(claims, "nonce") or ""):
        raise IdTokenRefused("Who signed in belongs to another launch.")
    subject = text(claims, "sub")
    if subject is None:
        raise IdTokenRefused("Who signed in has no subject.")
    fhir_user, user = read_fhir_user(text(claims, "fhirUser") or text(claims, "profile"), site, notes)
    return Identity(issuer, subject, fhir_user, user, tuple(notes))


def read_fhir_user(value: str | None, site: Site, notes: list[str]) -> tuple[str | None, str | None]:
    """The person's record as an absolute address and, where it stands under the FHIR base, relative to that."""
    if value is None:
        return None, None
    base = site.issuer.rstrip("/") + "/"
    relative = value.removeprefix(base)
    if re.fullmatch(rf"({_KINDS})/[A-Za-z0-9\-.]{{1,64}}", relative) and relative.partition("/")[2].strip("."):
        return urljoin(base, relative), relative
    if re.fullmatch(rf"https?://[\x21-\x7e]{{1,500}}/({_KINDS})/[A-Za-z0-9\-.]{{1,64}}", value):
        return value, None
    notes.append("The server names the record of the person who signed in in a way that cannot be read.")
    return None, None


async def _published_at(issuer: str, site: Site, http: httpx.AsyncClient, limits: Limits) -> str:
    """The jwks_uri in the issuer's openid-configuration, for sites that do not name it. Raises IdTokenRefused."""
    try:
        address = resolve(issuer, ".well-known/openid-configuration", loopback=site.allow_loopback)
        answer = await get(http, address, "application/json", limits.max_bytes, limits.seconds)
        found = answer.json() if answer.ok else {}
        if found.get("issuer") == issuer and (named := text(found, "jwks_uri")):
            return resolve(issuer, named, loopback=site.allow_loopback)
    except (AddressRefused, BadAnswer):
        pass
    raise IdTokenRefused("Who signed in cannot be checked: the server does not say where its keys are.")
