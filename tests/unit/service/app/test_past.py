"""The past year lived again: on a page of its own, asked for by a link."""

from __future__ import annotations

import re

from tests.app_in_memory import day, medicine, small_chart, words


def get(page):
    return page.browser.get(page.url + "past")


def long_history():
    """A year of monthly fills of two medicines, each on its own day."""
    chart = small_chart()
    for name, last in (("metformin", 19), ("lisinopril", 12)):
        first = medicine(name, "", last)[1]
        kept = next(one for one in chart if one.get("id") == f"{name}-0")
        chart += [
            kept | {"id": f"{name}-{number}", "whenHandedOver": day(-last - 30 * number)} for number in range(3, 12)
        ]
        assert first["id"] == kept["id"]
    return chart


def test_the_page_links_to_the_past_year_and_does_not_live_it_itself(make_world):
    page = make_world(chart=long_history()).browser().launch()
    assert "What the past year would have looked like" in page.words
    assert "In the past" not in page.words


def test_the_past_year_is_said_and_shown_in_figures(make_world):
    page = make_world(chart=long_history()).browser().launch()
    answer = get(page)
    assert answer.status_code == 200
    assert re.search(r"In the past \d+ days 2 medicines took \d+ trips", words(answer))
    assert "Every pickup is kept" in words(answer)
    trips = re.search(r"Trips</th><td>(\d+)</td><td>(\d+)</td><td>(\d+)</td>", answer.text)
    assert trips is not None
    assert int(trips[2]) < int(trips[1])
    assert "Calls As it was" not in words(answer)
    assert "not known" in words(answer)


def test_a_history_that_is_too_short_says_why_there_is_nothing(world):
    page = world.browser().launch()
    answer = get(page)
    assert "No back-test: " in words(answer)
    assert "<table>" not in answer.text
    assert "Back to the patient" in words(answer)


def test_another_browser_gets_nothing(make_world):
    page = make_world().browser().launch()
    assert page.browser.world.browser().get(page.url + "past").status_code != 200
