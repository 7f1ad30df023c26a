"""Times the planner on random patients: `python -m benchmarks.planner [--seeds 20] [--horizon 168] [--budget 2]`.

Two families. *ordinary*: mostly 30 days' supply, loose tablets, some 90 days, a tenth in packs, no overrides. *mixed*:
14, 28, 30 and 90 days, a third in packs that cannot be split, an override for every second one. One cycle of 28 days
with all its candidate first dates, and the first candidate alone. What the budget ends is counted as such, at its real
time.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
from dataclasses import replace
from datetime import date, timedelta
from time import perf_counter

from pickupday.planner.best_plan import solve
from pickupday.planner.grid import lay_out
from pickupday.planner.problem_format import loads_problem
from pickupday.problem import Problem

TODAY = date(2026, 11, 23)


def patient(seed: int, therapies: int, horizon: int, family: str) -> Problem:
    """A random problem, the same for the same seed."""
    draw = random.Random(seed)
    mixed = family == "mixed"
    rows = []
    for index in range(therapies):
        usual = draw.choice([14, 28, 30, 30, 30, 90] if mixed else [30] * 8 + [90] * 3 + [28])
        per_day = draw.choice([1, 1, 2])
        pack = draw.random() < (0.3 if mixed else 0.1)
        share = draw.choice([0.75, 0.8, 0.85])
        run_out = draw.randrange(usual)
        earliest = max(0, run_out - int((1 - share) * usual + 1e-9))
        rows.append(
            {
                "id": f"m{index:02}",
                "run_out": str(TODAY + timedelta(days=run_out)),
                "earliest": str(TODAY + timedelta(days=earliest)),
                "usual_days": usual,
                "max_days": max(usual, 30),
                "units_per_day": per_day,
                "dispensable_unit": usual * per_day if pack else draw.choice([1, per_day]),
                "short_fill_allowed": not pack,
                "refill_too_soon": share,
                "sync_overrides_left": draw.choice([0, 1]) if mixed else 0,
            }
        )
    data = {
        "format": 1,
        "today": str(TODAY),
        "horizon_days": horizon,
        "therapies": rows,
        "programme": {
            "cycles": [{"every_days": 28}],
            "open_weekdays": draw.choice([[0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5], list(range(7))]),
            "closed_dates": [str(TODAY + timedelta(days=draw.randrange(120))) for _ in range(draw.randrange(4))],
        },
        "preferences": {"weekdays": draw.choice([[], [1], [2, 4]])},
    }
    return loads_problem(json.dumps(data))


def one_first_date(problem: Problem) -> Problem:
    """The same problem with its first candidate as the wanted first date."""
    days = lay_out(problem, problem.programme.cycles[0])
    first = days.calendar.date(days.grids[0].first)
    return replace(problem, preferences=replace(problem.preferences, first_pickup=first))


def main() -> None:
    """Print a table: median, 99th percentile and worst time, and how many the budget ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--horizon", type=int, default=168)
    parser.add_argument("--budget", type=float, default=2.0)
    parser.add_argument("--therapies", type=int, nargs="*", default=[3, 6, 12, 20])
    options = parser.parse_args()
    print("| family | therapies | what | median ms | p99 ms | worst ms | budget ended |")
    print("|---|---|---|---|---|---|---|")
    for family in ("ordinary", "mixed"):
        for therapies in options.therapies:
            for what, change in (("all first dates", None), ("one first date", one_first_date)):
                times, ended = [], 0
                for seed in range(options.seeds):
                    problem = patient(seed, therapies, options.horizon, family)
                    if change:
                        problem = change(problem)
                    start = perf_counter()
                    plan = solve(problem, options.budget)
                    times.append(1000 * (perf_counter() - start))
                    ended += not plan.optimal
                times.sort()
                p99 = times[min(len(times) - 1, round(0.99 * len(times)))]
                row = f"{statistics.median(times):.0f} | {p99:.0f} | {times[-1]:.0f} | {ended} of {len(times)}"
                print(f"| {family} | {therapies} | {what} | {row} |", flush=True)


if __name__ == "__main__":
    main()
