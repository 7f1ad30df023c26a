"""Charts from files: Bundles whose dates stand relative to today, as in "{{today-23d}}" or "{{today-3d}}T10:00:00Z".

Charts are taken as they are, with the defects that real charts have; only what would mix two of them up is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from service.sandbox import clock
from service.sandbox.fhir_json import Resource, decode
from service.sandbox.outcome import FhirError
from service.sandbox.parameters import SEARCHABLE
from service.sandbox.store import Store

_PLACEHOLDER = re.compile(r"\{\{today(?:([+-]\d{1,5})d)?\}\}", re.ASCII)


class ChartError(ValueError):
    """A file that cannot be loaded; the text names the file and the entry."""


def fill_dates(text: str, today: date) -> str:
    """The text with every {{today}}, {{today-23d}}, {{today+7d}} as a date."""
    return _PLACEHOLDER.sub(lambda found: (today + timedelta(days=int(found[1] or 0))).isoformat(), text)


def read_chart(path: Path, today: date) -> tuple[Resource, ...]:
    """The resources of one chart file, in its order."""
    text = fill_dates(path.read_text(encoding="utf-8"), today)
    if "{{" in text:
        place = text[: text.index("{{")].count("\n") + 1
        raise ChartError(f"{path.name}, line {place}: a placeholder that is none of {{{{today}}}}, {{{{today-23d}}}}")
    try:
        bundle = decode(text.encode())
        return tuple(_resource(entry, f"{path.name}, entry {index}") for index, entry in enumerate(bundle["entry"]))
    except (FhirError, KeyError, TypeError) as error:
        raise ChartError(f"{path.name}: no Bundle with entries ({error})") from error


def load_charts(store: Store, paths: Iterable[Path], today: date) -> int:
    """Put all charts into the store under their own ids, all or none; how many resources were written.

    What several charts share (a pharmacy) must be the same in each.
    """
    loaded: dict[str, tuple[Resource, Path]] = {}
    with store.transaction():
        for path in paths:
            for resource in read_chart(path, today):
                reference = f"{resource['resourceType']}/{resource['id']}"
                other, where = loaded.setdefault(reference, (resource, path))
                if other != resource:
                    raise ChartError(f"{path.name}: {reference} is another one in {where.name}")
                if other is resource:
                    store.add(resource["resourceType"], resource["id"], resource, clock.now())
    return len(loaded)


def _resource(entry: Resource, place: str) -> Resource:
    resource: Resource = entry["resource"]
    if resource.get("resourceType") not in SEARCHABLE or not isinstance(resource.get("id"), str):
        raise ChartError(f"{place}: needs an id and a resourceType that this server has")
    return resource
