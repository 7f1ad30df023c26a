"""Refreshing: once for all who wait, and never twice with the same token once it may be spent."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from smart_launch import (
    BadTokenAnswer,
    Grant,
    KeyRing,
    LaunchClient,
    NoRefreshToken,
    NoSigningKey,
    Quirks,
    RefreshRefused,
    RefreshUncertain,
    RelaunchNeeded,
    ServerUnreachable,
    SiteList,
    SmartError,
    TokenRefused,
)
from tests.smart.driving import SITE, App, MemoryStore, run, server_for
from tests.smart.strict_server import BASE, NOON, StrictServer

LATER = NOON + timedelta(hours=2)


class Going:
    """A launched app with its grant in a store."""

    def __init__(self, server: StrictServer | None = None, **changes: object) -> None:
        self.server = server or StrictServer()
        site = replace(SITE, **changes)  # type: ignore[arg-type]
        self.app = App(self.server, site)
        self.grant = run(self.app.launch())
        self.store = MemoryStore(s1=self.grant)
        self.server.requests.clear()

    async def fresh(self, rejected: Grant | None = None) -> Grant:
        token = rejected.access_token if rejected else None
        return await self.app.client.fresh("s1", self.store, BASE, rejected=token)

    def fails(self, reply: httpx.Response | Exception) -> SmartError:
        self.server.now = LATER
        self.server.replies["/token"] = [reply]
        with pytest.raises(SmartError) as raised:
            run(self.fresh())
        return raised.value


def test_a_token_that_still_lives_is_used_as_it_is() -> None:
    going = Going()
    going.server.now = NOON + timedelta(minutes=59)
    assert run(going.fresh()) == going.grant
    assert going.server.requests == []


def test_a_token_about_to_end_is_refreshed_before_it_is_used() -> None:
    going = Going()
    going.server.now = NOON + timedelta(minutes=59, seconds=31)
    renewed = run(going.fresh())
    assert renewed.access_token.reveal() == "access-2"
    assert renewed.context == going.grant.context
    assert going.store.grants["s1"] == renewed
    assert going.server.forms() == [{"grant_type": "refresh_token", "refresh_token": "refresh-1", "client_id": "app-1"}]


def test_a_rotated_refresh_token_replaces_the_spent_one() -> None:
    going = Going()
    for hours in (2, 4, 6):
        going.server.now = NOON + timedelta(hours=hours)
        run(going.fresh())
    assert going.server.broken == []
    assert [form["refresh_token"] for form in going.server.forms()] == ["refresh-1", "refresh-2", "refresh-3"]


def test_a_refresh_token_that_is_not_rotated_is_kept() -> None:
    going = Going(StrictServer(rotates=False))
    for hours in (2, 4):
        going.server.now = NOON + timedelta(hours=hours)
        run(going.fresh())
    assert [form["refresh_token"] for form in going.server.forms()] == ["refresh-1", "refresh-1"]


def test_scope_is_sent_with_a_refresh_only_where_the_site_wants_it() -> None:
    going = Going(quirks=Quirks(refresh_with_scope=True))
    going.server.now = LATER
    run(going.fresh())
    assert going.server.forms()[0]["scope"] == " ".join(going.grant.granted.scopes)
    plain = Going()
    plain.server.now = LATER
    run(plain.fresh())
    assert "scope" not in plain.server.forms()[0]


def test_twenty_requests_at_once_refresh_once() -> None:
    going = Going()
    going.server.now = LATER

    async def race() -> set[str]:
        return {grant.access_token.reveal() for grant in await asyncio.gather(*(going.fresh() for _ in range(20)))}

    assert run(race()) == {"access-2"}
    assert len(going.server.asked("/token")) == 1
    assert going.server.broken == []


def test_twenty_requests_that_met_a_401_refresh_once() -> None:
    going = Going()

    async def race() -> set[str]:
        waiting = (going.fresh(rejected=going.grant) for _ in range(20))
        return {grant.access_token.reveal() for grant in await asyncio.gather(*waiting)}

    assert run(race()) == {"access-2"}
    assert len(going.server.asked("/token")) == 1


def test_a_rejected_token_is_refreshed_whatever_its_age() -> None:
    going = Going()
    assert run(going.fresh(rejected=going.grant)).access_token.reveal() == "access-2"


def test_a_refresh_that_is_refused_asks_for_a_new_launch() -> None:
    going = Going()
    error = going.fails(httpx.Response(400, json={"error": "invalid_grant"}))
    assert isinstance(error, RefreshRefused)
    assert isinstance(error, RelaunchNeeded)
    assert "Start the app again" in error.what_next
    assert going.store.grants["s1"].refresh_token is None


@pytest.mark.parametrize(
    "reply",
    [
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("broke off"),
        httpx.Response(500),
        httpx.Response(502, text="bad gateway"),
        httpx.Response(500, json={"error": "server_error"}),
        httpx.Response(200, text="not json"),
        httpx.Response(200, json={"token_type": "bearer"}),
        httpx.Response(307, headers={"location": "https://evil.example"}),
    ],
    ids=str,
)
def test_a_refresh_token_that_may_be_spent_is_not_sent_again(reply: httpx.Response | Exception) -> None:
    going = Going()
    assert isinstance(going.fails(reply), RefreshUncertain)
    with pytest.raises(NoRefreshToken):
        run(going.fresh())
    assert len(going.server.asked("/token")) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (httpx.ConnectError("no route"), ServerUnreachable),
        (httpx.ConnectTimeout("no route"), ServerUnreachable),
        (httpx.Response(429), BadTokenAnswer),
        (httpx.Response(503, text="maintenance"), BadTokenAnswer),
        (httpx.Response(503, json={"error": "temporarily_unavailable"}), TokenRefused),
        (httpx.Response(401, json={"error": "invalid_client"}), TokenRefused),
    ],
    ids=str,
)
def test_a_refresh_token_that_was_certainly_not_taken_is_kept(
    reply: httpx.Response | Exception, kind: type[SmartError]
) -> None:
    going = Going()
    assert isinstance(going.fails(reply), kind)
    assert run(going.fresh()).access_token.reveal() == "access-2"


def test_a_missing_key_of_ours_does_not_cost_the_refresh_token() -> None:
    async def keyless() -> None:
        app = App(server_for("ES384"), proof="ES384")
        store = MemoryStore(s1=await app.launch())
        bare = LaunchClient(app.http, SiteList([app.site]), keys=KeyRing, now=lambda: LATER)
        with pytest.raises(NoSigningKey):
            await bare.fresh("s1", store, BASE)
        assert store.grants["s1"].refresh_token

    run(keyless())


def test_the_token_is_out_of_the_store_while_it_is_sent() -> None:
    going = Going()
    going.server.now = LATER
    seen: list[object] = []
    answer = going.server.handle

    async def watched(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            seen.append(going.store.grants["s1"].refresh_token)
        return await answer(request)

    going.app.http._transport = httpx.MockTransport(watched)
    run(going.fresh())
    assert seen == [None]


def test_a_cancelled_refresh_leaves_no_token_to_be_sent_again() -> None:
    going = Going()
    going.server.now = LATER
    begun = asyncio.Event()

    answer = going.server.handle

    async def never(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/token":
            return await answer(request)
        begun.set()
        await asyncio.sleep(60)
        raise AssertionError

    going.app.http._transport = httpx.MockTransport(never)

    async def cancelled() -> None:
        task = asyncio.create_task(going.fresh())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(NoRefreshToken):
            await going.fresh()

    run(cancelled())


def test_without_a_refresh_token_the_access_token_is_used_to_its_end() -> None:
    going = Going(scopes=("patient/Observation.rs",))
    assert going.grant.refresh_token is None
    going.server.now = NOON + timedelta(minutes=59, seconds=59)
    assert run(going.fresh()) == going.grant
    going.server.now = NOON + timedelta(hours=1)
    with pytest.raises(NoRefreshToken, match="time at the server has ended"):
        run(going.fresh())


def test_a_rejected_token_without_a_refresh_token_asks_for_a_new_launch() -> None:
    going = Going(scopes=("patient/Observation.rs",))
    with pytest.raises(NoRefreshToken):
        run(going.fresh(rejected=going.grant))


def test_a_session_that_is_gone_asks_for_a_new_launch() -> None:
    going = Going()
    going.store.grants.clear()
    with pytest.raises(NoRefreshToken, match="has ended"):
        run(going.fresh())


def test_a_refresh_may_narrow_what_is_granted() -> None:
    going = Going()
    going.server.now = LATER
    going.server.answer = {"scope": "launch patient/Patient.r"}
    assert not run(going.fresh()).granted.allows("Observation", "r")


def test_a_refresh_that_does_not_say_keeps_what_was_granted() -> None:
    going = Going()
    going.server.now = LATER
    going.server.answer = {"scope": None}
    assert run(going.fresh()).granted == going.grant.granted
