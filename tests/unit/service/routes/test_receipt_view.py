"""The receipt: what each resource is, its day, and whether it may be opened from here."""

from __future__ import annotations

from datetime import date

import pytest

from mappings.enrolments import Recorded, RecordedEnrolment
from service.routes.receipt_view import receipt_lines
from service.use_cases.outcome import EnrolmentOutcome, Result
from service.use_cases.writing import Receipt


def outcome(*receipts):
    pickup = Recorded("Appointment/7", "1", "proposed", date(2026, 12, 8), "p", "")
    return EnrolmentOutcome(
        Result.WRITTEN, "", enrolment=RecordedEnrolment("e", None, (pickup,), ()), receipts=receipts
    )


def lines(base="https://ehr.example/fhir/"):
    pickup = Receipt("Appointment", "Appointment/7", "1", "proposed", created=True)
    untold = Receipt("Provenance", None, None, None, created=True)
    return receipt_lines(outcome(pickup, untold), base)


def test_a_line_says_what_it_is_and_when_and_where_it_stands():
    pickup, untold = lines()
    assert (pickup.what, pickup.on) == ("A pickup", date(2026, 12, 8))
    assert pickup.address == "https://ehr.example/fhir/Appointment/7"
    assert (untold.what, untold.on, untold.reference, untold.address) == (
        "Where all this comes from", None, "Provenance", None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("base", "opened"),
    [
        ("https://ehr.example/fhir", True),
        ("http://127.0.0.1:8080/fhir", True),
        ("http://ehr.example/fhir", False),
        ("ftp://ehr.example/fhir", False),
    ],
)
def test_a_record_is_only_linked_where_nobody_reads_along(base, opened):
    assert (lines(base)[0].address is not None) is opened
