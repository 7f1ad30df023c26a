"""Which addresses lie inside the base, and which ids may stand in a path."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from service.errors import BadArgument
from service.gateway.address import OutsideError, ServerBase, is_id, parse_base, patient_id, split_reference

BASE = parse_base("https://ehr.example/fhir")


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("https://ehr.example/fhir", "https://ehr.example/fhir"),
        ("https://ehr.example/fhir/", "https://ehr.example/fhir"),
        (" HTTPS://EHR.example:443/fhir ", "https://ehr.example/fhir"),
        ("https://ehr.example", "https://ehr.example"),
        ("https://ehr.example:8443/a/b", "https://ehr.example:8443/a/b"),
        ("http://localhost:8080/fhir", "http://localhost:8080/fhir"),
        ("http://127.0.0.1/fhir", "http://127.0.0.1/fhir"),
        ("http://[::1]:8080/fhir", "http://[::1]:8080/fhir"),
    ],
)
def test_a_base_is_normalised(given, normal):
    assert parse_base(given).url == normal


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ehr.example/fhir",
        "ftp://ehr.example/fhir",
        "https://",
        "https:///fhir",
        "https://ehr.example:port/fhir",
        "https://ehr.example:99999/fhir",
        "https://ehr.example:0/fhir",
        "https://[::1/fhir",
        "https://user:secret@ehr.example/fhir",
        "https://ehr.example/fhir?tenant=1",
        "https://ehr.example/fhir#top",
        "https://ehr.exämple/fhir",
        "https://ehr.example/fhir\\x",
        "https://ehr.example/fh ir",
        "https://ehr.example/fhir/../admin",
        "https://ehr.example//fhir",
        "https://ehr.example/fhir%2Fx",
    ],
)
def test_what_is_no_base_is_refused(given):
    with pytest.raises(BadArgument):
        parse_base(given)


def test_plain_http_is_for_this_machine_only_unless_the_setting_allows_it():
    with pytest.raises(BadArgument, match="PICKUPDAY_ALLOW_HTTP"):
        parse_base("http://ehr.example/fhir")
    assert parse_base("http://ehr.example/fhir", allow_http=True) == ServerBase("http", "ehr.example", 80, "/fhir")
    assert parse_base("http://localhost/fhir").on_this_machine
    assert not BASE.on_this_machine


@pytest.mark.parametrize(
    ("address", "resolved"),
    [
        ("https://ehr.example/fhir", "https://ehr.example/fhir"),
        ("https://ehr.example/fhir?_getpages=1&_bundletype=searchset", None),
        ("https://ehr.example/fhir/MedicationRequest?page=2", None),
        ("HTTPS://EHR.EXAMPLE:443/fhir/Patient/1", "https://ehr.example/fhir/Patient/1"),
        ("Patient/1", "https://ehr.example/fhir/Patient/1"),
        ("/fhir/Patient?page=2", "https://ehr.example/fhir/Patient?page=2"),
        ("?page=2", "https://ehr.example/fhir/?page=2"),
        ("https://ehr.example/fhir/Patient/1#top", "https://ehr.example/fhir/Patient/1"),
    ],
)
def test_an_address_under_the_base_is_inside(address, resolved):
    assert BASE.inside(address) == (resolved or address)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/x?u=https://ehr.example/fhir",
        "https://ehr.example@evil.example/fhir/Patient",
        "https://user@ehr.example/fhir/Patient",
        "https://ehr.example.evil.example/fhir",
        "https://ehr.example./fhir/Patient",
        "//evil.example/fhir/Patient",
        "http://ehr.example/fhir/Patient",
        "https://ehr.example:8443/fhir/Patient",
        "https://ehr.example:0/fhir/Patient",
        "https://ehr.example:port/fhir/Patient",
        "https://ehr.example/FHIR/Patient",
        "https://ehr.example/fhirevil/Patient",
        "https://ehr.example/",
        "https://ehr.example/fhir/../admin",
        "https://ehr.example/fhir/..",
        "https://ehr.example/fhir/./Patient",
        "https://ehr.example/fhir/%2e%2e/admin",
        "https://ehr.example/fhir/%252e%252e/admin",
        "https://ehr.example/fhir/..%2fadmin",
        "https://ehr.example/fhir//Patient",
        "https://ehr.example\\@evil.example/fhir/Patient",
        "https://ehr.example/fhir\\..\\admin",
        "https://ehr.example/fhir/%5c..%5cadmin",
        "https://ehr.example/fhir/Patient\n",
        " https://ehr.example/fhir/Patient",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "../admin",
        "/admin",
        "https://[::1/fhir",
        "https://\u0435hr.example/fhir/Patient",  # a Cyrillic e
    ],
)
def test_every_other_address_is_outside(address):
    with pytest.raises(OutsideError):
        BASE.inside(address)


def test_an_address_that_two_parsers_read_differently_is_outside(monkeypatch):
    elsewhere = httpx.URL("https://evil.example/fhir")
    monkeypatch.setattr("service.gateway.address.httpx.URL", lambda text: elsewhere)
    with pytest.raises(OutsideError, match="read in two ways"):
        BASE.inside("https://ehr.example/fhir/Patient")


def test_a_server_at_the_root_has_everything_on_its_host_inside():
    base = parse_base("http://localhost:8080")
    assert base.inside("http://localhost:8080/Patient/1") == "http://localhost:8080/Patient/1"
    with pytest.raises(OutsideError):
        base.inside("http://localhost:8081/Patient/1")
    with pytest.raises(OutsideError):
        base.inside("http://127.0.0.1:8080/Patient/1")


BEHIND = replace(parse_base("http://10.0.0.7:8080/hapi", allow_http=True), public=BASE)


@pytest.mark.parametrize(
    ("address", "resolved"),
    [
        ("https://ehr.example/fhir", "http://10.0.0.7:8080/hapi"),
        ("https://ehr.example/fhir?_getpages=1", "http://10.0.0.7:8080/hapi?_getpages=1"),
        ("HTTPS://EHR.example:443/fhir/Patient/1", "http://10.0.0.7:8080/hapi/Patient/1"),
        ("http://10.0.0.7:8080/hapi/Patient/1", "http://10.0.0.7:8080/hapi/Patient/1"),
        ("Patient/1", "http://10.0.0.7:8080/hapi/Patient/1"),
        ("/fhir/Patient?page=2", "http://10.0.0.7:8080/hapi/Patient?page=2"),
    ],
)
def test_an_address_under_the_public_base_is_asked_for_under_the_base_itself(address, resolved):
    assert BEHIND.inside(address) == resolved


@pytest.mark.parametrize(
    "address",
    [
        "https://ehr.example/fhirevil",
        "https://ehr.example/fhir/../admin",
        "https://ehr.example/fhir/%2e%2e/admin",
        "https://ehr.example@evil.example/fhir",
        "http://ehr.example/fhir",
        "http://10.0.0.7/hapi",
        "https://10.0.0.7:8080/hapi",
        "//evil.example/fhir",
        "/admin",
    ],
)
def test_a_public_base_lets_nothing_else_in(address):
    with pytest.raises(OutsideError):
        BEHIND.inside(address)


def test_a_reference_under_the_public_base_is_one_to_this_server():
    assert split_reference("https://ehr.example/fhir/Medication/m1/_history/2", BEHIND) == ("Medication", "m1")
    assert split_reference("http://10.0.0.7:8080/hapi/Medication/m1", BEHIND) == ("Medication", "m1")
    assert split_reference("https://other.example/fhir/Medication/m1", BEHIND) is None


@pytest.mark.parametrize(
    ("given", "bare"), [("123", "123"), ("Patient/a-B.9", "a-B.9"), (" 1 ", "1"), ("x" * 64, "x" * 64)]
)
def test_a_patient_is_named_by_id_or_reference(given, bare):
    assert patient_id(given) == bare


@pytest.mark.parametrize("given", ["", "Patient/", "a/b", "..", ".", "1?x=1", "1 2", "ä", "x" * 65, "Group/1", "1\n2"])
def test_what_is_no_patient_id_never_reaches_an_address(given):
    with pytest.raises(BadArgument, match="not a patient id"):
        patient_id(given)
    assert not is_id(given)


@pytest.mark.parametrize(
    ("reference", "split"),
    [
        ("Medication/m1", ("Medication", "m1")),
        ("Medication/m1/_history/2", ("Medication", "m1")),
        ("https://ehr.example/fhir/Medication/m1", ("Medication", "m1")),
        ("https://other.example/fhir/Medication/m1", None),
        ("#m1", None),
        ("urn:uuid:0b0b", None),
        ("Medication", None),
        ("Medication/", None),
        ("Medication/../x", None),
        ("Medication/m1/notes", None),
        ("medication/m1", None),
    ],
)
def test_a_reference_to_this_server_splits_into_type_and_id(reference, split):
    assert split_reference(reference, BASE) == split
