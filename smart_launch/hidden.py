"""A text that nobody should see by accident: a token, a secret, a code."""

from __future__ import annotations

import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Hidden:
    """A secret whose repr, str and format show dots; `reveal()` is the one way to read it."""

    _text: str

    def reveal(self) -> str:
        """The secret itself, for the one place that sends or stores it."""
        return self._text

    def matches(self, other: str) -> bool:
        """Whether the other text is this secret, compared in a time that does not tell how much of it is right."""
        return hmac.compare_digest(self._text.encode(errors="replace"), other.encode(errors="replace"))

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Hidden(…)"

    __str__ = __repr__
