"""A server that takes its time: a page says how far it is and looks again; the work is done once, and then shown."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field

import httpx
import pytest

from service.routes.waiting import Readings
from service.use_cases import propose
from tests.app_in_memory import APP, words


@dataclass
class Gate:
    """Holds back what the app asks the FHIR server for, until it is opened."""

    path: str = "/fhir/"
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 200

    async def __call__(self, request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.startswith(self.path) or request.url.path.endswith("smart-configuration"):
            return None
        await self.opened.wait()
        return None if self.status == 200 else httpx.Response(self.status, stream=httpx.ByteStream(b""))


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def make_slow(make_world, gate, monkeypatch):
    """A world in which nobody waits long for a page, and a launch in it whose chart the server holds back."""
    monkeypatch.setattr("service.app.Readings", lambda: Readings(patience=0.1))

    def make(**options):
        world = make_world(**options)
        world.outbound.before = gate
        browser = world.browser()
        back = browser.look(browser.answer_to(browser.start()))
        return world, browser, APP + back.headers["location"]

    return make


@pytest.fixture
def slow(make_slow):
    return make_slow()


def asked(world, kind):
    return world.outbound.paths("ehr.example").count(f"/fhir/{kind}")


def readings(app):
    return app.state.parts.readings


def test_a_page_says_at_once_how_far_a_slow_chart_is_and_looks_again_by_itself(slow):
    _, browser, url = slow
    answer = browser.look(url)
    assert answer.status_code == 202
    assert int(answer.headers["refresh"]) >= 3
    assert answer.headers["cache-control"] == "no-store"
    assert '<h1 id="what">Reading the chart</h1>' in answer.text
    assert 'role="status"' in answer.text
    assert "done You are signed in." in words(answer)
    assert "now Prescriptions and dispenses are read" in words(answer)
    assert "next One pickup day" in words(answer)
    assert "Nothing is written meanwhile." in words(answer)
    assert "Sign out" in words(answer)
    assert f'href="{httpx.URL(url).path}"' in answer.text


def test_the_page_comes_when_the_chart_is_there_and_the_chart_is_read_once(slow, gate):
    world, browser, url = slow
    assert [browser.look(url).status_code for _ in range(4)] == [202] * 4
    gate.opened.set()
    page = browser.page(url)
    assert "The plan, visit by visit" in page.words
    assert asked(world, "MedicationRequest") == 1
    assert page.enrol().status_code == 200


def test_a_waiting_visit_writes_nothing(slow):
    world, browser, url = slow
    browser.look(url)
    launch = url.rstrip("/").rpartition("/")[2]
    session = world.run(world.store.sessions.find(launch))
    assert session is not None
    assert session.work.shown is None
    assert {request.method for request in world.outbound.asked if request.url.path.startswith("/fhir/")} == {"GET"}


def test_while_it_plans_the_page_says_so(slow, gate, monkeypatch):
    _, browser, url = slow
    gate.opened.set()
    planned, plan = threading.Event(), propose._plan

    def plan_later(*given):
        planned.wait(30)
        return plan(*given)

    monkeypatch.setattr(propose, "_plan", plan_later)
    while "Reading the chart" in (said := words(browser.look(url))):
        pass
    planned.set()
    assert "Making the plan" in said
    assert "done Prescriptions and dispenses are read" in said
    assert "now One pickup day" in said
    assert "The plan, visit by visit" in words(browser.get(url))


def test_one_may_look_by_hand_only(slow):
    _, browser, url = slow
    answer = browser.look(url + "?by-hand")
    assert answer.status_code == 202
    assert "refresh" not in answer.headers
    assert "Look again by itself" in words(answer)


def test_where_the_sign_in_ends_meanwhile_the_page_says_so_once_and_what_was_entered_is_kept(slow, gate):
    world, browser, url = slow
    assert browser.look(url).status_code == 202
    gate.status = 401
    gate.opened.set()
    world.run(asyncio.sleep(1))  # it fails while nobody looks
    first = browser.get(url)
    assert first.status_code == 401
    assert "What you entered is kept for an hour" in words(first)
    assert "This session is over" in words(browser.look(url))


def test_a_server_that_fails_meanwhile_leads_to_the_same_page_as_ever(slow, gate):
    _, browser, url = slow
    assert browser.look(url).status_code == 202
    gate.status = 403
    gate.opened.set()
    answer = browser.get(url)
    assert answer.status_code == 403
    assert "The server does not allow this app to do that" in words(answer)
    gate.status = 200
    assert "The plan, visit by visit" in words(browser.get(url))


def test_signing_out_stops_the_reading(slow, gate):
    world, browser, url = slow
    waiting = browser.waiting(url)
    (task,) = readings(world.app)._tasks
    assert waiting.sign_out().status_code == 200
    gate.opened.set()
    world.run(asyncio.wait({task}, timeout=10))
    assert task.cancelled()
    assert asked(world, "Patient/canary-1") <= 1
    assert browser.look(url).status_code == 401


def test_other_choices_begin_another_reading(slow, gate):
    world, browser, url = slow
    waiting = browser.waiting(url)
    (first,) = readings(world.app)._tasks
    assert waiting.choose(weekday="3").status_code == 303
    gate.opened.set()
    assert 'name="weekday" value="3" checked' in browser.get(url).text
    assert first.cancelled()


def test_another_process_reads_for_itself_and_the_page_comes_from_either(slow, gate):
    world, browser, url = slow
    other = world.browser()
    other.network.apps["pickupday.example"] = httpx.ASGITransport(world.another_process())
    other.client.cookies = browser.client.cookies
    assert browser.look(url).status_code == other.look(url).status_code == 202
    gate.opened.set()
    for one in (browser, other):
        assert "The plan, visit by visit" in words(one.get(url))


def test_what_is_being_read_ends_with_the_application(slow):
    world, browser, url = slow

    async def live():
        async with world.app.router.lifespan_context(world.app):
            answer = await browser.client.get(url)
            tasks = tuple(readings(world.app)._tasks)
        return answer, tasks

    answer, (task,) = world.run(live())
    assert answer.status_code == 202
    assert task.cancelled()
