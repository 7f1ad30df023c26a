"""Whatever is sent, the sandbox answers, and never with a failure of its own."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.sandbox import capability
from service.sandbox.parameters import SEARCHABLE

ELEMENTS = [
    "id",
    "meta",
    "status",
    "identifier",
    "subject",
    "reference",
    "period",
    "start",
    "end",
    "participant",
    "actor",
    "system",
    "value",
    "coding",
    "code",
    "tag",
    "lastUpdated",
    "activity",
    "detail",
    "entry",
    "request",
    "resource",
    "method",
    "url",
]
TEXTS = st.text(max_size=5) | st.sampled_from(
    [
        "Patient/1",
        "#a",
        "urn:uuid:1",
        "2026-02-30",
        "2026-11",
        "9999-12-31",
        "active",
        "proposed",
        "PUT",
        "POST",
        "Patient",
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(ELEMENTS), inner, max_size=4),
    max_leaves=12,
)
never_fails = settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@never_fails
@given(kind=st.sampled_from(sorted(SEARCHABLE)), content=st.dictionaries(st.sampled_from(ELEMENTS), JSON))
def test_any_json_is_stored_or_refused(fhir, kind, content):
    assert fhir.post(kind, content=json.dumps({**content, "resourceType": kind}).encode()).status_code < 500
    put = json.dumps({**content, "resourceType": kind, "id": "a"}).encode()
    assert fhir.put(f"{kind}/a", content=put).status_code < 500


@never_fails
@given(kind=st.sampled_from(["transaction", "batch", "searchset"]), entries=JSON)
def test_any_bundle_is_done_or_refused(fhir, kind, entries):
    sent = json.dumps({"resourceType": "Bundle", "type": kind, "entry": entries}).encode()
    assert fhir.post("", content=sent).status_code < 500


@never_fails
@given(
    kind=st.sampled_from(sorted(SEARCHABLE)),
    name=st.sampled_from(["_sort", "_count", "_include", "_lastUpdated", "date", "patient", "identifier", "name"]),
    value=TEXTS | st.text(alphabet="|,\\:-$ 0129Tgelt", max_size=12),
)
def test_any_search_is_answered_or_refused(fhir, kind, name, value):
    for path in (kind, ""):
        assert fhir.get(path, params={name: value, "_page": value}).status_code < 500


@pytest.mark.parametrize("depth", range(100, 1100, 200))
def test_depth_is_stored_or_refused(fhir, depth):
    text = '{"resourceType": "Patient", "contact": ' + '[{"name": ' * depth + '"x"' + "}]" * depth + "}"
    assert fhir.post("Patient", content=text.encode()).status_code in (201, 400)
    entry = f'{{"resource": {text}, "request": {{"method": "POST", "url": "Patient"}}}}'
    bundle = f'{{"resourceType": "Bundle", "type": "transaction", "entry": [{entry}]}}'
    assert fhir.post("", content=bundle.encode()).status_code in (200, 400)


def test_half_a_character_is_refused(fhir):
    assert fhir.post("Patient", content=b'{"resourceType": "Patient", "id": "\\ud800"}').status_code == 400


def test_a_source_tree_without_a_version_still_says_what_it_can(monkeypatch):
    def unknown(_):
        raise PackageNotFoundError

    monkeypatch.setattr(capability, "version", unknown)
    statement = capability.capability_statement("http://sandbox.example/fhir", "2026-11-23")
    assert statement["software"]["version"] == "unknown"
