"""Client assertions (SMART App Launch 2.2, asymmetric client authentication): each line of it is checked."""

from __future__ import annotations

import json
import warnings
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from service.sandbox.authorization.clients import Client, Jwks
from service.sandbox.authorization.errors import OAuthError

ALGORITHMS = {"RS384": "RSA", "ES384": "EC"}
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST = timedelta(minutes=5)

Fetch = Callable[[str], Awaitable[bytes]]  # the body behind a URL; raises OSError
Key = RSAKey | ECKey


def claimed_client(assertion: str) -> str:
    """Who the assertion says it is from, before anything is believed."""
    sub = _read(assertion)[1].get("sub")
    if not isinstance(sub, str):
        raise _refused("the assertion has no sub")
    return sub


async def verify(assertion: str, client: Client, audience: str, now: datetime, fetch: Fetch) -> tuple[str, datetime]:
    """Check one assertion of the client: header, claims, signature. Answers its jti and when it expires."""
    header, claims = _read(assertion)
    if header.get("typ") != "JWT":
        raise _refused("the header's typ must be JWT")
    if header.get("alg") not in ALGORITHMS:
        raise _refused("the header's alg must be RS384 or ES384")
    if not isinstance(header.get("kid"), str):
        raise _refused("the header needs a kid")
    ends = _check_claims(claims, client, audience, now)
    keys = [key for key in await _keys(client, fetch) if key.get("kid") == header["kid"]]
    if len(keys) != 1:
        raise _refused(f"the client's key set holds {len(keys)} keys with this kid")
    try:
        jwt.decode(assertion, _public_key(keys[0], header["alg"]), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError) as error:
        raise _refused(f"the signature does not hold ({type(error).__name__})") from None
    return claims["jti"], ends


def _check_claims(claims: dict[str, Any], client: Client, audience: str, now: datetime) -> datetime:
    if claims.get("iss") != client.id or claims.get("sub") != client.id:
        raise _refused("iss and sub must both be the client_id")
    if claims.get("aud") != audience:
        raise _refused(f"aud must be the token endpoint {audience}, as one string")
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        raise _refused("the assertion needs a jti")
    for name in ("exp", "nbf", "iat"):
        if name in claims and (isinstance(claims[name], bool) or not isinstance(claims[name], int | float)):
            raise _refused(f"{name} must be a number of seconds")
    if "exp" not in claims:
        raise _refused("the assertion needs an exp")
    try:
        moments = {name: datetime.fromtimestamp(claims[name], UTC) for name in ("exp", "nbf", "iat") if name in claims}
    except (ValueError, OverflowError, OSError):
        raise _refused("exp, nbf or iat is no time") from None
    if moments["exp"] <= now:
        raise _refused("the assertion is expired")
    if moments["exp"] > now + LONGEST:
        raise _refused("exp is more than five minutes away")
    if any(moments[name] > now for name in ("nbf", "iat") if name in moments):
        raise _refused("nbf or iat is in the future")
    return moments["exp"]


async def _keys(client: Client, fetch: Fetch) -> list[dict[str, Any]]:
    """The client's keys, fetched anew each time, so that a rotation shows at once."""
    jwks: Jwks | None = client.jwks
    if client.jwks_url is not None:
        try:
            jwks = json.loads(await fetch(client.jwks_url))
        except (OSError, ValueError):
            raise _refused(f"the client's key set at {client.jwks_url} cannot be read") from None
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list):
        raise _refused("the client's key set holds no keys")
    return [key for key in keys if isinstance(key, dict)]


def _public_key(found: dict[str, Any], algorithm: str) -> Key:
    """The key, fit for the algorithm; one that is private by mistake is refused."""
    if "d" in found:
        raise _refused("the client publishes a private key")
    if found.get("kty") != ALGORITHMS[algorithm] or found.get("alg", algorithm) != algorithm:
        raise _refused(f"the key with this kid is not for {algorithm}")
    if found.get("use", "sig") != "sig":
        raise _refused("the key with this kid is not for signatures")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        key = JWKRegistry.import_key(found)
    assert isinstance(key, RSAKey | ECKey)
    return key


def _read(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, nothing of them believed."""
    try:
        parts = jws.extract_compact(assertion.encode())
        header, claims = parts.headers(), json.loads(parts.payload)
    except (JoseError, ValueError, RecursionError):
        raise _refused("the assertion is no JWT") from None
    if not isinstance(claims, dict):
        raise _refused("the assertion is no JWT")
    return header, claims


def _refused(says: str) -> OAuthError:
    return OAuthError("invalid_client", says, status=401)
