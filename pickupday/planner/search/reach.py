"""How far supply can reach however a therapy is filled, and what follows from it: on which days some fill is forced."""

from __future__ import annotations

from collections.abc import Sequence

from pickupday.planner.search.measured import Measured


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


def forced_by(reaches: Sequence[Sequence[int]], horizon: int) -> list[int]:
    """By day: until when some fill is forced from that day on, both included; the horizon where none is."""
    return [min([horizon, *(reach[day] for reach in reaches)]) for day in range(horizon + 1)]


def forced_windows(deadlines: Sequence[int], horizon: int) -> list[tuple[int, int]]:
    """The most windows side by side in each of which some fill is forced: always the one that ends first."""
    windows: list[tuple[int, int]] = []
    start = 0
    while start < horizon and deadlines[start] < horizon:
        assert deadlines[start] >= start, "a therapy without supply longer than it must be"
        windows.append((start, deadlines[start]))
        start = deadlines[start] + 1
    return windows


def possible_days(
    deadlines: Sequence[int], open_days: Sequence[bool], horizon: int, trips: int
) -> list[list[int]] | None:
    """For each of so many trips the days that leave enough trips before and after it; None where so many cannot do."""
    windows = forced_windows(deadlines, horizon)
    if len(windows) > trips:
        return None
    still = [0] * (horizon + 2)  # by day: how many trips are forced from that day on
    for day in range(horizon - 1, -1, -1):
        still[day] = 1 + still[deadlines[day] + 1] if deadlines[day] < horizon else 0
    last = [end for _, end in windows] + [horizon - 1] * (trips - len(windows))
    return [
        [day for day in range(last[number] + 1) if open_days[day] and still[day + 1] < trips - number]
        for number in range(trips)
    ]
