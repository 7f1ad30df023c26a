"""Scopes: what an app asks for in either language of SMART, and what it was granted.

Version 2 says `patient/Observation.rs?category=vital-signs` (the letters of "cruds": create, read, update, delete,
search), version 1 says `patient/Observation.read`. An app states what it wants once; which language a server
understands decides how it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

ScopeLanguage: TypeAlias = Literal["v1", "v2"]

_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
_SCOPE = re.compile(
    r"(patient|user|system)/([A-Za-z]+|\*)\.(read|write|\*|c?r?u?d?s?)(?:\?([\x21\x23-\x5b\x5d-\x7e]+))?"
)


@dataclass(frozen=True, slots=True)
class Access:
    """Interactions (letters of "cruds") with one resource type ("*": all), at most for what one query finds."""

    resource: str
    interactions: str
    query: str = ""  # "category=http://…|…", without the question mark; version 2 only
    level: str = "patient"  # "patient", "user" or "system"

    def __post_init__(self) -> None:
        if not self.interactions or _SCOPE.fullmatch(self._version_2()) is None or self.interactions in _V1:
            raise ValueError(f"{self._version_2()!r} is no scope; one looks like patient/Observation.rs")

    def _version_2(self) -> str:
        return f"{self.level}/{self.resource}.{self.interactions}" + (f"?{self.query}" if self.query else "")

    def scopes(self, language: ScopeLanguage) -> tuple[str, ...]:
        """The scopes that ask for this: one in version 2; in version 1 `.read`, `.write` or both, without the query."""
        if language == "v2":
            return (self._version_2(),)
        reads, writes = set(self.interactions) & set("rs"), set(self.interactions) & set("cud")
        kinds = (["read"] if reads else []) + (["write"] if writes else [])
        return tuple(f"{self.level}/{self.resource}.{kind}" for kind in kinds)

    def covers(self, resource: str, interaction: str, level: str | None = None) -> bool:
        """Whether this access holds one interaction with one type, be it narrowed by a query."""
        return self.resource in (resource, "*") and interaction in self.interactions and level in (None, self.level)


def parse_scope(scope: str) -> Access | None:
    """The access that a scope of either version means; None for every other scope, such as openid or launch."""
    found = _SCOPE.fullmatch(scope)
    if found is None:
        return None
    level, resource, what, query = found.groups()
    interactions = _V1.get(what, what)
    if not interactions or (query and what in _V1):
        return None
    return Access(resource, interactions, query or "", level)


def ask_for(wanted: Iterable[Access | str], language: ScopeLanguage, *, verbatim: bool = False) -> tuple[str, ...]:
    """The scopes to request, each once, in one language; texts in the other are translated unless `verbatim`."""
    asked: dict[str, None] = {}
    for item in wanted:
        if isinstance(item, str):
            access = None if verbatim else parse_scope(item)
            found = access.scopes(language) if access else (item,)
        else:
            found = item.scopes(language)
        asked.update(dict.fromkeys(found))
    return tuple(asked)


def language_of(capabilities: Iterable[str], supported: Iterable[str]) -> ScopeLanguage:
    """The language of a server: what it declares, else what its listed scopes look like, else version 1."""
    declared = frozenset(capabilities)
    if "permission-v2" in declared:
        return "v2"
    if "permission-v1" in declared:
        return "v1"
    listed = [scope.partition("?")[0] for scope in supported if parse_scope(scope)]
    return "v2" if any(not scope.endswith((".read", ".write", ".*")) for scope in listed) else "v1"


@dataclass(frozen=True, slots=True)
class Granted:
    """What a token allows; it may be narrower or wider than what was asked for, and it may be nothing."""

    scopes: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Granted:
        """Read the `scope` of a token answer: words with spaces between them, each counted once."""
        return cls(tuple(dict.fromkeys(text.split())))

    def __contains__(self, scope: str) -> bool:
        return scope in self.scopes

    @property
    def accesses(self) -> tuple[Access, ...]:
        """The clinical scopes among the granted ones."""
        return tuple(access for scope in self.scopes if (access := parse_scope(scope)))

    def allows(self, resource: str, interaction: str, *, level: str | None = None) -> bool:
        """Whether one interaction ("c", "r", "u", "d" or "s") with one type is granted, be it narrowed by a query."""
        return any(access.covers(resource, interaction, level) for access in self.accesses)

    def queries(self, resource: str, interaction: str) -> tuple[str, ...]:
        """The queries that narrow an allowed interaction; none where it is not narrowed."""
        found = [access.query for access in self.accesses if access.covers(resource, interaction)]
        return () if "" in found else tuple(dict.fromkeys(found))

    def missing(self, wanted: Iterable[Access | str]) -> tuple[str, ...]:
        """What was wanted and is not granted, as version 2 scopes (the missing letters only) or as it was written."""
        lacks: list[str] = []
        for item in wanted:
            access = item if isinstance(item, Access) else parse_scope(item)
            if access is None:
                lacks += [item] if isinstance(item, str) and item not in self.scopes else []
            else:
                letters = "".join(
                    x for x in access.interactions if not self.allows(access.resource, x, level=access.level)
                )
                lacks += [f"{access.level}/{access.resource}.{letters}"] if letters else []
        return tuple(lacks)
