"""The JSON Schema of a programme file, made from the keys that are read: the two cannot differ."""

from __future__ import annotations

from service.programmes.file import ProgrammeFile


def programme_schema() -> dict[str, object]:
    """JSON Schema 2020-12 of a programme file's keys and values."""
    made = ProgrammeFile.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://pickupday.example/schemas/programme-1.json",
        **made,
        "title": "PickupDay programme, format 1",
        "description": "A programme file (TOML): how one pharmacy synchronizes.",
    }
