"""Until a pickup is confirmed: calls, then a person, then refills one by one. Nothing is withheld in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from pickupday.rules import Rules

_LONGEST_CLOSURE = (
    31  # days looked back for an open day; behind a longer closure the call is made before the day itself
)


class Step(StrEnum):
    """What is done."""

    BRIDGE_FILL = "bridge-fill"  # at once, when the patient asks
    CALL = "call"
    TASK = "task"  # to a person
    INDIVIDUAL_REFILL = "individual-refill"


@dataclass(frozen=True, slots=True)
class Supply:
    """One medicine of a pickup: its name for people and the first day without supply."""

    therapy: str
    label: str
    run_out: date


@dataclass(frozen=True, slots=True)
class Action:
    """One step on one day; `therapies` are those that it is about, none for a call about all of them."""

    step: Step
    on: date
    sentence: str
    therapies: tuple[str, ...] = ()


def call_attempts(
    pickup: date, today: date, is_open: Callable[[date], bool], first_days: int, again_days: Iterable[int]
) -> tuple[date, ...]:
    """The days on which it is tried to reach the patient: each on the last open day on or before its lead.

    The first one is never before today. Inside the call lead the enrolment conversation is the confirmation: today.
    """
    first = max(today, _last_open(pickup - timedelta(days=first_days), is_open))
    later = (_last_open(pickup - timedelta(days=days), is_open) for days in again_days)
    return tuple(sorted({first, *(day for day in later if day > first)}))


def _last_open(day: date, is_open: Callable[[date], bool]) -> date:
    earlier = (day - timedelta(days=back) for back in range(_LONGEST_CLOSURE))
    return next((one for one in earlier if is_open(one)), day)


def until_confirmed(
    pickup: date,
    medicines: Iterable[Supply],
    today: date,
    attempts: Iterable[date],
    rules: Rules,
    individual_refill_days: int = 2,
) -> tuple[Action, ...]:
    """Everything that is done while nobody confirms the pickup, by day; a confirmation ends it.

    A medicine that is out, or runs out before it can be prepared, is filled when the patient asks, not held for a call.
    From two days before it runs out each other one is refilled by itself.
    """
    calls = sorted(day for day in attempts if day >= today)
    found = [
        Action(Step.CALL, day, f"Call to confirm the pickup on {pickup} (attempt {number} of {len(calls)}).")
        for number, day in enumerate(calls, 1)
    ]
    given_up = max(today, calls[-1] + timedelta(days=1)) if calls else today
    missed = f"The pickup on {pickup} is not confirmed: a person decides how to reach the patient."
    found.append(Action(Step.TASK, min(given_up, max(today, pickup)), missed))
    for one in medicines:
        if one.run_out <= today + timedelta(days=rules.prep_lead_days):
            state = "it is out" if one.run_out <= today else f"it runs out on {one.run_out}"
            why = f"Fill {one.label} at once when the patient asks: {state}. It is never held for a call."
            found.append(Action(Step.BRIDGE_FILL, today, why, (one.therapy,)))
        else:
            alone = max(today, one.run_out - timedelta(days=individual_refill_days))
            why = f"Refill {one.label} by itself: it runs out on {one.run_out} and the pickup is not confirmed."
            found.append(Action(Step.INDIVIDUAL_REFILL, alone, why, (one.therapy,)))
    return tuple(sorted(found, key=lambda action: (action.on, list(Step).index(action.step), action.therapies)))
