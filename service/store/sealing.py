"""Encryption of what the store keeps: AES-256-GCM under a ring of keys, each derived from a secret of the settings.

The newest key seals, every key of the ring opens: put a new secret first, let old values be sealed anew or expire, then
drop the old one. What is sealed for one place cannot be opened at another (the place is authenticated with it).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NAME, _NONCE = 4, 12  # bytes; a sealed value is the key's name, the nonce, and what AES-GCM makes


class CannotOpenError(Exception):
    """A sealed value that no key of the ring opens: another key, another place, or changed bytes."""


class Sealer:
    """A ring of keys for one purpose, the newest first."""

    def __init__(self, ring: Sequence[bytes], purpose: str) -> None:
        """Each member of `ring` is a secret of at least 128 bits; `purpose` separates uses of the same secret."""
        if not ring:
            raise ValueError("a key ring needs a key")
        derived = [HKDF(SHA256(), 32, salt=None, info=f"pickupday {purpose}".encode()).derive(one) for one in ring]
        self._keys = {sha256(key).digest()[:_NAME]: AESGCM(key) for key in derived}
        self._newest = next(iter(self._keys))

    def seal(self, data: bytes, place: str) -> bytes:
        """Encrypt for one place, such as "session tokens" and the row's key."""
        nonce = secrets.token_bytes(_NONCE)
        return self._newest + nonce + self._keys[self._newest].encrypt(nonce, data, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt what was sealed for the place. Raises CannotOpenError."""
        key = self._keys.get(bytes(sealed[:_NAME]))
        if key is None:
            raise CannotOpenError("sealed with a key that is not in the ring")
        try:
            return key.decrypt(bytes(sealed[_NAME : _NAME + _NONCE]), bytes(sealed[_NAME + _NONCE :]), place.encode())
        except (InvalidTag, ValueError):
            raise CannotOpenError("changed, or sealed for another place") from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the newest key sealed it."""
        return bytes(sealed[:_NAME]) == self._newest
