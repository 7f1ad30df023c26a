"""Why each fill is when it is and as large as it is, in sentences that name the rule and the date that decided."""

from __future__ import annotations

from pickupday.plan import Fill, FillKind, RideAlong
from pickupday.planner.grid import Grid
from pickupday.planner.search.cycle import PreparedCycle
from pickupday.planner.search.fills import PlannedFill, PlannedFills
from pickupday.planner.search.measured import Measured


def describe_fills(prepared: PreparedCycle, grid: Grid, fills: PlannedFills) -> tuple[Fill, ...]:
    """Every fill with its kind and its reasons, by date, then therapy."""
    medicines = {medicine.therapy.id: medicine for medicine in prepared.medicines}
    used = _used_days(fills)
    told = []
    for name, row in fills:
        medicine = medicines[name]
        for fill in row:
            kind = _kind(prepared, grid, medicine, fill)
            told.append(
                Fill(
                    therapy=name,
                    date=prepared.days.calendar.date(fill.day),
                    units=fill.days * medicine.therapy.units_per_day,
                    days_supply=fill.days,
                    kind=kind,
                    sync_override=fill.override,
                    reasons=(
                        _why_this_day(prepared, grid, used, fill),
                        *_special(prepared, medicine, fill),
                        _why_this_size(prepared, grid, used, medicine, fill, kind),
                    ),
                )
            )
    return tuple(sorted(told, key=lambda fill: (fill.date, fill.therapy)))


def describe_rides(prepared: PreparedCycle, grid: Grid, fills: PlannedFills) -> tuple[RideAlong, ...]:
    """The therapies that still have fills off the grid in the second half of the horizon, and why."""
    on_grid, half, used = set(grid.dates), prepared.days.horizon / 2, _used_days(fills)
    rides = []
    for name, row in fills:
        late = [fill for fill in row if fill.day >= half and fill.day not in on_grid]
        if late:
            rides.append(RideAlong(name, _why_not_on_grid(prepared, grid, used, late[0])))
    return tuple(rides)


def _kind(prepared: PreparedCycle, grid: Grid, medicine: Measured, fill: PlannedFill) -> FillKind:
    usual = medicine.therapy.usual_days
    if fill.days == usual:
        return FillKind.USUAL
    if fill.days in prepared.even_sizes(medicine, grid, fill.day):
        return FillKind.CYCLE
    return FillKind.SHORT if fill.days < usual else FillKind.ODD


def _used_days(fills: PlannedFills) -> tuple[int, ...]:
    """The days of the plan's visits, in order."""
    return tuple(sorted({fill.day for _, row in fills for fill in row}))


def _why_this_day(prepared: PreparedCycle, grid: Grid, used: tuple[int, ...], fill: PlannedFill) -> str:
    calendar = prepared.days.calendar
    ends = calendar.date(fill.run_out)
    if fill.day in grid.dates:
        return f"On a pickup day; the supply before it ends on {ends}."
    return _why_not_on_grid(prepared, grid, used, fill)


def _why_not_on_grid(prepared: PreparedCycle, grid: Grid, used: tuple[int, ...], fill: PlannedFill) -> str:
    """Why a fill is off the grid: no pickup day is possible for it, or fewer trips are needed in all."""
    calendar = prepared.days.calendar
    ends, earliest = calendar.date(fill.run_out), calendar.date(max(0, fill.earliest))
    between = [day for day in grid.dates if max(0, fill.earliest) <= day <= fill.run_out]
    pickups = [day for day in grid.dates if day in used]
    following = next((day for day in pickups if day > fill.day), None)
    if between:
        what = "the pickup day" if between[0] in used else "the possible pickup day"
        return (
            f"Not on {what} {calendar.date(between[0])}: filled here the medicines need fewer trips in all; "
            f"the supply before it ends on {ends}."
        )
    if following is not None and fill.run_out < following and not any(day <= fill.run_out for day in pickups):
        return f"The supply ends on {ends}, before the first pickup day {calendar.date(following)}."
    return f"No pickup day lies between {earliest}, the earliest date for this claim, and {ends}, when the supply ends."


def _special(prepared: PreparedCycle, medicine: Measured, fill: PlannedFill) -> list[str]:
    calendar = prepared.days.calendar
    told = []
    if fill.day in medicine.fixed:
        told.append("This pickup is confirmed and is kept.")
    if fill.override:
        told.append(
            f"Before {calendar.date(fill.earliest)}, the earliest date for this claim: uses a synchronization override."
        )
    if fill.day > fill.run_out:
        missed = fill.day - fill.run_out
        if any(calendar.open[fill.run_out : fill.day]):
            why = f"the claim is not possible before {calendar.date(max(fill.earliest, fill.run_out))}"
            why = why if fill.earliest > fill.run_out else "an earlier fill would leave more days without supply later"
        else:
            why = "no day in between is open"
        told.append(f"{missed} days without supply from {calendar.date(fill.run_out)}: {why}.")
    return told


def _why_this_size(
    prepared: PreparedCycle, grid: Grid, used: tuple[int, ...], medicine: Measured, fill: PlannedFill, kind: FillKind
) -> str:
    calendar, horizon = prepared.days.calendar, prepared.days.horizon
    until = max(fill.run_out, fill.day) + fill.days
    days = f"{fill.days} day" + ("s" if fill.days != 1 else "")
    if kind is FillKind.USUAL:
        return f"The usual {days}."
    if kind is FillKind.CYCLE:
        return f"{days}: in step with the cycle; the supply then ends on {calendar.date(until)}."
    reached = max((day for day in used if fill.day < day <= until), default=None)
    if reached is not None:
        visit = "pickup day" if reached in grid.dates else "bridge trip"
        aim = f"to last until the {visit} {calendar.date(reached)}"
    elif until >= horizon:
        aim = "to last to the end of the plan"
    else:
        aim = f"to last until {calendar.date(until)}"
    usual = medicine.therapy.usual_days
    return f"{days} instead of the usual {usual}, {aim}: so the claims after it fall on the chosen dates."
