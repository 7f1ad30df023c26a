"""Every state of every page, looked at by axe-core and by the keyboard, in each width and colour people use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from starlette.routing import compile_path

from service.app import _routes
from service.routes.pages import TEMPLATES
from tests.browser.house import PATIENCE, STATES, House, open_house, unfold
from tests.browser.program import browser_program

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8") if browser_program() else ""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
LOOKS = {
    "panel": {"width": 400},
    "panel, dark": {"width": 400, "color_scheme": "dark"},
    "panel, forced colours": {"width": 400, "forced_colors": "active"},
    "tablet": {"width": 768},
    "desktop": {"width": 1280},
}
HEAVIEST = 150_000  # bytes of one page with its style sheets and scripts
ALL_FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"

FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  return {
    what: one.outerHTML.slice(0, 80),
    outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    body: one === document.body,
    place: [...document.querySelectorAll('*')].indexOf(one),
  };
}"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("charts")) as house:
        yield house


def look_at(page: Page, *, width: int, color_scheme: str = "light", forced_colors: str = "none") -> list[str]:
    """What axe-core finds there, one line for each thing."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=color_scheme, forced_colors=forced_colors, reduced_motion="reduce")  # type: ignore[arg-type]
    page.evaluate(AXE)
    found = page.evaluate(f"axe.run(document, {json.dumps(RULES)})")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_accessible_at_every_width_and_in_every_colour(house: House, name: str, photograph: Any) -> None:
    page = house.reach(STATES[name])
    try:
        found = {look: look_at(page, **how) for look, how in LOOKS.items()}
        assert {look: lines for look, lines in found.items() if lines} == {}
        page.emulate_media(color_scheme="light", forced_colors="none")
        page.set_viewport_size({"width": 320, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, "it scrolls sideways at 320 px"
        page.set_viewport_size({"width": 400, "height": 900})
        photograph(page, f"{name}-400")
        page.set_viewport_size({"width": 1280, "height": 900})
        photograph(page, f"{name}-1280")
    finally:
        page.close()


@pytest.mark.parametrize("name", ["plan", "enrolled-receipt", "home", "session-over"])
def test_the_keyboard_comes_by_everything_in_order_and_one_sees_where_it_is(house: House, name: str) -> None:
    page = house.reach(STATES[name])
    try:
        wanted = page.evaluate(
            f"""() => [...document.querySelectorAll({json.dumps(ALL_FOCUSABLE)})]
                .filter(one => one.checkVisibility() && one.tabIndex >= 0 && !one.disabled
                    && !(one.type === 'radio' && !one.checked)).length"""
        )
        tops, unseen = [], []
        page.evaluate("document.activeElement?.blur()")
        for _ in range(wanted):
            page.keyboard.press("Tab")
            here = page.evaluate(FOCUSED)
            assert not here["body"], "the keyboard fell off the page before its end"
            tops.append(here["place"])
            unseen += [] if here["outline"] else [here["what"]]
        assert tops == sorted(tops)
        assert unseen == []
    finally:
        page.close()


def test_a_change_plans_again_at_once_keeps_the_place_and_is_announced(house: House) -> None:
    page = house.reach(STATES["plan"])
    try:
        page.evaluate("window.here = 'the same page'")
        status = page.locator("body > [role=status]")
        unfold(page, "Weekdays that suit")
        tuesday = page.get_by_label("Tuesday")
        tuesday.check()
        expect(status).to_contain_text("trips")
        expect(page.get_by_label("Tuesday")).to_be_checked()
        expect(page.get_by_label("Tuesday")).to_be_focused()
        page.get_by_role("button", name="Undo the last change").click()
        expect(page.get_by_role("button", name="Undo the last change")).to_have_count(0)
        assert page.evaluate("window.here") == "the same page"
    finally:
        page.close()


def test_another_programme_keeps_open_what_was_open(house: House) -> None:
    page = house.reach({"patient": "freeman-otis", "shows": "The pharmacy"})
    try:
        for summary in ("Choose another programme", "The calls"):
            unfold(page, summary)
        page.get_by_role("radio", name="independent").check()
        expect(page.locator("#choices")).to_contain_text("Undo the last change")
        opened = page.locator("section[aria-labelledby=programme] > details")
        assert opened.evaluate_all("all => all.map(one => one.open)") == [True, True]
        assert page.get_by_role("radio", name="independent").is_checked()
        assert page.evaluate("document.activeElement.value") == "independent"
    finally:
        page.close()


def test_the_arrow_keys_tell_the_facts_behind_each_mark(house: House) -> None:
    page = house.reach(STATES["plan"])
    try:
        row = page.locator("#timeline-after [data-row]").first
        row.focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator(".drawn.after .facts")).to_contain_text("filled for")
        page.keyboard.press("ArrowDown")
        expect(page.locator("#timeline-after [data-row]").nth(1)).to_be_focused()
    finally:
        page.close()


def test_at_twice_the_size_nothing_is_cut_off(house: House) -> None:
    page = house.reach(STATES["plan"])
    try:
        page.set_viewport_size({"width": 640, "height": 450})  # 1280 px at 200 %
        assert page.evaluate("document.documentElement.scrollWidth") <= 640
    finally:
        page.close()


def test_the_page_is_light(house: House) -> None:
    page = house.context.new_page()
    weights: dict[str, int] = {}
    page.on(
        "response",
        lambda answer: (
            weights.update({answer.url: len(answer.body())}) if answer.url.startswith(house.app) and answer.ok else None
        ),
    )
    try:
        house.launch(page, STATES["plan"])
        expect(page.locator("main")).to_contain_text("The plan, visit by visit")
        page.wait_for_load_state("networkidle")
        assert sum(weights.values()) <= HEAVIEST, weights.values()
    finally:
        page.close()


def test_a_patient_is_enrolled_without_any_script(house: House) -> None:
    context = house.context.browser.new_context(java_script_enabled=False, viewport={"width": 400, "height": 900})  # type: ignore[union-attr]
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        house.launch(page, {"patient": "brooks-imani"})
        unfold(page, "Weekdays that suit")
        page.get_by_label("Wednesday").check()
        page.get_by_role("button", name="Plan again").last.click()
        expect(page.get_by_label("Wednesday")).to_be_checked()
        page.get_by_label("in person").check()
        page.get_by_label("They have agreed").check()
        page.get_by_role("button", name="Enrol and write the plan").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("The patient is enrolled.")
    finally:
        context.close()


def test_a_slow_server_is_waited_for_without_any_script(house: House) -> None:
    context = house.context.browser.new_context(java_script_enabled=False, viewport={"width": 400, "height": 900})  # type: ignore[union-attr]
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        house.launch(page, {"patient": "one-medicine", "faults": ["slow"]})
        expect(page.get_by_role("heading", level=1)).to_have_text("Reading the chart")
        expect(page.get_by_role("status")).to_contain_text("Nothing is written meanwhile.")
        expect(page.get_by_role("heading", name="The plan, visit by visit")).to_be_visible()  # by itself
    finally:
        context.close()


def test_a_change_on_a_slow_server_keeps_the_page_until_the_plan_is_there(house: House) -> None:
    page = house.context.new_page()
    try:
        house.launch(page, {"patient": "one-medicine", "faults": ["slow"]})
        unfold(page, "Weekdays that suit")
        page.evaluate("window.here = 'the same page'")
        status = page.locator("body > [role=status]")
        page.get_by_label("Tuesday").check()
        expect(status).to_have_text("Reading the chart")
        expect(status).to_contain_text("trip")
        expect(page.get_by_label("Tuesday")).to_be_checked()
        assert page.evaluate("window.here") == "the same page"
    finally:
        page.close()


def test_no_template_and_no_address_is_without_a_state(house: House) -> None:
    """Last in this file: what the states before it have reached."""
    if len(house.drawn) < 3:
        pytest.skip("the states did not run before")
    templates = {path.name for path in TEMPLATES.glob("*.html")} - {"base.html", "macros.html", "enrolment.html"}
    assert sorted(templates - house.drawn) == []
    machine = {  # files, keys and redirects: nothing to look at
        "/.well-known/jwks.json", "/healthz", "/callback/{site}", "/launch/framed/{note}", "/launch/window/{note}",
        "/launch/standalone", "/l/{launch}/handout.pdf", "/l/{launch}/pickups.ics", "/l/{launch}/enrolment.json",
    }  # fmt: skip
    paths = {re.sub(r"[?#].*", "", url.removeprefix(house.app)) for _, url in house.asked if url.startswith(house.app)}
    missed = [
        route.path  # type: ignore[attr-defined]
        for route in _routes()
        if hasattr(route, "endpoint")
        and route.path not in machine  # type: ignore[attr-defined]
        and not any(compile_path(route.path)[0].match(path) for path in paths)  # type: ignore[attr-defined]
    ]
    assert missed == []
