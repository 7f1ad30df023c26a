"""A small picture of one therapy: what was supplied, where today is, what is planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rich.text import Text

FILL_MARKS = {"past": ("○", "cyan"), "pickup": ("●", "bold green"), "bridge": ("◆", "bold yellow")}
SUPPLIED, GAP, NOTHING, PICKUP_LINE, TODAY = "━", "╌", " ", "│", "┃"


@dataclass(frozen=True, slots=True)
class Scale:
    """Which days a row of cells shows: `cells` cells of `days_per_cell` days each, from `start` on."""

    start: date
    days_per_cell: int
    cells: int

    def cell(self, day: date) -> int | None:
        """Return the cell that holds `day`, None when the day is outside the picture."""
        index = (day - self.start).days // self.days_per_cell
        return index if 0 <= index < self.cells else None

    def days(self, cell: int) -> range:
        """Return the offsets from `start` of the days in a cell."""
        return range(cell * self.days_per_cell, (cell + 1) * self.days_per_cell)


def fit(today: date, past_days: int, future_days: int, width: int) -> Scale:
    """Choose whole days per cell so that the past and the future fit into `width` cells."""
    per_cell = max(1, -(-(past_days + future_days) // max(width, 10)))
    start = today - timedelta(days=-(-past_days // per_cell) * per_cell)
    return Scale(start, per_cell, -(-((today - start).days + future_days) // per_cell))


def month_heading(scale: Scale) -> Text:
    """Name each month above the cell that holds its first day."""
    line = [" "] * scale.cells
    for cell in range(scale.cells):
        first = next((day for o in scale.days(cell) if (day := scale.start + timedelta(days=o)).day == 1), None)
        if first is not None:
            for offset, letter in enumerate(first.strftime("%b")):
                if cell + offset < scale.cells:
                    line[cell + offset] = letter
    return Text("".join(line), style="dim")


def draw_row(
    scale: Scale,
    today: date,
    supplied: Sequence[tuple[date, date]],
    fills: Mapping[date, str],
    pickups: Sequence[date],
) -> Text:
    """Draw one therapy: `supplied` are half-open day ranges, `fills` maps a date to past, pickup or bridge."""
    first = min((start for start, _ in supplied), default=None)
    marks = {scale.cell(day): FILL_MARKS[kind] for day, kind in sorted(fills.items())}
    pickup_cells = {scale.cell(day) for day in pickups}
    today_cell = scale.cell(today)
    row = Text()
    for cell in range(scale.cells):
        days = [scale.start + timedelta(days=offset) for offset in scale.days(cell)]
        covered = [any(start <= day < end for start, end in supplied) for day in days]
        if cell in marks:
            row.append(*marks[cell])
        elif cell == today_cell:
            row.append(TODAY, "bold")
        elif first is None or days[-1] < first:
            row.append(NOTHING)
        elif not all(covered):
            row.append(GAP, "bold red")
        elif cell in pickup_cells:
            row.append(PICKUP_LINE, "green")
        else:
            row.append(SUPPLIED, "cyan" if days[0] < today else "green")
    return row
