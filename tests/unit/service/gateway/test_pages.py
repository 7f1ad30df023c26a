"""A search to its end: pages, limits, and answers that are not what was asked for."""

from __future__ import annotations

import json

import httpx
import pytest

from pickupday.findings import Severity
from service.config import Settings
from service.errors import SettingsError
from service.use_cases.ports import AnotherPatient, LimitExceeded, ServerGone, UnexpectedAnswer, UntrustedAddress


def fatal(chart):
    [issue] = [issue for issue in chart.issues if issue.fatal]
    return issue


def search(ehr, **params: str) -> list[str]:
    found = ehr.ask(lambda gateway: gateway.search("MedicationRequest", params or {"patient": "p1"}))
    return [json.loads(raw)["id"] for raw in found]


def paged(ehr, count: int, of: int = 1) -> None:
    """`count` pages of MedicationRequest with `of` resources each."""

    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("page", 1))
        more = f"{ehr.base}/MedicationRequest?page={number + 1}" if number < count else None
        resources = [ehr.request(f"r{number}-{index}") for index in range(of)]
        return httpx.Response(200, json=ehr.page("MedicationRequest", *resources, following=more))

    ehr.router.get("/MedicationRequest").mock(side_effect=answer)


def test_every_page_is_read(ehr):
    paged(ehr, 3, of=2)
    assert search(ehr) == ["r1-0", "r1-1", "r2-0", "r2-1", "r3-0", "r3-1"]


def test_two_hundred_pages_are_read_and_no_more(ehr):
    paged(ehr, 200)
    assert len(search(ehr)) == 200
    paged(ehr, 201)
    with pytest.raises(LimitExceeded, match="more than 200 pages; PICKUPDAY_MAX_PAGES"):
        search(ehr)
    issue = fatal(ehr.chart())
    assert (issue.code, issue.next_step) == (
        "limit-exceeded",
        "raise PICKUPDAY_MAX_PAGES if a chart of this size is right",
    )


def test_too_many_resources_over_all_searches_stop_the_plan(ehr):
    ehr.settings = Settings(max_entries=5)
    paged(ehr, 2, of=2)
    assert not [issue for issue in ehr.chart().issues if issue.fatal]
    paged(ehr, 3, of=2)
    with pytest.raises(LimitExceeded, match="more than 5 resources in all; PICKUPDAY_MAX_ENTRIES"):
        search(ehr)
    assert "limit-exceeded" in {issue.code for issue in ehr.chart().issues if issue.fatal}


def test_too_many_bytes_over_all_pages_stop_the_plan(ehr):
    ehr.settings = Settings(max_file_bytes=1000)
    paged(ehr, 10)
    with pytest.raises(LimitExceeded, match="more than 1,000 bytes in all; PICKUPDAY_MAX_FILE_BYTES"):
        search(ehr)


@pytest.mark.parametrize(("pages", "of"), [(1, 3000), (30, 100), (200, 15)])
def test_three_thousand_entries_are_no_trouble_however_they_are_cut(ehr, pages, of):
    paged(ehr, pages, of)
    assert len(set(search(ehr))) == 3000
    chart = ehr.chart()
    assert chart.issues == ()
    assert len(chart.resources) == 3000 + len(["Patient/p1", "MedicationDispense/d1"])


def test_a_limit_that_all_searches_share_is_named_once(ehr):
    ehr.settings = Settings(max_entries=3)
    for kind in ("MedicationRequest", "MedicationDispense", "Encounter"):
        ehr.found(kind, *[{**ehr.request(f"x{number}"), "resourceType": kind} for number in range(4)])
    issue = fatal(ehr.chart())
    assert (issue.code, issue.path) == ("limit-exceeded", "")
    assert issue.message.endswith(": more than 3 resources in all; PICKUPDAY_MAX_ENTRIES raises the limit.")
    assert issue.next_step == "raise PICKUPDAY_MAX_ENTRIES if a chart of this size is right"


