"""How the confirmation calls are wanted, and what becomes of that on each call's day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, time

from mappings.outbound.calling import say_between
from mappings.outbound.planned import Calling, PlannedPickup
from service.programmes.opening import OpeningHours, Spans

WINDOWS = {
    "morning": (time(0), time(12)),
    "afternoon": (time(12), time(17)),
    "evening": (time(17), time(23, 59)),
}
"""The parts of a day in which a call can be wanted, before the pharmacy's hours narrow them."""


@dataclass(frozen=True, slots=True)
class CallWishes:
    """What was asked for: a key of WINDOWS, a number, a language (BCP 47); empty = no wish."""

    window: str = ""
    phone: str = ""
    language: str = ""


def calling(wishes: CallWishes, spoken: str | None) -> Calling:
    """Number and language of the calls; without a wish the language that the chart says the patient speaks."""
    return Calling(wishes.phone or None, wishes.language or spoken, asked=bool(wishes.language))


def offered_windows(hours: OpeningHours) -> dict[str, tuple[time, time]]:
    """The parts of a day in which the pharmacy is open on some weekday, each with the widest times."""
    found = {}
    for name in WINDOWS:
        spans = [span for day in range(7) if (span := _within(hours.on_weekday(day), name)) is not None]
        if spans:
            found[name] = (min(start for start, _ in spans), max(end for _, end in spans))
    return found


def with_windows(pickups: Iterable[PlannedPickup], hours: OpeningHours, window: str) -> tuple[PlannedPickup, ...]:
    """The pickups with the times between which each call is wanted, inside the pharmacy's hours of that very day.

    Where it is closed then, the call keeps its day alone, and the caller is told of the wish.
    """
    return tuple(pickups) if window not in WINDOWS else tuple(_timed(one, hours, window) for one in pickups)


def window_on(hours: OpeningHours, day: date, window: str) -> tuple[time, time] | None:
    """The longest time of that day in the window during which the pharmacy is open; None where there is none."""
    return _within(hours.on(day), window)


def _timed(pickup: PlannedPickup, hours: OpeningHours, window: str) -> PlannedPickup:
    if pickup.at_enrolment:
        return pickup
    between = window_on(hours, pickup.call, window)
    if between is not None:
        return replace(pickup, call_between=between)
    return replace(pickup, call_remark=f"Wanted in the {window}, when the pharmacy is closed on this day.")


def _within(spans: Spans, window: str) -> tuple[time, time] | None:
    begins, ends = WINDOWS[window]
    cut = [(max(start, begins), min(end, ends)) for start, end in spans]
    open_then = [(start, end) for start, end in cut if start < end]
    return max(open_then, key=lambda span: (_minutes(span), span), default=None)


def _minutes(span: tuple[time, time]) -> int:
    start, end = span
    return 60 * (end.hour - start.hour) + end.minute - start.minute


def say_window(window: str, hours: OpeningHours) -> str:
    """The part of the day with its widest times: morning, 9:00 to 12:00."""
    times = offered_windows(hours).get(window)
    return f"{window}, {say_between(*times)}" if times is not None else window
