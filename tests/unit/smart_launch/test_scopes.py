"""One wish, two languages; and a grant that may be narrower, wider or empty."""

from __future__ import annotations

import pytest

from smart_launch import Access, Granted, parse_scope
from smart_launch.scopes import ask_for, language_of

CATEGORY = "category=http://terminology.hl7.org/CodeSystem/medicationrequest-category|community"


def test_version_2_names_letters_and_a_query() -> None:
    assert Access("MedicationRequest", "rs").scopes("v2") == ("patient/MedicationRequest.rs",)
    assert Access("MedicationRequest", "rs", CATEGORY).scopes("v2") == (f"patient/MedicationRequest.rs?{CATEGORY}",)


def test_version_1_names_read_and_write_and_drops_the_query() -> None:
    assert Access("MedicationRequest", "rs", CATEGORY).scopes("v1") == ("patient/MedicationRequest.read",)
    assert Access("Appointment", "crus").scopes("v1") == ("patient/Appointment.read", "patient/Appointment.write")
    assert Access("Appointment", "c", level="user").scopes("v1") == ("user/Appointment.write",)


def test_texts_are_translated_and_each_scope_is_asked_for_once() -> None:
    wanted = ("openid", "patient/Observation.rs", "patient/Observation.r", Access("Observation", "s"))
    assert ask_for(wanted, "v1") == ("openid", "patient/Observation.read")
    assert ask_for(["patient/Observation.read"], "v2") == ("patient/Observation.rs",)


def test_texts_go_out_as_they_are_where_a_site_wants_it_so() -> None:
    assert ask_for(["patient/Observation.read", "__x"], "v2", verbatim=True) == ("patient/Observation.read", "__x")


@pytest.mark.parametrize(
    ("capabilities", "supported", "language"),
    [
        (("permission-v2", "permission-v1"), (), "v2"),
        (("permission-v1",), ("patient/Observation.rs",), "v1"),
        (("permission-patient",), ("patient/*.rs",), "v2"),
        (("permission-patient",), ("patient/*.read", "openid"), "v1"),
        ((), (), "v1"),
    ],
)
def test_the_language_is_what_the_server_declares(
    capabilities: tuple[str, ...], supported: tuple[str, ...], language: str
) -> None:
    assert language_of(capabilities, supported) == language


@pytest.mark.parametrize(
    ("scope", "letters"),
    [("patient/*.read", "rs"), ("user/Patient.write", "cud"), ("system/*.*", "cruds"), ("patient/Patient.r", "r")],
)
def test_a_clinical_scope_is_read_in_both_languages(scope: str, letters: str) -> None:
    access = parse_scope(scope)
    assert access is not None
    assert access.interactions == letters


@pytest.mark.parametrize(
    "scope",
    [
        "openid",
        "launch/patient",
        "patient/Observation.",
        "patient/Observation.sr",
        "patient/Observation.read?a=b",
        "x/*.r",
    ],
)
def test_what_is_no_clinical_scope_is_none(scope: str) -> None:
    assert parse_scope(scope) is None


@pytest.mark.parametrize("letters", ["", "x", "sr", "read"])
def test_an_access_that_cannot_be_meant_is_refused(letters: str) -> None:
    with pytest.raises(ValueError, match="no scope"):
        Access("Observation", letters)


def test_a_narrower_grant_allows_less_and_says_what_is_missing() -> None:
    granted = Granted.parse("launch patient/MedicationRequest.rs patient/Appointment.rs")
    assert granted.allows("MedicationRequest", "s")
    assert not granted.allows("Appointment", "c")
    assert not granted.allows("CommunicationRequest", "c")
    wanted = (Access("Appointment", "crs"), "patient/CommunicationRequest.c", "launch", "openid")
    assert granted.missing(wanted) == ("patient/Appointment.c", "patient/CommunicationRequest.c", "openid")


def test_a_wider_grant_allows_more() -> None:
    granted = Granted.parse("patient/*.cruds")
    assert granted.allows("Appointment", "c")
    assert granted.missing([Access("Appointment", "cr")]) == ()


def test_an_empty_grant_allows_nothing() -> None:
    granted = Granted.parse("  ")
    assert granted.scopes == ()
    assert not granted.allows("Patient", "r")


def test_version_1_read_does_not_allow_writing() -> None:
    granted = Granted.parse("patient/Appointment.read user/Patient.write")
    assert granted.allows("Appointment", "s")
    assert not granted.allows("Appointment", "c")
    assert granted.allows("Patient", "u")
    assert not granted.allows("Patient", "u", level="patient")


def test_a_grant_narrowed_by_a_query_says_so() -> None:
    granted = Granted.parse(f"patient/MedicationRequest.rs?{CATEGORY}")
    assert granted.allows("MedicationRequest", "r")
    assert granted.queries("MedicationRequest", "r") == (CATEGORY,)
    both = Granted.parse(f"patient/MedicationRequest.rs?{CATEGORY} patient/MedicationRequest.s")
    assert both.queries("MedicationRequest", "s") == ()
    assert "openid" not in both
