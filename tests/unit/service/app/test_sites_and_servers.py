"""The same job at different sites: how the app proves itself, where pickups go, what is in between."""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import re
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from service.sandbox.authorization.clients import Client
from service.sandbox.ehr import create_ehr
from service.sandbox.faults import Fault
from service.use_cases.tokens import LaunchTokens
from tests.app_in_memory import APP, EHR, TODAY, Browser, words

FHIR = {"content-type": "application/fhir+json"}


@pytest.mark.parametrize(
    ("auth", "extra"),
    [
        ("public", {}),
        ("client_secret_basic", {"PICKUPDAY_SITE_CLIENT_SECRET": "a secret: with a colon"}),
        ("private_key_jwt", {"PICKUPDAY_SITE_ALGORITHM": "ES384"}),
        ("private_key_jwt", {"PICKUPDAY_SITE_ALGORITHM": "RS384"}),
    ],
)
def test_every_way_of_proving_who_we_are_ends_in_a_written_plan_and_a_refresh(make_world, auth, extra):
    world = make_world(auth=auth, extra=extra)
    page = world.browser().launch()
    world.end_access(page)
    assert page.again().answer.status_code == 200
    assert "The patient is enrolled." in words(page.enrol())


def test_without_its_key_the_launch_says_that_the_site_is_not_set_up(make_world):
    world = make_world(auth="private_key_jwt")
    world.store.signing_keys.change(lambda ring: ring.retired(ring.keys[0].kid))
    browser = world.browser()
    answer = browser.get(browser.answer_to(browser.start()))
    assert answer.status_code == 500
    assert "no active key for ES384" in words(answer)
    assert "Make a key of this algorithm" in words(answer)


def test_a_long_request_goes_as_a_form_where_the_site_takes_one(world, monkeypatch):
    monkeypatch.setattr("smart_launch.authorize.LONGEST_URL", 10)
    browser = world.browser()
    answer = browser.start()
    assert answer.status_code == 200
    assert f'<form method="post" action="{EHR}/auth/authorize">' in answer.text
    assert f"form-action 'self' {EHR}" in answer.headers["content-security-policy"]
    fields = dict(httpx.URL("?" + "&".join(_hidden(answer.text))).params)
    back = browser.post(f"{EHR}/auth/authorize", fields)
    assert browser.get(back.headers["location"]).status_code == 302


def _hidden(text: str) -> list[str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text)
    return [urlencode({name: html.unescape(value)}) for name, value in found]


def test_pickups_may_go_to_another_server_with_the_apps_own_token(tmp_path, make_world):
    """A pharmacy's server: the launching EHR grants nothing to write, the pickup server takes a backend service."""
    pharmacy = create_ehr("https://pharmacy.example", today=TODAY)
    with pharmacy.store.transaction():
        patient = {"resourceType": "Patient", "id": "canary-1"}
        pharmacy.store.add("Patient", "canary-1", patient, pharmacy.authority.now())
    sites = tmp_path / "sites.toml"
    sites.write_text(
        f'[sites.clinic]\nissuer = "{EHR}/fhir"\nclient_id = "pickupday"\nauth = "public"\ntimezone = "UTC"\n'
        f'programme = "{tmp_path}/0/quick.toml"\n[sites.clinic.write]\nbase = "https://pharmacy.example/fhir"\n'
        'auth = "backend"\nclient_id = "writer"\n'
    )
    extra = {"PICKUPDAY_SITES": str(sites), "PICKUPDAY_SITE_ISSUER": "", "PICKUPDAY_SITE_CLIENT_ID": ""}
    extra |= {f"PICKUPDAY_SITE_{key}": "" for key in ("AUTH", "LABEL", "TIMEZONE", "PROGRAMME")}
    world = make_world(scopes="openid fhirUser launch patient/*.rs", extra=extra)
    keys = world.store.signing_keys.change(lambda ring: ring.with_new("ES384", world.ehr.authority.now())[0])
    pharmacy.register(Client("writer", jwks=keys.public_jwks(), backend=True))
    world.outbound.apps["pharmacy.example"] = httpx.ASGITransport(pharmacy.app)
    page = world.browser().launch()
    assert "Read-only" not in page.words
    assert "The patient is enrolled." in words(page.enrol(to="Nurse Ada"))
    assert world.held("Appointment") == []
    held = pharmacy.store.rows("SELECT body FROM version WHERE type = 'Appointment' AND current")
    pointed_at = json.loads(held[0][0])["supportingInformation"][0]
    assert pointed_at["identifier"]["value"].startswith(f"{EHR}/fhir/MedicationRequest/")
    assert "reference" not in pointed_at
    assert "Leave the programme" in page.again().words
    assert "The patient has left." in words(page.again().leave())
    pharmacy.store.close()


