from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from mappings.inbound.dates import local_date
from mappings.inbound.reading import Reading
from mappings.limits import Limits

Noted = Callable[[], list[tuple[str, str]]]


def in_zone(zone: str) -> Reading:
    return Reading(ZoneInfo(zone), Limits())


@pytest.mark.parametrize(
    ("text", "zone", "day"),
    [
        ("2026-03-08", "America/New_York", date(2026, 3, 8)),
        ("2026-03-08T04:59:59Z", "America/New_York", date(2026, 3, 7)),  # before the clocks change, UTC-5
        ("2026-03-08T05:00:00Z", "America/New_York", date(2026, 3, 8)),
        ("2026-03-09T03:59:59Z", "America/New_York", date(2026, 3, 8)),  # after, UTC-4
        ("2026-03-09T04:00:00Z", "America/New_York", date(2026, 3, 9)),
        ("2026-11-01T03:59:59Z", "America/New_York", date(2026, 10, 31)),
        ("2026-11-02T04:59:59Z", "America/New_York", date(2026, 11, 1)),
        ("2026-01-01T11:00:00Z", "Pacific/Apia", date(2026, 1, 2)),  # UTC+13
        ("2026-01-01T09:59:59Z", "Pacific/Honolulu", date(2025, 12, 31)),  # UTC-10
        ("2015-06-26T07:13:00+05:00", "America/New_York", date(2015, 6, 25)),
        ("2026-01-01T12:00Z", "America/New_York", date(2026, 1, 1)),
        ("2026-01-01T12:00:00.123456789Z", "America/New_York", date(2026, 1, 1)),
        ("2016-12-31T23:59:60Z", "UTC", date(2016, 12, 31)),  # a leap second
    ],
)
def test_an_instant_becomes_the_local_date_and_a_date_stays(text: str, zone: str, day: date) -> None:
    reading = in_zone(zone)
    assert local_date(text, reading, "MedicationDispense/1", "MedicationDispense.whenHandedOver") == day
    assert reading.issues == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2013", "partial-date"),
        ("2013-05", "partial-date"),
        ("2013-02-30", "impossible-date"),
        ("2013-05-01T25:00:00Z", "impossible-date"),
        ("0000-00-00", "impossible-date"),
        ("0001-01-01T00:00:00+14:00", "impossible-date"),
        ("9999-12-31T23:59:59-12:00", "impossible-date"),
        ("0213-05-01", "impossible-date"),
        ("20130501", "malformed-date"),
        ("yesterday", "malformed-date"),
        ("\x1b[31m" + "9" * 100, "malformed-date"),
        ("", "malformed-date"),
    ],
)
def test_what_is_no_day_is_named_and_never_completed(reading: Reading, noted: Noted, text: str, code: str) -> None:
    assert local_date(text, reading, "MedicationDispense/1", "MedicationDispense.whenHandedOver") is None
    assert noted() == [(code, "MedicationDispense.whenHandedOver")]
    assert reading.issues[0].missing == "MedicationDispense.whenHandedOver"
    assert reading.issues[0].message.isprintable()


def test_a_time_without_offset_is_taken_as_local_and_said(reading: Reading, noted: Noted) -> None:
    assert local_date("2026-01-01T23:30:00", reading, "r", "path") == date(2026, 1, 1)
    assert noted() == [("no-time-zone", "path")]
    assert reading.issues[0].missing is None


def test_no_date_is_no_problem(reading: Reading) -> None:
    assert local_date(None, reading, "r", "path") is None
    assert reading.issues == []
