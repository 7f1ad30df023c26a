"""Only https to a named server is asked, and never this machine or a cloud's metadata service."""

from __future__ import annotations

import pytest

from smart_launch import AddressRefused, check_address
from smart_launch.addresses import origin, resolve


@pytest.mark.parametrize(
    "address",
    ["https://ehr.example/fhir", "https://ehr.example:8443/r4", "https://10.20.0.4/fhir", "https://[2001:db8::7]/fhir"],
)
def test_https_to_a_server_is_asked_a_hospitals_own_network_too(address: str) -> None:
    assert check_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "http://ehr.example/fhir",
        "ftp://ehr.example/fhir",
        "file:///etc/passwd",
        "ehr.example/fhir",
        "//ehr.example/fhir",
        "https://",
        "https:///fhir",
        "",
    ],
)
def test_anything_but_https_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(address)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "app.localhost",
        "127.0.0.1",
        "127.9.9.9",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[::127.0.0.1]",
        "[2002:7f00:1::]",
    ],
)
def test_this_machine_is_refused_in_every_notation(host: str) -> None:
    with pytest.raises(AddressRefused, match="machine that this app runs on"):
        check_address(f"https://{host}/fhir")


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "169.254.43518"])
def test_numbers_that_hide_where_they_lead_are_refused(host: str) -> None:
    for loopback in (False, True):
        with pytest.raises(AddressRefused):
            check_address(f"https://{host}/", loopback=loopback)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.0.7",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[::169.254.169.254]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "168.63.129.16",
        "metadata.google.internal",
        "Metadata.Google.Internal.",
        "0.0.0.0",
        "[::]",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_link_local_and_metadata_addresses_are_refused_even_in_development(host: str) -> None:
    for loopback in (False, True):
        with pytest.raises(AddressRefused):
            check_address(f"https://{host}/latest", loopback=loopback)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8080/fhir", "http://localhost:9000/fhir", "http://[::1]:9000/"])
def test_development_may_use_this_machine_without_https_and_nothing_else(address: str) -> None:
    assert check_address(address, loopback=True) == address
    with pytest.raises(AddressRefused, match="not https"):
        check_address("http://ehr.example/fhir", loopback=True)


@pytest.mark.parametrize(
    "address",
    [
        "https://user@ehr.example/fhir",
        "https://ehr.example@evil.example/fhir",
        "https://ehr.example\\@evil.example/",
        "https://ehr.example/fhir#x",
        "https://ehr.example/fhir#",
        "https://ehr.example:0/fhir",
        "https://ehr.example:99999/fhir",
        "https://ehr.example/ fhir",
        "https://ehr.example/\r\nHost: evil",
        "https://ehr.exämple/fhir",
        "https://[::1/fhir",
    ],
)
def test_addresses_that_can_be_read_in_two_ways_are_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(address)


def test_a_relative_endpoint_is_resolved_against_the_fhir_base() -> None:
    assert resolve("https://ehr.example/fhir", "auth/token") == "https://ehr.example/fhir/auth/token"
    assert resolve("https://ehr.example/fhir/", "/token") == "https://ehr.example/token"
    assert resolve("https://ehr.example/fhir", "https://auth.example/t") == "https://auth.example/t"


def test_a_relative_endpoint_cannot_lead_to_this_machine() -> None:
    with pytest.raises(AddressRefused):
        resolve("https://ehr.example/fhir", "//127.0.0.1/token")


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("https://EHR.example/fhir?x") == "https://ehr.example"
    assert origin("http://127.0.0.1:9000/") == "http://127.0.0.1:9000"