def test_an_answer_that_is_lost_is_settled_at_the_next_look(page):
    world = page.browser.world

    async def lose_the_answer(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and request.url.path == "/fhir":
            world.outbound.before = None
            await world.outbound.apps["ehr.example"].handle_async_request(request)
            raise httpx.ReadError("lost", request=request)
        return None

    world.outbound.before = lose_the_answer
    lost = page.enrol()
    again = page.again()
    assert "Leave the programme" in again.words
    if lost.status_code != 200:
        assert "it stands on the server" in again.words
    assert "An earlier write" not in page.again().words
    assert len(world.held("Consent")) == 1


def test_a_write_that_waits_for_somebody_else_is_left_alone(page):
    world = page.browser.world

    async def refuse(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and request.url.path == "/fhir":
            raise httpx.ReadError("lost", request=request)
        return None

    world.outbound.before = refuse
    assert page.enrol().status_code == 504
    world.outbound.before = None
    other = {"resourceType": "Patient", "id": "other-2", "active": True}
    with world.ehr.store.transaction():
        world.ehr.store.add("Patient", "other-2", other, world.ehr.authority.now())
    before = len(world.outbound.asked)
    assert "An earlier write" not in world.browser().launch("other-2").words
    assert not [one for one in world.outbound.asked[before:] if "canary-1" in str(one.url)]
    assert "it was sent again and stands on the server" in page.again().words


def test_a_request_that_is_given_up_leaves_no_spent_token_behind(world):
    page = world.browser().launch()
    before = world.tokens(page)
    client = world.app.state.parts.launching.client
    tokens = LaunchTokens(client, world.store.sessions, page.launch, before, world.ehr.authority.now)
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def hold(request: httpx.Request) -> None:
        if request.url.path == "/auth/token":
            reached.set()
            await go_on.wait()

    async def give_up() -> None:
        world.outbound.before = hold
        asking = asyncio.create_task(tokens.instead_of(before.access_token.reveal()))
        await reached.wait()
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
        go_on.set()
        async with asyncio.timeout(5):
            while (await world.store.sessions.load(page.launch)).access_token == before.access_token:
                await asyncio.sleep(0.01)

    world.run(give_up())
    assert world.tokens(page).refresh_token.reveal() != before.refresh_token.reveal()
    assert page.again().answer.status_code == 200


@pytest.mark.postgres
def test_two_processes_on_one_postgresql_are_one_application(make_world, postgres_url):
    world = make_world(database=postgres_url)
    page = world.browser().launch()
    world.end_access(page)
    before = world.outbound.paths("ehr.example").count("/auth/token")
    other = world.another_process()

    async def all_at_once() -> list[httpx.Response]:
        clients = [
            httpx.AsyncClient(transport=httpx.ASGITransport(app), cookies=page.browser.client.cookies, timeout=60)
            for app in (world.app, other)
        ]
        return await asyncio.gather(*(clients[number % 2].get(page.url) for number in range(10)))

    assert {answer.status_code for answer in world.run(all_at_once())} <= {200, 202}
    assert world.outbound.paths("ehr.example").count("/auth/token") == before + 1


def test_the_app_may_stand_under_a_path(make_world):
    base = "https://pickupday.example/apps/pickup"
    world = make_world(extra={"PICKUPDAY_PUBLIC_URL": base})
    client = Client("pickupday", redirect_uris=(f"{base}/callback",), launch_url=f"{base}/launch")
    world.ehr.register(client)
    whole = Starlette(routes=[Mount("/apps/pickup", world.app)])
    browser = Browser(world, {})
    browser.network.apps["pickupday.example"] = httpx.ASGITransport(whole)
    back = browser.get(browser.answer_to(browser.start()))
    page = browser.page(APP + back.headers["location"])
    assert page.url.startswith(f"{base}/l/")
    assert 'href="/apps/pickup/static/pickupday.css"' in page.answer.text
    assert "The patient is enrolled." in words(page.enrol())


@pytest.mark.parametrize(
    ("fault", "status", "sentence"),
    [
        (Fault.UNAVAILABLE, 502, "The server failed"),
        (Fault.CODE_REFUSED, 502, "The server gave no access"),
        (Fault.TOKEN_PAGE, 502, "The launch did not work"),
        (Fault.ID_TOKEN_UNSIGNED, 403, "It is not certain who signed in"),
        (Fault.ID_TOKEN_EXPIRED, 403, "It is not certain who signed in"),
        (Fault.HOSTILE_NEXT, 502, "The answer cannot be used"),
        (Fault.EMPTY_SCOPE, 403, "The server does not allow this app to do that (read Patient)."),
    ],
)
def test_what_goes_wrong_at_the_server_has_its_page(world, monkeypatch, fault, status, sentence):
    monkeypatch.setattr("service.gateway.retries.Time.sleep", _at_once)
    browser = world.browser()
    answer = browser.get(browser.answer_to(browser.start(faults=[fault])))
    if answer.status_code == 302:
        answer = browser.get(APP + answer.headers["location"])
    assert sentence in words(answer)
    assert answer.status_code == status


async def _at_once(*_: object) -> None:
    return None


@pytest.mark.parametrize("fault", [Fault.NARROWER_SCOPE, Fault.WIDER_SCOPE, Fault.NO_EXPIRES_IN])
def test_odd_grants_open_a_page_that_says_what_is_off(world, fault):
    page = world.browser().launch(faults=[fault])
    assert page.answer.status_code in (200, 403)
    assert "Traceback" not in page.words


def test_a_server_without_conditional_create_is_read_only(world):
    capability = world.run(
        world.outbound.apps["ehr.example"].handle_async_request(httpx.Request("GET", f"{EHR}/fhir/metadata"))
    )
    statement = json.loads(world.run(capability.aread()))
    for one in statement["rest"][0]["resource"]:
        one["conditionalCreate"] = False

    async def plain(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/fhir/metadata":
            return httpx.Response(200, stream=httpx.ByteStream(json.dumps(statement).encode()), headers=FHIR)
        return None

    world.outbound.before = plain
    page = world.browser().launch()
    assert "The server does not offer: Appointment conditional create." in page.words
    assert page.enrol().status_code in (409, 422)
