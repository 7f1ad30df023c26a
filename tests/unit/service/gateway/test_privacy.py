"""Canaries: no name, id, address or token of a reading may show up in any log, at any level."""

from __future__ import annotations

import logging

import httpx
import pytest

from service.use_cases.ports import ServerError

CANARIES = ("p1", "CanaryName", "canary-token", "ehr.example", "r1-canary", "said-canary")


@pytest.fixture
def everything_logged(caplog):
    for name in ("", "httpx", "httpcore", "httpcore.connection", "httpcore.http11", "service", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name or None)
    return caplog


def assert_no_canary(text: str) -> None:
    assert [canary for canary in CANARIES if canary in text] == []


def test_a_reading_at_the_loudest_level_names_nobody(ehr, everything_logged):
    ehr.authorization = "Bearer canary-token"
    ehr.get("/Patient/p1", {"resourceType": "Patient", "id": "p1", "name": [{"family": "CanaryName"}]})
    ehr.found("MedicationRequest", ehr.request("r1-canary", medicationReference={"reference": "Medication/r1-canary"}))
    ehr.get("/Medication/r1-canary", status=404)
    ehr.chart()
    assert "search MedicationRequest: 200 in " in everything_logged.text
    assert "read Medication: 404 in " in everything_logged.text
    assert_no_canary(everything_logged.text)


def test_repetitions_name_nobody(ehr, everything_logged):
    ehr.authorization = "Bearer canary-token"
    answers = [
        httpx.Response(503, headers={"Retry-After": "2"}, text="said-canary"),
        httpx.ReadError("CanaryName at ehr.example"),
        httpx.Response(200, json={"resourceType": "Appointment", "id": "r1-canary"}),
    ]
    ehr.router.get("/Appointment/r1-canary").side_effect = answers
    ehr.ask(lambda gateway: gateway.read("Appointment", "r1-canary"))
    assert "ServerFault 503 on read Appointment: again in 2.1 s" in everything_logged.text
    assert "ServerGone on read Appointment: again in 0.8 s" in everything_logged.text
    assert_no_canary(everything_logged.text)


def test_the_http_libraries_stay_silent_when_they_are_told_to_be_loud_later(ehr, everything_logged):
    ehr.get("/Appointment/r1-canary", {"resourceType": "Appointment", "id": "r1-canary"})

    async def loud(gateway):
        logging.getLogger("httpx").setLevel(logging.DEBUG)
        logging.getLogger("httpcore.http11").setLevel(logging.DEBUG)
        return await gateway.read("Appointment", "r1-canary")

    ehr.ask(loud)
    assert_no_canary(everything_logged.text)


@pytest.mark.parametrize("status", [401, 404, 422, 429, 500])
def test_an_error_tells_the_person_what_it_keeps_from_the_log(ehr, status):
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "diagnostics": "said-canary p1"}]}
    ehr.get("/Appointment/r1-canary", outcome, status)
    with pytest.raises(ServerError) as refused:
        ehr.ask(lambda gateway: gateway.read("Appointment", "r1-canary"))
    assert "said-canary p1" in str(refused.value)
    assert_no_canary(refused.value.for_log)
