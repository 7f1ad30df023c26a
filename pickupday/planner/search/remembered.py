"""What the search found out about one problem and may use again for another one that differs a little.

Only facts are kept, each under all that decides it: so a remembered answer is the one that would be found anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pickupday.planner.search.machine import Costs, Machine
from pickupday.planner.search.measured import Measured
from pickupday.planner.search.patterns import Patterns
from pickupday.planner.search.trip_days import TripDays

Solved = tuple[int, tuple[tuple[int, ...], ...]]


@dataclass(slots=True)
class Remembered:
    """The machines by kind of therapy, the days on which trips can be, and the best plans by what decides them.

    `solved`: packed cost and one sequence of trip dates. `tied`: the same with all sequences that reach it.
    """

    machines: dict[object, Machine] = field(default_factory=dict)
    trip_days: dict[object, TripDays] = field(default_factory=dict)
    solved: dict[object, Solved] = field(default_factory=dict)
    tied: dict[object, Solved] = field(default_factory=dict)
    patterns: dict[object, dict[tuple[int, bool], Patterns]] = field(default_factory=dict)

    def machine(self, medicine: Measured, costs: Costs) -> Machine:
        """The machine of all therapies with the same fill sizes under the same costs."""
        key = (medicine.sizes, medicine.therapy.usual_days, medicine.package, costs)
        found = self.machines.get(key)
        if found is None:
            found = self.machines[key] = Machine(medicine, costs)
        return found


def numbers_of(medicine: Measured) -> object:
    """All that the search knows of a therapy but its name."""
    return (
        medicine.run_out,
        medicine.earliest,
        medicine.overrides,
        medicine.shorts,
        medicine.sizes,
        medicine.therapy.usual_days,
        medicine.package,
        medicine.fixed,
    )
