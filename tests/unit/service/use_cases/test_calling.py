"""The time of day of a call, inside the pharmacy's hours of that very day."""

from __future__ import annotations

from datetime import date, time

from mappings.outbound.planned import PlannedPickup
from service.programmes import load_programme
from service.programmes.opening import OpeningHours
from service.use_cases.calling import offered_windows, say_window, window_on, with_windows

TUESDAY, WEDNESDAY = date(2026, 12, 1), date(2026, 12, 2)
HOURS = load_programme("independent").hours  # 9:00-12:30, 13:30-18:00; Wednesdays 9:00-12:30


def pickup(call, *, now=False):
    return PlannedPickup(1, date(2026, 12, 15), False, (), call, at_enrolment=now)


def test_a_part_of_the_day_is_as_long_as_the_pharmacy_is_open_in_it():
    assert window_on(HOURS, TUESDAY, "morning") == (time(9), time(12))
    assert window_on(HOURS, TUESDAY, "afternoon") == (time(13, 30), time(17))
    assert window_on(HOURS, TUESDAY, "evening") == (time(17), time(18))


def test_only_parts_of_the_day_in_which_it_is_ever_open_are_offered():
    assert set(offered_windows(HOURS)) == {"morning", "afternoon", "evening"}
    early = OpeningHours({0: ((time(8), time(12)),)})
    assert offered_windows(early) == {"morning": (time(8), time(12))}
    assert say_window("morning", early) == "morning, 8:00 to 12:00"


def test_each_call_gets_the_hours_of_its_own_day():
    tuesday, wednesday = with_windows([pickup(TUESDAY), pickup(WEDNESDAY)], HOURS, "afternoon")
    assert tuesday.call_between == (time(13, 30), time(17))
    assert (wednesday.call_between, wednesday.call_remark) == ((time(12), time(12, 30)), "")


def test_where_it_is_closed_then_the_call_keeps_its_day_and_the_wish_is_told():
    (one,) = with_windows([pickup(WEDNESDAY)], HOURS, "evening")
    assert one.call_between is None
    assert one.call_remark == "Wanted in the evening, when the pharmacy is closed on this day."


def test_no_wish_and_a_conversation_that_has_taken_place_change_nothing():
    assert with_windows([pickup(TUESDAY)], HOURS, "") == (pickup(TUESDAY),)
    assert with_windows([pickup(TUESDAY, now=True)], HOURS, "morning") == (pickup(TUESDAY, now=True),)
