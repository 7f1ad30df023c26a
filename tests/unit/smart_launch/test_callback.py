"""What arrives at the redirect URI may be forged: it counts once, in the right browser, from the right server."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from smart_launch import (
    AuthorizationRefused,
    BadCallback,
    Hidden,
    LaunchExpired,
    PendingLaunch,
    UnknownState,
    WrongServer,
    state_of,
)
from smart_launch.callback import read_code
from tests.smart.driving import App, run
from tests.smart.strict_server import AUTH, NOON, StrictServer
from tests.unit.smart_launch.test_authorize import begun, endpoints

PENDING, _ = begun()
STATE = PENDING.state.reveal()


def code_of(
    *query: tuple[str, str],
    pending: PendingLaunch | None = PENDING,
    browser: str = PENDING.browser.reveal(),
    path: str = "/callback",
    minutes: float = 1,
    **configuration: object,
) -> Hidden:
    now = NOON + timedelta(minutes=minutes)
    found = endpoints(**configuration)
    return read_code(query, pending, endpoints=found, browser=browser, path=path, now=now)


def test_the_code_of_a_believed_answer_is_read() -> None:
    assert code_of(("state", STATE), ("code", "abc"), ("session_state", "ignored")).reveal() == "abc"


def test_a_launch_is_kept_under_its_state() -> None:
    assert state_of([("code", "c"), ("state", "s")]) == "s"


@pytest.mark.parametrize("query", [[], [("code", "c")], [("state", "")]])
def test_an_answer_without_a_state_is_refused(query: list[tuple[str, str]]) -> None:
    with pytest.raises(UnknownState):
        state_of(query)


@pytest.mark.parametrize("state", ["forged", STATE + "x", STATE[:-1], "", "ß"])
def test_a_forged_state_is_refused(state: str) -> None:
    with pytest.raises(UnknownState):
        code_of(("state", state), ("code", "abc"))


def test_a_state_that_is_not_in_the_store_any_more_is_refused() -> None:
    with pytest.raises(UnknownState, match="may have been used already"):
        code_of(("state", STATE), ("code", "abc"), pending=None)


@pytest.mark.parametrize("browser", ["", "another browser's cookie"])
def test_a_state_of_another_browser_is_refused(browser: str) -> None:
    with pytest.raises(UnknownState, match="another browser"):
        code_of(("state", STATE), ("code", "abc"), browser=browser)


def test_an_answer_after_a_quarter_of_an_hour_is_refused() -> None:
    assert code_of(("state", STATE), ("code", "abc"), minutes=14.9)
    with pytest.raises(LaunchExpired):
        code_of(("state", STATE), ("code", "abc"), minutes=15)


def test_an_answer_at_the_redirect_uri_of_another_site_is_refused() -> None:
    with pytest.raises(WrongServer, match="address of another site"):
        code_of(("state", STATE), ("code", "abc"), path="/callback/other")


def test_an_answer_that_names_its_server_is_believed_from_that_server() -> None:
    assert code_of(("state", STATE), ("code", "abc"), ("iss", AUTH))


@pytest.mark.parametrize("iss", ["https://evil.example", AUTH + "/", ""])
def test_an_answer_that_names_another_server_is_refused(iss: str) -> None:
    with pytest.raises(WrongServer, match="another server"):
        code_of(("state", STATE), ("code", "abc"), ("iss", iss))


def test_a_server_that_always_names_itself_must_do_so() -> None:
    naming = replace(PENDING, must_name_itself=True)
    assert code_of(("state", STATE), ("code", "abc"), ("iss", AUTH), pending=naming)
    with pytest.raises(WrongServer, match="does not say which server"):
        code_of(("state", STATE), ("code", "abc"), pending=naming)


def test_a_refusal_is_told_in_a_plain_sentence_with_the_servers_words() -> None:
    with pytest.raises(AuthorizationRefused) as refused:
        code_of(("state", STATE), ("error", "access_denied"), ("error_description", "No\r\nway\u202e"))
    assert str(refused.value).startswith("Access was denied")
    assert refused.value.code == "access_denied"
    assert refused.value.description == "No way"


def test_a_refusal_with_an_unknown_code_is_told_too() -> None:
    with pytest.raises(AuthorizationRefused, match="with the code 'x_tired'"):
        code_of(("state", STATE), ("error", "x_tired"))


def test_an_error_with_a_forged_state_shows_none_of_its_words() -> None:
    with pytest.raises(UnknownState) as refused:
        code_of(("state", "forged"), ("error", "access_denied"), ("error_description", "call 555-0100"))
    assert "555" not in str(refused.value)


@pytest.mark.parametrize(
    "query",
    [
        [("state", STATE)],
        [("state", STATE), ("code", "")],
        [("state", STATE), ("code", "a"), ("code", "b")],
        [("state", STATE), ("state", STATE), ("code", "a")],
        [("state", STATE), ("code", "a" * 9000)],
    ],
)
def test_an_answer_that_cannot_be_read_is_refused(query: list[tuple[str, str]]) -> None:
    with pytest.raises(BadCallback):
        code_of(*query)


def test_a_code_is_exchanged_once() -> None:
    async def replay() -> None:
        app = App(StrictServer())
        pending, request = await app.start()
        query = app.sign_in(request)
        await app.finish(pending, query)
        with pytest.raises(UnknownState):
            await app.client.finish(query, None, browser=pending.browser.reveal(), path="/callback")
        assert len(app.server.asked("/token")) == 1

    run(replay())


def test_nothing_is_asked_of_the_server_for_an_answer_that_is_not_believed() -> None:
    async def forged() -> None:
        app = App(StrictServer())
        pending, request = await app.start()
        query = app.sign_in(request)
        with pytest.raises(UnknownState):
            await app.client.finish(query, pending, browser="other", path="/callback")
        assert app.server.asked("/token") == []

    run(forged())
