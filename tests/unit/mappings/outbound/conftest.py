"""A small enrolment that can be checked by hand: one bridge trip tomorrow, one common pickup a week later."""

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from mappings.outbound.identity import enrolment_value
from mappings.outbound.pharmacy import Pharmacy
from mappings.outbound.plan_record import (
    CARE_PLAN,
    DOCUMENT,
    PROVENANCE,
    TASK,
    Errand,
    ErrandKind,
    Handed,
    PlanRecord,
    ToldSupply,
)
from mappings.outbound.planned import Agreement, EnrolmentPlan, PlannedFill, PlannedPickup

KEY = b"a key for tests"


@pytest.fixture
def key() -> bytes:
    return KEY


@pytest.fixture
def plan() -> EnrolmentPlan:
    metformin = PlannedFill(
        therapy="metformin",
        label="Metformin hydrochloride 500 MG Oral Tablet",
        units=Fraction(60),
        unit="{tablet}",
        days=30,
        usual_days=30,
        previous_days=7,
        prescriptions=("MedicationRequest/metformin-1",),
        after_short=True,
        reasons=("the usual amount",),
    )
    bridge = PlannedFill(
        therapy="metformin",
        label="Metformin hydrochloride 500 MG Oral Tablet",
        units=Fraction(14),
        unit="{tablet}",
        days=7,
        usual_days=30,
        previous_days=30,
        prescriptions=("MedicationRequest/metformin-1",),
        short=True,
        early=True,
        reasons=("runs out before the first common pickup",),
    )
    lisinopril = PlannedFill(
        therapy="lisinopril",
        label="Lisinopril 10 MG Oral Tablet",
        units=Fraction(30),
        unit="{tablet}",
        days=30,
        usual_days=30,
        previous_days=30,
        prescriptions=("MedicationRequest/lisinopril-1", "MedicationDispense/7#contained"),
        renew_by=date(2026, 11, 24),
    )
    pharmacy = Pharmacy(name="Corner Pharmacy", organization="Organization/corner", location="Location/corner")
    return EnrolmentPlan(
        enrolment=enrolment_value(KEY, "Patient/1", pharmacy.key, ()),
        patient="Patient/1",
        pharmacy=pharmacy,
        agreement=Agreement("I agree to pick up my medicines on one day & to be called.\nJosé", "en-US"),
        today=date(2026, 11, 23),
        zone=ZoneInfo("America/New_York"),
        pickups=(
            PlannedPickup(1, date(2026, 11, 24), True, (bridge,), call=date(2026, 11, 23), at_enrolment=True),
            PlannedPickup(
                2, date(2026, 12, 8), False, (lisinopril, metformin), call=date(2026, 12, 1), at_enrolment=False
            ),
        ),
    )


@pytest.fixture
def recorded(plan) -> EnrolmentPlan:
    """The same enrolment on a server that takes everything, with one count told and one renewal wanted."""
    label = "Metformin hydrochloride 500 MG Oral Tablet"
    record = PlanRecord(
        types=frozenset({CARE_PLAN, TASK, DOCUMENT, PROVENANCE}),
        programme="chain-monthly",
        cycle="every 28 days",
        recorded=datetime(2026, 11, 23, 10, 15, tzinfo=ZoneInfo("America/New_York")),
        app_version="1.2.3",
        told=(
            ToldSupply(
                label, "MedicationRequest/metformin-1", Fraction(5, 2), "{tablet}", date(2026, 11, 23), "patient"
            ),
        ),
        errands=(
            Errand(
                ErrandKind.RENEWAL,
                "Lisinopril 10 MG Oral Tablet",
                "MedicationRequest/lisinopril-1",
                "Practitioner/5",
                date(2026, 11, 24),
                "Please renew it by 2026-11-24.",
            ),
        ),
        sources=(
            ("MedicationDispense/7", None),
            ("MedicationRequest/metformin-1", "3"),
            ("MedicationRequest/1#2", "1"),
        ),
        handed=Handed("Your medicine pickup days", "en", b"%PDF-1.7 invented"),
    )
    return replace(plan, record=record)
