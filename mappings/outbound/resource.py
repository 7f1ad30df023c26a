"""The pieces that all written resources share."""

from __future__ import annotations

from collections.abc import Mapping

from mappings.outbound.identity import Identifier
from mappings.outbound.pharmacy import is_literal_reference

Json = dict[str, object]


def without_absent(fields: Mapping[str, object]) -> Json:
    """The fields that have a value: FHIR has neither null nor empty arrays nor empty strings."""
    return {name: value for name, value in fields.items() if value is not None and value not in ([], "", {})}


def identifier(meant: Identifier) -> Json:
    """An Identifier."""
    return {"system": meant.system, "value": meant.value}


def concept(system: str, code: str, text: str | None = None) -> Json:
    """A CodeableConcept with one coding. No display: it is the code system's to give, and versions differ."""
    return without_absent({"coding": [{"system": system, "code": code}], "text": text})


def references(keys: tuple[str, ...]) -> list[Json]:
    """References to the records meant. One that lives inside another resource cannot be pointed at and is left out."""
    return [{"reference": key} for key in keys if is_literal_reference(key)]
