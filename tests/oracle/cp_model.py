"""The planning problem as an OR-Tools CP-SAT model, written from its definition."""

from __future__ import annotations

from dataclasses import dataclass

from ortools.sat.python import cp_model

# Measures that the definition gives without the grid: the same for every first date.
WITHOUT_GRID = {"gap_days", "trips", "sync_overrides", "leftover_days"}
MOST_PACKED = 1 << 10  # consecutive measures are minimized at once while their weights stay this small


@dataclass(frozen=True)
class Limit:
    """How long each solve may take: seconds, and the solver's own measure of work, the same on every machine."""

    seconds: float = 60.0
    work: float = 60.0


class Model:
    """One instance with one first date; `measures` holds each measure as a sum of variables, never less than it is."""

    def __init__(self, instance, first, limit, workers=1):
        self.instance = instance
        self.model = cp_model.CpModel()
        self.measures = {}
        self.most = {}
        self.solver = cp_model.CpSolver()
        self.solver.parameters.num_workers = workers
        self.solver.parameters.random_seed = 1
        self.solver.parameters.max_time_in_seconds = limit.seconds
        self.solver.parameters.max_deterministic_time = limit.work
        self._build(first)

    def _build(self, first):
        model, instance = self.model, self.instance
        horizon, grid = instance.horizon, instance.grid(first)
        on_grid = set(grid)
        days = [day for day in range(horizon) if instance.open[day]]
        trip = {day: model.new_bool_var(f"trip{day}") for day in days}
        users = {day: [] for day in days}
        total = {name: [] for name in instance.order}
        most_left = 1
        for number, drug in enumerate(instance.drugs):
            most = drug.run_out + horizon + (len(days) + 1) * max(drug.sizes)
            most = min(most, 4 * horizon + 4 * max(drug.sizes) + drug.run_out)
            run_out, earliest = drug.run_out, drug.earliest
            overrides, shorts = [], []
            for day in range(horizon):
                if day in trip:
                    fill = model.new_bool_var(f"fill{number},{day}")
                    users[day].append(fill)
                    if day in drug.fixed:
                        model.add(fill == 1)
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
                    most_left += most
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
        self.measures = {name: sum(variables) for name, variables in total.items()}
        self.most = {name: len(variables) + 1 for name, variables in total.items()}
        self.most["days_to_first"] = horizon + 1
        self.most["leftover_days"] = most_left

    def packs(self, order):
        """Consecutive measures that fit into one whole number."""
        pack, weight = [], 1
        for name in order:
            if pack and weight * self.most[name] > MOST_PACKED:
                yield pack
                pack, weight = [], 1
            pack.append(name)
            weight *= self.most[name]
        if pack:
            yield pack

    def fix(self, found):
        """From now on these measures have these values."""
        for name, value in found.items():
            self.model.add(self.measures[name] <= value)

    def minimize(self, pack):
        """The least values of some measures, the first one the most important; None when the time ends first."""
        packed = 0
        for name in pack:
            packed = packed * self.most[name] + self.measures[name]
        self.model.minimize(packed)
        if self.solver.solve(self.model) != cp_model.OPTIMAL:
            return None
        values = {}
        rest = round(self.solver.objective_value)
        for name in reversed(pack):
            rest, values[name] = divmod(rest, self.most[name])
        values[pack[0]] += rest * self.most[pack[0]]
        found = {name: values[name] for name in pack}
        self.fix(found)
        self.model.clear_hints()
        for index in range(len(self.model.proto.variables)):
            variable = self.model.get_int_var_from_proto_index(index)
            self.model.add_hint(variable, self.solver.value(variable))
        return found


def least(instance, first, limit=Limit(), known=None, enough=None, workers=1):
    """The best vector for one first date; None when the limit ends before the proof.

    `known`: values of leading measures that are the same for every first date. `enough`: stop as soon as a measure is
    different from this vector's; what was found until then is returned.
    """
    model = Model(instance, first, limit, workers)
    known = dict(known or {})
    found = {name: known[name] for name in instance.order if name in known}
    model.fix(found)
    for pack in model.packs(instance.order[len(found) :]):
        values = model.minimize(pack)
        if values is None:
            return None
        found |= values
        if enough is not None and any(found[name] != enough[name] for name in found):
            break
    return found


def leading(instance, found):
    """The part of a vector that is the same for every first date: the leading measures that do not ask for the grid."""
    names = []
    for name in instance.order:
        if name not in WITHOUT_GRID:
            break
        names.append(name)
    return {name: found[name] for name in names}


def compare_vectors(order, one, other):
    """-1, 0 or 1: which of two vectors, as far as both are known, is less in an order of importance."""
    for name in order:
        if name not in one or name not in other:
            return 0
        if one[name] != other[name]:
            return -1 if one[name] < other[name] else 1
    return 0
