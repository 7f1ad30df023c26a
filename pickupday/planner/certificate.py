"""A lower bound on trips that a reader can check by hand.

However a therapy is filled before a day, its supply then reaches some day at the furthest. From the one day to the
other, both included, some fill is forced. Windows that do not overlap each need a trip of their own.
"""

from __future__ import annotations

from pickupday.plan import Certificate, Plan, Window
from pickupday.planner.replay import gaps
from pickupday.planner.saying import Words, say_days
from pickupday.planner.search.cycle import PreparedCycle
from pickupday.planner.search.reach import forced_windows
from pickupday.problem import Problem


def certify(prepared: PreparedCycle) -> Certificate:
    """The most windows that can be laid side by side: always the one that ends first."""
    windows: list[Window] = []
    if prepared.weights.gap_first:
        date, names = prepared.days.calendar.date, [medicine.therapy.id for medicine in prepared.medicines]
        forced = forced_windows(prepared.deadlines, prepared.days.horizon)
        for start, end in forced:
            first = min(name for name, row in zip(names, prepared.reaches, strict=True) if row[start] == end)
            windows.append(Window(date(start), date(end), first))
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
