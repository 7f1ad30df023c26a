"""A lower bound on trips that a reader can check by hand.

However a therapy is filled before a day, its supply then reaches some day at the furthest. From the one day to the
other, both included, some fill is forced. Windows that do not overlap each need a trip of their own.
"""

from __future__ import annotations

from pickupday.plan import Certificate, Plan, Window
from pickupday.planner.replay import gaps
from pickupday.planner.saying import Words, say_days
from pickupday.planner.search.cycle import PreparedCycle
from pickupday.planner.search.windows import furthest
from pickupday.problem import Problem


def certify(prepared: PreparedCycle) -> Certificate:
    """The most windows that can be laid side by side: always the one that ends first."""
    calendar, horizon = prepared.days.calendar, prepared.days.horizon
    windows: list[Window] = []
    if prepared.weights.gap_first:
        reaches = [
            # Before today nothing is filled: what is on hand is all.
            ([medicine.run_out, *furthest(medicine, calendar.open, horizon)[1:]], gap, medicine)
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
