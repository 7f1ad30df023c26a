"""References: what they point at, and which of them this server can follow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

_RESTFUL = re.compile(
    r"(?P<base>https?://.+/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]+)?"
)


class Target(NamedTuple):
    """What a reference points at. `base` is empty for our own resources, `id` where it is no REST address."""

    base: str
    type: str
    id: str
    text: str  # without the version: what is compared


def target(reference: str) -> Target:
    """The parts of "Patient/1", "https://ehr.example/fhir/Patient/1/_history/3", "urn:uuid:..."."""
    form = _RESTFUL.fullmatch(reference)
    if form is None:
        return Target("", "", "", reference)
    base, kind, name = form["base"] or "", form["type"], form["id"]
    return Target(base, kind, name, f"{base}{kind}/{name}")


def each_reference(value: Any, path: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    """Every (path, reference) of a resource, contained ones included."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "reference" and isinstance(inner, str):
                yield path, inner
            else:
                yield from each_reference(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from each_reference(inner, f"{path}[{index}]")


def rewritten(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - any JSON
    """A copy of the JSON with every reference passed through `change`."""
    if isinstance(value, dict):
        return {
            name: change(inner) if name == "reference" and isinstance(inner, str) else rewritten(inner, change)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [rewritten(inner, change) for inner in value]
    return value
