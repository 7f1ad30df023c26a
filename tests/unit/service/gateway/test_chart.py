"""Reading a chart: what is asked, what is said about what could not be had, and what stops a plan."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from pickupday.findings import Severity
from service.config import Settings
from service.errors import BadArgument
from service.gateway import Gateway, parse_base
from service.gateway.chart import ALL_INTENTS
from service.use_cases.ports import AccessDenied, NotFound, ServerFault, ServerGone, TooManyRequests


def held(chart) -> list[str]:
    return [f"{r['resourceType']}/{r.get('id')}" for r in map(json.loads, chart.resources)]


def codes(chart) -> list[str]:
    return [issue.code for issue in chart.issues]


def fatal(chart):
    """The one fatal issue of the chart."""
    [issue] = [issue for issue in chart.issues if issue.fatal]
    assert issue.severity is Severity.ERROR
    return issue


def asked(ehr, kind: str) -> list[httpx.URL]:
    return [call.request.url for call in ehr.router.calls if call.request.url.path.startswith(f"/fhir/{kind}")]


def test_a_chart_is_the_patient_the_prescriptions_the_dispenses_and_the_stays(ehr):
    ehr.found("Encounter", {"resourceType": "Encounter", "id": "e1", "subject": {"reference": "Patient/p1"}})
    chart = ehr.chart()
    assert held(chart) == ["Encounter/e1", "MedicationDispense/d1", "MedicationRequest/r1", "Patient/p1"]
    assert chart.issues == ()
    assert chart.dispenses_known
    assert chart.patient_id == "p1"
    assert chart.capabilities.software == "Pretended EHR"
    assert chart.bases == ("https://ehr.example/fhir",)


def test_searches_ask_strictly_by_patient_with_what_is_declared(ehr):
    ehr.chart()
    [requests] = asked(ehr, "MedicationRequest")
    assert dict(requests.params) == {"patient": "p1", "_include": "MedicationRequest:medication", "_count": "100"}
    [dispenses] = asked(ehr, "MedicationDispense")
    assert dict(dispenses.params) == {"patient": "p1", "_count": "100"}
    [stays] = asked(ehr, "Encounter")
    assert dict(stays.params) == {"patient": "p1", "class": "IMP,ACUTE,NONAC", "_count": "100"}
    strict = [call.request.headers.get("prefer") for call in ehr.router.calls if "?" in str(call.request.url)]
    assert strict == ["handling=strict"] * 3


def test_a_patient_may_be_given_as_a_reference_but_not_as_anything_else(ehr):
    assert ehr.ask(lambda gateway: gateway.read_chart("Patient/p1")).patient_id == "p1"
    with pytest.raises(BadArgument):
        ehr.ask(lambda gateway: gateway.read_chart("p1/../p2"))


def test_a_server_that_searches_by_subject_only_is_asked_by_subject(ehr):
    ehr.declare(MedicationRequest=["subject"], MedicationDispense=["subject"])
    for kind in ("MedicationRequest", "MedicationDispense"):
        ehr.found(kind, self_link=f"{ehr.base}/{kind}?subject=Patient/p1")
    assert not [issue for issue in ehr.chart().issues if issue.fatal]
    assert asked(ehr, "MedicationRequest")[0].params["subject"] == "Patient/p1"


def test_an_unknown_patient_is_raised(ehr):
    ehr.get("/Patient/p1", status=404)
    with pytest.raises(NotFound):
        ehr.chart()


def test_a_patient_merged_into_another_stops_the_plan(ehr):
    ehr.get("/Patient/p1", {"resourceType": "Patient", "id": "p2"})
    chart = ehr.chart()
    assert fatal(chart).code == "another-patient"
    assert "Patient/p2" not in held(chart)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"resourceType": "OperationOutcome"}'])
def test_a_patient_that_cannot_be_read_stops_the_plan(ehr, body):
    ehr.router.get("/Patient/p1").respond(content=body, headers={"content-type": "application/fhir+json"})
    assert fatal(ehr.chart()).code == "unexpected-answer"


def test_medicines_and_pharmacies_that_are_pointed_at_are_read_once_each(ehr):
    medicine = {"medicationReference": {"reference": "Medication/m1"}}
    shop = {"dispenseRequest": {"performer": {"reference": f"{ehr.base}/Organization/o1"}}}
    counter = {
        "performer": [{"actor": {"reference": "Organization/o1"}}, {"actor": {"reference": "Practitioner/x"}}],
        "location": {"reference": "Location/l1"},
    }
    ehr.found("MedicationRequest", ehr.request("r1", **medicine, **shop), ehr.request("r2", **medicine))
    ehr.found("MedicationDispense", ehr.dispense("d1", **medicine, **counter))
    for kind, bare in (("Medication", "m1"), ("Organization", "o1"), ("Location", "l1")):
        ehr.get(f"/{kind}/{bare}", {"resourceType": kind, "id": bare})
    chart = ehr.chart()
    assert {"Medication/m1", "Organization/o1", "Location/l1"} <= set(held(chart))
    assert [len(asked(ehr, kind)) for kind in ("Medication/", "Organization/", "Location/", "Practitioner/")] == [
        1,
        1,
        1,
        0,
    ]
    assert chart.issues == ()


def test_a_medicine_that_came_along_is_not_asked_for_again(ehr):
    pointing = ehr.request("r1", medicationReference={"reference": "Medication/m1"})
    ehr.found("MedicationRequest", pointing, {"resourceType": "Medication", "id": "m1"})
    assert "Medication/m1" in held(ehr.chart())
    assert asked(ehr, "Medication/") == []


def test_contained_and_foreign_references_are_left_to_the_mapping(ehr):
    inside = ehr.request("r1", medicationReference={"reference": "#m1"})
    foreign = ehr.request("r2", medicationReference={"reference": "https://other.example/fhir/Medication/m1"})
    ehr.found("MedicationRequest", inside, foreign)
    assert ehr.chart().issues == ()
    assert asked(ehr, "Medication/") == []


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_medicine_that_cannot_be_had_is_said_and_the_rest_goes_on(ehr, status):
    ehr.found("MedicationRequest", ehr.request("r1", medicationReference={"reference": "Medication/m1"}))
    ehr.get("/Medication/m1", status=status)
    [issue] = ehr.chart().issues
    assert (issue.code, issue.resource, issue.fatal) == ("reference-unresolved", "Medication/m1", False)


def test_a_medicine_that_may_be_had_in_a_minute_is_raised_a_pharmacy_is_not(ehr):
    shop = {"dispenseRequest": {"performer": {"reference": "Organization/o1"}}}
    ehr.found("MedicationRequest", ehr.request("r1", medicationReference={"reference": "Medication/m1"}, **shop))
    ehr.get("/Medication/m1", {"resourceType": "Medication", "id": "m1"})
    ehr.get("/Organization/o1", status=503)
    [issue] = ehr.chart().issues
    assert (issue.resource, issue.severity) == ("Organization/o1", Severity.INFORMATION)
    ehr.get("/Medication/m1", status=503)
    with pytest.raises(ServerFault):
        ehr.chart()


def test_something_else_in_the_place_of_a_medicine_stops_the_plan(ehr):
    ehr.found("MedicationRequest", ehr.request("r1", medicationReference={"reference": "Medication/m1"}))
    ehr.get("/Medication/m1", {"resourceType": "Medication", "id": "m2"})
    assert fatal(ehr.chart()).code == "unexpected-answer"
    ehr.router.get("/Medication/m1").respond(html="<p>login</p>")
    assert fatal(ehr.chart()).code == "unexpected-answer"


def test_no_prescriptions_to_be_had_means_no_plan(ehr):
    ehr.get("/MedicationRequest", status=403)
    issue = fatal(ehr.chart())
    assert issue.code == "forbidden"
    assert issue.next_step == "ask for permission to read MedicationRequest"
    ehr.get("/MedicationRequest", status=404)
    assert fatal(ehr.chart()).code == "not-there"


def test_prescriptions_that_are_not_declared_mean_no_plan(ehr):
    ehr.declare(MedicationDispense=["patient"])
    assert fatal(ehr.chart()).code == "not-declared"
    assert asked(ehr, "MedicationRequest") == []


@pytest.mark.parametrize(
    ("status", "code"), [(403, "forbidden"), (404, "not-there"), (400, "search-refused"), (501, None)]
)
def test_dispenses_that_cannot_be_had_are_said_and_not_known(ehr, status, code):
    ehr.get("/MedicationDispense", status=status)
    if code is None:
        with pytest.raises(ServerFault):
            ehr.chart()
        return
    chart = ehr.chart()
    [issue] = chart.issues
    assert (issue.code, issue.missing, issue.fatal) == (code, "MedicationDispense", False)
    assert "estimated" in issue.message
    assert not chart.dispenses_known


def test_dispenses_that_are_not_declared_are_not_asked_for(ehr):
    ehr.declare(MedicationRequest=["patient"], Encounter=["patient"])
    chart = ehr.chart()
    assert codes(chart) == ["not-declared"]
    assert not chart.dispenses_known
    assert asked(ehr, "MedicationDispense") == []


def test_no_dispense_of_this_patient_is_said_and_known(ehr):
    ehr.found("MedicationDispense")
    chart = ehr.chart()
    assert codes(chart) == ["empty"]
    assert chart.dispenses_known


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500])
def test_hospital_stays_that_cannot_be_had_never_stop_a_plan(ehr, status):
    ehr.get("/Encounter", status=status)
    [issue] = ehr.chart().issues
    assert (issue.missing, issue.severity, issue.fatal) == ("Encounter", Severity.INFORMATION, False)


def test_not_signed_in_is_raised_wherever_it_is_found_out(ehr):
    for kind in ("Encounter", "MedicationDispense", "MedicationRequest"):
        ehr.get(f"/{kind}", status=401)
        with pytest.raises(AccessDenied):
            ehr.chart()
        ehr.found(kind)
    ehr.found("MedicationRequest", ehr.request("r1", medicationReference={"reference": "Medication/m1"}))
    ehr.get("/Medication/m1", status=401)
    with pytest.raises(AccessDenied):
        ehr.chart()


@pytest.mark.parametrize("kind", ["MedicationRequest", "MedicationDispense"])
def test_half_a_chart_is_never_handed_on(ehr, kind):
    ehr.get(f"/{kind}", status=500)
    with pytest.raises(ServerFault):
        ehr.chart()
    ehr.get(f"/{kind}", status=429)
    with pytest.raises(TooManyRequests):
        ehr.chart()
    ehr.router.get(f"/{kind}").mock(side_effect=httpx.ReadError("gone"))
    with pytest.raises(ServerGone):
        ehr.chart()


def test_a_server_that_insists_on_the_intent_is_given_all_of_them(ehr):
    def insist(request: httpx.Request) -> httpx.Response:
        if "intent" not in request.url.params:
            return httpx.Response(400)
        return httpx.Response(200, json=ehr.page("MedicationRequest", ehr.request("r1")))

    ehr.router.get("/MedicationRequest").mock(side_effect=insist)
    chart = ehr.chart()
    assert "MedicationRequest/r1" in held(chart)
    assert chart.issues == ()
    assert asked(ehr, "MedicationRequest")[1].params["intent"] == ALL_INTENTS


def test_a_site_can_name_the_intents(ehr):
    ehr.settings = Settings(medication_request_intents="order, plan")
    ehr.chart()
    assert asked(ehr, "MedicationRequest")[0].params["intent"] == "order,plan"
    ehr.get("/MedicationRequest", status=400)
    assert fatal(ehr.chart()).code == "search-refused"


@pytest.mark.parametrize(
    "statement", [(404, b""), (403, b""), (200, b"<html>"), (200, b"{}"), (200, b'{"resourceType": 1}')]
)
def test_without_a_capability_statement_plain_searches_are_used(ehr, statement):
    status, body = statement
    kind = "text/html" if body.startswith(b"<") else "application/json"
    ehr.router.get("/metadata").respond(status, content=body, headers={"content-type": kind})
    chart = ehr.chart()
    assert codes(chart) == ["no-capability-statement", "not-declared"]
    assert not chart.capabilities.known
    assert chart.dispenses_known
    assert dict(asked(ehr, "MedicationRequest")[0].params) == {"patient": "p1", "_count": "100"}
    assert asked(ehr, "Encounter") == []


@pytest.mark.parametrize("status", [429, 500])
def test_a_capability_statement_that_may_come_in_a_minute_is_waited_for(ehr, status):
    ehr.get("/metadata", status=status)
    with pytest.raises((ServerFault, TooManyRequests)):
        ehr.chart()


def test_the_capability_statement_is_read_once(ehr):
    async def twice(gateway):
        await gateway.read_chart("p1")
        await gateway.read_chart("p1")

    ehr.ask(twice)
    assert len(asked(ehr, "metadata")) == 1


@pytest.mark.parametrize("version", ["3.0.2", "5.0.0"])
def test_another_fhir_version_stops_the_plan(ehr, version):
    ehr.declare(version=version)
    chart = ehr.chart()
    assert fatal(chart).code == "fhir-version"
    assert chart.resources == ()


def test_plain_http_to_another_machine_is_said_each_time(ehr):
    async def read():
        async with Gateway(parse_base("http://ehr.example/fhir", allow_http=True), Settings()) as gateway:
            return await gateway.read_chart("p1")

    ehr.router.route(host="ehr.example", scheme="http", path="/fhir/metadata").respond(
        json={"resourceType": "CapabilityStatement", "fhirVersion": "5.0.0"}
    )
    assert "plain-http" in codes(asyncio.run(read()))
