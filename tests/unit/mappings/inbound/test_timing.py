from fractions import Fraction
from typing import Any

import msgspec
import pytest

from mappings.inbound.models import Timing
from mappings.inbound.timing import Frequency, frequency_of


def of(timing: dict[str, Any]) -> Frequency:
    return frequency_of(msgspec.convert(timing, Timing))


@pytest.mark.parametrize(
    ("repeat", "per_day"),
    [
        ({"frequency": 2, "period": 1, "periodUnit": "d"}, "2"),
        ({"frequency": 1, "period": 6, "periodUnit": "h"}, "4"),
        ({"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"}, "6"),
        ({"frequency": 2, "frequencyMax": 3, "period": 1, "periodUnit": "d"}, "3"),
        ({"frequency": 1, "period": 1, "periodUnit": "wk"}, "1/7"),
        ({"frequency": 1, "period": 1, "periodUnit": "mo"}, "1/30"),
        ({"frequency": 1, "period": 1, "periodUnit": "a"}, "1/365"),
        ({"period": 2, "periodUnit": "d"}, "1/2"),
        ({"frequency": 1, "period": 1440, "periodUnit": "min"}, "1"),
        ({"frequency": 1, "period": 43200, "periodUnit": "s"}, "2"),
        ({"timeOfDay": ["08:00:00", "20:00:00"]}, "2"),
        ({"when": ["MORN", "HS"]}, "2"),
        ({"frequency": 2, "period": 1, "periodUnit": "d", "when": ["MORN", "EVE"]}, "2"),
        ({"frequency": 3, "period": 1, "periodUnit": "d", "when": ["PC"]}, "3"),
        ({"frequency": 1, "period": 1, "periodUnit": "wk", "when": ["HS"]}, "1/7"),
        ({"dayOfWeek": ["mon", "wed", "fri"]}, "3/7"),
        ({"dayOfWeek": ["mon", "wed"], "timeOfDay": ["08:00:00", "20:00:00"]}, "4/7"),
        ({"frequency": 4, "period": 1, "periodUnit": "d", "dayOfWeek": ["mon"]}, "4/7"),
        ({"frequency": 3, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "wed", "fri"]}, "3/7"),
    ],
)
def test_a_repeat_gives_doses_a_day(repeat: dict[str, Any], per_day: str) -> None:
    assert of({"repeat": repeat}) == Frequency(Fraction(per_day), "structured dosage")


@pytest.mark.parametrize(
    ("repeat", "missing"),
    [
        ({}, "timing.repeat"),
        ({"boundsPeriod": {"start": "2020-01-01"}}, "timing.repeat"),
        ({"frequency": 2}, "timing.repeat.period"),
        ({"frequency": 2, "period": 0, "periodUnit": "d"}, "timing.repeat.period"),
        ({"frequency": 2, "period": "NaN", "periodUnit": "d"}, "timing.repeat.period"),
        ({"frequency": 2, "period": 1}, "timing.repeat.periodUnit"),
        ({"frequency": 2, "period": 1, "periodUnit": "fortnight"}, "timing.repeat.periodUnit"),
        ({"frequency": 0, "period": 1, "periodUnit": "d"}, "timing.repeat.frequency"),
        ({"frequency": 99, "period": 1, "periodUnit": "h"}, "timing.repeat (impossibly frequent)"),
        ({"when": ["AC"]}, "timing.repeat"),
        ({"when": ["SOMETIMES"]}, "timing.repeat.when"),
        ({"dayOfWeek": ["someday"]}, "timing.repeat.dayOfWeek"),
        ({"when": ["MORN"], "timeOfDay": ["08:00:00", "20:00:00"]}, "timing.repeat (timeOfDay and when disagree)"),
        (
            {"frequency": 1, "period": 1, "periodUnit": "d", "when": ["MORN", "EVE"]},
            "timing.repeat (frequency and times of day disagree)",
        ),
        (
            {"frequency": 1, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "wed"]},
            "timing.repeat (frequency and dayOfWeek disagree)",
        ),
    ],
)
def test_what_is_open_or_contradicts_itself_is_named(repeat: dict[str, Any], missing: str) -> None:
    found = of({"repeat": repeat})
    assert (found.per_day, found.source, found.missing) == (None, None, missing)


