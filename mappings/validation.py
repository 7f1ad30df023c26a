"""Is this valid R4? Asked of everything before it is written, and of every fixture; the only user of fhir.resources.

fhir.resources checks structure, cardinality and data types, but neither codes nor invariants nor XHTML: invariants.py
does. What we read is never judged by this: charts are read tolerantly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from mappings.invariants import children, code_problems, invariant_problems

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def problems_of(resource: Mapping[str, object]) -> tuple[str, ...]:
    """What is wrong with a resource as R4, one "path: reason" each; empty when nothing is.

    For a Bundle every entry is judged too, and that each urn:uuid pointed at is the fullUrl of one entry.
    """
    return tuple(_problems(resource))


def _problems(resource: Mapping[str, object]) -> Iterator[str]:
    kind = resource.get("resourceType")
    if not isinstance(kind, str):
        yield "resourceType: missing"
        return
    try:
        model = get_fhir_model_class(kind)
    except ValueError:
        yield f"resourceType: {kind} is no R4 resource"
        return
    entries = list(children(resource, "entry")) if kind == "Bundle" else []
    envelope = {**resource, "entry": [{**entry, "resource": None} for entry in entries]} if entries else resource
    try:
        model.model_validate(_without_none(envelope))
    except ValidationError as error:
        for detail in error.errors():
            yield f"{kind}.{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}"
    yield from code_problems(kind, resource)
    yield from invariant_problems(kind, resource)
    for path, text in _strings(resource if not entries else {"entry": []}, kind):
        if _CONTROL.search(text):
            yield f"{path}: control character"
    for number, entry in enumerate(entries):
        inner = entry.get("resource")
        if isinstance(inner, dict):
            yield from (f"entry[{number}]: {problem}" for problem in _problems(inner))
    yield from _link_problems(entries)


def _link_problems(entries: list[Mapping[str, object]]) -> Iterator[str]:
    urls = [entry.get("fullUrl") for entry in entries]
    for url in {url for url in urls if url is not None and urls.count(url) > 1}:
        yield f"Bundle.entry.fullUrl: {url} twice (bdl-7)"
    for number, entry in enumerate(entries):
        for path, text in _strings(entry.get("resource"), "resource"):
            if path.endswith(".reference") and text.startswith("urn:") and text not in urls:
                yield f"entry[{number}].{path}: {text} is in no entry"


def _strings(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _strings(item, f"{path}[{number}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _strings(item, f"{path}.{name}")


def _without_none(value: Mapping[str, object]) -> dict[str, object]:
    def strip(item: object) -> object:
        if isinstance(item, dict):
            return {name: strip(inner) for name, inner in item.items() if inner is not None}
        return [strip(inner) for inner in item] if isinstance(item, list) else item

    return {name: strip(item) for name, item in value.items()}
