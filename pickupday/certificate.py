"""A lower bound on trips that a reader can check by hand (PLANNING: Certificate).

However a therapy is filled before a day, its supply then reaches some day at the furthest. From the one day to the
other, both included, some fill is forced. Windows that do not overlap each need a trip of their own.
"""

from __future__ import annotations

from pickupday.plan import Certificate, Window
from pickupday.search.cycle import PreparedCycle
from pickupday.search.measured import Measured


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


def furthest(medicine: Measured, open_days: tuple[bool, ...], horizon: int) -> list[int]:
    """By day: the furthest run-out that fills before that day can make, never too small.

    With one fill size what can be reached is walked exactly. Else a fill on a day can at most follow a supply that ends
    as many days later as the largest fill may be followed early.
    """
    run_out, earliest, overrides = medicine.run_out, medicine.earliest, medicine.overrides
    most_early = max(size.early for size in medicine.sizes)
    reach: list[int] = []
    for day in range(horizon + 1):
        reach.append(run_out + overrides * medicine.largest)
        if not open_days[day]:
            continue
        if len(medicine.sizes) == 1:
            if day >= earliest:
                run_out = max(run_out, day) + medicine.largest
                earliest = run_out - most_early
        elif day >= medicine.earliest:
            first = reach[day] == medicine.run_out + overrides * medicine.largest
            before = medicine.run_out if first else min(run_out, day + most_early)
            run_out = max(run_out, max(before, day) + medicine.largest)
    return reach
