"""Searches as SQL over the index rows."""

from __future__ import annotations

import re
from typing import NamedTuple

from service.sandbox.dates import stretch
from service.sandbox.indexing import DAYS, folded
from service.sandbox.outcome import FhirError
from service.sandbox.parameters import Kind
from service.sandbox.query import Criterion, Include, Search, plain
from service.sandbox.references import target
from service.sandbox.store import Store, Version

_TOKEN = re.compile(r"(?:(?P<system>(?:\\.|[^|\\])*)\|)?(?P<code>.*)", re.DOTALL)
_PREFIXED = re.compile(r"(?P<prefix>[a-z]{2})?(?P<date>.*)", re.DOTALL)
_WITHIN = "first >= {low} AND second <= {high}"
_COMPARISONS = {  # how the resource's stretch (first, second) must lie to the one asked for (low, high)
    None: _WITHIN,
    "eq": _WITHIN,
    "ne": f"NOT ({_WITHIN})",
    "gt": "second > {high}",
    "ge": f"second > {{high}} OR ({_WITHIN})",
    "lt": "first < {low}",
    "le": f"first < {{low}} OR ({_WITHIN})",
}


class Sql(NamedTuple):
    """A condition on a row `v` of the versions, and the values bound in it."""

    text: str
    values: tuple[str | int, ...]


def matches(store: Store, search: Search, within: Sql | None = None) -> list[str]:
    """The ids of all current resources that meet every criterion, in the order asked for, else oldest first.

    `within` is a condition of its own, for what the caller may see.
    """
    conditions = [condition(criterion) for criterion in search.criteria]
    if within is not None:
        conditions.append(Sql(f"({within.text})", within.values))
    where = " AND ".join(["v.current", "v.body IS NOT NULL", "v.type = ?", *(each.text for each in conditions)])
    order: list[str] = []
    names: list[str] = []
    for parameter, descending in search.order:
        extreme, direction = ("max", "DESC") if descending else ("min", "ASC")
        column = "second" if parameter.kind is Kind.TOKEN else "first"
        order.append(
            f"(SELECT {extreme}({column}) FROM {parameter.kind} AS i WHERE i.key = v.key AND i.parameter = ?)"  # noqa: S608
            f" {direction} NULLS LAST"
        )
        names.append(parameter.name)
    newest_first = bool(search.order) and search.order[0][1]
    order.append("v.key DESC" if newest_first else "v.key")  # for what is alike in all that was asked for
    found = store.rows(
        f"SELECT v.id FROM version AS v WHERE {where} ORDER BY {', '.join(order)}",  # noqa: S608
        (search.type, *(value for each in conditions for value in each.values), *names),
    )
    return [name for (name,) in found]


def included(store: Store, search: Search, found: list[Version]) -> list[Version]:
    """What the matches on this page point at as asked by _include, each once, without the matches themselves."""
    seen = {version.reference for version in found}
    extra: list[Version] = []
    for include in search.includes:
        for version in found:
            for reference in _pointed_at(store, version, include):
                pointed = target(reference)
                other = None if reference in seen else store.current(pointed.type, pointed.id)
                if other is not None and other.body is not None:
                    seen.add(reference)
                    extra.append(other)
    return extra


def _pointed_at(store: Store, version: Version, include: Include) -> list[str]:
    """Relative references of one include parameter."""
    found = store.rows(
        "SELECT r.first FROM reference AS r JOIN version AS v ON v.key = r.key"
        " WHERE v.type = ? AND v.id = ? AND r.parameter = ? AND r.second <> ''",
        (version.type, version.id, include.parameter),
    )
    return [text for (text,) in found if include.target_type in ("", target(text).type)]


def condition(criterion: Criterion) -> Sql:
    """The criterion as a condition."""
    kind, name = criterion.parameter.kind, criterion.parameter.name
    match kind:
        case Kind.TOKEN:
            alternatives = [_token(value) for value in criterion.values]
        case Kind.REFERENCE:
            alternatives = [_reference(plain(value), criterion.target_type) for value in criterion.values]
        case Kind.STRING:
            alternatives = [_string(plain(value)) for value in criterion.values]
        case Kind.DATE:
            alternatives = [_date(name, ",".join(criterion.values))]  # dates have no OR here, as in HAPI
            name += "" if "T" in criterion.values[0] else DAYS
    text = " OR ".join(f"({each.text})" for each in alternatives) or "0"
    return Sql(
        f"v.key IN (SELECT key FROM {kind} WHERE parameter = ? AND ({text}))",  # noqa: S608 - values are bound
        (name, *(value for each in alternatives for value in each.values)),
    )


def _token(value: str) -> Sql:
    """One of: "system|code", "system|" (any code of it), "|code" (without a system), "code" (of any system)."""
    form = _TOKEN.fullmatch(value)
    assert form is not None
    code = plain(form["code"])
    if form["system"] is None:
        return Sql("second = ?", (code,))
    system = plain(form["system"])
    return Sql("first = ? AND second = ?", (system, code)) if code else Sql("first = ?", (system,))


def _reference(value: str, target_type: str) -> Sql:
    """One of: "Patient/1", "1", or an absolute address, as it stands in the resource."""
    if target(value).type or ":" in value:
        return Sql("first = ?", (target(value).text,))
    return Sql("first = ?", (f"{target_type}/{value}",)) if target_type else Sql("second = ?", (value,))


def _date(name: str, value: str) -> Sql:
    form = _PREFIXED.fullmatch(value)
    assert form is not None
    comparison = _COMPARISONS.get(form["prefix"])
    try:
        asked = stretch(form["date"])
    except ValueError:
        comparison = None
    if comparison is None:
        raise FhirError(
            400, f"{name}={value!r}: not one date with one of the prefixes eq, ne, gt, ge, lt, le.", code="value"
        )
    return Sql(comparison.format(low=asked.low, high=asked.high), ())


def _string(value: str) -> Sql:
    start = folded(value)
    return Sql("substr(first, 1, ?) = ?", (len(start), start))
