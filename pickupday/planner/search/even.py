"""Which fill sizes are not odd: the usual one, multiples of the cycle, and from a pickup day to a later one."""

from __future__ import annotations

from pickupday.planner.grid import Grid
from pickupday.planner.search.measured import Measured


def common_sizes(medicine: Measured, step: int | None) -> tuple[int, ...]:
    """The sizes that are even on any day: the usual one and multiples of the cycle of `step` days (None: calendar)."""
    sizes = {medicine.therapy.usual_days}
    if step is not None:
        sizes.update(range(step, medicine.largest + 1, step))
    return tuple(sorted(sizes))


def even_sizes(medicine: Measured, step: int | None, grid: Grid, day: int) -> tuple[int, ...]:
    """The sizes that are even on one day; none but the common ones off the grid."""
    sizes = set(common_sizes(medicine, step))
    if day in grid.dates:
        sizes.update(later - day for later in grid.dates if later > day)
    return tuple(sorted(size for size in sizes if size <= medicine.largest))
