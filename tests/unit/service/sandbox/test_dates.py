from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.sandbox.dates import as_shown, stretch


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-02", "2026-02-01", "2026-03-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2028-02-29", "2028-02-29", "2028-03-01"),
        ("2026-11-23T10:30", "2026-11-23T10:30", "2026-11-23T10:31"),
        ("2026-11-23T10:30:15Z", "2026-11-23T10:30:15", "2026-11-23T10:30:16"),
        ("2026-11-23T10:30:15.25Z", "2026-11-23T10:30:15.250", "2026-11-23T10:30:15.251"),
        ("2026-11-23T23:30:00-05:00", "2026-11-24T04:30:00", "2026-11-24T04:30:01"),
        ("2026-11-23T00:30:00+13:00", "2026-11-22T11:30:00", "2026-11-22T11:30:01"),
    ],
)
def test_a_date_covers_what_its_precision_says(text, low, high):
    assert stretch(text) == (moment(low), moment(high))


def test_as_shown_the_offset_does_not_matter():
    assert as_shown("2026-11-23T23:30:00-05:00") == stretch("2026-11-23T23:30:00Z")
    assert as_shown("2026-11-23") == stretch("2026-11-23")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26-11-23",
        "2026-1-1",
        "2026-13",
        "2026-02-30",
        "2026-11-23T25:00",
        "2026-11-23 10:00",
        "2026-11-23T10",
        "٢٠٢٦",
    ],
)
def test_what_is_no_date_is_not_guessed_at(text):
    with pytest.raises(ValueError, match=r".+"):
        stretch(text)


def test_the_last_month_that_can_be_written_has_an_end():
    assert stretch("9999-12-31T23:59:59Z").high == stretch("9999-12").high
