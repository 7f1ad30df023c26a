from __future__ import annotations

import pytest

from service.sandbox import app, wire

PATIENT = {"resourceType": "Patient"}


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 200),
        ("application/fhir+json;fhirVersion=4.0", 200),
        ("text/html, application/json;q=0.5", 200),
        ("application/fhir+xml", 406),
        ("text/html", 406),
    ],
)
def test_only_json_is_given(fhir, accept, status):
    assert fhir.get("metadata", headers={"Accept": accept}).status_code == status


@pytest.mark.parametrize(("wanted", "status"), [("json", 200), ("application/fhir+json", 200), ("xml", 406)])
def test_the_format_in_the_address_counts_more_than_the_header(fhir, wanted, status):
    answer = fhir.get("metadata", params={"_format": wanted}, headers={"Accept": "text/html"})
    assert answer.status_code == status


@pytest.mark.parametrize("kind", ["text/plain", "application/fhir+xml", ""])
def test_only_json_is_taken(fhir, outcome, kind):
    answer = fhir.post("Patient", content=b'{"resourceType": "Patient"}', headers={"Content-Type": kind})
    assert outcome(answer)[:2] == (415, "not-supported")


def test_a_form_is_for_searches_only(fhir, outcome):
    assert fhir.post("Patient/_search", data={"_id": "1"}, headers={"Content-Type": "text/plain"}).status_code == 415
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert fhir.post("Patient/_search?_id=1", headers=form).json()["total"] == 0
    assert outcome(fhir.post("Patient/_search", content=b"\xff=1", headers=form))[0] == 400


def test_compressed_bodies_are_refused(fhir, outcome):
    answer = fhir.post("Patient", content=b"x", headers={"Content-Encoding": "gzip"})
    assert outcome(answer)[0] == 415


def test_a_body_larger_than_the_limit_is_refused(fhir, outcome, monkeypatch):
    monkeypatch.setattr(wire, "MAX_BODY", 100)
    assert fhir.post("Patient", json=PATIENT).status_code == 201
    assert outcome(fhir.post("Patient", json={**PATIENT, "id": "x" * 100}))[:2] == (413, "too-long")


def test_a_query_of_endless_parameters_is_refused(fhir, outcome):
    assert outcome(fhir.get("Patient?" + "&".join(f"p{n}=1" for n in range(1001))))[0] == 400


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "Patient/1", "GET, PUT, DELETE, HEAD, OPTIONS"),
        ("DELETE", "Patient", "GET, POST, PUT, HEAD, OPTIONS"),
        ("PUT", "Patient/_search", "POST, OPTIONS"),
        ("POST", "metadata", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_is_not_for_the_address_is_refused_with_those_that_are(fhir, outcome, method, path, allowed):
    answer = fhir.request(method, path)
    assert outcome(answer)[:2] == (405, "not-supported")
    assert answer.headers["allow"] == allowed


def test_options_say_what_an_address_takes(fhir):
    answer = fhir.options("Patient")
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, POST, PUT, HEAD, OPTIONS")


def test_head_is_get_without_the_body(fhir, create):
    made = create(PATIENT)
    answer = fhir.head(f"Patient/{made['id']}")
    assert (answer.status_code, answer.headers["etag"], answer.content) == (200, 'W/"1"', b"")


@pytest.mark.parametrize("path", ["/", "/fhirs", "/fhir/Patient/1/x"])
def test_an_address_that_is_not_served_is_not_found(fhir, outcome, path):
    root = str(fhir.base_url).removesuffix("/fhir/")
    assert outcome(fhir.get(root + path))[:2] == (404, "not-found")


def test_a_method_that_nobody_knows_is_refused(fhir, outcome):
    assert outcome(fhir.request("BREW", "Patient"))[:2] == (405, "not-supported")


def test_the_base_alone_asks_for_nothing(fhir, outcome):
    for path in ("", "/"):
        assert outcome(fhir.get(str(fhir.base_url).rstrip("/") + path))[0] == 400


def test_a_write_can_be_answered_with_an_outcome(fhir):
    answer = fhir.post("Patient", json=PATIENT, headers={"Prefer": "return=OperationOutcome, handling=strict"})
    assert answer.status_code == 201
    assert answer.json()["issue"][0]["severity"] == "information"


def test_a_failure_of_the_server_is_an_outcome_too(fhir, outcome, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(app, "capability_statement", fail)
    assert outcome(fhir.get("metadata")) == (500, "exception", "The sandbox failed: ZeroDivisionError.")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON (0 bytes)"),
        (b'{"a": 1,}', "not JSON"),
        (b"[]", "list, not an object"),
        (b"[" * 5000, "nested too deeply"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": "\xff"}', "not JSON"),
    ],
)
def test_what_is_no_json_object_is_refused_with_the_place(fhir, outcome, body, said):
    status, code, text = outcome(fhir.post("Patient", content=body))
    assert (status, code) == (400, "structure")
    assert said in text


@pytest.mark.parametrize("number", ["1.50", "0.1", "1E+2", "12345678901234567890.123456789", "100000000000000000000"])
def test_numbers_keep_their_digits(fhir, number):
    text = (
        '{"resourceType": "Observation", "status": "final", "code": {"text": "x"}, '
        f'"valueQuantity": {{"value": {number}}}}}'
    )
    made = fhir.post("Observation", content=text.encode()).json()
    assert number in fhir.get(f"Observation/{made['id']}").text
