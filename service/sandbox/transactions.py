"""Transaction and batch Bundles (FHIR R4, RESTful API, 3.1.0.11): all or nothing, or each for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from service.sandbox import interactions
from service.sandbox.access import OPEN, Access
from service.sandbox.bundles import entry_answer, version_of
from service.sandbox.fhir_json import Resource
from service.sandbox.interactions import Done, expect, hosted
from service.sandbox.outcome import FhirError
from service.sandbox.query import Search, read_condition
from service.sandbox.references import rewritten
from service.sandbox.store import Store

_ORDER = ("DELETE", "POST", "PUT")
_LETTERS = {"DELETE": "d", "POST": "c", "PUT": "u"}  # of SMART scopes
_SHAPES = {  # what an address may have besides the type: (an id, a query)
    "DELETE": {(True, False)},
    "POST": {(False, False)},
    "PUT": {(True, False), (False, True)},
}


@dataclass(slots=True)
class _Entry:
    """One entry on its way: what is asked, and the id that it will have or has."""

    place: str  # "Bundle.entry[2]"
    method: str
    type: str
    name: str | None  # None: still to be given
    resource: Resource | None
    condition: Search | None
    if_match: str | None
    full_url: str | None
    done: Done | None = None  # settled before anything is written: a conditional create that matched


def process(
    store: Store, bundle: Resource, base: str, *, representation: bool = False, access: Access = OPEN
) -> Resource:
    """The answer to a transaction or batch Bundle, entries in the order of the request."""
    kind = expect(bundle, "Bundle").get("type")
    given = bundle.get("entry", [])
    if kind not in ("transaction", "batch") or not isinstance(given, list):
        raise FhirError(
            422, f"Only Bundles of type transaction and batch are taken here, not {kind!r}.", path="Bundle.type"
        )
    if kind == "transaction":
        answers = _transaction(store, given, base, access, representation=representation)
    else:
        answers = [
            _alone(store, entry, f"Bundle.entry[{index}]", base, access, representation=representation)
            for index, entry in enumerate(given)
        ]
    response: Resource = {"resourceType": "Bundle", "type": f"{kind}-response"}
    return response | {"entry": answers} if answers else response


def _transaction(store: Store, given: list[Any], base: str, access: Access, *, representation: bool) -> list[Resource]:
    entries = [_read_entry(entry, f"Bundle.entry[{index}]") for index, entry in enumerate(given)]
    with store.transaction():
        addresses = _settle(store, entries, access)
        coming = {f"{entry.type}/{entry.name}" for entry in entries if entry.method != "DELETE"}
        for entry in sorted(entries, key=lambda each: _ORDER.index(each.method)):
            entry.done = entry.done or _perform(store, entry, addresses, coming, access)
        for entry in entries:
            _check_access(store, entry, access)
        return [entry_answer(entry.done, base, representation=representation) for entry in entries if entry.done]


def _alone(
    store: Store,
    given: Any,  # noqa: ANN401 - any JSON
    place: str,
    base: str,
    access: Access,
    *,
    representation: bool,
) -> Resource:
    """One entry of a batch; what goes wrong with it stays in its answer."""
    try:
        return _transaction(store, [given], base, access, representation=representation)[0]
    except FhirError as error:
        at = error.path.replace("Bundle.entry[0]", place, 1) if error.path else place
        outcome = FhirError(error.status, error.text, code=error.code, path=at).outcome
        return {"response": {"status": str(error.status), "outcome": outcome}}


def _settle(store: Store, entries: list[_Entry], access: Access) -> dict[str, str]:
    """Decide the identity of every entry before any is written; answers what each fullUrl stands for, "Patient/1"."""
    addresses: dict[str, str] = {}
    for entry in entries:
        _demand_access(entry, access)
    taken: set[tuple[object, ...]] = set()
    for entry in entries:
        there = None
        if entry.condition:
            _once(taken, (entry.type, entry.condition.used), entry.place)
            try:
                there = interactions.match(store, entry.condition)
            except FhirError as error:
                raise error.within(entry.place) from None
        if there is not None and entry.method == "POST":
            entry.done = Done(200, there)
        entry.name = entry.name or (there.id if there else store.new_id(entry.type))
        if entry.done is None:
            _once(taken, (entry.type, entry.name), entry.place)
        if entry.full_url:
            addresses[entry.full_url] = f"{entry.type}/{entry.name}"
    return addresses


def _demand_access(entry: _Entry, access: Access) -> None:
    try:
        access.demand(entry.type, _LETTERS[entry.method])
    except FhirError as error:
        raise error.within(entry.place) from None


def _check_access(store: Store, entry: _Entry, access: Access) -> None:
    """What was written, or found by a condition, must be the caller's."""
    try:
        if entry.done is not None and entry.done.status != 204:
            access.check(store, entry.done.version, _LETTERS[entry.method])
    except FhirError as error:
        raise error.within(entry.place) from None


def _once(taken: set[tuple[object, ...]], identity: tuple[object, ...], place: str) -> None:
    if identity in taken:
        raise FhirError(400, "Two entries of the transaction mean the same resource.", code="duplicate", path=place)
    taken.add(identity)


def _perform(store: Store, entry: _Entry, addresses: dict[str, str], coming: set[str], access: Access) -> Done:
    """Write one entry; every reference to another entry becomes its address."""
    assert entry.name is not None
    try:
        if entry.method == "DELETE":
            return interactions.delete(store, entry.type, entry.name, access=access)
        assert entry.resource is not None
        resource = rewritten(entry.resource, lambda reference: addresses.get(reference, reference))
        if entry.method == "POST":
            return interactions.create(store, resource, name=entry.name, coming=coming)
        return interactions.update(store, resource, entry.name, access=access, if_match=entry.if_match, coming=coming)
    except FhirError as error:
        raise error.within(f"{entry.place}.resource") from None


def _read_entry(given: Any, place: str) -> _Entry:  # noqa: ANN401 - any JSON
    """What one entry asks for. 400 or 404 where that cannot be done."""
    entry = _object(given)
    request = _object(entry.get("request"))
    method, url = (str(request.get(name, "")) for name in ("method", "url"))
    path, _, query = url.partition("?")
    kind, _, name = path.strip("/").partition("/")
    shape = (bool(name), bool(query))
    try:
        if method not in _SHAPES or shape not in _SHAPES[method] or "/" in name:
            raise FhirError(400, f"An entry cannot ask for {method} {url!r} here.", code="not-supported")
        hosted(kind)
        condition = query if method == "PUT" else str(request.get("ifNoneExist", ""))
        return _Entry(
            place=place,
            method=method,
            type=kind,
            name=name or None,
            resource=None if method == "DELETE" else expect(_object(entry.get("resource")), kind),
            condition=read_condition(kind, parse_qsl(condition, keep_blank_values=True)) if condition else None,
            if_match=version_of(str(request["ifMatch"])) if "ifMatch" in request else None,
            full_url=entry["fullUrl"] if isinstance(entry.get("fullUrl"), str) else None,
        )
    except FhirError as error:
        raise error.within(place) from None


def _object(value: Any) -> Resource:  # noqa: ANN401 - any JSON
    return value if isinstance(value, dict) else {}
