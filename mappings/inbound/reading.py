"""What is shared while one chart is read: its zone and limits, where its records are, and the issues found so far."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from zoneinfo import ZoneInfo

from mappings.inbound.medicine import Medicine
from mappings.inbound.models import Concept, Reference
from mappings.inbound.plain_text import plain
from mappings.issues import MappingIssue
from mappings.limits import Limits
from pickupday.findings import Severity

_DEFAULT_LIMITS = Limits()
_RELATIVE = re.compile(r"[A-Z][A-Za-z]{2,40}/[A-Za-z0-9.-]{1,64}")  # as servers write nearly all
_REFERENCE = re.compile(r"(?:^|/)([A-Z][A-Za-z]{2,40})/([^/?#\s]+?)(?:/_history/[^/]*)?$")


@dataclass(slots=True)
class Reading:
    """One chart being read.

    `keys` leads from a Bundle's fullUrl to the evidence key of the record that stands there; `medicines` from an
    evidence key to what the Medication there tells; `places` from an evidence key to a name, `numbers` to a phone.
    """

    zone: ZoneInfo
    limits: Limits = _DEFAULT_LIMITS
    issues: list[MappingIssue] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    medicines: dict[str, Medicine] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    _placed: dict[tuple[str | None, str | None], str | None] = field(default_factory=dict)
    _led: dict[str, str | None] = field(default_factory=dict)

    def note(
        self,
        code: str,
        severity: Severity,
        message: str,
        *,
        resource: str = "",
        path: str = "",
        missing: bool = False,
        next_step: str | None = None,
    ) -> None:
        """Keep one issue; `missing` says that the element at `path` is what would be needed."""
        self.issues.append(MappingIssue(code, severity, message, resource, path, path if missing else None, next_step))

    def note_all(self, issues: Iterable[MappingIssue], resource: str) -> None:
        """Keep issues of elements that many records repeat, as issues of this record."""
        self.issues += [replace(issue, resource=resource) for issue in issues]

    def key_of(self, reference: Reference | None, container: str = "") -> str | None:
        """The evidence key that a reference leads to, None where it leads nowhere that has one.

        Read are fullUrls of the same Bundle (urn:uuid among them), contained resources ("#id" of `container`), relative
        and absolute references, with or without a version. A name alone is no reference.
        """
        text = reference.reference if reference is not None else None
        if not text:
            return None
        if text in self._led:
            return self._led[text]
        if text[0] == "#":
            outermost = container.partition("#")[0]  # contained resources are siblings, never inside each other
            return plain(outermost + text) if len(text) > 1 else outermost
        led = self._led[text] = self.keys.get(text) or key_in(text)
        return led

    def place_of(self, reference: Reference | None, container: str = "") -> str | None:
        """The evidence key of an organization or location; one that is only named goes by its name, which is kept."""
        if reference is None:
            return None
        words = reference.reference, reference.display
        if words in self._placed:
            return self._placed[words]
        name = plain(reference.display)
        key = self.key_of(reference, container) or name
        if key is not None:
            self.name_place(key, name)
        if not (reference.reference and reference.reference[0] == "#"):
            self._placed[words] = key
        return key

    def name_place(self, key: str, name: str | None, number: str | None = None) -> None:
        """Keep the name and phone number of an organization or location; the first one said counts."""
        shown = plain(name)
        if shown:
            self.places.setdefault(key, shown)
        if number:
            self.numbers.setdefault(key, number)


@lru_cache(maxsize=16_384)
def key_in(reference: str) -> str | None:
    """The key "Type/id" in a relative or absolute reference; a urn stays as it is; None for a search or nothing."""
    if _RELATIVE.fullmatch(reference):
        return reference
    if reference.startswith("urn:"):
        return plain(reference)
    found = _REFERENCE.search(reference)
    return plain(f"{found[1]}/{found[2]}") if found else None


def code_in(concept: Concept | None, system: str | None = None) -> str | None:
    """The first code of a concept, or the first of the given system."""
    if concept is None or not concept.coding:
        return None
    found = (coding.code for coding in concept.coding if system is None or coding.system == system)
    return next(filter(None, found), None)
