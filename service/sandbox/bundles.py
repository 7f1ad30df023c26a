"""The Bundles that go out: pages of a search, and the answers to a transaction's entries."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import urlencode

from service.sandbox.access import OPEN, Access
from service.sandbox.fhir_json import Resource
from service.sandbox.interactions import Done
from service.sandbox.matching import included, matches
from service.sandbox.outcome import FhirError
from service.sandbox.query import Search
from service.sandbox.store import Store, Version

_KEPT = 1000  # searches whose further pages can be asked for


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search had found when it was made: further pages show these and no others."""

    search: Search
    ids: tuple[str, ...]
    access: Access = OPEN  # of the caller who searched, and of nobody else


class Pages:
    """Remembers what was found, so that a `next` link shows neither a resource twice nor leaves one out."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, _Found] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, found: _Found) -> str:
        """A key that nobody can guess."""
        key = secrets.token_urlsafe(16)
        with self._lock:
            self._found[key] = found
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)
        return key

    def find(self, key: str) -> _Found:
        """What the key stands for. 410 where it is not kept any longer."""
        with self._lock:
            found = self._found.get(key)
        if found is None:
            raise FhirError(410, "This page is not kept any longer: search again.", code="expired")
        return found


def first_page(store: Store, pages: Pages, search: Search, base: str, access: Access = OPEN) -> Resource:
    """The answer to a search, as far as the caller may see it."""
    limits = access.demand(search.type, "s")
    with store.transaction():
        found = _Found(search, tuple(matches(store, search, limits)), access)
        more = not search.total_only and len(found.ids) > search.count
        return _page(store, found, 0, pages.keep(found) if more else None, base)


def next_page(store: Store, pages: Pages, link: str, base: str, access: Access = OPEN) -> Resource:
    """The page behind a `next` link, "KEY.OFFSET". 403 for a caller who may see something else than the searcher."""
    key, _, offset = link.rpartition(".")
    found = pages.find(key)
    if found.access != access:
        raise FhirError(403, "This page belongs to another search.")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 10):
        raise FhirError(400, "This is no page of a search.")
    with store.transaction():
        return _page(store, found, int(offset), key, base)


def _page(store: Store, found: _Found, offset: int, key: str | None, base: str) -> Resource:
    search = found.search
    until = offset + search.count
    versions = [store.current(search.type, name) for name in found.ids[offset:until]]
    shown = [version for version in versions if version is not None and version.body is not None]
    links = [
        {"relation": "self", "url": f"{base}/{search.type}" + (f"?{urlencode(search.used)}" if search.used else "")}
    ]
    if key and until < len(found.ids):
        links.append({"relation": "next", "url": f"{base}?{urlencode({'_page': f'{key}.{until}'})}"})
    entries = [(version, "match") for version in shown] + [
        (version, "include") for version in included(store, search, shown) if found.access.sees(store, version)
    ]
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(found.ids), "link": links}
    return (
        bundle
        if not entries
        else bundle
        | {
            "entry": [
                {"fullUrl": f"{base}/{version.reference}", "resource": version.resource, "search": {"mode": mode}}
                for version, mode in entries
            ]
        }
    )


def entry_answer(done: Done, base: str, *, representation: bool) -> Resource:
    """One entry of a transaction-response."""
    version = done.version
    response: Resource = {"status": _STATUS[done.status]}
    if done.status != 204:
        response |= {
            "location": location(version),
            "etag": etag(version),
            "lastModified": version.updated.isoformat(timespec="milliseconds"),
        }
    answer: Resource = {"response": response}
    if representation and version.body is not None:
        answer = {"fullUrl": f"{base}/{version.reference}", "resource": version.resource, **answer}
    return answer


_STATUS = {200: "200 OK", 201: "201 Created", 204: "204 No Content"}


def location(version: Version) -> str:
    """Where this very version can be read, relative to the base."""
    return f"{version.reference}/_history/{version.number}"


def etag(version: Version) -> str:
    """The version as If-Match wants it."""
    return f'W/"{version.number}"'


def version_of(etag: str) -> str:
    """The version number in W/"3"."""
    return etag.strip().removeprefix("W/").strip('"')


def http_date(moment: datetime) -> str:
    """The moment as Last-Modified wants it."""
    return format_datetime(moment, usegmt=True)
