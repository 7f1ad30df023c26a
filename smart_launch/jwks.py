"""The keys that an issuer publishes, to check the signatures of its id_tokens."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64decode
from collections import defaultdict
from datetime import datetime, timedelta
from typing import TypeAlias

import httpx
from joserfc import jwk
from joserfc.errors import JoseError

from smart_launch.errors import BadAnswer, BadKeySet
from smart_launch.reading import Json, objects, text, texts
from smart_launch.wire import Limits, get

VerifyingKey: TypeAlias = jwk.RSAKey | jwk.ECKey

# Signed by the issuer with its private key; "none" and the HS family are signed by anybody, or by the app itself.
ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512")
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


class IssuerKeys:
    """The published keys of issuers, fetched when first needed and again, once a minute at most, for an unknown kid."""

    def __init__(
        self, http: httpx.AsyncClient, *, keep: timedelta = timedelta(hours=1), limits: Limits | None = None
    ) -> None:
        self._http = http
        self._keep = keep
        self._limits = limits or Limits()
        self._known: dict[str, tuple[datetime, tuple[Json, ...]]] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def candidates(self, address: str, alg: str, kid: str | None, now: datetime) -> tuple[VerifyingKey, ...]:
        """The keys that may have signed with this algorithm under this kid. Raises ServerUnreachable and BadKeySet."""
        async with self._locks[address]:
            known = self._known.get(address)
            if known is None or now - known[0] >= self._keep:
                known = await self._fetch(address, now)
            found = select(known[1], alg, kid)
            if not found and now - known[0] >= timedelta(minutes=1):  # the issuer may have a new key
                found = select((await self._fetch(address, now))[1], alg, kid)
            return found

    async def _fetch(self, address: str, now: datetime) -> tuple[datetime, tuple[Json, ...]]:
        try:
            answer = await get(self._http, address, "application/json", self._limits.max_bytes, self._limits.seconds)
            if not answer.ok:
                raise BadAnswer(f"It answered with status {answer.status}.", status=answer.status)
            keys = objects(answer.json(), "keys")
        except BadAnswer as odd:
            raise BadKeySet(f"The keys of the server that signs in cannot be read. {odd}", status=odd.status) from None
        self._known[address] = now, keys
        return now, keys


def select(keys: tuple[Json, ...], alg: str, kid: str | None) -> tuple[VerifyingKey, ...]:
    """The keys of a set that fit an algorithm and a kid (None: any), with use, key_ops, alg and curve respected."""
    kind = "EC" if alg.startswith("ES") else "RSA"
    found: list[VerifyingKey] = []
    for key in keys:
        fits = (
            key.get("kty") == kind
            and key.get("use") in (None, "sig")
            and ("key_ops" not in key or "verify" in texts(key, "key_ops"))
            and key.get("alg") in (None, alg)
            and (kid is None or text(key, "kid") == kid)
            and (kind == "RSA" or key.get("crv") == _CURVES[alg])
        )
        if fits and (read := _read(key, kind)):
            found.append(read)
    return tuple(found)


def _read(key: Json, kind: str) -> VerifyingKey | None:
    """The key, or None where it cannot be read or is too weak: one bad key does not spoil the set."""
    members = ("n", "e") if kind == "RSA" else ("crv", "x", "y")
    material: dict[str, str | list[str]] = {"kty": kind}
    for name in members:
        value = text(key, name)
        if value is None or len(value) > 2800:  # RSA with 16384 bits
            return None
        material[name] = value
    try:
        if kind == "EC":
            return jwk.ECKey.import_key(material)
        modulus = urlsafe_b64decode(f"{key['n']}===")
        return jwk.RSAKey.import_key(material) if int.from_bytes(modulus, "big").bit_length() >= 2048 else None
    except (JoseError, ValueError, TypeError, KeyError, OverflowError):
        return None
