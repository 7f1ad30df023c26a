"""Under every named fault of the sandbox the app shows the plan, or a page that says what happened and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.sandbox.faults import Fault
from tests.app_in_memory import APP, Page, World, words

REFUSED = {  # every other fault is borne
    Fault.ACCESS_DENIED: "Access was denied",
    Fault.WRONG_STATE: "belongs to no launch",
    Fault.WRONG_ISSUER: "another server",
    Fault.CODE_REFUSED: "it was used, or it expired",
    Fault.TOKEN_PAGE: "cannot be used",
    Fault.NO_PATIENT: "named no patient",
    Fault.EMPTY_SCOPE: "does not allow",
    Fault.ID_TOKEN_EXPIRED: "expired",
    Fault.ID_TOKEN_UNSIGNED: "algorithm",
    Fault.ID_TOKEN_FORGED: "signature",
    Fault.ID_TOKEN_WRONG_NONCE: "another launch",
    Fault.ID_TOKEN_WRONG_AUDIENCE: "another app",
    Fault.ID_TOKEN_WRONG_ISSUER: "another issuer",
    Fault.UNAVAILABLE: "failed",
    Fault.HOSTILE_NEXT: "cannot be used",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.ehr.authority.slow_seconds = 0.05
    yield world
    world.close()


def opened(world: World, fault: Fault) -> Page:
    """The page on which a launch with the fault ends."""
    if fault.for_whole_server:
        world.ehr.faults.add(fault)
    browser = world.browser()
    answer = browser.start(faults=[] if fault.for_whole_server else [fault])
    for _ in range(5):
        if not answer.is_redirect:
            return Page(browser, str(answer.url), answer)
        answer = browser.get(str(answer.url.join(answer.headers["location"])))
    raise AssertionError("redirected without end")


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_fault_ends_in_the_plan_or_in_a_page_that_says_what_to_do(world: World, fault: Fault) -> None:
    page = opened(world, fault)
    if fault in REFUSED:
        assert 400 <= page.answer.status_code < 504
        assert REFUSED[fault] in page.words
        assert "What to do" in page.words
    else:
        assert page.answer.status_code == 200
        assert page.url.startswith(f"{APP}/l/")
        assert "first common pickup" in page.words
    assert "Traceback" not in page.words
    assert world.outbound.paths("foreign.example") == []


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault not in REFUSED], ids=str)
def test_a_fault_that_is_borne_does_not_keep_the_plan_from_being_written(world: World, fault: Fault) -> None:
    page = opened(world, fault)
    if fault is Fault.NARROWER_SCOPE:
        assert "Why nothing can be written here" in page.words
        return
    assert "The patient is enrolled" in words(page.enrol(to="Nurse Ada"))
    assert world.held("Appointment")
