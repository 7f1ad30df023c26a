"""Phone numbers of patients and pharmacies."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pickupday.history import Phone


def phones(charts: Any, telecom: Any) -> Any:
    return charts.read(charts.patient(telecom=telecom), charts.request()).history.patient.phones


def test_numbers_come_by_rank_with_their_use(charts: Any) -> None:
    assert phones(
        charts,
        [
            {"system": "phone", "value": "555-0102", "use": "home"},
            {"system": "phone", "value": "555-0101", "use": "mobile", "rank": 1},
            {"system": "phone", "value": "tel:+1-518-555-0103"},
        ],
    ) == (Phone("555-0101", "mobile"), Phone("555-0102", "home"), Phone("+1-518-555-0103"))


@pytest.mark.parametrize(
    "telecom",
    [
        [{"system": "email", "value": "rosa@example.org"}],
        [{"system": "phone", "value": "555-0100", "use": "old"}],
        [{"system": "phone", "value": "ask the daughter"}],
        [{"system": "phone"}],
        [{"value": "555-0100"}],
        [],
        None,
    ],
)
def test_what_is_no_number_in_use_is_none(charts: Any, telecom: Any) -> None:
    assert phones(charts, telecom) == ()


def test_the_same_number_counts_once_and_control_characters_are_dropped(charts: Any) -> None:
    twice = [{"system": "phone", "value": "555-0100\u202e"}, {"system": "phone", "value": "555-0100", "use": "home"}]
    assert phones(charts, twice) == (Phone("555-0100"),)


def test_the_last_day_of_a_number_is_kept_where_it_is_a_day(charts: Any) -> None:
    ending = [
        {"system": "phone", "value": "555-0100", "period": {"end": "2026-11-01T10:00:00Z"}},
        {"system": "phone", "value": "555-0101", "period": {"end": "2027"}},
    ]
    assert [one.until for one in phones(charts, ending)] == [date(2026, 11, 1), None]


def test_a_telecom_that_is_no_list_costs_nothing_else(charts: Any) -> None:
    read = charts.read(charts.patient(telecom="555-0100", gender="female"), charts.request()).history
    assert (read.patient.phones, read.patient.gender) == ((), "female")


def test_the_number_of_a_pharmacy_is_kept_under_its_key(charts: Any) -> None:
    telecom = [{"system": "fax", "value": "555-0111"}, {"system": "phone", "value": "555-0110"}]
    pharmacy = {"resourceType": "Organization", "id": "corner", "name": "Corner Pharmacy", "telecom": telecom}
    history = charts.read(charts.patient(), charts.request(), pharmacy).history
    assert (history.places["Organization/corner"], history.numbers) == (
        "Corner Pharmacy",
        {"Organization/corner": "555-0110"},
    )


def test_a_contained_pharmacy_has_its_number_too(charts: Any) -> None:
    inner = {"resourceType": "Organization", "id": "o", "name": "Inner", "telecom": [{"system": "phone", "value": "1"}]}
    history = charts.read(charts.patient(), charts.request(contained=[inner])).history
    assert list(history.numbers.values()) == ["1"]
