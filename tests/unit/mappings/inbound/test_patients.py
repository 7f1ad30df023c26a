from datetime import date
from typing import Any

import pytest

from pickupday.history import InpatientStay


def person(charts: Any, **fields: Any) -> Any:
    return charts.read(charts.patient(**fields), charts.request()).history.patient


def test_the_person_is_taken_over(charts: Any) -> None:
    read = person(
        charts,
        name=[{"use": "old", "text": "Rosa Maiden"}, {"use": "official", "given": ["Rosa", "M."], "family": "Delgado"}],
        gender="female",
        birthDate="1950-02-03",
        address=[{"use": "old", "state": "CA"}, {"use": "home", "state": "ny", "country": "US"}],
        communication=[
            {"language": {"coding": [{"code": "en"}]}},
            {"language": {"coding": [{"code": "es"}]}, "preferred": True},
        ],
    )
    assert (read.key, read.name, read.gender) == ("Patient/p", "Rosa M. Delgado", "female")
    assert (read.birth_date, read.state, read.language) == (date(1950, 2, 3), "NY", "es")
    assert read.do_not_plan is None


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([{"use": "nickname", "text": "Rosie"}, {"text": "Rosa Delgado"}], "Rosa Delgado"),
        ([{"use": "official"}, {"use": "usual", "text": "Rosa\x1b[31m\u202e"}], "Rosa[31m"),
        ([{"use": "maiden", "text": "Rosa"}], None),
        (None, None),
    ],
)
def test_the_name_is_the_official_or_usual_one_and_safe_to_print(charts: Any, names: Any, shown: str | None) -> None:
    assert person(charts, name=names).name == shown


@pytest.mark.parametrize(
    ("addresses", "state"),
    [
        ([{"state": "US-TX"}], "TX"),
        ([{"state": "Texas"}], None),
        ([{"state": "BY", "country": "DE"}], None),
        ([{"use": "work", "state": "NJ"}, {"use": "home", "state": "NY"}], "NY"),
        ([{"use": "billing", "state": "NJ"}], None),
        ([{}], None),
        (None, None),
    ],
)
def test_the_state_is_the_two_letter_one_of_the_home_address(charts: Any, addresses: Any, state: str | None) -> None:
    assert person(charts, address=addresses).state == state


def test_the_language_falls_back_to_that_of_the_record(charts: Any) -> None:
    spoken = [{"preferred": True}, {"language": {"coding": [{}]}}, {"language": {"text": "Spanish"}}]
    assert person(charts, communication=spoken, language="en-US").language == "en-US"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"deceasedBoolean": True}, "deceased"),
        ({"deceasedDateTime": "2020"}, "deceased"),
        ({"active": False}, "the patient record is inactive"),
        (
            {"link": [{"type": "seealso"}, {"type": "replaced-by", "other": {"reference": "Patient/new"}}]},
            "the patient record is replaced by Patient/new",
        ),
        ({"link": [{"type": "replaced-by"}]}, "the patient record is replaced by another one"),
        ({"modifierExtension": [{"url": "u"}]}, "the patient record has a modifier that is not understood"),
        ({"implicitRules": "u"}, "the patient record has a modifier that is not understood"),
        (
            {"deceasedBoolean": "maybe"},
            "the patient record cannot be read (malformed: Patient.deceasedBoolean)",
        ),
        ({"deceasedBoolean": False, "name": "Rosa"}, None),
    ],
)
def test_who_must_not_be_planned_for_is_said_with_the_reason(
    charts: Any, fields: dict[str, Any], reason: str | None
) -> None:
    assert person(charts, **fields).do_not_plan == reason


def stays(charts: Any, **fields: Any) -> Any:
    encounter = {
        "resourceType": "Encounter",
        "id": "e",
        "status": "finished",
        "class": {"code": "IMP"},
        "subject": {"reference": "Patient/p"},
        **fields,
    }
    return charts.read(encounter)


@pytest.mark.parametrize("code", ["IMP", "ACUTE", "NONAC"])
def test_a_hospital_stay_is_both_days_inclusive(charts: Any, code: str) -> None:
    period = {"start": "2026-01-01T20:00:00-05:00", "end": "2026-01-05"}
    chart = stays(charts, **{"class": {"code": code}, "period": period})
    assert chart.history.stays == (InpatientStay("Encounter/e", date(2026, 1, 1), date(2026, 1, 5)),)


def test_a_stay_without_end_goes_on(charts: Any) -> None:
    assert stays(charts, period={"start": "2026-01-01"}).history.stays[0].end is None


@pytest.mark.parametrize(
    "fields", [{"class": {"code": "AMB"}}, {"class": None}, {"status": "cancelled"}, {"status": "planned"}]
)
def test_visits_and_stays_that_did_not_happen_are_none(charts: Any, fields: dict[str, Any]) -> None:
    chart = stays(charts, period={"start": "2026-01-01"}, **fields)
    assert chart.history.stays == ()
    assert charts.codes(chart) == []


@pytest.mark.parametrize("period", [None, {}, {"end": "2026-01-01"}, {"start": "2026-01-05", "end": "2026-01-01"}])
def test_a_stay_without_usable_dates_is_an_issue(charts: Any, period: Any) -> None:
    chart = stays(charts, period=period)
    assert chart.history.stays == ()
    assert charts.codes(chart) == ["stay-without-dates"]
