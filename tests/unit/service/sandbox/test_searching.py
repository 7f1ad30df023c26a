"""What only the sandbox promises about searches; what it shares with HAPI is in tests/contract."""

from __future__ import annotations

import pytest

from service.sandbox.bundles import Pages, _Found
from service.sandbox.outcome import FhirError
from service.sandbox.parameters import SEARCHABLE, Kind, includes
from service.sandbox.query import MAX_COUNT, read_condition, read_search

STRICT = {"Prefer": "handling=strict"}
VALUES = {Kind.TOKEN: "a|b", Kind.STRING: "a", Kind.REFERENCE: "Patient/1", Kind.DATE: "ge2026-11-23"}


@pytest.mark.parametrize("kind", SEARCHABLE)
def test_everything_declared_works(fhir, kind):
    rest = fhir.get("metadata").json()["rest"][0]
    (declared,) = [each for each in rest["resource"] if each["type"] == kind]
    values = [(each["name"], VALUES[Kind(each["type"])]) for each in declared["searchParam"]]
    asked = values + [("_include", each) for each in declared.get("searchInclude", [])]
    page = fhir.get(kind, params=asked, headers=STRICT)
    assert page.status_code == 200, page.text
    assert page.json()["total"] == 0
    (link,) = page.json()["link"]
    assert link["url"].count("=") == len(asked)


def test_what_is_not_declared_is_refused_when_that_is_asked_for(fhir, outcome):
    for name, value in [("colour", "red"), ("_include", "Patient:friend"), ("_sort", "colour"), ("_elements", "id")]:
        status, code, text = outcome(fhir.get("Patient", params={name: value}, headers=STRICT))
        assert (status, code) == (400, "not-supported")
        assert value.partition(":")[2] in text or name in text


def test_what_is_not_declared_is_left_out_otherwise_and_the_self_link_shows_it(fhir, create):
    made = create({"resourceType": "Patient"})["id"]
    asked = {"colour": "red", "_id": f"1,{made}", "_sort": "colour", "_include": "Patient:friend", "patient.name": "x"}
    page = fhir.get("Patient", params=asked).json()
    assert page["total"] == 1
    assert page["link"] == [{"relation": "self", "url": f"{fhir.base_url}Patient?_id=1%2C{made}"}]


@pytest.mark.parametrize(
    "query",
    [
        "status:not=active",
        "status:missing=true",
        "subject:patient=1",
        "date=sa2026-01-01",
        "date=yesterday",
        "_count=-1",
    ],
)
def test_what_would_be_misunderstood_is_always_refused(fhir, outcome, query):
    assert outcome(fhir.get(f"Encounter?{query}"))[0] == 400


def test_a_search_can_ask_for_the_number_only(fhir, create):
    create({"resourceType": "Patient"})
    for asked in ({"_count": "0"}, {"_summary": "count"}):
        page = fhir.get("Patient", params=asked, headers=STRICT).json()
        assert page["total"] == 1
        assert "entry" not in page


def test_pages_have_a_largest_size():
    assert read_search("Patient", [("_count", "100000")], strict=True).count == MAX_COUNT


def test_a_search_has_a_largest_size(fhir, outcome):
    most = ",".join(str(number) for number in range(300))
    assert fhir.get("Patient", params={"_id": most}).status_code == 200
    assert outcome(fhir.get("Patient", params={"_id": most, "identifier": "1"}))[:2] == (400, "too-costly")


def test_a_condition_must_say_something():
    for pairs in ([], [("_count", "1")], [("identifier", "")]):
        with pytest.raises(FhirError) as refused:
            read_condition("Patient", pairs)
        assert refused.value.status == 412


def test_old_pages_are_gone_and_wrong_ones_refused(fhir, create, outcome):
    for _ in range(3):
        create({"resourceType": "Patient"})
    following = fhir.get("Patient?_count=2").json()["link"][1]["url"]
    assert outcome(fhir.get("?_page=nobody.2"))[:2] == (410, "expired")
    assert outcome(fhir.get(f"{following.rpartition('.')[0]}.x"))[0] == 400


