"""The handout in a real browser: in the frame of the EHR, on a narrow panel, and on paper."""

from __future__ import annotations

import pypdfium2
import pytest
from playwright.sync_api import expect

from tests.browser.test_launch_in_frame import open_chart, opt_in, panel

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def frame_of(page):
    """The app's frame itself, for what only a frame can be asked."""
    (frame,) = (one for one in page.frames if one != page.main_frame)
    return frame


@pytest.mark.parametrize("width", [1280, 400])
def test_a_preview_is_handed_out_in_the_frame_and_leads_back(demo, open_browser, photograph, width):
    page = open_chart(open_browser(width=width), demo)
    app = panel(page)
    app.get_by_role("link", name="Handout for the patient").click()
    expect(app.get_by_role("heading", level=1)).to_have_text("Your medicine pickup days")
    expect(app.get_by_text("Not agreed yet.")).to_be_visible()
    photograph(page, f"handout-{width}")
    assert frame_of(page).evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    with page.expect_download() as download:
        app.get_by_role("link", name="PDF to print").click()
    assert download.value.suggested_filename == "pickup-days.pdf"
    assert len(pypdfium2.PdfDocument(download.value.path())) >= 1
    app.get_by_role("link", name="Back to the patient").click()
    expect(app.get_by_role("heading", name="Opt in")).to_be_visible()


def test_paper_gets_no_tools_and_full_circles(demo, open_browser):
    page = open_chart(open_browser(), demo)
    app = panel(page)
    app.get_by_role("link", name="Handout for the patient").click()
    expect(app.get_by_role("navigation", name="Not printed")).to_be_visible()
    page.emulate_media(media="print")
    expect(app.locator("nav.tools")).to_be_hidden()
    full = app.locator("td.pickup b").first
    assert full.evaluate("one => getComputedStyle(one).printColorAdjust") == "exact"


def test_only_the_chosen_words_and_whoever_agreed_are_asked_for(demo, open_browser):
    app = panel(open_chart(open_browser(width=400), demo))
    expect(app.get_by_label("The words in English")).to_be_visible()
    expect(app.get_by_label("The words in Spanish")).to_be_hidden()
    expect(app.get_by_label("To the patient they are")).to_be_hidden()
    app.get_by_role("radio", name="Spanish").check()
    app.get_by_role("radio", name="Somebody for the patient").check()
    expect(app.get_by_label("The words in Spanish")).to_be_visible()
    expect(app.get_by_label("To the patient they are")).to_be_visible()


def test_the_receipt_offers_the_way_back(demo, open_browser):
    app = panel(open_chart(open_browser(), demo))
    opt_in(app)
    app.get_by_label("The patient wants to leave").check()
    app.get_by_role("button", name="End the enrolment").click()
    expect(app.get_by_role("heading", level=1)).to_contain_text("The patient has left.")
    assert [one["status"] for one in demo.held("DocumentReference", "pruitt-walter")] == ["superseded"]
