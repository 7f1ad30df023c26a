"""The least measures by trying every way, day by day: for one or two therapies with few sizes."""

from __future__ import annotations

from itertools import product


def least(instance, first):
    """The best vector for one first date, in the instance's order of importance."""
    grid = set(instance.grid(first))
    later = instance.grid(first)
    place = {name: index for index, name in enumerate(instance.order)}
    zero = (0,) * 8

    def plus(vector, **more):
        changed = list(vector)
        for name, value in more.items():
            changed[place[name]] += value
        return tuple(changed)

    # State: by therapy (run-out, earliest, overrides, shorts), and whether a grid date was used.
    start = (tuple((drug.run_out, drug.earliest, drug.overrides, drug.shorts) for drug in instance.drugs), False)
    states = {start: zero}
    for day in range(instance.horizon):
        following = {}
        for (rows, used), vector in states.items():
            options = []
            for drug, (run_out, earliest, overrides, shorts) in zip(instance.drugs, rows, strict=True):
                mine = [(0, (run_out, earliest, overrides, shorts), zero)]
                if instance.open[day] and (day >= earliest or overrides):
                    now = max(run_out, day)
                    cost = plus(
                        zero,
                        off_grid_fills=int(day not in grid),
                        sync_overrides=int(day < earliest),
                        leftover_days=now - day,
                    )
                    for size in drug.sizes:
                        left = shorts - (size < drug.usual)
                        if left < 0:
                            continue
                        then = now + size
                        after = (then, then - drug.early[size], overrides - (day < earliest), left)
                        odd = not instance.even(drug, size, day, later)
                        mine.append((size, after, plus(cost, odd_fills=int(odd))))
                options.append(mine)
            for choice in product(*options):
                total = list(vector)
                for _, _, cost in choice:
                    total = [a + b for a, b in zip(total, cost, strict=True)]
                now_used = used
                if any(size for size, _, _ in choice):
                    total[place["trips"]] += 1
                    if day in grid:
                        total[place["preference"]] += instance.unwanted(day)
                        if not used:
                            total[place["days_to_first"]] += day
                            now_used = True
                rows_after = []
                for _, (run_out, earliest, overrides, shorts), _ in choice:
                    if run_out <= day:
                        total[place["gap_days"]] += 1
                    # An earliest date in the past is as good as today's, a supply beyond the horizon is enough.
                    rows_after.append((max(run_out, day), max(earliest, day), overrides, shorts))
                key = (tuple(rows_after), now_used)
                reached = tuple(total)
                if key not in following or reached < following[key]:
                    following[key] = reached
        states = following
    best = None
    for (_, used), vector in states.items():
        reached = vector if used else plus(vector, days_to_first=instance.horizon)
        if best is None or reached < best:
            best = reached
    return dict(zip(instance.order, best, strict=True))
