"""A lower bound on trips that a reader can check by hand.

However a therapy is filled before a day, its supply then reaches some day at the furthest. From the one day to the
other, both included, some fill is forced. Windows that do not overlap each need a trip of their own.
"""

from __future__ import annotations

from pickupday.plan import Certificate, Window
from pickupday.planner.search.cycle import PreparedCycle
from pickupday.planner.search.windows import furthest


def certify(prepared: PreparedCycle) -> Certificate:
    """The most windows that can be laid side by side: always the one that ends first."""
    calendar, horizon = prepared.days.calendar, prepared.days.horizon
    windows: list[Window] = []
    if prepared.weights.gap_first:
        reaches = [
            (furthest(medicine, prepared.days.calendar.open, horizon), gap, medicine)
            for medicine, gap in zip(prepared.medicines, prepared.gaps, strict=True)
        ]
        start = 0
        while reaches:
            end, name = min((reach[start] + gap, medicine.therapy.id) for reach, gap, medicine in reaches)
            if end >= horizon:
                break
            windows.append(Window(calendar.date(start), calendar.date(end), name))
            start = end + 1
    return Certificate(tuple(windows), len(windows))
