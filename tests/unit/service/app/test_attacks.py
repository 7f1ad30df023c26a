"""What must not work: every sentence is an attack, or a mistake, and how it ends."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import httpx
import pytest

from service.sandbox.faults import Fault
from tests.app_in_memory import AGREED, APP, EHR, words


def test_a_server_that_is_not_listed_is_refused_and_nothing_is_fetched_from_it(world):
    for iss in ("https://evil.example/fhir", EHR + "/fhir/", EHR.upper() + "/fhir", "http://169.254.169.254/", ""):
        answer = world.browser().get(f"{APP}/launch?iss={iss}&launch=x")
        assert answer.status_code == 403
        assert "is not on this app's list" in words(answer)
    assert world.outbound.asked == []


def test_an_invented_state_is_refused(world):
    browser = world.browser()
    browser.answer_to(browser.start())
    answer = browser.get(f"{APP}/callback?code=x&state=invented&iss={EHR}/fhir")
    assert answer.status_code == 400
    assert "/auth/token" not in world.outbound.paths("ehr.example")


def test_a_callback_without_a_state_is_refused(world):
    assert world.browser().get(f"{APP}/callback?code=x").status_code == 400


def test_an_answer_is_taken_once_only(world):
    browser = world.browser()
    address = browser.answer_to(browser.start())
    assert browser.get(address).status_code == 302
    again = browser.get(address)
    assert again.status_code == 400
    assert "belongs to no launch" in words(again)


def test_an_answer_that_reaches_another_browser_opens_nothing_there(world):
    mallory, alice = world.browser(), world.browser()
    address = mallory.answer_to(mallory.start())
    answer = alice.get(address)
    assert answer.status_code == 400
    assert "another browser" in words(answer)
    assert answer.headers.get_list("set-cookie") == []
    assert "/auth/token" not in world.outbound.paths("ehr.example")


@pytest.mark.parametrize("fault", [Fault.WRONG_STATE, Fault.WRONG_ISSUER])
def test_an_answer_of_another_server_is_refused(world, fault):
    browser = world.browser()
    assert browser.get(browser.answer_to(browser.start(faults=[fault]))).status_code == 400
    assert "/auth/token" not in world.outbound.paths("ehr.example")


def test_an_answer_at_the_address_of_another_site_is_refused(world):
    browser = world.browser()
    address = browser.answer_to(browser.start())
    answer = browser.get(address.replace("/callback", "/callback/other"))
    assert answer.status_code == 400
    assert "/auth/token" not in world.outbound.paths("ehr.example")


def test_the_servers_no_is_shown_with_its_code(world):
    browser = world.browser()
    answer = browser.get(browser.answer_to(browser.start(faults=[Fault.ACCESS_DENIED])))
    assert answer.status_code == 403
    assert "access_denied" in words(answer)


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_no_address_of_ours_sends_a_browser_to_a_place_that_the_address_names(world, target):
    browser = world.browser()
    for path in ("/launch", "/launch/standalone", "/callback", "/logout", "/"):
        for name in ("redirect_uri", "next", "return_to", "iss", "url"):
            answer = browser.get(f"{APP}{path}?{name}={target}")
            assert "evil" not in answer.headers.get("location", "")
    assert "evil" not in browser.get(f"{APP}//{target}").headers.get("location", "")


def test_a_secret_from_before_signing_in_opens_no_session_after_it(world):
    browser = world.browser()
    start = browser.start()
    before = {cookie.value for cookie in browser.client.cookies.jar}
    back = browser.get(browser.answer_to(start))
    after = {cookie.value for cookie in browser.client.cookies.jar}
    assert before
    assert not before & after
    planted = world.browser()
    for cookie in browser.client.cookies.jar:
        planted.client.cookies.set(cookie.name, next(iter(before)), domain="pickupday.example", path="/")
    assert planted.get(APP + back.headers["location"]).status_code == 401


def test_the_address_of_a_session_opens_nothing_in_another_browser(page):
    assert page.browser.world.browser().get(page.url).status_code == 401


def test_two_tabs_on_two_patients_never_mix(make_world):
    other = {"resourceType": "Patient", "id": "other-2", "name": [{"family": "Otherton"}], "active": True}
    world = make_world()
    with world.ehr.store.transaction():
        world.ehr.store.add("Patient", "other-2", other, world.ehr.authority.now())
    browser = world.browser()
    first, second = browser.launch(), browser.launch("other-2")
    assert "Canaryson" in first.again().words
    assert "Otherton" in second.again().words
    assert "Canaryson" not in second.words
    crossed = browser.post(first.url + "confirm", second.fields | AGREED)
    assert crossed.status_code == 403
    assert world.held("Appointment") == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": APP, "Sec-Fetch-Site": "same-site"},
        {"Origin": "https://pickupday.example.evil.example"},
        {"Origin": ""},
    ],
)
@pytest.mark.parametrize("path", ["", "confirm", "leave"])
def test_a_form_from_another_page_changes_nothing(page, headers, path):
    fields = page.fields | AGREED | {"leaves": "yes"}
    answer = page.browser.post(page.url + path, fields, **headers)
    assert answer.status_code == 403
    assert page.browser.world.held("Appointment") == []


def test_a_form_of_our_own_page_counts_though_no_referrer_hides_its_origin(page):
    fields = page.fields | AGREED
    answer = page.browser.post(page.url + "confirm", fields, **{"Origin": "null", "Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 200


@pytest.mark.parametrize("token", ["", "0" * 64, "ü"])
def test_a_form_without_the_token_of_this_launch_changes_nothing(page, token):
    assert page.enrol(form_token=token).status_code == 403
    assert page.browser.world.held("Appointment") == []


def test_a_write_that_is_no_form_of_ours_is_refused(page):
    answer = page.browser.world.run(
        page.browser.client.post(page.url + "confirm", json=page.fields, headers={"Origin": APP})
    )
    assert answer.status_code == 400
    huge = page.enrol(consent="x" * 300_000)
    assert huge.status_code == 400


def test_no_write_goes_through_a_link(page):
    assert page.browser.get(page.url + "confirm").status_code == 405
    assert page.browser.get(page.url + "leave").status_code == 405


def test_twenty_requests_side_by_side_refresh_once(world):
    browser = world.browser()
    page = browser.launch()
    world.end_access(page)
    before = world.outbound.paths("ehr.example").count("/auth/token")
    processes = [world.app, world.another_process()]

    async def all_at_once() -> list[httpx.Response]:
        clients = [
            httpx.AsyncClient(transport=httpx.ASGITransport(app), cookies=browser.client.cookies, timeout=60)
            for app in processes
        ]
        return await asyncio.gather(*(clients[number % 2].get(page.url) for number in range(20)))

    answers = world.run(all_at_once())
    assert {answer.status_code for answer in answers} <= {200, 202}  # planned, or still waited for
    assert world.outbound.paths("ehr.example").count("/auth/token") == before + 1


def test_no_name_id_token_or_code_is_in_our_addresses_logs_or_error_pages(world, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("service", "smart_launch", "asyncio", "sqlalchemy.engine", "uvicorn"):
        caplog.set_level(logging.DEBUG, logger=name)
    browser = world.browser()
    address = browser.answer_to(browser.start())
    code = httpx.URL(address).params["code"]
    page = browser.page(APP + browser.get(address).headers["location"])
    tokens = world.tokens(page)
    secrets = [code, tokens.access_token.reveal(), tokens.refresh_token.reveal()]
    secrets += [cookie.value for cookie in browser.client.cookies.jar]
    page.enrol()
    page.again().leave()
    world.end_access(page)
    page.again()
    errors = [browser.get(address), browser.get(f"{APP}/l/{page.launch}x/"), page.enrol(form_token="")]
    world.outbound.before = no_ehr
    errors.append(page.again().answer)
    assert [answer.status_code for answer in errors] == [400, 401, 403, 504]
    page.sign_out()
    canaries = [*secrets, "Canaryson", "Wilhelmina", "canary-1", "metformin", "Metformin"]
    assert [
        record.getMessage() for record in caplog.records if any(one in record.getMessage() for one in canaries)
    ] == []
    for answer in errors:
        assert [canary for canary in canaries if canary in answer.text] == []
        assert "Traceback" not in answer.text
    ours = [str(request.url) for request in browser.network.asked if request.url.host == "pickupday.example"]
    ours = [url for url in ours if not url.startswith((f"{APP}/launch?", f"{APP}/callback?"))]
    assert [canary for canary in canaries for url in ours if canary in url] == []
    assert page.launch not in caplog.text
    assert [secret for secret in secrets if secret in page.answer.text] == []


async def no_ehr(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectTimeout("canary-1 Canaryson", request=request)


def test_what_the_store_holds_says_nothing_without_the_key(world):
    page = world.browser().launch()
    page.choose(**{"on_hand.MedicationRequest/lisinopril": "7"})
    tokens = world.tokens(page)
    stored = b"".join(path.read_bytes() for path in world.folder.glob("app.sqlite*"))
    hidden = (
        tokens.access_token.reveal(),
        tokens.refresh_token.reveal(),
        "canary-1",
        "ehr.example",
        page.launch,
        "lisinopril",
    )
    assert [word for word in hidden if word.encode() in stored] == []


def test_a_session_ends_by_itself_when_nobody_uses_it(make_world):
    world = make_world(extra={"PICKUPDAY_IDLE_MINUTES": "1"})
    page = world.browser().launch()
    world.store.sessions._now = lambda: world.ehr.authority.now() + timedelta(seconds=61)
    assert page.again().answer.status_code == 401
    assert world.run(world.store.sessions.sweep()) >= 1


def test_an_unforeseen_failure_shows_no_trace_and_logs_no_words(page, caplog, monkeypatch):
    async def broken(*_: object) -> None:
        raise RuntimeError("Canaryson canary-1")

    monkeypatch.setattr("service.routes.patient_page.look", broken)
    answer = page.again().answer
    assert answer.status_code == 500
    assert "Something went wrong here" in words(answer)
    assert "Canaryson" not in answer.text + caplog.text
    assert "RuntimeError at " in caplog.text


def test_every_answer_forbids_scripts_of_others_frames_of_strangers_and_copies(page):
    pages = {
        "page": page.answer,
        "unknown": page.browser.get(f"{APP}/nothing"),
        "home": page.browser.get(f"{APP}/"),
        "refused": page.browser.get(f"{APP}/launch?iss=x"),
        "post": page.enrol(form_token=""),
    }
    for answer in pages.values():
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert f"frame-ancestors {EHR}" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "max-age" in answer.headers["strict-transport-security"]
        assert "<script>" not in answer.text  # inline ones


def test_cookies_are_opaque_and_bound_to_this_host_and_to_the_site_that_frames_us(world):
    browser = world.browser()
    start = browser.start()
    back = browser.get(browser.answer_to(start))
    for header in start.headers.get_list("set-cookie") + back.headers.get_list("set-cookie"):
        assert header.startswith("__Host-")
        for rule in ("Path=/", "Secure", "HttpOnly", "SameSite=None", "Partitioned"):
            assert rule in header
        assert "Domain" not in header
