"""Times the planner on random patients: `python -m benchmarks.planner [--seeds 20] [--horizon 168] [--budget 2]`.

All times are processor time. Beside the table: `--against` solves the same instances with CP-SAT and by trying every
way (both from tests/oracle, both exact), `--what-if` compares questions to one prepared problem with solving them anew,
`--plot` shows time against therapies, horizon and cycles.

Two families. *ordinary*: mostly 30 days' supply, loose tablets, some 90 days, a tenth in packs, no overrides. *mixed*:
14, 28, 30 and 90 days, a third in packs that cannot be split, an override for every second one. One cycle of 28 days
with all its candidate first dates, and the first candidate alone. What the budget ends is counted as such, at its real
time.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
from dataclasses import replace
from datetime import date, timedelta
from time import process_time

from pickupday.planner.best_plan import solve
from pickupday.planner.grid import lay_out
from pickupday.planner.problem_format import loads_problem
from pickupday.planner.what_if import add_vacation, change_days, choose_cycle, choose_first_pickup, leave_out, prepare
from pickupday.problem import EveryDays, Problem, Vacation

TODAY = date(2026, 11, 23)


def patient(seed: int, therapies: int, horizon: int, family: str) -> Problem:
    """A random problem, the same for the same seed."""
    return loads_problem(patient_text(seed, therapies, horizon, family))


def patient_text(seed: int, therapies: int, horizon: int, family: str, cycles: tuple[int, ...] = (28,)) -> str:
    """The same as JSON text."""
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
            "cycles": [{"every_days": days} for days in cycles],
            "open_weekdays": draw.choice([[0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5], list(range(7))]),
            "closed_dates": [str(TODAY + timedelta(days=draw.randrange(120))) for _ in range(draw.randrange(4))],
        },
        "preferences": {"weekdays": draw.choice([[], [1], [2, 4]])},
    }
    return json.dumps(data)


def one_first_date(problem: Problem) -> Problem:
    """The same problem with its first candidate as the wanted first date."""
    days = lay_out(problem, problem.programme.cycles[0])
    first = days.calendar.date(days.grids[0].first)
    return replace(problem, preferences=replace(problem.preferences, first_pickup=first))


def timed(problem: Problem, budget: float) -> tuple[float, bool]:
    """Milliseconds of processor time to solve a problem, and whether the proof was complete."""
    start = process_time()
    plan = solve(problem, budget, process_time)
    return 1000 * (process_time() - start), plan.optimal


def quantile(times: list[float], share: float) -> float:
    """The time below which that share of all times are."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, round(share * len(ordered)))]


def table(seeds: int, horizon: int, budget: float, counts: list[int]) -> None:
    """Print median, 99th percentile and worst time, and how many the budget ended."""
    print("| family | therapies | what | median ms | p99 ms | worst ms | budget ended |")
    print("|---|---:|---|---:|---:|---:|---:|")
    for family in ("ordinary", "mixed"):
        for therapies in counts:
            problems = [patient(seed, therapies, horizon, family) for seed in range(seeds)]
            for what, cases in (
                ("all first dates", problems),
                ("one first date", [one_first_date(one) for one in problems]),
            ):
                results = [timed(problem, budget) for problem in cases]
                times = [time for time, _ in results]
                ended = sum(not optimal for _, optimal in results)
                row = f"{statistics.median(times):.0f} | {quantile(times, 0.99):.0f} | {max(times):.0f}"
                print(f"| {family} | {therapies} | {what} | {row} | {ended} of {seeds} |", flush=True)


