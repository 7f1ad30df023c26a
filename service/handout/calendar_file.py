"""The pickups as a calendar file (RFC 5545): one event for each visit, the same identifiers whenever it is made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from icalendar import Alarm, Calendar, Event

from mappings.outbound.planned import EnrolmentPlan
from service.handout.content import language_for
from service.handout.words import LANGUAGES

DAY_BEFORE = timedelta(days=-1)


def draw_calendar(plan: EnrolmentPlan, *, language: str = "en") -> bytes:
    """The calendar file. It names no medicine and no patient: calendars are shared and synchronized.

    A visit stands at the hour it is expected, in UTC, so that no zone definition is needed; a reminder rings the day
    before. A later revision of the same enrolment replaces what is there (SEQUENCE).
    """
    words = LANGUAGES[language_for(language)]
    calendar = Calendar()
    calendar.add("prodid", "-//PickupDay//pickups//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    stamp = datetime.combine(plan.today, plan.hours.start, plan.zone).astimezone(UTC)
    for pickup in plan.pickups:
        starts = datetime.combine(pickup.on, plan.hours.start, plan.zone)
        title = words.event_extra if pickup.bridge else words.event
        event = Event()
        event.add("uid", _uid(plan.enrolment, pickup.ordinal))
        event.add("sequence", plan.revision - 1)
        event.add("dtstamp", stamp)
        event.add("dtstart", starts.astimezone(UTC))
        event.add("dtend", (starts + timedelta(minutes=plan.hours.minutes)).astimezone(UTC))
        event.add("summary", title, parameters={"LANGUAGE": words.language})
        event.add("description", words.event_text, parameters={"LANGUAGE": words.language})
        if plan.pharmacy.name:
            event.add("location", plan.pharmacy.name)
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title)
        alarm.add("trigger", DAY_BEFORE)
        event.add_component(alarm)
        calendar.add_component(event)
    file: bytes = calendar.to_ical()
    return file


def _uid(enrolment: str, ordinal: int) -> str:
    """Not the identifier that the chart knows: a calendar travels further than a chart."""
    return sha256(f"{enrolment}/{ordinal}".encode()).hexdigest()[:32] + "@pickupday"