def test_a_limit_reached_by_what_the_records_point_at_is_named_once_too(ehr):
    ehr.settings = Settings(max_entries=2)
    pointing = [ehr.request(f"r{n}", medicationReference={"reference": f"Medication/m{n}"}) for n in range(2)]
    ehr.found("MedicationRequest", *pointing)
    ehr.found("MedicationDispense")
    for n in range(2):
        ehr.get(f"/Medication/m{n}", {"resourceType": "Medication", "id": f"m{n}"})
    assert fatal(ehr.chart()).message.startswith("read Medication: more than 2 resources in all")


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_the_server_has_dropped_is_read_from_the_start_another_time(ehr, status):
    """Half a list of dispenses must not pass for a server that has none: trying again is all that helps."""
    first = ehr.page("MedicationDispense", ehr.dispense("d1"), following=f"{ehr.base}/MedicationDispense?page=2")
    ehr.router.get("/MedicationDispense").side_effect = [httpx.Response(200, json=first), httpx.Response(status)]
    with pytest.raises(ServerGone, match=rf"no longer has page 2 of its answer \(HTTP {status}\)"):
        ehr.chart()


PUBLIC = "https://fhir.hospital.example/r4"


def test_a_server_behind_a_proxy_is_read_to_its_end_under_the_base_that_was_given(ehr):
    ehr.settings = Settings(public_base=PUBLIC)
    ehr.authorization = "Bearer secret"
    outside = ehr.router.route(host="fhir.hospital.example").respond(json={})
    pointing = ehr.request("r2", medicationReference={"reference": f"{PUBLIC}/Medication/m1"})
    pages = [
        ehr.page("MedicationRequest", ehr.request("r1"), following=f"{PUBLIC}/MedicationRequest?patient=p1&page=2"),
        ehr.page("MedicationRequest", pointing),
    ]
    route = ehr.router.get("/MedicationRequest")
    route.side_effect = [httpx.Response(200, json=page) for page in pages]
    ehr.get("/Medication/m1", {"resourceType": "Medication", "id": "m1"})
    chart = ehr.chart()
    assert chart.issues == ()
    assert str(route.calls.last.request.url) == f"{ehr.base}/MedicationRequest?patient=p1&page=2"
    assert sum(b'"Medication"' in raw for raw in chart.resources) == 1
    assert not outside.called


def test_a_page_that_comes_back_under_the_public_address_is_still_one_we_had(ehr):
    ehr.settings = Settings(public_base=PUBLIC)
    ehr.found("MedicationRequest", ehr.request("r1"), following=f"{PUBLIC}/MedicationRequest?page=2")
    with pytest.raises(UnexpectedAnswer, match="never end"):
        search(ehr)


@pytest.mark.parametrize(
    "link", ["https://evil.example/r4/x", f"{PUBLIC}x/MedicationRequest", "http://fhir.hospital.example/r4/x"]
)
def test_a_public_address_opens_nothing_else(ehr, link):
    ehr.settings = Settings(public_base=PUBLIC)
    ehr.found("MedicationRequest", ehr.request("r1"), following=link)
    with pytest.raises(UntrustedAddress, match="nothing was sent there"):
        search(ehr)


def test_a_public_base_that_is_no_address_stops_with_the_variables_name(ehr):
    ehr.settings = Settings(public_base="fhir.hospital.example")
    with pytest.raises(SettingsError, match=r"PICKUPDAY_PUBLIC_BASE=fhir\.hospital\.example cannot be used: "):
        search(ehr)


@pytest.mark.parametrize(
    "link", ["{base}/MedicationRequest?page=2", "MedicationRequest?page=2", "/fhir/MedicationRequest?page=2"]
)
def test_pages_that_lead_back_stop_the_plan(ehr, link):
    ehr.found("MedicationRequest", ehr.request("r1"), following=link.format(base=ehr.base))
    with pytest.raises(UnexpectedAnswer, match="never end"):
        search(ehr)
    assert fatal(ehr.chart()).code == "unexpected-answer"


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/x?u=https://ehr.example/fhir",
        "http://ehr.example/fhir/MedicationRequest?page=2",
        "https://ehr.example:8443/fhir/MedicationRequest?page=2",
        "https://ehr.example/fhir/../admin",
        "https://ehr.example@evil.example/fhir",
    ],
)
def test_a_next_page_elsewhere_is_not_asked_for_and_stops_the_plan(ehr, link):
    elsewhere = ehr.router.route(host="evil.example").respond(json={})
    ehr.found("MedicationRequest", ehr.request("r1"), following=link)
    assert fatal(ehr.chart()).code == "untrusted-address"
    assert not elsewhere.called