def against(seeds: int, budget: float) -> None:
    """Print the planner beside CP-SAT and beside trying every way, on the same instances, one first date each."""
    from tests.oracle import cp_model, every_way
    from tests.oracle.by_the_page import read

    print("| therapies | days | planner ms | other | other ms | times as long | same vector |")
    print("|---:|---:|---:|---|---:|---:|---:|")
    for therapies, horizon, name, least in (
        (1, 28, "every way", every_way.least),
        (3, 84, "CP-SAT", cp_model.least),
        (6, 84, "CP-SAT", cp_model.least),
    ):
        mine, theirs, same, compared = [], [], 0, 0
        for seed in range(seeds):
            text = patient_text(seed, therapies, horizon, "ordinary")
            problem = one_first_date(loads_problem(text))
            start = process_time()
            plan = solve(problem, budget)
            mine.append(1000 * (process_time() - start))
            start = process_time()
            found = least(read(text), (plan.first_pickup - TODAY).days)
            theirs.append(1000 * (process_time() - start))
            compared += found is not None
            same += found == {measure: getattr(plan.objective, measure) for measure in found or {}}
        ours, other = statistics.median(mine), statistics.median(theirs)
        row = f"{ours:.1f} | {name} | {other:.0f} | {other / ours:.0f}"
        print(f"| {therapies} | {horizon} | {row} | {same} of {compared} |", flush=True)


def what_if(seeds: int, horizon: int, therapies: int) -> None:
    """Print how long questions to one prepared problem take, beside solving the changed problem anew."""
    first = {
        "another first pickup": lambda plan, problem: choose_first_pickup(problem, plan.alternatives[-1].first_pickup),
        "30 days instead of 28": lambda _, problem: choose_cycle(problem, EveryDays(30)),
        "without one medicine": lambda _, problem: leave_out(problem, problem.therapies[-1].id),
        "a week away": lambda _, problem: add_vacation(
            problem, Vacation(TODAY + timedelta(days=60), TODAY + timedelta(days=66))
        ),
        "90 days of one medicine": lambda _, problem: change_days(problem, problem.therapies[0].id, 90),
    }
    print(f"| {therapies} therapies: what if | prepared ms | anew ms | times as long |")
    print("|---|---:|---:|---:|")
    for name, change in first.items():
        asked, anew = [], []
        for seed in range(seeds):
            problem = patient(seed, therapies, horizon, "ordinary")
            prepared = prepare(problem, 60.0)
            changed = change(prepared.plan(), problem)
            start = process_time()
            one = prepared.plan_for(changed)
            asked.append(1000 * (process_time() - start))
            start = process_time()
            assert one == solve(changed, 60.0), "a prepared answer is the one that is found anew"
            anew.append(1000 * (process_time() - start))
        ours, other = statistics.median(asked), statistics.median(anew)
        print(f"| {name} | {ours:.0f} | {other:.0f} | {other / max(ours, 0.1):.1f} |", flush=True)


def plot(seeds: int, budget: float) -> None:
    """Print the median time against therapies, days and cycles, one mark for each doubling."""
    for title, cases in (
        ("therapies, 168 days", [(n, 168, (28,)) for n in (1, 2, 4, 8, 16)]),
        ("days, 6 therapies", [(6, days, (28,)) for days in (56, 84, 168, 252, 336)]),
        ("cycles, 6 therapies, 168 days", [(6, 168, (28, 30, 84, 90)[:n]) for n in (1, 2, 3, 4)]),
    ):
        print(f"median ms against {title}")
        for therapies, days, cycles in cases:
            problems = [loads_problem(patient_text(seed, therapies, days, "ordinary", cycles)) for seed in range(seeds)]
            middle = statistics.median(timed(problem, budget)[0] for problem in problems)
            label = {"t": therapies, "d": days, "c": len(cycles)}[title[0]]
            print(f"{label:>5} {middle:>8.0f} {'#' * max(1, round(3 * math.log2(max(middle, 1.3))))}", flush=True)


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--horizon", type=int, default=168)
    parser.add_argument("--budget", type=float, default=2.0)
    parser.add_argument("--therapies", type=int, nargs="*", default=[3, 6, 12, 20, 40])
    parser.add_argument("--against", action="store_true")
    parser.add_argument("--what-if", action="store_true")
    parser.add_argument("--plot", action="store_true")
    options = parser.parse_args()
    if options.against:
        against(options.seeds, options.budget)
    elif options.what_if:
        what_if(options.seeds, options.horizon, options.therapies[0])
    elif options.plot:
        plot(options.seeds, options.budget)
    else:
        table(options.seeds, options.horizon, options.budget, options.therapies)


if __name__ == "__main__":
    main()
