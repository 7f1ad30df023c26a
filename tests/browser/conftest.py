"""A real Chromium, the machine's own, and the demo's EHR and app on loopback ports: two sites, as in life."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from service import clock
from service.cli.demo_app import running_app
from service.cli.demo_charts import chart_files, stories
from service.sandbox.ehr import Ehr
from service.sandbox.serve import running_ehr
from tests.browser.program import browser_program

PATIENCE = 60_000  # milliseconds: planning takes seconds, and machines are busy
expect.set_options(timeout=PATIENCE)

Json = dict[str, Any]
OpenBrowser = Callable[..., BrowserContext]


@dataclass(frozen=True)
class Demo:
    """What `make demo` starts."""

    ehr: Ehr
    app: str

    def held(self, kind: str, patient: str) -> list[Json]:
        """The patient's resources of a type that the FHIR server holds now."""
        rows = self.ehr.store.rows(
            "SELECT v.body FROM version AS v JOIN reference AS r ON r.key = v.key WHERE v.current AND v.type = ?"
            " AND r.parameter = 'patient' AND r.first = ?",
            [kind, f"Patient/{patient}"],
        )
        return [json.loads(body) for (body,) in rows]


@pytest.fixture
def demo() -> Iterator[Demo]:
    """The EHR and the app, with nothing written yet."""
    zone = ZoneInfo("America/New_York")
    with (
        running_ehr(charts=chart_files(), stories=stories(), today=clock.today_in(zone)) as ehr,
        running_app(ehr, zone, "an identifier key of the tests") as app,
    ):
        yield Demo(ehr, app)


@pytest.fixture
def open_browser(tmp_path: Path) -> Iterator[OpenBrowser]:
    """Start the browser of somebody new. `preferences` are Chromium's own, the rest goes to Playwright."""
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())

        def start(preferences: Json | None = None, *, width: int = 1280, **more: Any) -> BrowserContext:
            profile = tmp_path / f"profile-{len(list(tmp_path.iterdir()))}"
            (profile / "Default").mkdir(parents=True)
            (profile / "Default/Preferences").write_text(json.dumps({"profile": preferences or {}}))
            context = playwright.chromium.launch_persistent_context(
                profile,
                executable_path=browser_program(),
                args=[] if os.geteuid() else ["--no-sandbox"],  # Chromium refuses its own sandbox to root
                viewport={"width": width, "height": 900},
                **more,
            )
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE)
            return context

        yield start


@pytest.fixture
def photograph() -> Callable[[Page, str], None]:
    """Keep a picture of a page where PICKUPDAY_SCREENSHOTS names a folder."""
    folder = os.environ.get("PICKUPDAY_SCREENSHOTS")

    def take(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return take
