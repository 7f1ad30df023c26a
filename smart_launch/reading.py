"""Reading JSON from outside: strict about what JSON is, tolerant about what is in it, never a crash."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TypeAlias

Json: TypeAlias = Mapping[str, object]

_WORD = re.compile(r"[\x21-\x7e]+")  # RFC 6749 appendix A: visible ASCII


class NotJson(ValueError):  # noqa: N818 - named for what it is
    """The bytes are no JSON object; the text says what is wrong in a few words."""


def read_object(body: bytes | str) -> Json:
    """The JSON object of an answer. Raises NotJson."""
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise NotJson("it is no JSON") from None
    if not isinstance(value, dict):
        raise NotJson("it is JSON, but no object")
    return value


def text(source: Json, name: str) -> str | None:
    """The member where it is a text that is not blank, else None."""
    value = source.get(name)
    return value if isinstance(value, str) and value.strip() else None


def word(source: Json, name: str) -> str | None:
    """The member where it is a text of visible ASCII characters without a space, else None."""
    value = source.get(name)
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def texts(source: Json, name: str) -> tuple[str, ...]:
    """The texts in the member where it is a list; one text alone counts as a list of one."""
    value = source.get(name)
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def objects(source: Json, name: str) -> tuple[Json, ...]:
    """The objects in the member where it is a list."""
    value = source.get(name)
    return tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def whole_number(source: Json, name: str) -> int | None:
    """The member as a whole number; 3600.0 and "3600" count too, true does not."""
    value = source.get(name)
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value):
        return int(value)
    return value if isinstance(value, int) and abs(value) < 10**15 else None


def _refuse_constant(name: str) -> object:
    raise ValueError(name)