def test_another_patients_record_stops_the_plan(ehr):
    ehr.found("MedicationRequest", ehr.request("r1"), ehr.request("r2", patient="p2"))
    issue = fatal(ehr.chart())
    assert issue.code == "another-patient"
    assert "p2" not in issue.message
    with pytest.raises(AnotherPatient):
        search(ehr)


def test_another_patients_record_that_came_along_stops_the_plan_too(ehr):
    ehr.found("MedicationRequest", ehr.request("r1"), {**ehr.request("x", patient="p2"), "resourceType": "Condition"})
    assert fatal(ehr.chart()).code == "another-patient"


@pytest.mark.parametrize(
    "said", ["{base}/MedicationRequest", "{base}/MedicationRequest?_count=100", "{base}/MedicationRequest?patient=p2"]
)
def test_a_server_that_left_the_patient_out_of_the_search_stops_the_plan(ehr, said):
    ehr.found("MedicationRequest", ehr.request("r1"), self_link=said.format(base=ehr.base))
    issue = fatal(ehr.chart())
    assert issue.code == "another-patient"
    assert "left `patient` out" in issue.message


@pytest.mark.parametrize(
    "said",
    [
        "patient=p1",
        "patient=Patient/p1",
        "patient:Patient=p1",
        "subject=Patient%2Fp1",
        "subject=https://ehr.example/fhir/Patient/p1",
    ],
)
def test_a_self_link_may_name_the_patient_in_its_own_way(ehr, said):
    ehr.found("MedicationRequest", ehr.request("r1"), self_link=f"http://inner-name:8080/MedicationRequest?{said}")
    assert ehr.chart().issues == ()


@pytest.mark.parametrize("said", [None, "http://[broken"])
def test_a_search_without_a_self_link_is_said_and_checked_by_its_records(ehr, said):
    ehr.found("MedicationRequest", ehr.request("r1"), self_link=said)
    [issue] = ehr.chart().issues
    assert (issue.code, issue.severity) == ("search-unconfirmed", Severity.INFORMATION)


def test_a_narrowing_that_was_ignored_is_no_harm(ehr):
    ehr.found("Encounter", self_link=f"{ehr.base}/Encounter?patient=p1")
    assert ehr.chart().issues == ()


def test_another_ignored_criterion_is_an_error(ehr):
    ehr.found("MedicationRequest", ehr.request("r1"), self_link=f"{ehr.base}/MedicationRequest?_count=100")
    with pytest.raises(UnexpectedAnswer, match="left `identifier` out"):
        search(ehr, identifier="https://x.example|1")
    with pytest.raises(UnexpectedAnswer, match="left `_id` out"):
        search(ehr, _id="r1")
    assert search(ehr, _sort="date") == ["r1"]


def test_values_are_escaped_on_their_way(ehr):
    ehr.found("MedicationRequest", self_link=f"{ehr.base}/MedicationRequest?identifier=x")
    search(ehr, identifier="https://x.example|a&patient=p2 #1")
    assert dict(ehr.router.calls.last.request.url.params) == {
        "identifier": "https://x.example|a&patient=p2 #1",
        "_count": "100",
    }


@pytest.mark.parametrize(
    ("kind", "severity", "code", "stops"),
    [
        ("MedicationRequest", "error", "server-error", True),
        ("MedicationDispense", "fatal", "server-error", True),
        ("Encounter", "error", "server-error", False),
        ("MedicationRequest", "warning", "server-warning", False),
        ("MedicationRequest", "information", None, False),
    ],
)
def test_what_the_server_says_in_a_search_is_passed_on(ehr, kind, severity, code, stops):
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "details": {"text": "Not all shown."}}],
    }
    resources = [] if kind == "Encounter" else [{**ehr.request("x"), "resourceType": kind}]
    ehr.found(kind, *resources, outcome)
    issues = ehr.chart().issues
    if code is None:
        assert issues == ()
    else:
        [issue] = issues
        assert (issue.code, issue.fatal) == (code, stops)
        assert issue.message == f"While searching {kind} the server said: Not all shown."


