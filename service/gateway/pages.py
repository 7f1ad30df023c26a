"""A search over all its pages, raw entries kept, with nothing taken on trust.

A server that does not know a search parameter may ignore it and answer 200 with other people's records: the
self link must repeat what was asked, and each match must belong to the patient asked for. A part of an answer is never
returned as the whole: every limit raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

import msgspec

from service.config import Settings, variable
from service.gateway.outcomes import OutcomeIssue, read_outcome
from service.gateway.records import belongs_to, resource_type_of
from service.gateway.wire import Wire
from service.use_cases.ports import AnotherPatient, LimitExceeded, NotFound, ServerGone, UnexpectedAnswer

UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
_PATIENT_PARAMS = ("patient", "subject", "beneficiary")


class _Link(msgspec.Struct, gc=False):
    relation: str = ""
    url: str = ""


class _Search(msgspec.Struct, gc=False):
    mode: str = "match"


class _Entry(msgspec.Struct, gc=False):
    resource: msgspec.Raw
    search: _Search | None = None


class _Page(msgspec.Struct, gc=False):
    resourceType: Literal["Bundle"]  # noqa: N815 - FHIR's name
    link: list[_Link] = []
    entry: list[msgspec.Raw] = []

    def linked(self, relation: str) -> str | None:
        """The address of a relation, None where there is none."""
        return next((link.url for link in self.link if link.relation == relation and link.url), None)


class BudgetSpent(LimitExceeded):
    """What all the searches of one chart may bring together is used up."""


@dataclass(slots=True)
class Budget:
    """How much may still come, over all the searches of one chart: 200 pages of 20 MB each would be too much."""

    settings: Settings
    entries: int = 0
    size: int = 0  # bytes

    def take(self, entries: int, size: int, attempted: str) -> None:
        """Count what arrived. Raises BudgetSpent."""
        self.entries += entries
        self.size += size
        self._check(self.entries, self.settings.max_entries, "resources", "max_entries", attempted)
        self._check(self.size, self.settings.max_file_bytes, "bytes", "max_file_bytes", attempted)

    def _check(self, taken: int, limit: int, what: str, setting: str, attempted: str) -> None:
        if taken > limit:
            raise BudgetSpent(
                f"{attempted}: more than {limit:,} {what} in all; {variable(setting)} raises the limit.",
                attempted=attempted,
                setting=variable(setting),
            )


@dataclass(slots=True)
class Found:
    """What one search brought, over all pages."""

    matches: list[bytes] = field(default_factory=list)
    included: list[bytes] = field(default_factory=list)  # by _include, or because the server thought it useful
    outcomes: list[OutcomeIssue] = field(default_factory=list)  # what the server said on the way
    unreadable: int = 0  # entries without a resource that could be read
    confirmed: bool = False  # the self link repeated every criterion


async def search_all(
    wire: Wire,
    address: str,
    resource_type: str,
    criteria: Mapping[str, str],
    budget: Budget,
    *,
    may_ignore: frozenset[str] = frozenset(),
) -> Found:
    """Follow a search to its last page. Raises ServerError; `may_ignore` names criteria that only narrow."""
    attempted = f"search {resource_type}"
    found = Found()
    seen: set[str] = set()
    following: str | None = address
    patient = next((criteria[name].rpartition("/")[2] for name in _PATIENT_PARAMS if name in criteria), None)
    while following is not None:
        if len(seen) == wire.settings.max_pages:
            raise LimitExceeded(
                f"{attempted}: more than {wire.settings.max_pages} pages; {variable('max_pages')} raises the limit.",
                attempted=attempted,
                setting=variable("max_pages"),
            )
        if following in seen:
            raise UnexpectedAnswer(
                f"{attempted}: the next page that {wire.base.authority} names is one that we had already; its pages "
                "never end. Tell the people who run the server.",
                attempted=attempted,
            )
        first = not seen
        seen.add(following)
        try:
            answer = await wire.send("GET", following, attempted=attempted, headers={"Prefer": "handling=strict"})
        except NotFound as lost:
            if first:
                raise
            raise ServerGone(
                f"{attempted}: {wire.base.authority} no longer has page {len(seen)} of its answer (HTTP "
                f"{lost.status}); servers keep pages for a short time only. Try again.",
                attempted=attempted,
            ) from None
        page = _read_page(answer.body, wire.base.authority, attempted)
        if first:
            found.confirmed = _confirmed(page.linked("self"), criteria, may_ignore, attempted)
        budget.take(len(page.entry), len(answer.body), attempted)
        _sort_entries(page, resource_type, patient, found, attempted)
        following = page.linked("next")
    return found


def _read_page(body: bytes, server: str, attempted: str) -> _Page:
    try:
        return msgspec.json.decode(body, type=_Page)
    except UNREADABLE:
        raise UnexpectedAnswer(
            f"{attempted}: the answer of {server} is no FHIR Bundle that can be read: cut short, or no FHIR at all. "
            "Try again; if it stays so, tell the people who run the server.",
            attempted=attempted,
        ) from None


def _sort_entries(page: _Page, resource_type: str, patient: str | None, found: Found, attempted: str) -> None:
    for raw in page.entry:
        try:
            entry = msgspec.json.decode(raw, type=_Entry)
        except UNREADABLE:
            found.unreadable += 1
            continue
        if patient is not None and not belongs_to(entry.resource, patient):
            raise AnotherPatient(
                f"{attempted}: the server answered with another patient's records; none of its answer is used. "
                "Tell the people who run the server.",
                attempted=attempted,
            )
        kind = resource_type_of(entry.resource)
        if kind == "OperationOutcome":
            found.outcomes.extend(read_outcome(entry.resource))
        elif kind is None:
            found.unreadable += 1
        elif kind == resource_type and (entry.search is None or entry.search.mode != "include"):
            found.matches.append(bytes(entry.resource))
        else:
            found.included.append(bytes(entry.resource))


def _confirmed(self_link: str | None, criteria: Mapping[str, str], may_ignore: frozenset[str], attempted: str) -> bool:
    """Whether the self link repeats every criterion; False where there is no self link. Raises for an ignored one."""
    if self_link is None:
        return False
    try:
        repeated = parse_qsl(urlsplit(self_link).query, keep_blank_values=True)
    except ValueError:
        return False
    for name, value in criteria.items():
        if name in may_ignore or (name.startswith("_") and name not in ("_id", "_tag")):
            continue
        if name in _PATIENT_PARAMS:
            wanted = value.rpartition("/")[2]
            names = _PATIENT_PARAMS
            if any(_plain(key) in names and text.rpartition("/")[2] == wanted for key, text in repeated):
                continue
            raise AnotherPatient(
                f"{attempted}: the server did not search for the patient we asked for; it left `{name}` out, so none "
                "of its answer is used. Tell the people who run the server.",
                attempted=attempted,
            )
        if all(_plain(key) != _plain(name) for key, _ in repeated):
            raise UnexpectedAnswer(
                f"{attempted}: the server left `{name}` out of the search, so the answer may hold anything. "
                "Tell the people who run the server.",
                attempted=attempted,
            )
    return True


def _plain(key: str) -> str:
    """A parameter's name without its modifier: "patient:Patient" -> "patient"."""
    return key.partition(":")[0]
