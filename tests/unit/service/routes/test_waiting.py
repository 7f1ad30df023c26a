"""Readings by launch: begun once, shown once, bounded in number, dropped when nobody asks."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from service.routes import waiting
from service.routes.waiting import Reading, Readings
from service.use_cases.sessions import Choices, Holder, Session, Shown, Work

SESSION = Session("launch", Holder("https://ehr.example/fhir", "browser"), None, Work())


class Chart:
    """Counts how often it is read; each reading ends when told so."""

    def __init__(self):
        self.read, self.end = 0, asyncio.Event()
        self.stopped = 0

    async def __call__(self, reading):
        self.read += 1
        try:
            await self.end.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        return reading


@pytest.fixture
def readings():
    return Readings(patience=0.01)


def run(work):
    return asyncio.run(work())


def test_a_look_meanwhile_begins_nothing_anew(readings):
    async def work():
        chart = Chart()
        looks = [await readings.ready(SESSION, chart) for _ in range(3)]
        assert all(isinstance(one, Reading) for one in looks)
        chart.end.set()
        assert await readings.ready(SESSION, chart) is looks[0]  # as the chart above brings it
        assert chart.read == 1
        await readings.ready(SESSION, chart)
        assert chart.read == 2, "what was shown is not kept"

    run(work)


def test_two_windows_on_one_launch_wait_for_the_same_reading(readings):
    async def work():
        chart = Chart()
        chart.end.set()
        shown = replace(SESSION, work=Work(shown=Shown("plan", "2026-11-24")))
        await asyncio.gather(readings.ready(SESSION, chart), readings.ready(shown, chart))
        assert chart.read == 1

    run(work)


def test_what_was_begun_for_other_choices_is_stopped(readings):
    async def work():
        chart = Chart()
        await readings.ready(SESSION, chart)
        await readings.ready(replace(SESSION, work=Work(choices=Choices(weekdays=(1,)))), chart)
        assert (chart.read, chart.stopped) == (2, 1)
        await readings.close()
        assert chart.stopped == 2

    run(work)


def test_an_error_is_kept_until_it_is_shown_and_then_forgotten(readings):
    async def work():
        async def fail(_):
            await asyncio.sleep(0.02)
            raise OSError

        assert isinstance(await readings.ready(SESSION, fail), Reading)
        await asyncio.sleep(0.05)
        with pytest.raises(OSError):
            await readings.ready(SESSION, fail)
        assert isinstance(await readings.ready(SESSION, fail), Reading)
        await readings.close()

    run(work)


def test_what_nobody_asks_for_is_dropped(readings, monkeypatch):
    monkeypatch.setattr(waiting, "_UNASKED", 1.0)

    async def work():
        chart = Chart()
        await readings.ready(SESSION, chart)
        await asyncio.sleep(0.6)
        await readings.ready(SESSION, chart)  # asked for: the time begins anew
        await asyncio.sleep(0.6)
        assert chart.stopped == 0
        await asyncio.sleep(0.6)
        assert chart.stopped == 1

    run(work)


def test_beyond_the_bound_a_visit_waits_by_itself(readings, monkeypatch):
    monkeypatch.setattr(waiting, "_MOST", 1)

    async def work():
        chart, other = Chart(), Chart()
        await readings.ready(SESSION, chart)
        visit = asyncio.create_task(readings.ready(replace(SESSION, launch="another"), other))
        await asyncio.sleep(0.05)
        assert not visit.done()
        other.end.set()
        await visit
        await readings.close()

    run(work)


def test_the_longer_it_takes_the_less_often_a_page_looks_again():
    async def work():
        now = asyncio.get_running_loop().time()
        assert [Reading(Work(), now - taken).next_look for taken in (0, 11, 20, 300)] == [3, 3, 5, 10]

    run(work)