@pytest.mark.parametrize(
    ("repeat", "unusable"),
    [
        ({"frequency": 1}, False),
        ({"frequency": 1, "period": 1}, False),
        ({"when": ["MORN"], "timeOfDay": ["08:00", "20:00"]}, False),
        ({"frequency": 1, "period": -1, "periodUnit": "d"}, True),
        ({"frequency": 1, "period": 0, "periodUnit": "d"}, True),
        ({"frequency": 1, "period": 1, "periodUnit": "fortnight"}, True),
        ({"frequency": -1, "period": 1, "periodUnit": "d"}, True),
        ({"frequency": 100, "period": 1, "periodUnit": "h"}, True),
        ({"when": ["SOMETIMES"]}, True),
        ({"dayOfWeek": ["funday"]}, True),
    ],
)
def test_what_is_there_and_cannot_be_is_told_from_what_is_not_there(repeat: dict[str, Any], unusable: bool) -> None:
    assert of({"repeat": repeat}).unusable is unusable


def test_an_impossible_timing_is_noted_even_where_the_sig_says_what_is_meant(charts: Any) -> None:
    dosage = {
        "text": "1 tab daily",
        "timing": {"repeat": {"frequency": 1, "period": -1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}],
    }
    chart = charts.read(charts.request(dosageInstruction=[dosage]))
    assert chart.history.prescriptions[0].daily_use_source == "parsed sig"
    assert [(issue.code, issue.path) for issue in chart.issues[:1]] == [
        ("timing-unusable", "MedicationRequest.dosageInstruction[0].timing.repeat.period")
    ]


@pytest.mark.parametrize(
    ("code", "per_day", "source"),
    [
        ({"coding": [{"code": "BID"}]}, "2", "timing code BID"),
        ({"coding": [{"code": "qam"}]}, "1", "timing code qam"),
        ({"coding": [{"code": "Q6H"}]}, "4", "timing code Q6H"),
        ({"coding": [{"code": "QOD"}]}, "1/2", "timing code QOD"),
        ({"coding": [{"system": "http://snomed.info/sct", "code": "229799001"}]}, "2", "timing code 229799001"),
        ({"coding": [{"code": "local-7", "display": "3 times a day"}]}, "3", "timing code text"),
        ({"text": "every 8 hours"}, "3", "timing code text"),
    ],
)
def test_a_timing_code_gives_doses_a_day(code: dict[str, Any], per_day: str, source: str) -> None:
    assert of({"code": code}) == Frequency(Fraction(per_day), source)


def test_no_timing_and_an_unknown_code_name_what_is_missing() -> None:
    assert frequency_of(None) == Frequency(None, missing="timing")
    assert of({"code": {"text": "when the moon is full"}}) == Frequency(None, missing="timing.repeat")


def test_code_and_repeat_must_agree() -> None:
    twice = {"frequency": 2, "period": 1, "periodUnit": "d"}
    assert of({"repeat": twice, "code": {"text": "BID"}}).per_day == 2
    assert of({"repeat": twice, "code": {"text": "TID"}}) == Frequency(
        None, missing="timing (repeat and code disagree)"
    )


def test_the_code_says_how_often_where_the_repeat_only_bounds_the_time() -> None:
    assert of({"repeat": {"boundsPeriod": {"start": "2020-01-01"}}, "code": {"text": "BID"}}).per_day == 2


def test_a_repeat_that_cannot_be_read_is_not_replaced_by_the_code() -> None:
    assert of({"repeat": {"frequency": 2}, "code": {"text": "BID"}}).missing == "timing.repeat.period"
