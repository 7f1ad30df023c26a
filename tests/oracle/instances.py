"""Random planning problems as JSON text, the same for the same seed on every machine."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from fractions import Fraction

from tests.oracle.by_the_page import MEASURES

TODAY = date(2026, 11, 23)


def day(number):
    return str(TODAY + timedelta(days=number))


def instance(seed, therapies, usual_days, horizon, cycles=(7, 7, 10, 14), shuffled=False):
    """A problem with every rule in it somewhere: packs, short fills, overrides, closures, vacations, wishes."""
    draw = random.Random(seed)
    cycle = draw.choice(cycles)
    rows = []
    for index in range(therapies):
        usual = draw.choice(usual_days)
        most = draw.choice([usual, usual, max(usual, draw.choice(usual_days)), usual + draw.randrange(4)])
        per_day = draw.choice([1, 1, 2, 0.5])
        package = usual * per_day if draw.random() < 0.35 else draw.choice([per_day, per_day, 1, 2 * per_day])
        if usual * Fraction(str(per_day)) % Fraction(str(package)):
            package = per_day
        run_out = draw.randrange(-3, usual + 3)
        rows.append(
            {
                "id": f"m{index}",
                "run_out": day(run_out),
                "earliest": day(run_out - draw.randrange(-2, 6)),
                "usual_days": usual,
                "max_days": most,
                "units_per_day": per_day,
                "dispensable_unit": package,
                "short_fill_allowed": draw.random() < 0.6,
                "short_fills_left": draw.choice([None, None, 0, 1, 2]),
                "refill_too_soon": draw.choice([0.75, 0.8, 0.85, 0.7, 1, 0.5, 0.33, 0]),
                "sync_overrides_left": draw.choice([0, 0, 1, 2]),
                "controlled": draw.random() < 0.1,
            }
        )
    order = list(MEASURES)
    if shuffled:
        rest = order[1:]
        draw.shuffle(rest)
        order = [order[0], *rest]
    return json.dumps(
        {
            "format": 1,
            "today": str(TODAY),
            "horizon_days": draw.randrange(*horizon) + cycle,
            "therapies": rows,
            "programme": {
                "cycles": [{"every_days": cycle}],
                "prep_lead_days": draw.randrange(4),
                "open_weekdays": draw.choice([list(range(7)), [0, 1, 2, 3, 4], [0, 3], [1], [0, 2, 4]]),
                "closed_dates": [day(draw.randrange(40)) for _ in range(draw.randrange(6))],
                "objective": order,
            },
            "preferences": {
                "weekdays": draw.choice([[], [1], [2, 4]]),
                "vacations": draw.choice([[], [], [{"from": day(9), "to": day(20)}]]),
            },
        }
    )
