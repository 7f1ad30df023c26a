"""The ways in and out: from a frame, from a window of its own, from outside, and signing out."""

from __future__ import annotations

import json
import re

from service.sandbox.faults import Fault
from smart_launch import KeyRing
from tests.app_in_memory import APP, EHR, words

FRAME = {"Sec-Fetch-Dest": "iframe"}


def test_in_a_frame_that_keeps_cookies_the_launch_goes_on(world):
    browser = world.browser(**FRAME)
    first = browser.start()
    assert first.status_code == 302
    assert first.headers["location"].startswith("/launch/framed/")
    onward = browser.get(APP + first.headers["location"])
    assert onward.status_code == 302
    assert onward.headers["location"].startswith(f"{EHR}/auth/authorize")


def test_in_a_frame_without_cookies_a_window_of_its_own_is_offered_on_the_same_patient(world):
    framed = world.browser(**FRAME)
    address = APP + framed.start().headers["location"]
    framed.client.cookies.clear()
    offer = framed.get(address)
    assert offer.status_code == 200
    assert "keeps no cookie" in words(offer)
    link = re.search(r'<a class="button" href="([^"]+)" target="_blank" rel="noopener">', offer.text)
    window = world.browser()
    onward = window.get(APP + link[1])
    page = window.page(APP + window.get(window.answer_to(onward)).headers["location"])
    assert "2 medicines" in page.words


def test_the_handle_of_the_launch_is_in_no_address_of_ours(world):
    browser = world.browser(**FRAME)
    start = browser.start()
    handle = start.request.url.params["launch"]
    assert handle not in start.headers["location"]
    assert handle not in browser.get(APP + start.headers["location"]).text


def test_a_launch_that_was_left_lying_is_over(world):
    answer = world.browser().get(f"{APP}/launch/window/unknown")
    assert answer.status_code == 400
    assert "opened too long ago" in words(answer)


def test_a_launch_from_outside_asks_the_server_for_the_patient(world):
    for address in (f"{APP}/launch/standalone?iss={EHR}/fhir", f"{APP}/launch?iss={EHR}/fhir"):
        answer = world.browser().get(address)
        assert answer.status_code == 302
        assert "launch%2Fpatient" in answer.headers["location"]
        assert "launch=" not in answer.headers["location"].replace("launch%2F", "")


def test_a_site_may_forbid_launches_from_outside(make_world):
    world = make_world(extra={"PICKUPDAY_SITE_STANDALONE": "false"})
    answer = world.browser().get(f"{APP}/launch/standalone?iss={EHR}/fhir")
    assert answer.status_code == 400
    assert "from its record system only" in words(answer)
    assert world.outbound.asked == []
    assert "Example Clinic" not in words(world.browser().get(f"{APP}/"))


def test_the_first_page_offers_the_sites_that_may_be_started_from_outside(world):
    home = world.browser().get(f"{APP}/")
    assert "Example Clinic" in words(home)
    assert "/launch/standalone?iss=https%3A//ehr.example/fhir" in home.text


def test_a_launch_without_a_patient_opens_no_session(world):
    browser = world.browser()
    answer = browser.get(browser.answer_to(browser.start(faults=[Fault.NO_PATIENT])))
    assert answer.status_code == 400
    assert "named no patient" in words(answer)
    assert "/auth/revoke" in world.outbound.paths("ehr.example")


def test_signing_out_needs_a_page_of_ours(world):
    page = world.browser().launch()
    stranger = world.browser().post(f"{APP}/logout", {"launch": page.launch})
    assert stranger.status_code == 401
    assert page.browser.post(f"{APP}/logout", page.fields, Origin="https://evil.example").status_code == 403
    assert page.again().answer.status_code == 200
    assert world.browser().get(f"{APP}/logout").status_code == 200


def test_the_key_set_is_public_holds_no_private_part_and_may_be_kept_for_a_while(world):
    def two(ring: KeyRing) -> KeyRing:
        ring, _ = ring.with_new("ES384", world.ehr.authority.now())
        ring, _ = ring.rotated("ES384", world.ehr.authority.now())
        return ring.with_new("RS384", world.ehr.authority.now())[0]

    world.store.signing_keys.change(two)
    answer = world.browser().get(f"{APP}/.well-known/jwks.json")
    keys = answer.json()["keys"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert sorted(key["alg"] for key in keys) == ["ES384", "ES384", "RS384"]
    assert not [member for key in keys for member in key if member in ("d", "p", "q", "dp", "dq", "qi", "k")]


def test_health_is_asked_of_the_database(world):
    assert world.browser().get(f"{APP}/healthz").json() == {"status": "ok"}
    with world.store.database.begin() as connection:
        connection.exec_driver_sql("DROP TABLE schema_version")
    answer = world.browser().get(f"{APP}/healthz")
    assert answer.status_code == 503
    assert "sqlite" not in json.dumps(answer.json())


def test_a_database_that_is_gone_is_a_page_and_no_trace(world):
    page = world.browser().launch()
    with world.store.database.begin() as connection:
        connection.exec_driver_sql("DROP TABLE session")
    answer = page.again().answer
    assert answer.status_code == 503
    assert "Not available just now" in words(answer)
    assert "session" not in answer.text


def test_a_post_where_none_is_taken_and_an_unknown_address_have_their_page(world):
    browser = world.browser()
    assert "Not this way" in words(browser.post(f"{APP}/launch", {}))
    assert "There is nothing at this address." in words(browser.get(f"{APP}/nothing"))


def test_styles_are_served_and_nothing_else_of_the_folder(world):
    browser = world.browser()
    style = browser.get(f"{APP}/static/pickupday.css")
    assert style.headers["content-type"].startswith("text/css")
    assert browser.get(f"{APP}/static/../app.py").status_code == 404
    assert browser.get(f"{APP}/static/%2e%2e/app.py").status_code == 404
