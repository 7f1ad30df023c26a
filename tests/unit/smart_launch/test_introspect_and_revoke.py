"""What a token still counts for, and telling the server that it shall count no more."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from smart_launch import BadTokenAnswer, Introspection, InvalidClient, Quirks, SiteError, SiteList, SmartError
from tests.smart.driving import PROOFS, SITE, App, run, server_for
from tests.smart.strict_server import StrictServer


@pytest.mark.parametrize("proof", PROOFS)
def test_a_token_counts_until_it_is_revoked(proof: str) -> None:
    async def life() -> None:
        app = App(server_for(proof), proof=proof)
        grant = await app.launch()
        told = await app.client.introspect(grant)
        assert (told.active, told.patient, told.client_id) == (True, "p1", "app-1")
        assert await app.client.log_out(grant)
        assert await app.client.introspect(grant) == Introspection(False, told.granted.parse(""))
        assert app.server.live_tokens == app.server.refresh_tokens == set()
        assert app.server.broken == []

    run(life())


def test_log_out_revokes_the_refresh_token_first_then_the_access_token() -> None:
    async def out() -> None:
        app = App(StrictServer())
        await app.client.log_out(await app.launch())
        assert [form["token_type_hint"] for form in app.server.forms("/revoke")] == ["refresh_token", "access_token"]

    run(out())


@pytest.mark.parametrize("reply", [httpx.ConnectError("gone"), httpx.Response(500), httpx.Response(302)], ids=str)
def test_log_out_never_fails_here_because_the_server_does(reply: httpx.Response | Exception) -> None:
    async def out() -> None:
        app = App(StrictServer())
        grant = await app.launch()
        app.server.replies["/revoke"] = [reply]
        assert not await app.client.log_out(grant)
        assert len(app.server.asked("/revoke")) == 2

    run(out())


def test_log_out_ends_here_where_the_site_is_registered_no_more_or_gone() -> None:
    async def out() -> None:
        app = App(StrictServer())
        grant = await app.launch()
        app.client.sites = SiteList([])
        assert not await app.client.log_out(grant)
        assert app.server.asked("/revoke") == []

    run(out())


def test_a_site_without_revocation_is_not_asked() -> None:
    async def out() -> None:
        app = App(StrictServer(configuration={"revocation_endpoint": None, "introspection_endpoint": None}))
        grant = await app.launch()
        assert not await app.client.log_out(grant)
        with pytest.raises(SiteError, match="does not offer"):
            await app.client.introspect(grant)

    run(out())


def test_a_token_is_asked_about_with_itself_where_the_site_wants_it_so() -> None:
    async def asked() -> None:
        app = App(StrictServer(), replace(SITE, quirks=Quirks(introspect_with_bearer=True)))
        grant = await app.launch()
        app.server.replies["/introspect"] = [httpx.Response(200, json={"active": True})]
        await app.client.introspect(grant)
        assert app.server.asked("/introspect")[0].headers["authorization"] == "Bearer access-1"

    run(asked())


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (httpx.Response(200, json={}), BadTokenAnswer),
        (httpx.Response(200, json={"active": "yes"}), BadTokenAnswer),
        (httpx.Response(401, json={"error": "invalid_client"}), InvalidClient),
    ],
    ids=str,
)
def test_an_introspection_that_says_nothing_is_refused(reply: httpx.Response, kind: type[SmartError]) -> None:
    async def odd() -> None:
        app = App(StrictServer())
        grant = await app.launch()
        app.server.replies["/introspect"] = [reply]
        with pytest.raises(kind):
            await app.client.introspect(grant)

    run(odd())
