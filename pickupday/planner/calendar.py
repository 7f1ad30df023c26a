"""Which days a pickup can be on, and which day is how far from today.

The search counts days from today (today = 0). An open day is one of the programme's that the patient can keep too: the
pharmacy is open, and the patient neither avoids the date nor is away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from pickupday.problem import Problem


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days from `today` on; `open` holds the open ones among the first `len(open)` days by their number."""

    today: date
    open: tuple[bool, ...]

    def is_open(self, day: int) -> bool:
        """Whether a pickup can be on this day; days past the calendar's end count as closed."""
        return 0 <= day < len(self.open) and self.open[day]

    def last_open(self, day: int) -> int | None:
        """The last open day on or before this day, None when there is none from today on."""
        return next((earlier for earlier in range(min(day, len(self.open) - 1), -1, -1) if self.open[earlier]), None)

    def number(self, day: date) -> int:
        """Days from today, negative for the past."""
        return (day - self.today).days

    def date(self, number: int) -> date:
        """The date that is so many days from today."""
        return self.today + timedelta(days=number)

    def weekday(self, number: int) -> int:
        """Monday = 0."""
        return (self.today.weekday() + number) % 7


def read_calendar(problem: Problem, days: int) -> Calendar:
    """The first `days` days from today with their open days."""
    programme, wishes, today = problem.programme, problem.preferences, problem.today
    closed = {(shut - today).days for shut in programme.closed_dates | wishes.avoid_dates}
    for trip in wishes.vacations:
        closed.update(range(max(0, (trip.start - today).days), min(days, (trip.end - today).days + 1)))
    monday = today.weekday()
    return Calendar(
        today, tuple((monday + day) % 7 in programme.open_weekdays and day not in closed for day in range(days))
    )
