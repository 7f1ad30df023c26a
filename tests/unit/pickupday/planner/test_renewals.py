from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from pickupday.planner.best_plan import solve
from pickupday.planner.renewals import first_fill_past
from pickupday.problem import PrescriptionSupply


def fills(*days):
    return [(date(2026, 12, day), Fraction(30)) for day in days]


def supply(units, day=None):
    return PrescriptionSupply(None if units is None else Fraction(units), day and date(2026, 12, day))


@pytest.mark.parametrize(
    ("prescriptions", "found"),
    [
        ([], None),
        ([supply(60)], None),
        ([supply(30)], (20, "units")),
        ([supply(0)], (10, "units")),
        ([supply(-30)], (10, "units")),
        ([supply(90, 15)], (20, "expiry")),
        ([supply(None, 15)], (20, "expiry")),
        ([supply(90, 20)], None),
        ([supply(None)], None),
        ([supply(30, 15), supply(30)], None),  # oldest expiry first
        ([supply(30), supply(30, 15)], None),
        ([supply(45, 25), supply(15)], None),  # the second fill is split
        ([supply(30, 25), supply(None)], None),
        ([supply(10, 15), supply(45)], (20, "units")),
    ],
)
def test_the_first_fill_that_is_not_covered(document, read, prescriptions, found):
    therapy = replace(read(document).therapies[0], prescriptions=tuple(prescriptions))
    past = first_fill_past(therapy, fills(10, 20))
    assert past == (found and (date(2026, 12, found[0]), found[1]))


def test_a_renewal_is_needed_so_many_days_before_the_pickup(document, read):
    document["therapies"][0]["prescriptions"] = [{"units": 60, "expires": None}]
    document["programme"]["renewal_lead_days"] = 14
    plan = solve(read(document))
    second = sorted(fill.date for fill in plan.fills)[1]
    assert [(renewal.therapy, (second - renewal.needed_by).days, renewal.reason) for renewal in plan.renewals] == [
        ("metformin", 14, "units")
    ]
