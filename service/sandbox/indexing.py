"""The rows under which a resource is found: one function per kind of search parameter.

What has the wrong shape for its element (a chart loaded with defects) is not indexed, and therefore not found.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from service.sandbox.dates import BEGINNING, END, Stretch, as_shown, stretch
from service.sandbox.fhir_json import Resource
from service.sandbox.parameters import SEARCHABLE, Kind, Parameter
from service.sandbox.references import target

DAYS = " (as days)"  # under the name with this ending a date is found by whole days


class Row(NamedTuple):
    """One row of the index. Tokens: system and code; references: target and id; strings: text; dates: low and high."""

    parameter: str
    first: str | int
    second: str | int


def rows(resource: Resource) -> dict[Kind, list[Row]]:
    """All index rows of a resource, by the table they go into."""
    found: dict[Kind, list[Row]] = {kind: [] for kind in Kind}
    for parameter in SEARCHABLE[resource["resourceType"]].values():
        for path in parameter.paths:
            for value in elements(resource, path):
                found[parameter.kind] += _rows(parameter, value)
    return found


def elements(value: Any, path: str) -> Iterator[Any]:  # noqa: ANN401 - any JSON
    """All values at a dotted path, arrays flattened."""
    name, _, rest = path.partition(".")
    found = value.get(name) if isinstance(value, dict) else None
    for inner in found if isinstance(found, list) else [] if found is None else [found]:
        if rest:
            yield from elements(inner, rest)
        else:
            yield inner


def folded(text: str) -> str:
    """As strings are compared: without case and accents."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)).casefold()


def _rows(parameter: Parameter, value: Any) -> list[Row]:  # noqa: ANN401 - any JSON
    name = parameter.name
    match parameter.kind:
        case Kind.TOKEN:
            return [Row(name, *pair) for pair in _tokens(value)]
        case Kind.STRING:
            return [Row(name, folded(value), "")] if isinstance(value, str) else []
        case Kind.REFERENCE:
            return [Row(name, *pair) for pair in _targets(value, parameter.targets)]
        case Kind.DATE:
            instants = [Row(name, *pair) for pair in _stretches(value, stretch)]
            return instants + [Row(f"{name}{DAYS}", *pair) for pair in _stretches(value, as_shown)]


def _tokens(value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    match value:
        case str():
            yield "", value
        case {"coding": list(codings)}:
            for coding in codings:
                yield from _tokens(coding)
        case {"code": str(code)} | {"value": str(code)}:
            system = value.get("system")
            yield system if isinstance(system, str) else "", code


def _targets(value: Any, allowed: tuple[str, ...]) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    reference = value.get("reference") if isinstance(value, dict) else None
    if not isinstance(reference, str) or reference.startswith("#"):
        return
    found = target(reference)
    if not allowed or found.type in allowed:
        yield found.text, "" if found.base else found.id


def _stretches(value: Any, read: Callable[[str], Stretch]) -> Iterator[Stretch]:  # noqa: ANN401 - any JSON
    try:
        match value:
            case str():
                yield read(value)
            case {"start": str(start), "end": str(end)}:
                yield Stretch(read(start).low, read(end).high)
            case {"start": str(start)}:
                yield Stretch(read(start).low, END)
            case {"end": str(end)}:
                yield Stretch(BEGINNING, read(end).high)
    except ValueError:
        return
