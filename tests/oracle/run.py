"""Compare the planner with CP-SAT on random problems for as long as wanted: `python -m tests.oracle.run --seconds 300`.

Results are appended to a file, one JSON line per problem; seeds that stand there already are skipped, so that a run can
be stopped and taken up again. A time-out of either solver is counted as not compared, never as agreement.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from pickupday.errors import ProblemError
from pickupday.planner.best_plan import solve
from pickupday.planner.problem_format import loads_problem
from tests.oracle import cp_model
from tests.oracle.by_the_page import MEASURES, read
from tests.oracle.instances import TODAY, instance


def judge(text, seconds):
    page = read(text)
    try:
        plan = solve(loads_problem(text), seconds)
    except ProblemError as error:
        return {"result": "no plan" if not page.firsts else f"refused: {error}"}
    if not plan.optimal:
        return {"result": "not compared: the planner's budget ended"}
    best = next(one for one in plan.alternatives if one.first_pickup == plan.first_pickup)
    found = cp_model.least(page, (best.first_pickup - TODAY).days, seconds)
    if found is None:
        return {"result": "not compared: CP-SAT's time ended"}
    mine = {name: getattr(best.objective, name) for name in MEASURES}
    return {"result": "same"} if mine == found else {"result": "DIFFERENT", "planner": mine, "cp_sat": found}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="time box of the whole run")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--therapies", type=int, default=3)
    parser.add_argument("--horizon", type=int, default=90)
    parser.add_argument("--results", type=Path, default=Path("oracle-results.jsonl"))
    options = parser.parse_args()
    kind = f"{options.therapies} therapies, {options.horizon} days"
    rows = [json.loads(line) for line in options.results.read_text().splitlines()] if options.results.exists() else []
    done = {row["seed"] for row in rows if row["kind"] == kind}
    until, seed = time.monotonic() + options.seconds, options.seed
    with options.results.open("a") as out:
        while time.monotonic() < until:
            if seed not in done:
                horizon = (options.horizon - 7, options.horizon - 6)
                text = instance(seed, options.therapies, (14, 28, 30, 90), horizon, (28, 30))
                row = {"seed": seed, "kind": kind, **judge(text, min(60.0, options.seconds))}
                rows.append(row)
                print(json.dumps(row), file=out, flush=True)
            seed += 1
    results = [row["result"].split(":")[0] for row in rows if row["kind"] == kind]
    print(kind, {result: results.count(result) for result in sorted(set(results))})
    raise SystemExit(1 if "DIFFERENT" in results else 0)


if __name__ == "__main__":
    main()