def test_the_oldest_searches_are_forgotten(monkeypatch):
    monkeypatch.setattr("service.sandbox.bundles._KEPT", 2)
    pages = Pages()
    keys = [pages.keep(_Found(read_search("Patient", [], strict=True), (str(n),))) for n in range(3)]
    with pytest.raises(FhirError) as gone:
        pages.find(keys[0])
    assert gone.value.status == 410
    assert [pages.find(key).ids for key in keys[1:]] == [("1",), ("2",)]


def test_what_is_deleted_between_two_pages_is_left_out(fhir, create):
    ids = [create({"resourceType": "Patient"})["id"] for _ in range(4)]
    following = fhir.get("Patient?_count=2").json()["link"][1]["url"]
    fhir.delete(f"Patient/{ids[2]}")
    assert [entry["resource"]["id"] for entry in fhir.get(following).json()["entry"]] == [ids[3]]


def test_names_are_found_by_their_beginning_without_case_and_accents(fhir, create):
    made = create({"resourceType": "Patient", "name": [{"family": "Ñandú Sørensen", "given": ["Zoë"]}]})["id"]
    for name in ("ñandú", "NANDU s", "zoe"):
        assert [entry["resource"]["id"] for entry in fhir.get("Patient", params={"name": name}).json()["entry"]] == [
            made
        ]
    assert fhir.get("Patient", params={"name": "andu"}).json()["total"] == 0


def test_tokens_without_a_system_have_a_search_of_their_own(fhir, create):
    bare = create({"resourceType": "Patient", "identifier": [{"value": "7"}]})["id"]
    full = create({"resourceType": "Patient", "identifier": [{"system": "s", "value": "7"}]})["id"]
    found = {
        value: [entry["resource"]["id"] for entry in fhir.get("Patient", params={"identifier": value}).json()["entry"]]
        for value in ("7", "|7", "s|7", "s|")
    }
    assert found == {"7": [bare, full], "|7": [bare], "s|7": [full], "s|": [full]}


def test_sorting_puts_what_has_no_value_last(fhir, create):
    who = create({"resourceType": "Patient"})["id"]
    rest = {"resourceType": "Encounter", "class": {"code": "IMP"}, "subject": {"reference": f"Patient/{who}"}}
    stays = {
        start: create({**rest, "status": status, **({"period": {"start": start}} if start else {})})["id"]
        for start, status in [("2026-11", "finished"), (None, "planned"), ("2026-10-02", "arrived")]
    }
    for order, expected in [
        ("date", ["2026-10-02", "2026-11", None]),
        ("-date", ["2026-11", "2026-10-02", None]),
        ("status", ["2026-10-02", "2026-11", None]),
        ("-status,_id", [None, "2026-11", "2026-10-02"]),
    ]:
        page = fhir.get("Encounter", params={"_sort": order}, headers=STRICT).json()
        assert [entry["resource"]["id"] for entry in page["entry"]] == [stays[start] for start in expected]


@pytest.mark.parametrize(
    ("period", "query", "found"),
    [
        ({"start": "2026-11-01"}, "ge2030", True),
        ({"end": "2026-11-10"}, "le1990", True),
        ({"start": "2026-11-01", "end": "2026-11-10"}, "gt2026-11-10", False),
        ({"start": "2026-11-01", "end": "2026-11-10"}, "2026-11", True),
        ({"start": "2026-11-01", "end": "2026-11-10"}, "ne2026-11", False),
        ({}, "ge1990", False),
    ],
)
def test_an_open_stay_reaches_as_far_as_nobody_knows(fhir, create, period, query, found):
    stay = {"resourceType": "Encounter", "status": "finished", "class": {"code": "IMP"}}
    create({**stay, **({"period": period} if period else {})})
    assert fhir.get("Encounter", params={"date": query}).json()["total"] == found


def test_what_nothing_includes_is_not_offered():
    assert includes("Patient") == ()
    assert includes("Task") == ("Task:focus", "Task:patient", "Task:subject")
