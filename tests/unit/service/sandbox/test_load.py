from __future__ import annotations

import json
from datetime import date

import pytest

from service.sandbox.load import ChartError, fill_dates, load_charts, read_chart
from service.sandbox.store import Store

TODAY = date(2026, 11, 23)


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


@pytest.fixture
def chart(tmp_path):
    def write(name, *resources):
        path = tmp_path / f"{name}.json"
        entries = [{"resource": resource} for resource in resources]
        path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
        return path

    return write


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{today}}", "2026-11-23"),
        ("{{today-23d}}", "2026-10-31"),
        ("{{today+9d}}T10:00:00Z", "2026-12-02T10:00:00Z"),
        ("from {{today-1d}} to {{today+1d}}", "from 2026-11-22 to 2026-11-24"),
        ("{{tomorrow}}", "{{tomorrow}}"),
    ],
)
def test_placeholders_become_dates(text, filled):
    assert fill_dates(text, TODAY) == filled


def test_a_chart_is_stored_under_its_own_ids(store, chart):
    path = chart("ann", {"resourceType": "Patient", "id": "ann", "birthDate": "{{today-3d}}"})
    assert load_charts(store, [path], TODAY) == 1
    assert store.current("Patient", "ann").resource["birthDate"] == "2026-11-20"


def test_defects_of_a_chart_are_kept(store, chart):
    load_charts(
        store, [chart("ann", {"resourceType": "MedicationRequest", "id": "rx", "authoredOn": "2026-02-30"})], TODAY
    )
    assert store.current("MedicationRequest", "rx").resource["authoredOn"] == "2026-02-30"


def test_two_charts_may_share_a_pharmacy(store, chart):
    pharmacy = {"resourceType": "Organization", "id": "corner", "name": "Corner Pharmacy"}
    assert load_charts(store, [chart("ann", pharmacy), chart("bob", pharmacy)], TODAY) == 1
    assert store.current("Organization", "corner").number == 1


def test_two_charts_that_mean_different_things_by_one_id_are_refused_whole(store, chart):
    ann, bob = ({"resourceType": "Patient", "id": "one", "gender": gender} for gender in ("female", "male"))
    with pytest.raises(ChartError, match=r"bob\.json: Patient/one is another one in ann\.json"):
        load_charts(store, [chart("ann", ann), chart("bob", bob)], TODAY)
    assert store.current("Patient", "one") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"entry": [\n{"resource": {"id": "{{today-3w}}"}}]}', "broken.json, line 2: a placeholder"),
        ("{", "broken.json: no Bundle"),
        ('{"resourceType": "Patient"}', "broken.json: no Bundle"),
        ('{"entry": [{"fullUrl": "x"}]}', "broken.json: no Bundle"),
        ('{"entry": [{"resource": {"resourceType": "Patient"}}]}', "broken.json, entry 0: needs an id"),
        ('{"entry": [{"resource": {"resourceType": "Prescription", "id": "1"}}]}', "broken.json, entry 0: needs an id"),
    ],
)
def test_a_file_that_is_no_chart_is_named(tmp_path, text, message):
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(ChartError, match=message):
        read_chart(path, TODAY)
