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


def small_instance(seed):
    """1-3 therapies, at most 60 days, at most 8 candidate first dates in each cycle: every rule is in it somewhere."""
    draw = random.Random(f"small {seed}")
    cycles = draw.choice(
        [
            [{"every_days": 7}],
            [{"every_days": 10}],
            [{"every_days": 14}],
            [{"every_days": 28}],
            [{"every_days": 30}],
            [{"every_days": 28}, {"every_days": 30}],
            [{"monthly_on_day": draw.choice([1, 5, 15, 28, 30, 31])}],
            [{"nth_weekday": [draw.choice([1, 2, 3, 4, -1]), draw.randrange(7)]}],
            [{"every_days": 14}, {"nth_weekday": [2, 1]}],
        ]
    )
    longest = max(cycle.get("every_days", 0) for cycle in cycles)
    days_a_week = 5 if longest <= 10 else 3 if longest <= 14 else 1 if draw.random() < 0.6 else 2
    text = instance(seed, draw.choice([1, 2, 2, 3, 3, 3]), (7, 10, 14, 28, 30), (45, 53), (7,))
    data = json.loads(text)
    data["horizon_days"] = draw.randrange(max(40, longest), 61)
    programme = data["programme"]
    programme["cycles"] = cycles
    programme["open_weekdays"] = sorted(draw.sample(range(7), days_a_week))
    while any(count_open(data, cycle["every_days"]) > 8 for cycle in cycles if "every_days" in cycle):
        programme["open_weekdays"].pop()
    programme["closed_dates"] = [day(draw.randrange(60)) for _ in range(draw.randrange(4))]
    for therapy in data["therapies"]:
        # Due on different days, as real medicines are.
        run_out = draw.randrange(-1, 24)
        therapy.update(run_out=day(run_out), earliest=day(run_out - draw.randrange(-1, 8)))
    kind = draw.random()
    if kind < 0.25:
        rest = MEASURES[1:]
        draw.shuffle(rest)
        programme["objective"] = [MEASURES[0], *rest]
    elif kind < 0.35:
        draw.shuffle(programme["objective"])
    names = [therapy["id"] for therapy in data["therapies"]]
    data["preferences"] = {
        "weekdays": draw.choice([[], [], [1], [2, 4]]),
        "avoid_dates": [day(draw.randrange(40)) for _ in range(draw.choice([0, 0, 2]))],
        "vacations": draw.choice([[], [], [{"from": day(draw.randrange(5, 12)), "to": day(draw.randrange(12, 24))}]]),
        "excluded": [draw.choice(names)] if len(names) > 1 and draw.random() < 0.1 else [],
        "confirmed": [
            {"date": day(draw.randrange(25)), "therapies": draw.sample(names, draw.randrange(1, len(names) + 1))}
            for _ in range(draw.choice([0, 0, 0, 1, 2]))
        ],
    }
    return json.dumps(data)


def count_open(data, step):
    """How many days of one cycle after the preparation lead are open weekdays."""
    lead, programme = data["programme"]["prep_lead_days"], data["programme"]
    return sum((TODAY.weekday() + number) % 7 in programme["open_weekdays"] for number in range(lead, lead + step))


def long_instance(seed, most_therapies=6):
    """1-6 therapies over the whole horizon, in every cycle that programmes offer; one cycle each."""
    draw = random.Random(f"long {seed}")
    therapies = draw.randrange(1, most_therapies + 1)
    data = json.loads(instance(seed, therapies, (14, 28, 30, 30, 30, 90), (150, 174), (7,)))
    kinds = [28, 28, 30, 30, 84, 90]
    cycle = {"every_days": draw.choice(kinds)}
    if draw.random() < 0.2:
        cycle = draw.choice([{"monthly_on_day": 31}, {"monthly_on_day": 15}, {"nth_weekday": [2, 1]}])
    data["programme"]["cycles"] = [cycle]
    return json.dumps(data)


def fixed_instance(seed):
    """10-20 therapies, one cycle, one first date: tablets in any number and packs, as most charts have them."""
    draw = random.Random(f"fixed {seed}")
    data = json.loads(instance(seed, draw.randrange(10, 21), (28, 30, 30), (80, 100), (7,)))
    data["programme"].update(cycles=[{"every_days": draw.choice([28, 30])}], open_weekdays=[0, 2, 4], closed_dates=[])
    data["preferences"] = {"first_pickup": day(draw.choice([4, 7, 9, 14, 16, 18, 21]))}
    for therapy in data["therapies"]:
        usual, per_day = therapy["usual_days"], draw.choice([1, 2])
        pack = usual * per_day if draw.random() < 0.6 else 1
        therapy.update(max_days=usual, units_per_day=per_day, dispensable_unit=pack, short_fill_allowed=pack == 1)
        therapy.update(sync_overrides_left=0, short_fills_left=None, refill_too_soon=0.75)
    return json.dumps(data)
