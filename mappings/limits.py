"""How much a chart may weigh before it is refused as a whole: a history cut short would make a wrong plan."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds on one chart. Each one that is exceeded is a fatal issue that names the limit and the setting."""

    max_file_bytes: int = 50_000_000  # of one file, in bytes
    max_entries: int = 20_000  # resources in one chart
    max_depth: int = 64  # objects and arrays inside each other
    max_string: int = 1_000_000  # bytes of one JSON string
