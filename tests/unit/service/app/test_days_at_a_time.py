"""30 or 90 days at a time, chosen for each medicine: planned at once, written so, or said why it cannot be."""

from __future__ import annotations

import re

import pytest

from tests.app_in_memory import medicine, small_chart, words

LISINOPRIL = re.compile(r'name="fill_days\.(lisinopril[^"]*)" value="90"( checked)?')


@pytest.fixture
def page(make_world):
    """Lisinopril is prescribed for ninety days and filled monthly; metformin is prescribed for thirty."""
    chart = small_chart()
    request = medicine("lisinopril", "Lisinopril 10 MG Oral Tablet", 12)[0]
    units = request["dispenseRequest"]["quantity"] | {"value": 90}
    request["dispenseRequest"]["quantity"] = units
    chart = [request if one["id"] == "lisinopril" else one for one in chart]
    return make_world(chart=chart).browser().launch()


def test_each_medicine_says_what_is_possible_and_why_the_rest_is_not(page):
    assert len(LISINOPRIL.findall(page.answer.text)) == 1
    assert "Not 90 days: whether the payer takes more is not known" in page.words
    assert "30 days, as now" in page.words


def test_ninety_days_at_a_time_are_planned_shown_and_written(page):
    therapy = LISINOPRIL.findall(page.answer.text)[0][0]
    assert page.choose(**{f"fill_days.{therapy}": "90"}).status_code == 303
    again = page.again()
    assert LISINOPRIL.findall(again.answer.text) == [(therapy, " checked")]
    assert again.enrol().status_code == 200
    comments = " ".join(one["comment"] for one in page.browser.world.held("Appointment"))
    days = re.findall(r"- Lisinopril 10 MG Oral Tablet: \d+ tablets for (\d+) days", comments)
    assert max(map(int, days)) in (84, 90)  # three cycles of 28 days, or all that is prescribed


def test_it_can_be_undone(page):
    therapy = LISINOPRIL.findall(page.answer.text)[0][0]
    page.choose(**{f"fill_days.{therapy}": "90"})
    page.choose(undo="yes")
    assert LISINOPRIL.findall(page.again().answer.text) == [(therapy, "")]


def test_a_size_that_is_not_possible_is_not_followed_and_said_why(page):
    other = re.search(r'name="left_out" value="(metformin[^"]*)"', page.answer.text)[1]
    page.choose(**{f"fill_days.{other}": "90"})
    again = page.again()
    assert "These choices cannot be followed, the plan is made without them" in again.words
    assert "for 90 days: whether the payer takes more is not known" in again.words
    assert "The plan, visit by visit" in again.words


def test_what_is_no_size_at_all_is_no_choice(page):
    therapy = LISINOPRIL.findall(page.answer.text)[0][0]
    page.choose(**{f"fill_days.{therapy}": "400"})
    assert "Undo the last change" not in words(page.again().answer)
