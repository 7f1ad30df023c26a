"""The handout after enrolment: from what stands on the server, and honest where that is not enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from mappings.enrolments import Recorded, RecordedEnrolment
from mappings.outbound.planned import VisitHours
from service.handout.content import compose
from service.handout.days import recorded_days

ZONE = ZoneInfo("America/New_York")
TODAY = date(2026, 12, 1)
COMMENT = "To fill:\n- Lisinopril 10 MG Oral Tablet: 30 tablets for 30 days\nFill nothing before."


def pickup(number, on, **changes):
    starts = datetime(on.year, on.month, on.day, 9, 30, tzinfo=ZONE)
    made = Recorded(
        f"Appointment/{number}", "1", "proposed", on, f"p{number}", COMMENT,
        title="Medicine pickup: 1 medicine", starts=starts, place="Corner Pharmacy",
    )  # fmt: skip
    return replace(made, **changes)


def call(of, on, status="active"):
    return Recorded("CommunicationRequest/9", "1", status, on, "c", "", about=(of.reference,))


@pytest.fixture
def enrolment():
    past, bridge, first = (
        pickup(1, date(2026, 11, 20), status="fulfilled"),
        pickup(2, date(2026, 12, 1), title="Bridge trip: 1 medicine", status="booked"),
        pickup(3, date(2026, 12, 18)),
    )
    return RecordedEnrolment("value", None, (past, bridge, first), (call(first, date(2026, 12, 11)),))


def days_of(enrolment):
    return recorded_days(enrolment, TODAY, ZONE, VisitHours())


def test_open_pickups_from_today_on_are_told_with_their_calls(enrolment):
    first, second = days_of(enrolment).days
    assert (first.on, first.extra, first.confirmed, first.call) == (TODAY, True, True, None)
    assert (second.on, second.extra, second.confirmed, second.call) == (
        date(2026, 12, 18), False, False, date(2026, 12, 11),
    )  # fmt: skip
    assert (second.ordinal, second.starts.hour, second.starts.minute) == (3, 9, 30)
    assert days_of(enrolment).pharmacy == "Corner Pharmacy"
    assert days_of(enrolment).agreed


def test_the_medicines_are_read_from_the_comment(enrolment):
    assert compose(days_of(enrolment)).medicines == ("Lisinopril 10 MG Oral Tablet",)
    assert compose(days_of(enrolment)).ask_medicines is None


def test_a_comment_in_other_words_leaves_the_medicines_open(enrolment):
    *rest, last = enrolment.pickups
    other = replace(enrolment, pickups=(*rest, replace(last, text="see the fax")))
    handout = compose(days_of(other))
    assert handout.visits[-1].what == "Your medicines"
    assert handout.ask_medicines == "Ask us which medicines are in this plan."


def test_a_pickup_without_a_call_promises_no_day_for_it(enrolment):
    assert compose(days_of(replace(enrolment, calls=()))).visits[-1].call == "We call you first."


def test_two_pharmacies_are_never_told_as_one(enrolment):
    *rest, last = enrolment.pickups
    assert days_of(replace(enrolment, pickups=(*rest, replace(last, place="Other")))).pharmacy == ""


def test_a_pickup_without_a_readable_start_stands_at_the_usual_hour(enrolment):
    *rest, last = enrolment.pickups
    (*_, day) = days_of(replace(enrolment, pickups=(*rest, replace(last, starts=None)))).days
    assert (day.starts.hour, day.starts.minute) == (10, 0)
