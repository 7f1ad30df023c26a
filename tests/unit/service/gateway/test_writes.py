"""Transaction, conditional create and update: what is sent, and receipts as servers really give them."""

from __future__ import annotations

import json

import pytest

from service.errors import BadArgument
from service.use_cases.ports import Conflict, EntryReceipt, FhirRefused, LimitExceeded, UnexpectedAnswer

APPOINTMENT = {"resourceType": "Appointment", "id": "a1", "meta": {"versionId": "3"}, "status": "proposed"}
RAW = json.dumps(APPOINTMENT).encode()


def bundle(count: int = 1) -> bytes:
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": {}}] * count}).encode()


def answer(*entries: dict) -> dict:
    return {"resourceType": "Bundle", "type": "transaction-response", "entry": list(entries)}


def sent(ehr):
    return ehr.router.calls.last.request


def write(ehr, content: bytes) -> tuple[EntryReceipt, ...]:
    return ehr.ask(lambda gateway: gateway.transaction(content))


def test_a_transaction_is_posted_to_the_base_once_as_it_is(ehr):
    ehr.router.post("").respond(json=answer({"response": {"status": "201"}}))
    write(ehr, bundle())
    assert len(ehr.router.calls) == 1
    assert str(sent(ehr).url) == ehr.base
    assert sent(ehr).content == bundle()
    assert sent(ehr).headers["content-type"].startswith("application/fhir+json")
    assert sent(ehr).headers["prefer"] == "return=representation"


@pytest.mark.parametrize(
    ("entry", "receipt"),
    [
        (
            {"response": {"status": "201 Created", "location": "Appointment/a1/_history/1", "etag": 'W/"1"'}},
            EntryReceipt(201, "Appointment", "a1", "1", "Appointment/a1/_history/1"),
        ),
        (
            {"response": {"status": "201", "location": "https://ehr.example/fhir/Appointment/a1/_history/4"}},
            EntryReceipt(201, "Appointment", "a1", "4", "https://ehr.example/fhir/Appointment/a1/_history/4"),
        ),
        (
            {"response": {"status": "201", "location": "Appointment/a1"}},
            EntryReceipt(201, "Appointment", "a1", None, "Appointment/a1"),
        ),
        (
            {"response": {"status": "200 OK", "etag": "7"}, "resource": APPOINTMENT},
            EntryReceipt(200, "Appointment", "a1", "7", resource=RAW),
        ),
        (
            {"response": {"status": "200"}, "resource": APPOINTMENT},
            EntryReceipt(200, "Appointment", "a1", "3", resource=RAW),
        ),
        (
            {"response": {"status": "200", "location": "https://elsewhere.example/Appointment/x"}},
            EntryReceipt(200, location="https://elsewhere.example/Appointment/x"),
        ),
        (
            {
                "response": {
                    "status": "201",
                    "outcome": {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "Made."}, {"code": "x"}]},
                }
            },
            EntryReceipt(201, outcome="Made. / x"),
        ),
        (
            {"response": {"status": "201"}, "resource": {"resourceType": "OperationOutcome", "id": "o"}},
            EntryReceipt(201),
        ),
        ({"response": {"status": "200"}, "resource": None}, EntryReceipt(200)),
        (
            {"response": {"status": "201"}, "resource": {"resourceType": "X", "meta": 1}},
            EntryReceipt(201, resource=b'{"resourceType": "X", "meta": 1}'),
        ),
        ({"response": {"status": "409 Conflict"}}, EntryReceipt(409)),
        ({}, EntryReceipt(0)),
    ],
)
def test_a_receipt_is_read_from_what_the_server_gives(ehr, entry, receipt):
    ehr.get("/metadata")
    ehr.router.post("").respond(
        content=json.dumps(answer(entry)).encode(), headers={"content-type": "application/json"}
    )
    assert write(ehr, bundle()) == (receipt,)


def test_a_receipt_says_what_it_means():
    assert EntryReceipt(201, "Appointment", "a1").created
    assert not EntryReceipt(200).created
    assert EntryReceipt(412).refused
    assert not EntryReceipt(200).refused
    assert EntryReceipt(201, "Appointment", "a1").reference == "Appointment/a1"
    assert EntryReceipt(201).reference is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"resourceType": "OperationOutcome"}',
        json.dumps(answer()).encode(),
        json.dumps(answer({}, {}, {})).encode(),
    ],
)
def test_an_answer_that_does_not_fit_may_have_written(ehr, body):
    ehr.router.post("").respond(content=body, headers={"content-type": "application/fhir+json"})
    with pytest.raises(UnexpectedAnswer, match="read back what it holds") as unclear:
        write(ehr, bundle(2))
    assert unclear.value.maybe_written


def test_a_web_page_or_too_much_in_answer_to_a_write_may_have_written(ehr):
    ehr.router.post("").respond(html="<p>done</p>")
    with pytest.raises(UnexpectedAnswer) as unclear:
        write(ehr, bundle())
    assert unclear.value.maybe_written
    ehr.router.post("").respond(html="x" * 21_000_000)
    with pytest.raises(LimitExceeded) as over:
        write(ehr, bundle())
    assert over.value.maybe_written


