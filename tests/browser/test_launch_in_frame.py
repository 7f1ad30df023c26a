"""The whole job in a real browser: from a click on a patient to resources on the FHIR server."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENT = "pruitt-walter"
CANARIES = ("Pruitt", "Walter", PATIENT)
ALLOW_THIRD_PARTY = {"block_third_party_cookies": False, "cookie_controls_mode": 0}
BLOCK_THIRD_PARTY = {"block_third_party_cookies": True, "cookie_controls_mode": 1}
BLOCK_EVERY_COOKIE_IN_THE_FRAME = {
    "content_settings": {"exceptions": {"cookies": {"127.0.0.1,localhost": {"setting": 2}}}}
}


def panel(page):
    """What the app shows in its frame."""
    return page.frame_locator("iframe[title=PickupDay]")


def open_chart(context, demo):
    """Click the patient in the EHR's list."""
    page = context.new_page()
    page.goto(demo.ehr.origin)
    page.get_by_role("link", name="Pruitt, Walter").click()
    return page


def opt_in(app):
    """Take the patient's agreement on the app's page and write."""
    app.get_by_label("In person").check()
    app.get_by_label("They have agreed to these words").check()
    app.get_by_role("button", name="Enrol and write the plan").click()
    expect(app.get_by_role("heading", level=1)).to_have_text("The patient is enrolled.")


def written(demo):
    return {kind: len(demo.held(kind, PATIENT)) for kind in ("Appointment", "CommunicationRequest", "Consent")}


@pytest.mark.parametrize("width", [1280, 400])
def test_a_click_on_a_patient_leads_to_a_written_plan(demo, open_browser, photograph, width):
    page = open_chart(open_browser(width=width), demo)
    app = panel(page)
    expect(app.get_by_role("heading", level=1)).to_contain_text("trips")
    photograph(page, f"chart-{width}")
    assert written(demo) == {"Appointment": 0, "CommunicationRequest": 0, "Consent": 0}
    opt_in(app)
    photograph(page, f"receipt-{width}")
    now = written(demo)
    assert now["Consent"] == 1
    assert now["Appointment"] == now["CommunicationRequest"] > 2
    receipt = app.get_by_role("region", name="Receipt").first.inner_text()
    for resource in demo.held("Appointment", PATIENT):
        assert f"Appointment/{resource['id']}" in receipt
    assert demo.held("Consent", PATIENT)[0]["status"] == "active"


def test_the_chart_opened_again_shows_the_enrolment(demo, open_browser):
    page = open_chart(open_browser(), demo)
    opt_in(panel(page))
    before = written(demo)
    page.reload()
    expect(panel(page).get_by_role("heading", name="Enrolled")).to_be_visible()
    assert written(demo) == before
    expect(page.locator("ul.visits li")).to_have_count(before["Appointment"])


def test_nothing_that_names_the_patient_is_in_the_app_s_addresses(demo, open_browser):
    page = open_chart(open_browser(), demo)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    opt_in(panel(page))
    page.reload()
    expect(panel(page).get_by_role("heading", name="Enrolled")).to_be_visible()
    ours = [address for address in asked if address.startswith(demo.app)]
    assert ours
    assert [address for address in ours if any(canary in address for canary in CANARIES)] == []


def unpartitioned_cookie_reaches_the_frame(context, demo):
    """Whether this browser sends a cookie without Partitioned from the frame."""
    cookie = {"name": "unpartitioned", "value": "1", "domain": "127.0.0.1", "path": "/"}
    context.add_cookies([{**cookie, "secure": True, "sameSite": "None"}])
    assert context.cookies()
    page = context.new_page()
    with page.expect_request(re.compile(f"^{re.escape(demo.app)}/launch")) as seen:
        page.goto(f"{demo.ehr.origin}/chart/{PATIENT}")
    reaches = "unpartitioned" in seen.value.all_headers().get("cookie", "")
    page.close()
    context.clear_cookies()
    return reaches


def test_where_third_party_cookies_are_blocked_the_app_still_runs_in_the_frame(demo, open_browser):
    assert unpartitioned_cookie_reaches_the_frame(open_browser(ALLOW_THIRD_PARTY), demo)
    context = open_browser(BLOCK_THIRD_PARTY)
    assert not unpartitioned_cookie_reaches_the_frame(context, demo)
    opt_in(panel(open_chart(context, demo)))
    assert written(demo)["Consent"] == 1


def test_a_browser_that_keeps_no_cookie_in_the_frame_is_led_to_a_window(demo, open_browser, photograph):
    context = open_browser(BLOCK_EVERY_COOKIE_IN_THE_FRAME)
    page = open_chart(context, demo)
    app = panel(page)
    expect(app.get_by_role("heading", level=1)).to_have_text("This browser keeps no cookie for PickupDay here")
    photograph(page, "no-cookies")
    with context.expect_page() as opened:
        app.get_by_role("link", name="Open PickupDay in a new window").click()
    window = opened.value
    expect(window.get_by_role("heading", level=1)).to_contain_text("trips")
    opt_in(window)
    assert written(demo)["Consent"] == 1


def test_a_standalone_launch_asks_for_the_patient(demo, open_browser, photograph):
    context = open_browser()
    page = context.new_page()
    page.goto(demo.ehr.origin)
    with context.expect_page() as opened:
        page.get_by_role("link", name="Start PickupDay by itself").click()
    window = opened.value
    window.get_by_label("Pruitt, Walter").check()
    photograph(window, "choose")
    window.get_by_role("button", name="Allow", exact=True).click()
    expect(window.get_by_role("heading", level=1)).to_contain_text("trips")


def test_the_app_says_so_when_access_is_denied(demo, open_browser):
    page = open_browser().new_page()
    page.goto(f"{demo.ehr.origin}/chart/{PATIENT}?fault=access-denied")
    expect(panel(page).get_by_role("heading", level=1)).not_to_contain_text("trips")
    assert "access_denied" in panel(page).locator("body").inner_text()


def test_without_write_access_the_plan_is_shown_and_nothing_can_be_written(demo, open_browser):
    page = open_browser().new_page()
    page.goto(f"{demo.ehr.origin}/chart/{PATIENT}?fault=narrower-scope")
    expect(panel(page).get_by_role("heading", level=1)).to_contain_text("trips")
    expect(panel(page).get_by_role("button", name="Enrol and write the plan")).to_have_count(0)


def test_a_slow_server_is_waited_for_in_the_frame(demo, open_browser):
    page = open_browser(java_script_enabled=False, width=400).new_page()
    page.goto(f"{demo.ehr.origin}/chart/{PATIENT}?fault=slow")
    expect(panel(page).get_by_role("heading", level=1)).to_have_text("Reading the chart")
    expect(panel(page).get_by_role("heading", level=1)).to_contain_text("trips")


def test_the_launcher_works_without_script_and_by_keyboard(demo, open_browser):
    page = open_browser(java_script_enabled=False).new_page()
    page.goto(demo.ehr.origin)
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.get_by_role("link", name="Pruitt, Walter").focus()
    page.keyboard.press("Enter")
    expect(panel(page).get_by_role("heading", level=1)).to_contain_text("trips")
    page.get_by_role("link", name="400 px").click()
    assert round(page.locator("section.app").bounding_box()["width"]) == 400
