"""The calls as they were asked for: chosen on the page, written, read back, and undone."""

from __future__ import annotations

from base64 import b64decode

import pytest

from tests.app_in_memory import medicine, small_chart, words

NUMBERS = [
    {"system": "phone", "value": "518-555-0101", "use": "mobile", "rank": 1},
    {"system": "phone", "value": "518-555-0102", "use": "work"},
]


def chart(language="en"):
    patient, *rest = small_chart()
    return [patient | {"telecom": NUMBERS, "communication": [{"language": {"coding": [{"code": language}]}}]}, *rest]


@pytest.fixture
def page(make_world):
    """The page of a patient with two numbers, at a pharmacy that is open from nine to six."""
    return make_world(chart=chart()).browser().launch()


ASKED = {"call_window": "morning", "call_phone": "518-555-0102", "language": "es"}


def ahead(page):
    return [one for one in page.browser.world.held("CommunicationRequest") if one["status"] == "active"]


def test_the_numbers_of_the_chart_and_the_hours_of_the_programme_are_offered(page):
    assert "518-555-0101 (mobile), as in the chart" in page.words
    assert "518-555-0102 (work)" in page.words
    assert "morning, 9:00 to 12:00" in page.words
    assert "any time it is open; 518-555-0101 (mobile), as in the chart; in English" in page.words


def test_what_was_asked_is_shown_written_and_read_back(page):
    assert page.choose(**ASKED).status_code == 303
    again = page.again()
    assert "The calls go to 518-555-0102 in Spanish, with the script in Spanish too: 9:00 to 12:00." in again.words
    receipt = again.enrol()
    assert "9:00 to 12:00. Phone: 518-555-0102. Language: Spanish." in words(receipt)
    for call in ahead(page):
        assert call["occurrencePeriod"]["start"][10:] == "T09:00:00+00:00"
        assert call["note"] == [{"text": "Phone: 518-555-0102. Language: Spanish."}]
        assert b64decode(call["payload"][1]["contentAttachment"]["data"]).decode().startswith("Llamada para confirmar")
    assert ahead(page)
    assert "Call: 9:00 to 12:00. Phone: 518-555-0102. Language: Spanish." in page.again().words


def test_the_handout_in_the_chart_has_the_language_that_was_chosen(page):
    page.choose(**ASKED)
    page.again().enrol(language="en")
    (document,) = page.browser.world.held("DocumentReference")
    assert document["content"][0]["attachment"]["language"] == "es"
    assert "Sus días para recoger medicinas" in words(page.browser.get(page.url + "handout"))


def test_wishes_survive_another_choice_and_can_be_undone(page):
    page.choose(**ASKED)
    page.choose(**ASKED, weekday="3")
    assert "The calls go to 518-555-0102 in Spanish" in page.again().words
    page.choose(undo="yes")
    page.choose(undo="yes")
    assert "The calls go to the number in the chart in English: any time the pharmacy is open." in page.again().words


def test_a_number_that_the_chart_lacks_is_taken_and_stands_in_its_field(page):
    page.choose(call_number=" +1 (518)  555-0199 ")
    again = page.again()
    assert 'name="call_number" type="tel" value="+1 (518) 555-0199"' in again.answer.text
    again.enrol()
    assert ahead(page)[0]["note"] == [{"text": "Phone: +1 (518) 555-0199."}]


def test_a_number_of_the_chart_goes_before_one_that_only_still_stands_in_its_field(page):
    page.choose(call_number="555-0199")
    page.choose(call_number="555-0199", call_phone="518-555-0102")
    assert "The calls go to 518-555-0102" in page.again().words


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"call_number": "ask my daughter"}, "That is no phone number: write digits"),
        ({"call_number": "12"}, "That is no phone number: write digits"),
        ({"call_window": "midnight"}, "A call can be wanted in the morning, afternoon, evening, or at any time."),
        ({"language": "<b>"}, "Choose one of the languages."),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(page, fields, sentence):
    answer = page.choose(**fields)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert "Undo the last change" not in page.again().words


def test_wishes_changed_in_another_window_are_not_written_unseen(page):
    shown = page.fields["shown"]
    page.choose(**ASKED)
    page.again()
    assert page.enrol(shown=shown).status_code == 409
    assert page.browser.world.held("CommunicationRequest") == []


def test_after_a_chart_that_changed_the_wishes_still_stand_and_are_written(page):
    page.choose(**ASKED)
    shown = page.again()
    store = page.browser.world.ehr.store
    with store.transaction():
        new = medicine("amlodipine", "Amlodipine 5 MG Oral Tablet", 5)[0]
        store.add("MedicationRequest", "amlodipine", new, page.browser.world.ehr.authority.now())
    answer = shown.enrol()
    assert answer.status_code == 409
    assert "The calls go to 518-555-0102 in Spanish" in words(answer)
    shown.answer = answer
    assert shown.enrol().status_code == 200
    assert ahead(page)[0]["note"] == [{"text": "Phone: 518-555-0102. Language: Spanish."}]


def test_a_patient_who_speaks_spanish_is_called_in_spanish_unasked(make_world):
    page = make_world(chart=chart("es")).browser().launch()
    assert "in Spanish" in page.words
    page.enrol()
    assert ahead(page)[0]["note"] == [{"text": "Language: Spanish."}]


def test_numbers_stand_in_no_address_and_no_log(page, caplog):
    page.choose(**ASKED)
    page.choose(call_number="518-555-0177")
    page.again().enrol()
    assert not [path for path in page.browser.network.paths("pickupday.example") if "555" in path]
    assert "555-01" not in caplog.text
