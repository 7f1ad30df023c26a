"""Whatever stands in a file: an answer, never an exception."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.drugs import describe_drug
from mappings.drugs.names import read_name
from mappings.inbound import Chart, models, read_bundle, read_resources
from mappings.inbound.dates import local_date
from mappings.inbound.reading import Reading
from mappings.inbound.sig import read_sig
from mappings.limits import Limits

ZONE = ZoneInfo("America/New_York")
thorough = settings(max_examples=300, deadline=None)  # loading the table of facts makes the first one slow
MODELS = {
    kind.__name__: kind
    for kind in (
        models.Patient,
        models.MedicationRequest,
        models.MedicationDispense,
        models.Medication,
        models.Encounter,
    )
}
NAMES = sorted({name for kind in vars(models).values() for name in getattr(kind, "__struct_encode_fields__", ())})
WORDS = st.sampled_from(
    [
        "active",
        "completed",
        "Patient/p",
        "#m",
        "d",
        "mg",
        "2026-02-30",
        "2026-01",
        "2026-01-01T00:00:00Z",
        "BID",
        "<",
        "1 tab bid",
        "Warfarin 5 MG Oral Tablet",
        "IMP",
        "\x00",
        "\u202e",
        "urn:uuid:1",
        "NaN",
        "-1",
        "1e999",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=15,
)


def answered(chart: Chart) -> None:
    fatal = [issue for issue in chart.issues if issue.fatal]
    assert (chart.history is None) == bool(fatal)
    for issue in chart.issues:
        assert issue.code
        assert issue.message.isprintable()
        assert len(issue.message) < 1500
        assert issue.resource.isprintable()
        assert issue.path.isprintable()


@thorough
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    answered(read_bundle(data, zone=ZONE))
    answered(read_resources([data], patient="p", zone=ZONE))


@thorough
@given(VALUES)
def test_any_json(value: Any) -> None:
    answered(read_bundle(json.dumps(value).encode(), zone=ZONE))
    answered(read_bundle(json.dumps({"resourceType": "Bundle", "entry": value}).encode(), zone=ZONE))
    answered(read_bundle(json.dumps([value]).encode(), patient="p", zone=ZONE))


@st.composite
def resources(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(MODELS)))
    fields = MODELS[name].__struct_encode_fields__
    chosen = draw(st.dictionaries(st.sampled_from(fields), VALUES, max_size=6))
    return {
        "resourceType": name,
        "id": draw(st.sampled_from(["a", "b"])),
        "subject": {"reference": "Patient/p"},
        **chosen,
    }


@thorough
@given(st.lists(resources(), max_size=5))
def test_any_values_in_any_element(drawn: list[dict[str, Any]]) -> None:
    everything = [{"resourceType": "Patient", "id": "p"}, *drawn]
    entries = [{"fullUrl": f"urn:uuid:{number}", "resource": resource} for number, resource in enumerate(everything)]
    data = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()
    answered(read_bundle(data, patient="p", zone=ZONE))


TIMING = {
    "repeat": {
        "boundsPeriod": {"start": "2026-01-01", "end": "2026-02-01"},
        "frequency": 2,
        "period": 1,
        "periodUnit": "d",
        "when": ["MORN", "EVE"],
        "dayOfWeek": ["mon"],
    },
    "code": {"coding": [{"code": "BID"}]},
}
SOUND = {
    "resourceType": "MedicationRequest",
    "id": "r",
    "status": "active",
    "intent": "order",
    "subject": {"reference": "Patient/p"},
    "medicationCodeableConcept": {"text": "Metformin 500 MG Oral Tablet"},
    "dosageInstruction": [
        {
            "text": "1 tab bid",
            "timing": TIMING,
            "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}],
            "maxDosePerPeriod": {"numerator": {"value": 4, "unit": "tablet"}, "denominator": {"value": 1, "unit": "d"}},
        }
    ],
    "dispenseRequest": {
        "quantity": {"value": 60, "unit": "tablet"},
        "expectedSupplyDuration": {"value": 30, "unit": "d"},
        "validityPeriod": {"start": "2026-01-01"},
        "performer": {"reference": "Organization/o", "display": "Corner"},
    },
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return (
        [path, *(place for key, part in inner for place in places(part, (*path, key)))]
        if path
        else [place for key, part in inner for place in places(part, (key,))]
    )


@thorough
@given(st.sampled_from([place for place in places(SOUND) if place[0] != "resourceType"]), VALUES)
def test_one_element_of_a_sound_prescription_replaced_by_anything(place: tuple[Any, ...], value: Any) -> None:
    changed = json.loads(json.dumps(SOUND))
    at = changed
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    raws = [json.dumps(resource).encode() for resource in ({"resourceType": "Patient", "id": "p"}, changed)]
    answered(read_resources(raws, patient="p", zone=ZONE))


SIG_WORDS = st.sampled_from(
    [
        "take",
        "1",
        "2",
        "1/2",
        "0",
        "one",
        "half",
        "a",
        "tab",
        "tabs",
        "mL",
        "puffs",
        "daily",
        "bid",
        "tid",
        "qhs",
        "q4-6h",
        "every",
        "6",
        "hours",
        "other",
        "day",
        "week",
        "x",
        "10",
        "days",
        "for",
        "pain",
        "prn",
        "in",
        "the",
        "morning",
        "and",
        "at",
        "bedtime",
        "on",
        "mondays",
        ",",
        "or",
        "then",
        "with",
        "food",
    ]
)


@thorough
@given(st.lists(SIG_WORDS, max_size=10).map(" ".join) | st.text(max_size=40))
def test_any_sig(text: str) -> None:
    sig = read_sig(text)
    assert sig.daily is None or 0 < sig.daily < 100_000
    assert not (sig.varies and sig.daily is not None)


NAME_WORDS = st.sampled_from(
    [
        "Metformin",
        "hydrochloride",
        "codeine",
        "insulin",
        "glargine",
        "500",
        "0",
        "10-12.5",
        "MG",
        "MG/ML",
        "mcg",
        "%",
        "/",
        "[Brand]",
        "(ASIDE)",
        "Oral",
        "Tablet",
        "24",
        "HR",
        "200",
        "ACTUAT",
        "Extended",
        "Release",
        "{4",
        "(",
        ")",
        "}",
        "Pack",
        "Percocet",
        "XR",
        "per",
        "Solution",
    ]
)


@thorough
@given(st.lists(NAME_WORDS, max_size=8).map(" ".join) | st.text(max_size=40), st.booleans())
def test_any_drug_name(name: str, from_rxnorm: bool) -> None:
    read_name(name)
    facts = describe_drug(name, ((name, from_rxnorm),))
    assert facts.label.isprintable()
    assert facts.ingredient != ""
    assert facts.package is None or facts.package > 0


@thorough
@given(st.text(max_size=30) | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", fullmatch=True))
def test_any_date(text: str) -> None:
    reading = Reading(ZONE, Limits())
    assert (local_date(text, reading, "r", "p") is None) <= bool(reading.issues)
