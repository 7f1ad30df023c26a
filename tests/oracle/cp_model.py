"""The planning problem as an OR-Tools CP-SAT model, written from its definition."""

from __future__ import annotations

from ortools.sat.python import cp_model


def least(instance, first, seconds=20.0, workers=1):
    """The best vector for one first date; None when the solver's time ends before the proof."""
    model = cp_model.CpModel()
    horizon, grid = instance.horizon, instance.grid(first)
    on_grid = set(grid)
    days = [day for day in range(horizon) if instance.open[day]]
    trip = {day: model.new_bool_var(f"trip{day}") for day in days}
    users = {day: [] for day in days}
    total = {name: [] for name in instance.order}
    for number, drug in enumerate(instance.drugs):
        most = drug.run_out + horizon + (len(days) + 1) * max(drug.sizes)
        most = min(most, 4 * horizon + 4 * max(drug.sizes) + drug.run_out)
        run_out, earliest = drug.run_out, drug.earliest
        overrides, shorts = [], []
        for day in range(horizon):
            if day in trip:
                fill = model.new_bool_var(f"fill{number},{day}")
                users[day].append(fill)
                size = model.new_int_var_from_domain(cp_model.Domain.from_values(drug.sizes), f"size{number},{day}")
                early = model.new_int_var(0, max(drug.early.values()), f"early{number},{day}")
                odd = model.new_bool_var(f"odd{number},{day}")
                short = model.new_bool_var(f"short{number},{day}")
                rows = [
                    (one, drug.early[one], int(not instance.even(drug, one, day, grid)), int(one < drug.usual))
                    for one in drug.sizes
                ]
                model.add_allowed_assignments([size, early, odd, short], rows)
                now = model.new_int_var(0, most, f"now{number},{day}")
                model.add_max_equality(now, [run_out, day])
                then = model.new_int_var(0, most, f"run_out{number},{day}")
                model.add(then == now + size).only_enforce_if(fill)
                model.add(then == run_out).only_enforce_if(~fill)
                following = model.new_int_var(
                    min(0, drug.earliest), max(most, drug.earliest), f"earliest{number},{day}"
                )
                model.add(following == then - early).only_enforce_if(fill)
                model.add(following == earliest).only_enforce_if(~fill)
                too_soon = model.new_bool_var(f"override{number},{day}")
                model.add(earliest <= day).only_enforce_if([fill, ~too_soon])
                model.add(earliest > day).only_enforce_if(too_soon)
                model.add_implication(too_soon, fill)
                overrides.append(too_soon)
                used_short = model.new_bool_var(f"used_short{number},{day}")
                model.add_bool_and([fill, short]).only_enforce_if(used_short)
                model.add_bool_or([~fill, ~short]).only_enforce_if(~used_short)
                shorts.append(used_short)
                used_odd = model.new_bool_var(f"used_odd{number},{day}")
                model.add_bool_or([~fill, ~odd, used_odd])
                total["odd_fills"].append(used_odd)
                left = model.new_int_var(0, most, f"left{number},{day}")
                model.add(left >= now - day).only_enforce_if(fill)
                total["leftover_days"].append(left)
                if day not in on_grid:
                    total["off_grid_fills"].append(fill)
                model.add_implication(fill, trip[day])
                run_out, earliest = then, following
            gap = model.new_bool_var(f"gap{number},{day}")
            model.add(run_out > day).only_enforce_if(~gap)
            total["gap_days"].append(gap)
        total["sync_overrides"].extend(overrides)
        model.add(sum(overrides) <= drug.overrides)
        if drug.shorts < len(shorts):
            model.add(sum(shorts) <= drug.shorts)
    first_used = model.new_int_var(0, horizon, "first")
    pickups = [day for day in days if day in on_grid]
    for day in days:
        model.add_bool_or([*users[day], ~trip[day]])
        total["trips"].append(trip[day])
        if day in on_grid and instance.unwanted(day):
            total["preference"].append(trip[day])
    for index, day in enumerate(pickups):
        # No earlier grid date is used: then the first is this day or later, and later unless this one is used.
        model.add(first_used >= day).only_enforce_if([~trip[one] for one in pickups[:index]])
    model.add(first_used >= horizon).only_enforce_if([~trip[one] for one in pickups])
    total["days_to_first"].append(first_used)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = 1
    found = {}
    for name in instance.order:
        model.minimize(sum(total[name]))
        solver.parameters.max_time_in_seconds = seconds
        if solver.solve(model) != cp_model.OPTIMAL:
            return None
        found[name] = round(solver.objective_value)
        model.add(sum(total[name]) == found[name])
        model.clear_hints()
        for index in range(len(model.proto.variables)):
            variable = model.get_int_var_from_proto_index(index)
            model.add_hint(variable, solver.value(variable))
    return found
