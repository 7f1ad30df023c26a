"""Read a TOML file as a table of known keys; a mistake is named by file, key, and what is allowed there."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from service.errors import BadArgument
from service.programmes.values import Table

T = TypeVar("T", bound=BaseModel)


def read_table(model: type[T], text: str, called: str) -> T:
    """The file's text as `model`; `called` is what the file is called in a message.

    Raises BadArgument with every mistake, the first one first.
    """
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadArgument(f"{called}: not TOML: {error}") from None
    except ValidationError as error:
        mistakes = list(dict.fromkeys(_mistake(model, one) for one in error.errors(include_url=False)))
        raise BadArgument("; ".join(f"{called}: {one}" for one in mistakes[:5])) from None


def _mistake(model: type[BaseModel], error: ErrorDetails) -> str:
    tried = {table.__name__ for table in _descendants(Table)}
    path = [part for part in error["loc"] if part not in tried and part != "[key]"]
    key = ".".join(str(part) for part in path) or "file"
    if error["type"] == "extra_forbidden":
        known = _keys_of(model, path[:-1])
        close = get_close_matches(str(path[-1]), known, 1, 0.6)
        meant = f"; did you mean {close[0]}?" if close else "."
        return f"{key}: no such key{meant} Known here: {', '.join(sorted(known))}"
    if error["type"] in ("enum", "literal_error"):
        expected = str(error.get("ctx", {}).get("expected", "")).replace(" or ", ", ")
        allowed = [word.strip("'") for word in expected.split(", ")]
        close = get_close_matches(str(error["input"]), allowed, 1, 0.6)
        meant = f"; did you mean {close[0]}?" if close else "."
        return f"{key}: {error['input']!r} is not allowed{meant} Allowed: {', '.join(allowed)}"
    return f"{key}: {error['msg'].removeprefix('Value error, ')}"


def _descendants(table: type[BaseModel]) -> list[type[BaseModel]]:
    """Every table that is read; where one of several was tried, an error's path names them between the keys."""
    return [one for child in table.__subclasses__() for one in (child, *_descendants(child))]


def _keys_of(model: type[BaseModel], path: Sequence[int | str]) -> list[str]:
    """The keys that are known in the table at this path."""
    tables = [model]
    for part in path:
        if isinstance(part, str):
            named = [item for table in tables for item in table.model_fields.items()]
            fields = [field for name, field in named if part in (name, field.alias)]
            tables = [table for field in fields for table in _tables_in(field.annotation)]
    return sorted({field.alias or name for table in tables for name, field in table.model_fields.items()})


def _tables_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [table for part in get_args(annotation) for table in _tables_in(part)]
