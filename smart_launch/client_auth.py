"""How the app proves itself to a token endpoint: not at all, with HTTP Basic, or with a signed assertion."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_bytes

from joserfc import jwt

from smart_launch.discovery import Endpoints
from smart_launch.keys import KeyRing
from smart_launch.sites import PrivateKey, Public, Secret, Site

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIVES = timedelta(minutes=4)  # five minutes are allowed; one is left for clocks that differ


@dataclass(frozen=True, slots=True)
class Proof:
    """What is added to a request at the token endpoint: form fields and headers."""

    fields: dict[str, str] = field(repr=False, default_factory=dict)
    headers: dict[str, str] = field(repr=False, default_factory=dict)


def prove(
    site: Site, endpoints: Endpoints, keys: KeyRing, now: datetime, random: Callable[[int], bytes] = token_bytes
) -> Proof:
    """The proof for one request; an assertion is new each time. Raises NoSigningKey."""
    how = site.authentication
    if isinstance(how, Public):
        return Proof(fields={"client_id": site.client_id})
    if isinstance(how, Secret):
        # Not form-encoded before base64 (RFC 6749 section 2.3.1 says so, SMART servers and Inferno do not).
        pair = f"{site.client_id}:{how.secret.reveal()}".encode()
        return Proof(headers={"Authorization": f"Basic {b64encode(pair).decode()}"})
    assertion = sign_assertion(
        site.client_id, site.quirks.assertion_audience or endpoints.token, how, keys, now=now, random=random
    )
    return Proof(fields={"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion})


def sign_assertion(
    client_id: str,
    audience: str,
    how: PrivateKey,
    keys: KeyRing,
    *,
    now: datetime,
    random: Callable[[int], bytes] = token_bytes,
) -> str:
    """A JWT that says who is asking (SMART App Launch 2.2, client-confidential-asymmetric). Raises NoSigningKey."""
    key = keys.signing(how.alg)
    assert key.private is not None  # an active key has it
    issued = int(now.timestamp())
    header = {"typ": "JWT", "alg": how.alg, "kid": key.kid, **({"jku": how.jku} if how.jku else {})}
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": issued,
        "exp": issued + int(ASSERTION_LIVES.total_seconds()),
        "jti": urlsafe_b64encode(random(24)).decode(),
    }
    return jwt.encode(header, claims, key.private, algorithms=[how.alg])