def test_a_refused_transaction_wrote_nothing(ehr):
    ehr.router.post("").respond(
        422, json={"resourceType": "OperationOutcome", "issue": [{"diagnostics": "No such code"}]}
    )
    with pytest.raises(FhirRefused, match="No such code") as refused:
        write(ehr, bundle())
    assert not refused.value.maybe_written


@pytest.mark.parametrize("content", [b"", b"[]", b'{"type": "batch", "entry": []}', b'{"type": "transaction"}'])
def test_what_is_no_transaction_is_not_sent(ehr, content):
    with pytest.raises(BadArgument, match="nothing was sent"):
        write(ehr, content)
    assert not ehr.router.calls


def create(ehr, resource: bytes = RAW, identifier: str = "https://x.example/pickup|k&1"):
    return ehr.ask(lambda gateway: gateway.create_if_none(resource, identifier))


def test_a_conditional_create_carries_its_condition_in_the_header(ehr):
    route = ehr.router.post("/Appointment").respond(
        201, headers={"Location": f"{ehr.base}/Appointment/a1/_history/1", "ETag": 'W/"1"'}
    )
    receipt = create(ehr)
    assert receipt == EntryReceipt(201, "Appointment", "a1", "1", f"{ehr.base}/Appointment/a1/_history/1")
    assert route.calls.last.request.headers["if-none-exist"] == "identifier=https://x.example/pickup|k%261"
    assert route.calls.last.request.content == RAW


def test_what_has_no_identifier_is_known_by_its_tag(ehr):
    route = ehr.router.post("/Provenance").respond(201)
    ehr.ask(
        lambda gateway: gateway.create_if_none(b'{"resourceType": "Provenance"}', "https://x.example/t|k", by="_tag")
    )
    assert route.calls.last.request.headers["if-none-exist"] == "_tag=https://x.example/t|k"


def test_a_conditional_create_that_found_one_gives_it_back(ehr):
    ehr.router.post("/Appointment").respond(200, content=RAW, headers={"content-type": "application/fhir+json"})
    assert create(ehr) == EntryReceipt(200, "Appointment", "a1", "3", resource=RAW)


def test_a_conditional_create_without_location_or_body_has_a_receipt_all_the_same(ehr):
    ehr.router.post("/Appointment").respond(201)
    assert create(ehr) == EntryReceipt(201, "Appointment")


def test_several_matches_are_a_conflict(ehr):
    ehr.router.post("/Appointment").respond(412)
    with pytest.raises(Conflict):
        create(ehr)


@pytest.mark.parametrize("resource", [b"", b"{}", b'{"resourceType": "../Patient"}'])
def test_what_is_no_resource_is_not_sent(ehr, resource):
    with pytest.raises(BadArgument):
        create(ehr, resource)
    assert not ehr.router.calls


def update(ehr, resource: bytes = RAW, version: str = "3"):
    return ehr.ask(lambda gateway: gateway.update(resource, version))


def test_an_update_names_the_version_that_was_read(ehr):
    route = ehr.router.put("/Appointment/a1").respond(
        200, headers={"ETag": 'W/"4"', "Content-Location": "Appointment/a1"}
    )
    assert update(ehr) == EntryReceipt(200, "Appointment", "a1", "4", "Appointment/a1")
    assert route.calls.last.request.headers["if-match"] == 'W/"3"'


@pytest.mark.parametrize("status", [409, 412])
def test_an_update_of_an_old_version_is_a_conflict(ehr, status):
    ehr.router.put("/Appointment/a1").respond(status)
    with pytest.raises(Conflict, match="read it again"):
        update(ehr)


def test_an_update_needs_an_id_and_a_version(ehr):
    for resource, version in (
        (b'{"resourceType": "Appointment"}', "1"),
        (b'{"resourceType": "A", "id": ".."}', "1"),
        (RAW, '1"\r\nX: y'),
    ):
        with pytest.raises(BadArgument):
            update(ehr, resource, version)
    assert not ehr.router.calls


def test_a_read_gives_the_resource_that_was_asked_for_or_an_error(ehr):
    ehr.get("/Appointment/a1", APPOINTMENT)
    assert json.loads(ehr.ask(lambda gateway: gateway.read("Appointment", "a1"))) == APPOINTMENT
    ehr.get("/Appointment/a1", {**APPOINTMENT, "id": "a2"})
    with pytest.raises(UnexpectedAnswer):
        ehr.ask(lambda gateway: gateway.read("Appointment", "a1"))
    with pytest.raises(BadArgument):
        ehr.ask(lambda gateway: gateway.read("Appointment", "../Patient/1"))
    with pytest.raises(BadArgument):
        ehr.ask(lambda gateway: gateway.search("../Patient", {}))
