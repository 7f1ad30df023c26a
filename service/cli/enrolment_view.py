"""An enrolment as the server holds it, for people and as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mappings.enrolments import Recorded, RecordedEnrolment
from pickupday.wording import say_day


def print_enrolment(console: Console, enrolment: RecordedEnrolment) -> None:
    """Print agreement, pickups, calls and tasks, with the references under which the server keeps them."""
    consent = enrolment.consent
    agreed = f"agreed {say_day(consent.on)}" if consent is not None and consent.on is not None else "no agreement found"
    console.print(Text(f"Enrolment: {enrolment.state}, {agreed}", style="bold"))
    if consent is not None:
        console.print(Text(f"{consent.text} ({consent.reference}, {consent.status})"))
    for pickup in enrolment.pickups:
        call = enrolment.call_of(pickup)
        console.print()
        console.print(_heading(pickup, call))
        console.print(Padding(Text(pickup.text), (0, 0, 0, 2)))
    if enrolment.care_plan is not None or enrolment.tasks:
        console.print()
    if enrolment.care_plan is not None:
        plan = enrolment.care_plan
        console.print(_line(plan.text.splitlines()[0] if plan.text else plan.title, plan))
    for task in enrolment.tasks:
        console.print(_line(f"Asked{f', by {say_day(task.on)}' if task.on else ''}: {task.text}", task))


def _heading(pickup: Recorded, call: Recorded | None) -> Text:
    heading = Text(f"● {_day(pickup)}  {pickup.status}", style="bold green")
    said = f"   call {_day(call)} ({call.status})" if call else "   no call"
    references = ", ".join([pickup.reference] + ([call.reference] if call else []))
    heading.append(f"{said}   {references}", style="not bold dim")
    return heading


def _line(said: str, record: Recorded) -> Text:
    return Text.assemble(said, (f" ({record.reference}, {record.status})", "dim"))


def enrolment_to_json(enrolment: RecordedEnrolment) -> Mapping[str, object]:
    """The enrolment as data: every resource with its reference, version, status and day."""
    return {
        "id": enrolment.value,
        "state": enrolment.state.value,
        "consent": _record(enrolment.consent) if enrolment.consent else None,
        "pickups": [
            _record(pickup) | {"call": _record(call) if (call := enrolment.call_of(pickup)) else None}
            for pickup in enrolment.pickups
        ],
        "care_plan": _record(enrolment.care_plan) if enrolment.care_plan else None,
        "tasks": [_record(task) | {"title": task.title} for task in enrolment.tasks],
    }


def _record(record: Recorded) -> dict[str, object]:
    return {
        "resource": record.reference,
        "version": record.version,
        "status": record.status,
        "date": record.on.isoformat() if record.on else None,
        "identifier": record.value,
        "text": record.text,
        "about": list(record.about),
    }


def _day(record: Recorded) -> str:
    return say_day(record.on) if record.on else "no date"
