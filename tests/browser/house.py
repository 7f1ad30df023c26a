"""The demo's EHR and app with one browser, and how each state of states.toml is reached."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from service import clock
from service.cli.demo_app import CLIENT, running_app
from service.cli.demo_charts import chart_files, stories
from service.routes.pages import Pages
from service.sandbox.ehr import Ehr
from service.sandbox.faults import Fault
from service.sandbox.serve import running_ehr
from service.sites.file import DEFAULT_SCOPES
from tests.browser.charts import write_charts
from tests.browser.program import browser_program

STATES: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("states.toml").read_text("utf-8"))
PATIENCE = 60_000
ZONE = ZoneInfo("America/New_York")


@dataclass
class House:
    """The EHR, the app and one browser for all states, and what was reached."""

    ehr: Ehr
    app: str
    context: BrowserContext
    drawn: set[str] = field(default_factory=set)
    asked: set[tuple[str, str]] = field(default_factory=set)

    def reach(self, state: dict[str, Any]) -> Page:
        """Go to a state as its lines say."""
        page = self.context.new_page()
        page.on("request", lambda request: self.asked.add((request.method, request.url)))
        if template := state.get("template"):
            page.goto(f"{self.app}/")
            page.set_content(Pages().answer(template, **state["values"]).body.decode())
        elif at := state.get("at"):
            page.goto(self.app + at)
        else:
            self.launch(page, state)
        for step in state.get("steps", ()):
            self._take(page, step)
        expect(page.locator("main")).to_contain_text(state["shows"])
        page.wait_for_load_state("load")
        return page

    def launch(self, page: Page, state: dict[str, Any]) -> None:
        """Start the app from the patient's chart, with the faults and the access that the state names."""
        withheld = state.get("withheld", ())
        scopes = [one for one in DEFAULT_SCOPES if not one.partition("/")[2].startswith(tuple(withheld) or "-")]
        client = self.ehr.authority.clients[CLIENT]
        self.ehr.register(replace(client, scopes=" ".join(("launch", *scopes))))
        context = self.ehr.context(state["patient"], faults=map(Fault, state.get("faults", ())))
        page.goto(self.ehr.launch(CLIENT, replace(context, need_patient_banner=True)))

    def _take(self, page: Page, step: dict[str, str]) -> None:
        ((do, what), *more) = step.items()
        if do == "open":
            unfold(page, what)
        elif do == "check":
            page.get_by_label(what).check()
        elif do == "fill":
            page.get_by_role("textbox", name=what).fill(more[0][1])
        elif do == "follow":
            address = page.locator("main a[href]", has_text=re.compile(what, re.IGNORECASE)).first.get_attribute("href")
            page.goto(self.app + str(address))
        elif do == "press-unchecked":
            form = page.locator("form", has=page.get_by_role("button", name=what))
            form.evaluate("form => { form.noValidate = true; }")
            form.get_by_role("button", name=what).click()
        else:
            assert do == "press", f"no step is called {do!r}"
            page.get_by_role("button", name=what).last.click()
        page.wait_for_load_state("networkidle")


@contextmanager
def open_house(charts: Path, today: date | None = None, *, scale: int = 1) -> Iterator[House]:
    """Everything runs until the block is left; with `today` that is the day on which everybody lives.

    `scale` is how many dots of the screen make a CSS pixel.
    """
    with ExitStack() as stack:
        patched = stack.enter_context(pytest.MonkeyPatch.context())
        if today is not None:
            patched.setattr(clock, "today_in", lambda _zone: today)
        today = clock.today_in(ZONE)
        files = [*chart_files(), *write_charts(charts, today)]
        ehr = stack.enter_context(running_ehr(charts=files, stories=stories(), today=today))
        app = stack.enter_context(running_app(ehr, ZONE, "an identifier key of the tests"))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=browser_program(), args=["--no-sandbox"])
        stack.callback(browser.close)
        context = browser.new_context(viewport={"width": 400, "height": 900}, device_scale_factor=scale)
        context.set_default_timeout(PATIENCE)
        house = House(ehr, app, context)
        answer = Pages.answer

        def noted(self: Pages, template: str, status: int = 200, **values: object) -> Any:
            house.drawn.add(template)
            return answer(self, template, status, **values)

        patched.setattr(Pages, "answer", noted)
        yield house


def unfold(page: Page, summary: str) -> None:
    page.locator("summary:visible", has_text=summary).first.click()
