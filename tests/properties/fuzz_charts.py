"""Change charts at random for a long time and report every answer that is not good enough.

    .venv/bin/python tests/properties/fuzz_charts.py --seconds 600 --seed 1

Exit code 1 where something was found. Each line names the seed with which `--only SEED` repeats that one case.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.properties.judgement import all_originals, check_once  # noqa: E402 - the project's root must be known first

SHARED = Path(os.environ.get("PICKUPDAY_SHARED_DATA") or ROOT.parent / "shared" / "data")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", type=int, help="repeat the case of this number")
    options.add_argument("--most", type=int, default=20, help="findings to print")
    chosen = options.parse_args()
    charts = all_originals(SHARED if SHARED.is_dir() else None)
    found: Counter[str] = Counter()
    ends = time.monotonic() + chosen.seconds
    number = chosen.only if chosen.only is not None else chosen.seed * 10_000_000
    first = number
    while time.monotonic() < ends:
        random = Random(number)
        problem = check_once(random.choice(charts), random)
        if problem:
            found[problem] += 1
            if len(found) <= chosen.most:
                print(f"--only {number}: {problem}", flush=True)
        number += 1
        if chosen.only is not None:
            break
    print(f"{number - first:,} changed charts of {len(charts)}, seed {chosen.seed}: {sum(found.values())} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
