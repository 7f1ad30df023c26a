"""What the exit code of every command means."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of PickupDay; scripts may rely on them."""

    DONE = 0  # done, or already so
    BAD_INPUT = 2  # bad input or usage; nothing was written
    IN_PART = 3  # planned in part: something abstained, and says what is missing
    SERVER = 4  # the FHIR server refused or is gone
    CHART_CHANGED = 5  # the chart changed between reading and writing; nothing was written
    INTERNAL = 6  # the program contradicts itself: a mistake in it, to be reported; nothing was written
