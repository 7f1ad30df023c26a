"""A lower bound on trips that a reader can check by hand.

However a therapy is filled before a day, its supply then reaches some day at the furthest. From the one day to the
other, both included, some fill is forced. Windows that do not overlap each need a trip of their own.
"""

from __future__ import annotations

from collections.abc import Sequence

from pickupday.plan import Certificate, Plan, Window
from pickupday.planner.replay import gaps
from pickupday.planner.saying import Words, say_days
from pickupday.planner.search.cycle import PreparedCycle
from pickupday.planner.search.measured import Measured
from pickupday.problem import Problem


def certify(prepared: PreparedCycle) -> Certificate:
    """The most windows that can be laid side by side: always the one that ends first."""
    calendar, horizon = prepared.days.calendar, prepared.days.horizon
    windows: list[Window] = []
    if prepared.weights.gap_first:
        reaches = [
            (furthest_supply(medicine, calendar.open, horizon), gap, medicine)
            for medicine, gap in zip(prepared.medicines, prepared.gaps, strict=True)
        ]
        start = 0
        while reaches:
            end, name = min((reach[start] + gap, medicine.therapy.id) for reach, gap, medicine in reaches)
            if end >= horizon:
                break
            windows.append(Window(calendar.date(start), calendar.date(end), name))
            assert end >= start, "a therapy without supply longer than it must be"
            start = end + 1
    return Certificate(tuple(windows), len(windows))


def furthest_supply(medicine: Measured, open_days: Sequence[bool], horizon: int) -> list[int]:
    """By day: what no fills before that day exceed, the day on which the supply ends less the days missed until then.

    With one size, to fill as early as allowed reaches furthest, so that is walked. Else let `behind` be the most that a
    fill can have followed so far. After a last fill of some days that may be followed `early` days before its end, the
    supply holds at least what was on hand first and that fill, at most `behind` and that fill; and only what ends by
    `day + early` can be followed on that day. Each override can add one fill of the largest size at most.
    """
    run_out, largest, one_size = medicine.run_out, medicine.largest, len(medicine.sizes) == 1
    earliest = min(medicine.earliest, run_out) if medicine.overrides else medicine.earliest
    rows: dict[int, list[int]] = {}
    for size in medicine.sizes:
        rows.setdefault(size.early, []).append(size.days)
    reach, furthest, behind, trips, ends = [run_out], run_out, 0, 0, run_out
    for day, is_open in enumerate(open_days[:horizon]):
        if is_open and one_size and day >= earliest:
            ends = max(ends, day) + largest
            earliest = ends - medicine.sizes[0].early
            furthest += largest
        elif is_open and not one_size and day >= earliest:
            followed = (
                min(day + early, behind + days[-1])
                for early, days in rows.items()
                if furthest > run_out and run_out + days[0] <= day + early
            )
            behind = max(run_out, behind, *followed)
            furthest = behind + largest
        trips += is_open
        reach.append(furthest + largest * min(medicine.overrides, trips))
    return reach


def say_window(problem: Problem, plan: Plan, window: Window, words: Words) -> str:
    """Which therapy forces a fill between the two days, and why, in one sentence."""
    name = words.name(window.therapy)
    missed = sum(gap.days for gap in gaps(problem, plan) if gap.therapy == window.therapy)
    allowed = f", {say_days(missed)} without supply that cannot be avoided included" if missed else ""
    between = f"{words.day(window.start)} to {words.day(window.end)}"
    if window.start == window.end:
        between = words.day(window.start)
    if window.start == problem.today:
        return f"{between}: {name} has supply until {words.day(window.end)}{allowed}, so it must be filled by then."
    therapy = next(one for one in problem.therapies if one.id == window.therapy)
    largest = say_days(max(therapy.max_days, therapy.usual_days))
    return (
        f"{between}: however {name} is filled before {words.day(window.start)}, its supply lasts until "
        f"{words.day(window.end)} at the longest{allowed} (a fill is at most {largest}): it must be filled in between."
    )