def test_a_search_with_an_error_in_it_is_not_whole(ehr):
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
    ehr.found("MedicationRequest", ehr.request("r1"), outcome)
    with pytest.raises(UnexpectedAnswer, match="not whole: timeout"):
        search(ehr)


@pytest.mark.parametrize("entry", [None, {}, {"resource": None}, {"resource": []}, {"resource": {"id": "x"}}, "x"])
def test_an_entry_that_holds_nothing_is_said_and_the_rest_goes_on(ehr, entry):
    page = ehr.page("MedicationRequest", ehr.request("r1"))
    page["entry"].append(entry)
    ehr.get("/MedicationRequest", page)
    chart = ehr.chart()
    assert [(issue.code, issue.missing, issue.fatal) for issue in chart.issues] == [
        ("entry-unreadable", "Bundle.entry.resource", False)
    ]
    assert any(b'"r1"' in raw for raw in chart.resources)
    with pytest.raises(UnexpectedAnswer, match="holds nothing"):
        search(ehr)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"resourceType": "Patient"}',
        b'{"resourceType": "Bundle", "entry": 1}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"resourceType": "Bundle", "entry": [' + b'{"a":' * 100_000,
    ],
)
def test_an_answer_that_is_no_bundle_stops_the_plan(ehr, body):
    ehr.router.get("/MedicationRequest").respond(content=body, headers={"content-type": "application/fhir+json"})
    assert fatal(ehr.chart()).code == "unexpected-answer"


def test_a_record_with_a_broken_field_goes_on_to_the_mapping(ehr):
    broken = ehr.request("r1", medicationReference="Medication/m1", performer=7, dispenseRequest=[])
    ehr.found("MedicationRequest", {**broken, "subject": "Patient/p1"}, ehr.request("r2", performer=[7], location="x"))
    ehr.found("MedicationDispense", ehr.dispense("d1", performer=[{"actor": {"display": "X"}}], location=[1]))
    chart = ehr.chart()
    assert chart.issues == ()
    assert len(chart.resources) == 4


def test_a_record_that_came_twice_is_kept_once_and_two_that_differ_both(ehr):
    ehr.found(
        "MedicationRequest", ehr.request("r1"), ehr.request("r1"), ehr.request("r2"), ehr.request("r2", status="active")
    )
    assert sum(b"MedicationRequest" in raw for raw in ehr.chart().resources) == 3


def test_a_bundle_needs_neither_total_nor_entries(ehr):
    ehr.get("/MedicationRequest", {"resourceType": "Bundle", "type": "searchset"})
    assert search(ehr) == []


def test_what_an_include_brought_is_no_match(ehr):
    page = ehr.page(
        "MedicationRequest", ehr.request("r1"), ehr.request("r0"), {"resourceType": "Medication", "id": "m"}
    )
    page["entry"][0]["search"] = {"mode": "match"}
    page["entry"][1]["search"] = {"mode": "include"}
    ehr.get("/MedicationRequest", page)
    assert search(ehr) == ["r1"]


def test_an_appointment_belongs_to_its_participants(ehr):
    def appointment(*patients: str) -> dict:
        actors = [{"actor": {"reference": f"Patient/{patient}"}} for patient in patients]
        return {
            "resourceType": "Appointment",
            "id": "a1",
            "participant": [{"actor": {"reference": "Location/l"}}, *actors],
        }

    def ask():
        return ehr.ask(lambda gateway: gateway.search("Appointment", {"patient": "Patient/p1"}))

    ehr.found("Appointment", appointment("p2", "p1"))
    assert len(ask()) == 1
    ehr.found("Appointment", appointment())
    assert len(ask()) == 1
    ehr.found("Appointment", appointment("p2"))
    with pytest.raises(AnotherPatient):
        ask()
