"""When a prescription must be renewed so that a planned fill can be made.

Prescriptions of a therapy are used oldest expiry first. A fill comes from one prescription that still has all its
units; else it is split; else a renewal is needed. What is not known (units, expiry, no prescription) makes no claim.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from pickupday.plan import Renewal
from pickupday.planner.calendar import Calendar
from pickupday.planner.search.fills import PlannedFills
from pickupday.problem import Problem, Therapy


@dataclass(slots=True)
class _Left:
    units: Fraction | None
    expires: date | None


def find_renewals(problem: Problem, calendar: Calendar, fills: PlannedFills) -> tuple[Renewal, ...]:
    """The first renewal that each therapy needs for this plan, ordered by date."""
    therapies = {therapy.id: therapy for therapy in problem.therapies}
    lead = timedelta(days=problem.programme.renewal_lead_days)
    renewals = []
    for name, row in fills:
        therapy = therapies[name]
        units = [(calendar.date(fill.day), fill.days * therapy.units_per_day) for fill in row]
        found = first_fill_past(therapy, units)
        if found is not None:
            renewals.append(Renewal(name, found[0] - lead, found[1]))
    return tuple(sorted(renewals, key=lambda renewal: (renewal.needed_by, renewal.therapy)))


def first_fill_past(therapy: Therapy, fills: list[tuple[date, Fraction]]) -> tuple[date, str] | None:
    """The first fill that the prescriptions do not cover, with what is lacking: units or expiry."""
    ledger = [_Left(one.units, one.expires) for one in therapy.prescriptions]
    ledger.sort(key=lambda left: (left.expires or date.max, left.units is None, left.units or 0))
    if not ledger:
        return None
    for on, units in fills:
        usable = [left for left in ledger if left.expires is None or left.expires >= on]
        counted = [left for left in usable if left.units is not None and left.units > 0]
        whole = next((left for left in counted if left.units is not None and left.units >= units), None)
        if whole is not None and whole.units is not None:
            whole.units -= units
            continue
        if any(left.units is None for left in usable):
            continue
        there = sum((left.units or Fraction(0) for left in counted), Fraction(0))
        if there < units:
            expired = [left for left in ledger if left.expires is not None and left.expires < on]
            lapsed = sum((max(left.units or Fraction(0), Fraction(0)) for left in expired), Fraction(0))
            unknown = any(left.units is None for left in expired)
            return on, "expiry" if unknown or there + lapsed >= units else "units"
        for left in counted:
            assert left.units is not None
            taken = min(left.units, units)
            left.units -= taken
            units -= taken
    return None
