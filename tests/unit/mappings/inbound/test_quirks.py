"""What each vendor's servers send in their own way, and what is understood of it: fixtures/quirks/<vendor>/."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mappings.inbound import read_bundle
from pickupday.history import MedicationHistory
from pickupday.review.therapies import Review, review
from tests.unit.mappings.inbound.understood import lines, the_day_after_all

QUIRKS = Path(__file__).parents[4] / "fixtures" / "quirks"
VENDORS = sorted(folder.name for folder in QUIRKS.iterdir() if folder.is_dir())


def history_of(vendor: str) -> MedicationHistory:
    history = read_bundle((QUIRKS / vendor / "input.json").read_bytes(), zone=ZoneInfo("America/New_York")).history
    assert history is not None
    return history


def reviewed(vendor: str) -> Review:
    history = history_of(vendor)
    return review(history, the_day_after_all(history))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendors_chart_is_understood_as_written_down(vendor: str) -> None:
    chart = read_bundle((QUIRKS / vendor / "input.json").read_bytes(), zone=ZoneInfo("America/New_York"))
    understood = "\n".join(lines(chart)) + "\n"
    expected = QUIRKS / vendor / "expected.txt"
    if os.environ.get("PICKUPDAY_WRITE_SNAPSHOTS"):
        expected.write_text(understood, "utf-8")
    assert understood == expected.read_text("utf-8")


def test_epic_names_the_medicine_in_the_display_of_a_reference_only() -> None:
    [therapy] = reviewed("epic").therapies
    assert (therapy.drug.ingredient, therapy.drug.strength) == ("metformin", "500 mg")
    assert therapy.daily_use.value == 2
    assert therapy.run_out - therapy.fills[0].on == timedelta(days=90)


def test_oracle_answers_with_the_fills_of_the_hospital_and_those_that_never_happened() -> None:
    [therapy] = reviewed("oracle-millennium").therapies
    assert [fill.dispense.key for fill in therapy.fills] == [f"MedicationDispense/41{number}" for number in (1, 2, 3)]
    assert therapy.daily_use.value == 2  # by timing.code alone


def test_athena_answers_with_plans_and_proposals_which_are_no_orders() -> None:
    found = reviewed("athenaone")
    [therapy] = found.therapies
    assert "MedicationRequest/a-195900.order-1" in [one.key for one in therapy.prescriptions]
    left_out = {key for line in found.not_planned for key in line.keys}
    assert {"MedicationRequest/a-195900.plan-1", "MedicationRequest/a-195900.proposal-1"} <= left_out


def test_va_puts_the_fills_into_the_prescription() -> None:
    [therapy] = reviewed("va").therapies
    assert [fill.days for fill in therapy.fills] == [90, 90]
    assert {fill.prescription for fill in therapy.fills} == {"MedicationRequest/I2-ABCD"}
