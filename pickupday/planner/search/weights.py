"""The lexicographic objective as one whole number, so that plans compare by a single `<`.

Each measure has its own bit field, wide enough for any plan of the problem; the most important one stands highest.
Adding two packed numbers adds measure by measure.
"""

from __future__ import annotations

from dataclasses import dataclass

from pickupday.plan import Objective

COMMON_FILLS = 1 << 14
COMMON_ON_HAND = 1 << 16


@dataclass(frozen=True, slots=True)
class Weights:
    """What one unit of each measure weighs in the packed number."""

    gap: int
    trip: int
    off_grid: int
    override: int
    preference: int
    odd: int
    first: int
    leftover: int
    shifts: tuple[tuple[str, int, int], ...]  # measure, position of its lowest bit, mask of its field
    order: tuple[str, ...]

    @property
    def gap_first(self) -> bool:
        """Whether days without supply come before all else: then no therapy ever has more of them than it must."""
        return self.order[0] == "gap_days"

    def unpack(self, packed: int) -> Objective:
        """The eight measures of a packed number."""
        return Objective(**{name: packed >> shift & mask for name, shift, mask in self.shifts})


def weigh(order: tuple[str, ...], horizon: int, therapies: int, most_on_hand: int) -> Weights:
    """Weights for so many therapies over so many days, when no therapy ever has more than `most_on_hand` days."""
    # Rounded up well, so that similar problems have the same weights and can share what was found out.
    most_fills = max(COMMON_FILLS, max(1, therapies) * (horizon + 1))
    bits = {name: most_fills.bit_length() + 1 for name in order}
    bits["leftover_days"] = (most_fills * max(COMMON_ON_HAND, most_on_hand)).bit_length() + 1
    shifts, position = [], 0
    for name in reversed(order):
        shifts.append((name, position, (1 << bits[name]) - 1))
        position += bits[name]
    unit = {name: 1 << shift for name, shift, _ in shifts}
    return Weights(
        gap=unit["gap_days"],
        trip=unit["trips"],
        off_grid=unit["off_grid_fills"],
        override=unit["sync_overrides"],
        preference=unit["preference"],
        odd=unit["odd_fills"],
        first=unit["days_to_first"],
        leftover=unit["leftover_days"],
        shifts=tuple(shifts),
        order=order,
    )
