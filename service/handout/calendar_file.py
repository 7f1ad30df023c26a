"""The pickups as a calendar file (RFC 5545): one event for each visit, the same identifiers whenever it is made."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from hashlib import sha256

from icalendar import Alarm, Calendar, Event

from service.handout.content import language_for
from service.handout.days import PickupDays
from service.handout.words import LANGUAGES

DAY_BEFORE = timedelta(days=-1)


def draw_calendar(pickups: PickupDays, *, language: str | None = None) -> bytes:
    """The calendar file. It names no medicine and no patient: calendars are shared and synchronized.

    A visit stands at the hour it is expected, in UTC, so that no zone definition is needed; a reminder rings the day
    before. A later revision of the same enrolment, or what was agreed on after a preview, replaces it (SEQUENCE).
    """
    words = LANGUAGES[language_for(language)]
    calendar = Calendar()
    calendar.add("prodid", "-//PickupDay//pickups//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    stamp = datetime.combine(pickups.today, time(), pickups.zone).astimezone(UTC)
    for pickup in pickups.days:
        title = words.event_extra if pickup.extra else words.event
        if not pickups.agreed:
            title = words.event_preview.format(title=title)
        event = Event()
        event.add("uid", _uid(pickups.enrolment, pickup.ordinal))
        event.add("sequence", pickups.revision - 1 + pickups.agreed)
        event.add("dtstamp", stamp)
        event.add("dtstart", pickup.starts.astimezone(UTC))
        event.add("dtend", pickup.starts.astimezone(UTC) + pickups.visit)
        event.add("summary", title, parameters={"LANGUAGE": words.language})
        event.add("description", words.event_text, parameters={"LANGUAGE": words.language})
        event.add("status", "TENTATIVE" if not pickups.agreed else "CONFIRMED")
        if pickups.pharmacy:
            event.add("location", pickups.pharmacy)
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
