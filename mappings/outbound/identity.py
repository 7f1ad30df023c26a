"""Identifiers that repeat when the same decision is written again, and that nobody can read a patient from.

Each value is a keyed hash (HMAC-SHA256, RFC 2104). The key comes from the configuration; without it nobody can tell
from a value which patient, pharmacy or date it stands for, nor make it up.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from uuid import NAMESPACE_URL, uuid5

_HEX_DIGITS = 32  # 128 bits: no two enrolments of any pharmacy will ever share one


@dataclass(frozen=True, slots=True)
class Identifier:
    """A business identifier as FHIR has it."""

    system: str
    value: str

    @property
    def token(self) -> str:
        """As a search token: "system|value"."""
        return f"{self.system}|{self.value}"

    @property
    def full_url(self) -> str:
        """The urn:uuid of the resource within its Bundle; the same identifier always has the same."""
        return f"urn:uuid:{uuid5(NAMESPACE_URL, self.token)}"


def keyed_hash(key: bytes, *parts: str) -> str:
    """The keyed hash of all parts, lower-case hex. Each part goes in with its length, so that none run together."""
    if not key:
        raise ValueError("the identifier key is empty")
    message = b"".join(len(raw).to_bytes(8, "big") + raw for raw in (part.encode() for part in parts))
    return hmac.new(key, message, sha256).hexdigest()[:_HEX_DIGITS]


def enrolment_value(key: bytes, patient: str, pharmacy: str, ended: Collection[str]) -> str:
    """The identifier value of the patient's next opt-in at this pharmacy.

    It is the first in the patient's endless series of values that is not among the `ended` ones. So two commands that
    run at the same instant agree on it, a repeated command comes to the same one, and after leaving it is a new one
    that matches nothing of the past.
    """
    return next(
        value
        for opt_in in count(1)
        if (value := keyed_hash(key, "enrolment", patient, pharmacy, str(opt_in))) not in ended
    )
