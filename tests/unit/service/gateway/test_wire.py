"""What the wire makes of every answer that is not the expected one, and what it never does."""

from __future__ import annotations

import asyncio
import gzip
import json

import httpx
import pytest

from service.config import Settings
from service.gateway import Gateway, parse_base
from service.use_cases.ports import (
    AccessDenied,
    Conflict,
    FhirRefused,
    Gone,
    LimitExceeded,
    NotFound,
    ServerFault,
    ServerGone,
    TooManyRequests,
    UnexpectedAnswer,
)

OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [
        {"severity": "error", "code": "processing", "diagnostics": "The moon\nis in   the wrong house."},
        {"severity": "information", "code": "informational", "details": {"text": "Have a nice day"}},
    ],
}
BUNDLE = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [{}]}).encode()


def read_appointment(gateway: Gateway):
    return gateway.read("Appointment", "a1")


def transaction(gateway: Gateway):
    return gateway.transaction(BUNDLE)


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, FhirRefused, "refused the request"),
        (401, AccessDenied, "sign in again"),
        (403, AccessDenied, "missing permission"),
        (404, NotFound, "no such resource"),
        (405, FhirRefused, "refused the request"),
        (408, ServerFault, "gave up waiting"),
        (409, Conflict, "somebody else"),
        (410, Gone, "deleted"),
        (412, Conflict, "more than one resource matches"),
        (422, FhirRefused, "does not accept it: it must be changed first"),
        (423, Conflict, "locked"),
        (429, TooManyRequests, "too many requests"),
        (500, ServerFault, "failed"),
        (501, ServerFault, "cannot do this"),
        (503, ServerFault, "not available now"),
    ],
)
def test_each_refusal_has_its_error_its_advice_and_the_servers_words(ehr, status, kind, words):
    ehr.get("/Appointment/a1", OUTCOME, status)
    with pytest.raises(FhirRefused) as refused:
        ehr.ask(read_appointment)
    error = refused.value
    assert type(error) is kind
    assert error.status == status
    assert words in str(error)
    assert f"(HTTP {status} from ehr.example). It says: The moon is in the wrong house." in str(error)
    assert error.details == ("The moon is in the wrong house.",)
    assert error.for_log == f"{kind.__name__} {status} on read Appointment"


def test_a_refusal_without_an_outcome_still_has_its_sentence(ehr):
    ehr.router.get("/Appointment/a1").respond(500, html="<h1>NullPointerException</h1>")
    with pytest.raises(ServerFault) as refused:
        ehr.ask(read_appointment)
    assert str(refused.value) == (
        "read Appointment: the server failed: try again later, or tell the people who run it "
        "(HTTP 500 from ehr.example)."
    )


def test_an_outcome_with_information_only_is_quoted_all_the_same(ehr):
    ehr.get("/Appointment/a1", {**OUTCOME, "issue": OUTCOME["issue"][1:]}, 404)
    with pytest.raises(NotFound, match="Have a nice day"):
        ehr.ask(read_appointment)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("99999999", 3600.0),
        ("Mon, 02 Mar 2026 12:00:30 GMT", 30.0),
        ("Mon, 02 Mar 2026 12:00:30 -0000", 30.0),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0.0),
        ("Mon, 09 Mar 2026 12:00:00 GMT", 3600.0),
        ("Mon, 02 Mar 99999999999 12:00:00 GMT", None),
        ("soon", None),
        ("-3", None),
        ("", None),
    ],
)
def test_how_long_to_wait_is_read_in_seconds_or_as_a_date(ehr, header, seconds):
    ehr.settings = Settings(max_attempts=1)
    ehr.router.get("/Appointment/a1").respond(429, headers={"Retry-After": header})
    with pytest.raises(TooManyRequests) as refused:
        ehr.ask(read_appointment)
    assert refused.value.retry_after == seconds


@pytest.mark.parametrize(
    ("status", "maybe"),
    [(400, False), (408, True), (409, False), (429, False), (500, True), (501, False), (502, True), (503, True)],
)
def test_a_refused_write_says_whether_it_may_have_happened(ehr, status, maybe):
    ehr.router.post("").respond(status)
    with pytest.raises(FhirRefused) as refused:
        ehr.ask(transaction)
    assert refused.value.maybe_written is maybe


