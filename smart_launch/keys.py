"""The app's signing keys: one active key for each algorithm, and an overlap when it is replaced.

A key is announced (published, not yet used), active (signs), retiring (published, signs no more) or retired (gone from
the published set, its private part forgotten). Servers keep a copy of the published set for a while: announce a key a
day before it becomes active, and retire the old one a day after.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal, TypeAlias, get_args

from joserfc import jwk
from joserfc.errors import JoseError

from smart_launch.errors import NoSigningKey
from smart_launch.reading import Json, NotJson, objects, read_object, text, whole_number
from smart_launch.sites import Algorithm

KeyState: TypeAlias = Literal["announced", "active", "retiring", "retired"]

_PUBLIC_MEMBERS = {"RSA": ("n", "e"), "EC": ("crv", "x", "y")}
_KINDS = {"RS384": "RSA", "ES384": "EC"}
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key pair; `kid` is its RFC 7638 thumbprint. A retired key has no private part any more."""

    kid: str
    alg: Algorithm
    state: KeyState
    made_at: datetime
    public: Json
    private: jwk.Key | None = field(repr=False, compare=False)

    @classmethod
    def generate(cls, alg: Algorithm, now: datetime, state: KeyState = "active") -> SigningKey:
        """Make a new pair: RSA with 3072 bits for RS384, the curve P-384 for ES384."""
        key: jwk.Key = jwk.RSAKey.generate_key(3072) if alg == "RS384" else jwk.ECKey.generate_key("P-384")
        return cls(key.thumbprint(), alg, state, now, _public(key, alg), key)

    @property
    def published(self) -> bool:
        """Whether servers may still need it to check a signature."""
        return self.state != "retired"


class KeyRing:
    """The app's keys, oldest first. Changes give a new ring; the old one stays as it was."""

    def __init__(self, keys: Iterable[SigningKey] = ()) -> None:
        self.keys = tuple(keys)

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(f'{key.alg} {key.state}' for key in self.keys)})"

    def signing(self, alg: Algorithm) -> SigningKey:
        """The active key of an algorithm, the newest where there are several. Raises NoSigningKey."""
        for key in reversed(self.keys):
            if key.alg == alg and key.state == "active" and key.private is not None:
                return key
        raise NoSigningKey(f"There is no active key for {alg}.")

    def with_new(self, alg: Algorithm, now: datetime) -> tuple[KeyRing, SigningKey]:
        """Add a key: active where the algorithm has no active one, announced otherwise."""
        taken = any(key.alg == alg and key.state == "active" for key in self.keys)
        key = SigningKey.generate(alg, now, "announced" if taken else "active")
        return KeyRing((*self.keys, key)), key

    def rotated(self, alg: Algorithm, now: datetime) -> tuple[KeyRing, SigningKey]:
        """Make the announced key active, or else a new one; the one that was active is retiring from now on."""
        announced = [key for key in self.keys if key.alg == alg and key.state == "announced"]
        fresh = replace(announced[-1], state="active") if announced else SigningKey.generate(alg, now)
        rest = [
            replace(key, state="retiring") if key.alg == alg and key.state == "active" else key
            for key in self.keys
            if key.kid != fresh.kid
        ]
        return KeyRing((*rest, fresh)), fresh

    def retired(self, kid: str) -> KeyRing:
        """Take a key out of the published set and forget its private part. Raises NoSigningKey where there is none."""
        if all(key.kid != kid for key in self.keys):
            raise NoSigningKey("There is no key of this id.")
        return KeyRing(replace(key, state="retired", private=None) if key.kid == kid else key for key in self.keys)

    def public_jwks(self) -> dict[str, object]:
        """The set to publish at `/.well-known/jwks.json`: public members only, of every key that is not retired."""
        return {"keys": [dict(key.public) for key in self.keys if key.published]}

    def to_json(self) -> str:
        """All keys as text with their private parts: to be stored encrypted."""
        return json.dumps(
            [
                {
                    "kid": key.kid,
                    "alg": key.alg,
                    "state": key.state,
                    "made_at": int(key.made_at.timestamp()),
                    "jwk": key.private.as_dict(private=True) if key.private else dict(key.public),
                }
                for key in self.keys
            ]
        )

    @classmethod
    def from_json(cls, stored: str) -> KeyRing:
        """Read what `to_json` wrote. Raises ValueError on anything else."""
        return cls(_stored(item) for item in objects(read_object(f'{{"keys":{stored}}}'), "keys"))


def _public(key: jwk.Key, alg: Algorithm) -> Json:
    """The public members, named one by one, so that no private one can slip through."""
    kind = _KINDS[alg]
    all_of_them = key.as_dict(private=False)
    members = {name: all_of_them[name] for name in _PUBLIC_MEMBERS[kind]}
    return {"kty": kind, "kid": key.thumbprint(), "use": "sig", "key_ops": ["verify"], "alg": alg, **members}


def _stored(item: Json) -> SigningKey:
    kid, made_at, material = text(item, "kid"), whole_number(item, "made_at"), item.get("jwk")
    alg = next((known for known in ALGORITHMS if known == item.get("alg")), None)
    state = next((known for known in get_args(KeyState) if known == item.get("state")), None)
    if kid is None or alg is None or state is None or made_at is None or not isinstance(material, dict):
        raise ValueError("this is no stored key")
    try:
        key: jwk.Key = (jwk.RSAKey if alg == "RS384" else jwk.ECKey).import_key(material)
    except (JoseError, ValueError, TypeError, KeyError):
        raise ValueError("a stored key cannot be read") from None
    if key.thumbprint() != kid:
        raise ValueError("a stored key is not the one that it says")
    return SigningKey(
        kid, alg, state, datetime.fromtimestamp(made_at, UTC), _public(key, alg), key if key.is_private else None
    )


__all__ = ["ALGORITHMS", "KeyRing", "KeyState", "NotJson", "SigningKey"]
