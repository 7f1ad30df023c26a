"""One therapy as the search counts it: days from today, and the fill sizes that may be handed out at all."""

from __future__ import annotations

from dataclasses import dataclass

from pickupday.planner.calendar import Calendar
from pickupday.problem import Therapy


@dataclass(frozen=True, slots=True)
class Size:
    """A fill of `days` days' supply; the next claim is taken `early` days before that supply ends."""

    days: int
    early: int
    short: bool  # below the usual size: only where short fills are allowed


@dataclass(frozen=True, slots=True)
class Measured:
    """The numbers of one therapy.

    `shorts` is the number of short fills left, None = any number, or no size is short; `package` the days' supply of
    the smallest amount that can be handed out (every size is a multiple of it); `fixed` the confirmed fill dates that
    the plan must keep.
    """

    therapy: Therapy
    run_out: int
    earliest: int
    overrides: int
    shorts: int | None
    sizes: tuple[Size, ...]
    package: int
    fixed: tuple[int, ...] = ()

    @property
    def largest(self) -> int:
        """The days' supply of the largest fill."""
        return self.sizes[-1].days


def measure(therapy: Therapy, calendar: Calendar, fixed: tuple[int, ...] = ()) -> Measured:
    """Count a therapy in days from today; one that is already out has its run-out today."""
    sizes = fill_sizes(therapy)
    return Measured(
        therapy=therapy,
        run_out=max(0, calendar.number(therapy.run_out)),
        earliest=calendar.number(therapy.earliest),
        overrides=0 if therapy.controlled else therapy.sync_overrides_left,
        shorts=therapy.short_fills_left if sizes[0].short else None,
        sizes=sizes,
        package=(therapy.units_per_day / therapy.dispensable_unit).denominator,
        fixed=fixed,
    )


def fill_sizes(therapy: Therapy) -> tuple[Size, ...]:
    """Every size that may be handed out, ascending: whole packages, short ones where allowed, the usual one always."""
    package = (therapy.units_per_day / therapy.dispensable_unit).denominator
    later = 1 - therapy.refill_too_soon
    shorts_allowed = therapy.short_fill_allowed and therapy.short_fills_left != 0
    usual, most = therapy.usual_days, therapy.max_days
    smallest = package if shorts_allowed else usual
    return tuple(
        Size(days, later.numerator * days // later.denominator, days < usual)
        for days in range(smallest, max(most, usual) + 1, package)
        if days <= most or days == usual
    )
