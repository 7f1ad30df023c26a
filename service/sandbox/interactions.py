"""Reading and writing single resources. Every function expects to be called inside `Store.transaction`.

Where `access` is a parameter, what is there already must be the caller's. Whether the caller may make such a thing at
all, and whether what was written is the caller's, is for `Access.demand` before and `Access.check` after.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from service.sandbox import clock
from service.sandbox.access import OPEN, Access
from service.sandbox.checks import check
from service.sandbox.fhir_json import Resource
from service.sandbox.matching import matches
from service.sandbox.outcome import FhirError
from service.sandbox.parameters import SEARCHABLE
from service.sandbox.query import Search
from service.sandbox.references import each_reference, target
from service.sandbox.store import Store, Version

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)


class Done(NamedTuple):
    """A write: 201 created, 200 updated or there already, 204 deleted."""

    status: int
    version: Version


def read(store: Store, kind: str, name: str, access: Access = OPEN) -> Version:
    """The current version. 404, or 410 once it was deleted; 403 where the caller may not see it."""
    access.demand(kind, "r")
    version = _alive(store.current(kind, name), f"{kind}/{name}")
    access.check(store, version, "r")
    return version


def read_version(store: Store, kind: str, name: str, number: str, access: Access = OPEN) -> Version:
    """One version by its number, for who may see the current one."""
    access.demand(kind, "r")
    current = store.current(kind, name)
    if current is not None:
        access.check(store, current, "r")
    known = (
        store.numbered(kind, name, int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
    )
    return _alive(known, f"{kind}/{name}/_history/{number}")


def match(store: Store, condition: Search) -> Version | None:
    """The one current resource that meets the condition. 412 where several do."""
    found = matches(store, condition)
    if len(found) > 1:
        text = f"{len(found)} resources of type {condition.type} meet the condition; it must be one or none."
        raise FhirError(412, text, code="multiple-matches")
    return store.current(condition.type, found[0]) if found else None


def create(
    store: Store,
    resource: Resource,
    *,
    name: str | None = None,
    coming: Collection[str] = (),
) -> Done:
    """Store under an id of ours: `name` where one was given out before. `coming`: what the same transaction brings."""
    kind = resource["resourceType"]
    content = _checked(store, resource, coming)
    return Done(201, store.add(kind, name or store.new_id(kind), content, clock.now()))


def create_unless(store: Store, resource: Resource, condition: Search) -> Done:
    """Store unless something there meets the condition."""
    there = match(store, condition)
    return Done(200, there) if there else create(store, resource)


def update(
    store: Store,
    resource: Resource,
    name: str,
    *,
    access: Access = OPEN,
    if_match: str | None = None,
    coming: Collection[str] = (),
) -> Done:
    """Replace, or create under the given id. 412 where `if_match` (a version number) is not the current one.

    Content that is the same makes no new version. Tags and security labels that are not repeated stay.
    """
    kind = resource["resourceType"]
    if not _ID.fullmatch(name) or resource.get("id", name) != name:
        raise FhirError(
            400, f"The address says {kind}/{name}, the resource has the id {resource.get('id')!r}.", code="value"
        )
    before = store.current(kind, name)
    alive = before if before is not None and before.body is not None else None
    if alive is not None:
        access.check(store, alive, "u")
    if if_match is not None and (alive is None or str(alive.number) != if_match):
        now = f"the current one is {alive.number}" if alive else "there is none"
        raise FhirError(412, f"If-Match asks for version {if_match} of {kind}/{name}; {now}.")
    content = _checked(store, {**resource, "id": name}, coming)
    if before is None and name.isdigit():
        raise FhirError(400, f"The id {name} looks like one of ours; a client's id holds a letter.", code="value")
    if alive is None:
        return Done(201, store.add(kind, name, content, clock.now()))
    content = _with_labels_of(alive.resource, content)
    if _bare(content) == _bare(alive.resource):
        return Done(200, alive)
    return Done(200, store.add(kind, name, content, clock.now()))


def update_where(
    store: Store, resource: Resource, condition: Search, *, access: Access = OPEN, if_match: str | None = None
) -> Done:
    """Replace the one that meets the condition, or create where none does."""
    there = match(store, condition)
    if there is None:
        if if_match is not None:
            raise FhirError(412, f"If-Match asks for version {if_match}, but nothing meets the condition.")
        return create(store, resource)
    return update(store, {**resource, "id": resource.get("id", there.id)}, there.id, access=access, if_match=if_match)


def delete(store: Store, kind: str, name: str, *, access: Access = OPEN) -> Done:
    """Gone from searches and reads; what never was, or is gone already, stays as it is."""
    before = store.current(kind, name)
    if before is None or before.body is None:
        return Done(204, before or Version(kind, name, 0, clock.now(), None))
    access.check(store, before, "d")
    return Done(204, store.add(kind, name, None, clock.now()))


def expect(resource: Resource, kind: str) -> Resource:
    """The resource, if it is of the type that the address says. 422 otherwise."""
    actual = resource.get("resourceType")
    if actual != kind:
        raise FhirError(422, f"The address says {kind}, the resource says {actual!r}.")
    return resource


def hosted(kind: str) -> str:
    """The type, if this server knows it. 404 otherwise."""
    if kind not in SEARCHABLE:
        raise FhirError(404, f"Unknown resource type {kind!r}. Known: {', '.join(SEARCHABLE)}.", code="not-supported")
    return kind


def _alive(version: Version | None, address: str) -> Version:
    if version is None:
        raise FhirError(404, f"{address} is not known.")
    if version.body is None:
        raise FhirError(410, f"{address} was deleted.")
    return version


def _checked(store: Store, resource: Resource, coming: Collection[str]) -> Resource:
    """The resource as it may be stored: complete, and pointing at nothing that is not here or coming."""
    check(resource)
    for path, reference in each_reference(resource):
        if reference.startswith("#") or reference in coming:
            continue
        pointed = target(reference)
        known = store.current(pointed.type, pointed.id) if pointed.type and not pointed.base else None
        if known is None or known.body is None:
            place = f"{resource['resourceType']}.{path}"
            raise FhirError(400, f"{place} points at {reference!r}, which is not on this server.", path=place)
    return resource


def _bare(resource: Resource) -> Resource:
    """The content without what the server itself put into meta."""
    meta = {name: value for name, value in resource.get("meta", {}).items() if name not in ("versionId", "lastUpdated")}
    return {**resource, "meta": meta}


def _with_labels_of(before: Resource, content: Resource) -> Resource:
    meta = dict(content.get("meta", {}))
    for label in ("tag", "security"):
        kept = [old for old in before.get("meta", {}).get(label, []) if old not in meta.get(label, [])]
        if kept:
            meta[label] = [*meta.get(label, []), *kept]
    return {**content, "meta": meta} if meta else content
