"""What a search asks for, read from its parameters; what is not known is refused or left out, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from service.sandbox.outcome import FhirError
from service.sandbox.parameters import SEARCHABLE, Kind, Parameter, includes

DEFAULT_COUNT, MAX_COUNT = 50, 500
MAX_VALUES = 300  # in one search, all alternatives together: SQLite takes no endless expressions
_ABOUT_THE_ANSWER = {"_format", "_pretty", "_total"}  # accepted; the answer is the same with and without
_PIECES = re.compile(r"(?:\\.|[^,\\])+")

Pair = tuple[str, str]


class Criterion(NamedTuple):
    """Any of the values, which are still escaped. `target_type` comes from a modifier ("subject:Patient")."""

    parameter: Parameter
    values: tuple[str, ...]
    target_type: str = ""


class Include(NamedTuple):
    """Bring along what `parameter` of the matches points at, if it is of `target_type` (empty: of any)."""

    source: str
    parameter: str
    target_type: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """All criteria must hold. `used` is what stands in the self link."""

    type: str
    criteria: tuple[Criterion, ...]
    includes: tuple[Include, ...]
    order: tuple[tuple[Parameter, bool], ...]  # True: descending
    count: int
    used: tuple[Pair, ...]

    @property
    def total_only(self) -> bool:
        """Whether nobody wants to see the resources."""
        return self.count == 0


def read_search(kind: str, pairs: Iterable[Pair], *, strict: bool) -> Search:
    """The search behind a query string. 400 for what cannot be meant, and under `strict` for what is not known."""
    criteria: list[Criterion] = []
    wanted: list[Include] = []
    order: list[tuple[Parameter, bool]] = []
    count, used = DEFAULT_COUNT, []
    for name, value in pairs:
        try:
            match name:
                case _ if not value.strip():
                    continue  # a parameter without a value says nothing
                case "_count":
                    count = _count(value)
                case "_summary" if value == "count":
                    count = 0
                case "_sort":
                    order += _order(kind, value)
                case "_include":
                    wanted.append(_include(kind, value))
                case _ if name in _ABOUT_THE_ANSWER:
                    continue
                case _:
                    criteria.append(_criterion(kind, name, value))
        except _UnknownError as unknown:
            if strict:
                raise FhirError(400, str(unknown), code="not-supported") from None
            continue
        used.append((name, value))
    if sum(len(criterion.values) for criterion in criteria) > MAX_VALUES:
        raise FhirError(400, f"A search takes at most {MAX_VALUES} values.", code="too-costly")
    return Search(kind, tuple(criteria), tuple(wanted), tuple(order), count, tuple(used))


def read_condition(kind: str, pairs: Iterable[Pair]) -> Search:
    """The search of a conditional create or update: everything in it must be understood, and say something."""
    search = read_search(kind, pairs, strict=True)
    if not search.criteria:
        raise FhirError(412, f"The condition for {kind} is empty.", code="invalid")
    return search


def pieces(value: str) -> Iterator[str]:
    """The alternatives of a value: what stands between commas that have no backslash before them, still escaped."""
    return (piece.group() for piece in _PIECES.finditer(value))


def plain(value: str) -> str:
    """The value without the escapes of searches."""
    return re.sub(r"\\([\\,|$])", r"\1", value)


class _UnknownError(Exception):
    """Something that this server does not know; the text names it."""


def _criterion(kind: str, name: str, value: str) -> Criterion:
    bare, _, modifier = name.partition(":")
    parameter = SEARCHABLE[kind].get(bare)
    if parameter is None:
        known = ", ".join(sorted(SEARCHABLE[kind]))
        raise _UnknownError(f"Unknown search parameter {name!r} for {kind}. Known: {known}.")
    if modifier and (parameter.kind is not Kind.REFERENCE or not re.fullmatch("[A-Z][A-Za-z]+", modifier)):
        raise FhirError(400, f"The modifier of {name!r} is not supported.", code="not-supported")
    return Criterion(parameter, tuple(pieces(value)), modifier)


def _count(value: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", value, re.ASCII):
        raise FhirError(400, f"_count={value!r} is no number of resources.", code="value")
    return min(int(value), MAX_COUNT)


def _order(kind: str, value: str) -> Iterator[tuple[Parameter, bool]]:
    for name in value.split(","):
        parameter = SEARCHABLE[kind].get(name.removeprefix("-"))
        if parameter is None or parameter.kind is Kind.REFERENCE:
            raise _UnknownError(f"{kind} cannot be sorted by {name!r}.")
        yield parameter, name.startswith("-")


def _include(kind: str, value: str) -> Include:
    source, _, rest = value.partition(":")
    parameter, _, target_type = rest.partition(":")
    if source != kind or f"{source}:{parameter}" not in includes(kind):
        raise _UnknownError(f"Unknown _include {value!r}. Known: {', '.join(includes(kind))}.")
    return Include(source, parameter, target_type)
