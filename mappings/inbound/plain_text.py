"""Text from a chart, made safe to print: one line, no control characters, no direction overrides, not endless."""

from __future__ import annotations

import unicodedata
from typing import Final

_LONGEST: Final = 500
# controls, direction marks and zero-width signs, lone surrogates, private and unassigned code points
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def plain(text: str | None, longest: int = _LONGEST) -> str | None:
    """The text as people may see it, None when nothing is left of it. Whitespace of any kind becomes one space."""
    if text is None:
        return None
    if not text.isprintable():
        text = "".join(_shown(sign) for sign in text[: longest * 4])
    if " " in text:
        text = " ".join(text.split())
    return (text if len(text) <= longest else text[:longest]) or None


def _shown(sign: str) -> str:
    if sign.isspace():
        return " "
    return "" if unicodedata.category(sign) in _HIDDEN else sign
