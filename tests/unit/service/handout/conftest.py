"""A small plan to hand out: one extra trip today, then one pickup every 28 days."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from mappings.outbound.pharmacy import Pharmacy
from mappings.outbound.planned import Agreement, EnrolmentPlan, PlannedFill, PlannedPickup
from service.handout.days import planned_days

TODAY = date(2026, 11, 24)
FIRST = date(2026, 12, 18)
MEDICINES = ("amlodipine 5 MG Oral Tablet", "lisinopril 20 MG Oral Tablet", "metformin 500 MG Oral Tablet")


def make_plan(*, bridge=True, agreed=True, pharmacy="Corner Pharmacy", medicines=MEDICINES, pickups=5, revision=1):
    def visit(ordinal, on, bridge, labels):
        fills = tuple(PlannedFill(one, one, Fraction(28), "{tablet}", 28, 30, 30) for one in labels)
        return PlannedPickup(ordinal, on, bridge, fills, on - timedelta(days=7), at_enrolment=on == TODAY)

    visits = [(TODAY, True, medicines[:1])] if bridge else []
    visits += [(FIRST + timedelta(days=28 * number), False, medicines) for number in range(pickups)]
    plan = EnrolmentPlan(
        enrolment="enrolment-key",
        patient="Patient/1",
        pharmacy=Pharmacy(pharmacy),
        agreement=Agreement("I agree.") if agreed else None,
        today=TODAY,
        zone=ZoneInfo("America/New_York"),
        pickups=tuple(visit(number, *one) for number, one in enumerate(visits, start=1)),
        revision=revision,
    )
    return planned_days(plan)


@pytest.fixture
def plan():
    return make_plan()


@pytest.fixture
def plan_with():
    return make_plan