@pytest.mark.parametrize(
    ("fault", "maybe", "words"),
    [
        (httpx.ConnectError("refused"), False, "could not be made"),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"), False, "does not trust the server's certificate"),
        (httpx.ConnectTimeout("slow"), False, "in time"),
        (httpx.ReadTimeout("slow"), True, "PICKUPDAY_READ_SECONDS"),
        (httpx.WriteTimeout("slow"), True, "in time"),
        (httpx.ReadError("reset"), True, "broke off"),
        (httpx.RemoteProtocolError("peer closed connection"), True, "broke off"),
    ],
)
def test_a_lost_connection_says_what_was_lost_and_whether_a_write_may_have_happened(ehr, fault, maybe, words):
    ehr.router.post("").mock(side_effect=fault)
    with pytest.raises(ServerGone, match=words) as gone:
        ehr.ask(transaction)
    assert gone.value.maybe_written is maybe
    ehr.router.get("/Appointment/a1").mock(side_effect=fault)
    with pytest.raises(ServerGone) as gone:
        ehr.ask(read_appointment)
    assert gone.value.maybe_written is False
    assert gone.value.for_log == "ServerGone on read Appointment"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(ehr, status):
    ehr.router.get("/Appointment/a1").respond(status, headers={"Location": "https://evil.example/take"})
    elsewhere = ehr.router.get("https://evil.example/take").respond(json={})
    with pytest.raises(UnexpectedAnswer, match="redirects are not followed"):
        ehr.ask(read_appointment)
    assert not elsewhere.called


def test_a_login_page_is_no_answer(ehr):
    ehr.router.get("/Appointment/a1").respond(html="<form>password</form>")
    with pytest.raises(UnexpectedAnswer, match="perhaps a login"):
        ehr.ask(read_appointment)
    ehr.router.get("/Appointment/a1").respond(
        content=b"<Appointment/>", headers={"content-type": "application/fhir+xml"}
    )
    with pytest.raises(UnexpectedAnswer, match=r"application/fhir\+xml, not FHIR JSON"):
        ehr.ask(read_appointment)
    ehr.router.get("/Appointment/a1").respond(content=b"{}")
    with pytest.raises(UnexpectedAnswer, match="something unnamed"):
        ehr.ask(read_appointment)


def test_an_answer_over_the_limit_names_the_limit_and_its_setting(ehr):
    ehr.settings = Settings(max_response_bytes=1000)
    big = {"resourceType": "Appointment", "id": "a1", "comment": "x" * 2000}
    ehr.get("/Appointment/a1", big)
    with pytest.raises(LimitExceeded, match="1,000 bytes") as over:
        ehr.ask(read_appointment)
    assert over.value.setting == "PICKUPDAY_MAX_RESPONSE_BYTES"
    ehr.router.get("/Appointment/a1").respond(
        content=gzip.compress(json.dumps(big).encode()),
        headers={"content-type": "application/fhir+json", "content-encoding": "gzip"},
    )
    with pytest.raises(LimitExceeded, match="unpacked"):
        ehr.ask(read_appointment)


def test_the_token_goes_to_the_base_and_nowhere_else(ehr):
    ehr.authorization = "Bearer secret"
    elsewhere = ehr.router.route(host="evil.example").respond(json={})
    ehr.found("MedicationRequest", following=f"https://evil.example/x?u={ehr.base}")
    chart = ehr.chart()
    assert not elsewhere.called
    assert {call.request.headers["authorization"] for call in ehr.router.calls} == {"Bearer secret"}
    [issue] = [issue for issue in chart.issues if issue.fatal]
    assert issue.code == "untrusted-address"
    assert "evil" not in issue.message


def test_every_request_asks_for_fhir_json_packed_with_gzip_and_says_who_asks(ehr):
    ehr.get("/Appointment/a1", {"resourceType": "Appointment", "id": "a1"})
    ehr.ask(read_appointment)
    headers = ehr.router.calls.last.request.headers
    assert headers["accept"] == "application/fhir+json"
    assert headers["accept-encoding"] == "gzip"
    assert headers["user-agent"].startswith("pickupday/")
    assert "authorization" not in headers


def test_a_gateway_can_speak_to_an_application_in_this_process():
    async def application(scope, receive, send):
        body = json.dumps({"resourceType": "Appointment", "id": scope["path"].rpartition("/")[2]}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    async def ask() -> bytes:
        base = parse_base("http://localhost/fhir")
        async with Gateway(base, Settings(), transport=httpx.ASGITransport(application)) as gateway:
            return await read_appointment(gateway)

    assert json.loads(asyncio.run(ask()))["id"] == "a1"
