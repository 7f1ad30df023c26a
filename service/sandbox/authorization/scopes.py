"""SMART scopes, v1 and v2: what a client asks for, what it gets of that, and what a scope permits.

A resource scope is `context/Type.letters?parameter=value`: patient, user or system; one type or `*`; of the letters
c(reate), r(ead), u(pdate), d(elete), s(earch) in this order, or v1's `read` (rs), `write` (cud) and `*` (cruds).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from service.sandbox.matching import condition
from service.sandbox.outcome import FhirError
from service.sandbox.parameters import SEARCHABLE
from service.sandbox.query import Pair, read_search

LETTERS = "cruds"
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
_FORM = re.compile(
    r"(?P<context>patient|user|system)/(?P<type>\*|[A-Z][A-Za-z]*)\.(?P<what>read|write|\*|(?=.)c?r?u?d?s?)(\?(?P<query>.+))?"
)
_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749, 3.3
NOT_RESOURCES = (
    "openid",
    "fhirUser",
    "profile",
    "launch",
    "launch/patient",
    "launch/encounter",
    "online_access",
    "offline_access",
)


class ScopeError(ValueError):
    """A scope that cannot be meant; the text says which and why."""


@dataclass(frozen=True, slots=True)
class ResourceScope:
    """One resource scope, read."""

    context: str  # "patient", "user", "system"
    type: str  # "MedicationRequest", "*"
    letters: str  # "rs": of LETTERS, in their order
    query: tuple[Pair, ...] = ()
    old: bool = False  # written as in SMART v1

    def __str__(self) -> str:
        what = next((word for word, letters in _V1.items() if letters == self.letters), None) if self.old else None
        query = "?" + "&".join(f"{name}={value}" for name, value in self.query) if self.query else ""
        return f"{self.context}/{self.type}.{what or self.letters}{query}"

    def narrowed_to(self, other: ResourceScope) -> ResourceScope | None:
        """What both permit; None where that is nothing."""
        if self.context != other.context or not (self.type == other.type or "*" in (self.type, other.type)):
            return None
        letters = "".join(letter for letter in self.letters if letter in other.letters)
        kind = other.type if self.type == "*" else self.type
        query = (*self.query, *(pair for pair in other.query if pair not in self.query))
        return replace(self, type=kind, letters=letters, query=query) if letters else None


def split(text: str) -> tuple[str, ...]:
    """The scopes of a scope parameter, each once. Raises ScopeError for signs that no scope has, or for none at all."""
    scopes = tuple(dict.fromkeys(text.split(" ")))
    for scope in scopes:
        if not _TOKEN.fullmatch(scope):
            raise ScopeError("the scope is blank, or has signs that no scope has, or two spaces together")
    return scopes


def resource_scope(text: str) -> ResourceScope | None:
    """The resource scope, or None for another kind ("openid", "launch/patient"). Raises ScopeError for a broken one."""
    if not re.match("(patient|user|system)/", text):
        return None
    found = _FORM.fullmatch(text)
    if found is None:
        raise ScopeError(f"{text} is no scope: it must be like patient/Observation.rs or patient/Observation.read")
    what, query = found["what"], tuple(parse_qsl(found["query"] or "", keep_blank_values=True))
    scope = ResourceScope(found["context"], found["type"], _V1.get(what, what), query, what in _V1)
    if query and scope.old:
        raise ScopeError(f"{text} mixes v1 with a query")
    if query:
        _check_query(scope)
    return scope


def _check_query(scope: ResourceScope) -> None:
    """A granular scope may ask only for what can be searched."""
    if scope.type not in SEARCHABLE:
        raise ScopeError(f"{scope}: a query needs one type that this server has")
    try:
        criteria = [condition(each) for each in read_search(scope.type, scope.query, strict=True).criteria]
    except FhirError as error:
        raise ScopeError(f"{scope}: {error.text}") from None
    if len(criteria) != len(scope.query):
        raise ScopeError(f"{scope}: only criteria of {scope.type} can stand in its query")


def narrow(asked: Iterable[str], registered: Iterable[str] | None) -> tuple[str, ...]:
    """The asked scopes as far as the registration permits them (None: whatever there is), in the order asked.

    Unknown words and unknown types are left out: a client learns from the granted scope that it did not get them.
    """
    allowed = None if registered is None else tuple(registered)
    return tuple(dict.fromkeys(scope for text in asked for scope in _narrowed(text, allowed)))


def _narrowed(text: str, allowed: tuple[str, ...] | None) -> Iterator[str]:
    scope = resource_scope(text)
    if scope is None:
        if text in NOT_RESOURCES and (allowed is None or text in allowed):
            yield text
    elif scope.type == "*" or scope.type in SEARCHABLE:
        if allowed is None:
            yield str(scope)
        else:
            both = (scope.narrowed_to(other) for other in map(resource_scope, allowed) if other is not None)
            yield from _merged(each for each in both if each is not None)


def _merged(scopes: Iterable[ResourceScope]) -> Iterator[str]:
    """Scopes that differ in their letters only, as one."""
    letters: dict[ResourceScope, set[str]] = {}
    for scope in scopes:
        letters.setdefault(replace(scope, letters=""), set()).update(scope.letters)
    for scope, found in letters.items():
        yield str(replace(scope, letters="".join(letter for letter in LETTERS if letter in found)))


def without_writing(scopes: Iterable[str]) -> tuple[str, ...]:
    """The scopes with nothing left but reading and searching."""
    readable = ResourceScope("", "*", "rs")
    kept = []
    for text in scopes:
        scope = resource_scope(text)
        narrowed = scope.narrowed_to(replace(readable, context=scope.context)) if scope else None
        kept += [text] if scope is None else [str(narrowed)] if narrowed else []
    return tuple(kept)
