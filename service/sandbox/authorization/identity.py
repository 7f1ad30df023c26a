"""The EHR's own signing key, and the id_tokens it signs (OpenID Connect, RS256)."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from service.sandbox.authorization.grants import Grant
from service.sandbox.faults import FOREIGN, Fault

LIFE = timedelta(hours=1)
_KID = "sandbox-1"


class Identity:
    """Signs as one server for as long as it runs."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    @cached_property
    def _key(self) -> RSAKey:
        return _new_key()

    @property
    def jwks(self) -> dict[str, Any]:
        """The public key set."""
        return dict(KeySet([self._key]).as_dict(private=False))

    def id_token(self, grant: Grant, now: datetime, faults: frozenset[Fault]) -> str:
        """Who is at the screen, for the client of the grant; spoiled where a fault says so."""
        assert grant.context is not None
        user = grant.context.user
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": user.replace("/", "-").lower(),
            "aud": grant.client_id,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFE).timestamp()),
        }
        if "fhirUser" in grant.scopes:
            claims["fhirUser"] = f"{self.issuer}/{user}"
        if grant.nonce is not None:
            claims["nonce"] = grant.nonce
        header = {"alg": "RS256", "kid": _KID, "typ": "JWT"}
        _spoil(claims, header, now, faults)
        if Fault.ID_TOKEN_UNSIGNED in faults:
            return f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{_encoded(claims)}."
        key = _new_key() if Fault.ID_TOKEN_FORGED in faults else self._key
        return jwt.encode(header, claims, key, algorithms=["RS256"])


def _spoil(claims: dict[str, Any], header: dict[str, str], now: datetime, faults: frozenset[Fault]) -> None:
    if Fault.NO_KID in faults:
        del header["kid"]
    if Fault.ID_TOKEN_EXPIRED in faults:
        claims |= {"iat": int((now - 2 * LIFE).timestamp()), "exp": int((now - LIFE).timestamp())}
    if Fault.ID_TOKEN_WRONG_NONCE in faults:
        claims["nonce"] = "a nonce that nobody sent"
    if Fault.ID_TOKEN_WRONG_AUDIENCE in faults:
        claims["aud"] = "another-app"
    if Fault.ID_TOKEN_WRONG_ISSUER in faults:
        claims["iss"] = FOREIGN


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": _KID, "use": "sig", "alg": "RS256"})


def _encoded(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
