"""Compare the planner with CP-SAT on random problems for as long as wanted: `make oracle SECONDS=600`.

Results are appended to a file, one JSON line per problem; seeds that stand there already are skipped, so that a run can
be stopped and taken up again. A time-out of either solver is counted as not compared, never as agreement. A difference
is written out as a problem file, ready to be shrunk and kept among fixtures/cases.

Two kinds in turn: `long`, 1-6 therapies over the whole horizon, the best first date and two others by whole vectors or
by proof; `fixed`, 10-20 therapies with one cycle and one first date.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.oracle.cp_model import Limit  # noqa: E402
from tests.oracle.instances import fixed_instance, long_instance  # noqa: E402
from tests.oracle.judging import judge  # noqa: E402

KINDS = {"long": long_instance, "fixed": fixed_instance}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="time box of the whole run")
    parser.add_argument("--each", type=float, default=60, help="seconds that one solve may take")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--kind", choices=[*KINDS, "both"], default="both")
    parser.add_argument("--results", type=Path, default=Path("oracle-results.jsonl"))
    options = parser.parse_args()
    kinds = list(KINDS) if options.kind == "both" else [options.kind]
    rows = [json.loads(line) for line in options.results.read_text().splitlines()] if options.results.exists() else []
    done = {(row["kind"], row["seed"]) for row in rows}
    until, seed = time.monotonic() + options.seconds, options.seed
    with options.results.open("a") as out:
        while time.monotonic() < until:
            for kind in kinds:
                if (kind, seed) in done or time.monotonic() >= until:
                    continue
                text = KINDS[kind](seed)
                verdict = judge(text, Limit(options.each, options.each), options.each, seed, dates=2)
                rows.append({"kind": kind, "therapies": len(json.loads(text)["therapies"]), **verdict.row()})
                print(json.dumps(rows[-1]), file=out, flush=True)
                if verdict.result == "DIFFERENT":
                    path = options.results.with_name(f"oracle-{kind}-{seed}.json")
                    path.write_text(text)
                    print(f"{path}: {verdict.why}", flush=True)
            seed += 1
    for kind in kinds:
        print(summary(kind, [row for row in rows if row["kind"] == kind]))
    raise SystemExit(any(row["result"] == "DIFFERENT" for row in rows))


def summary(kind, rows):
    """One line of what was compared, for docs/oracle.md."""
    if not rows:
        return f"{kind}: nothing"
    counts = dict(sorted(Counter(row["result"] for row in rows).items()))
    seeds = [row["seed"] for row in rows]
    names = ("vectors", "dates", "planner_seconds", "cp_sat_seconds")
    total = {name: sum(row[name] for row in rows) for name in names}
    return (
        f"{kind}: {len(rows)} problems, seeds {min(seeds)} to {max(seeds)}, {counts}; "
        f"{total['vectors']} whole vectors, {total['dates']} first dates by proof; "
        f"planner {total['planner_seconds']:.0f} s, CP-SAT {total['cp_sat_seconds']:.0f} s"
    )


if __name__ == "__main__":
    main()
