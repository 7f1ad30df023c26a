"""Cookies and forms by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import Request
from starlette.responses import Response

from service.routes.cookies import Cookies, fingerprint, is_secret_of, new_secret
from service.routes.headers import content_policy
from service.routes.writes import Form, form_token

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def with_cookie(header: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", header.encode())]})


def test_in_production_one_cookie_is_set_and_only_that_one_is_believed():
    response = Response()
    Cookies().keep(response, "launch", "hush", 60)
    (header,) = response.headers.getlist("set-cookie")
    name = header.partition("=")[0]
    assert name.startswith("__Host-")
    assert Cookies().secret(with_cookie(f"{name}=hush"), "launch") == "hush"
    assert Cookies().secret(with_cookie(f"{name.removeprefix('__Host-')}=planted"), "launch") is None


def test_on_http_of_this_machine_a_plain_cookie_goes_beside_for_browsers_that_take_no_other():
    response = Response()
    Cookies(development=True).keep(response, "launch", "hush", 60)
    plain = response.headers.getlist("set-cookie")[1]
    assert "Secure" not in plain
    assert Cookies(development=True).secret(with_cookie(plain.partition(";")[0]), "launch") == "hush"


def test_a_forgotten_cookie_ends_at_once():
    response = Response()
    Cookies().forget(response, "launch")
    assert "Max-Age=0" in response.headers["set-cookie"]


def test_the_name_of_a_cookie_does_not_tell_its_launch():
    response = Response()
    Cookies().keep(response, "a-launch-key", "hush", 60)
    assert "a-launch-key" not in response.headers["set-cookie"]


def test_a_secret_is_known_again_by_its_fingerprint_alone():
    secret = new_secret(NOW)
    assert len(secret) >= 43
    assert is_secret_of(secret, fingerprint(secret))
    assert not is_secret_of(new_secret(NOW), fingerprint(secret))
    assert not is_secret_of(None, fingerprint(secret))


def test_a_form_token_belongs_to_one_browser_and_one_launch():
    tokens = {form_token(secret, launch) for secret in ("a", "b") for launch in ("c", "d")}
    assert len(tokens) == 4
    assert form_token("a", "c") in tokens


def test_the_last_value_of_a_field_counts_and_all_can_be_had():
    form = Form((("a", " 1 "), ("a", "2"), ("b.x", "3")))
    assert (form.get("a"), form.get("none"), form.all("a"), form.named("b.")) == ("2", "", ("1", "2"), {"x": "3"})


@pytest.mark.parametrize(("ancestors", "said"), [((), "'none'"), (("https://a.example",), "https://a.example")])
def test_only_named_origins_may_frame_us(ancestors, said):
    assert content_policy(ancestors).endswith(f"frame-ancestors {said}")


def test_after_many_launches_the_oldest_cookies_are_taken_back():
    made = [(f"__Host-pickupday-{number:016x}", new_secret(NOW + timedelta(minutes=number))) for number in range(23)]
    waiting = "__Host-pickupday-aaaa=a-launch-on-its-way"
    header = "; ".join([waiting, *(f"{name}={value}" for name, value in reversed(made))])
    response = Response()
    Cookies().prune(with_cookie(header), response)
    ended = [each.partition("=")[0] for each in response.headers.getlist("set-cookie")]
    assert ended == [name for name, _ in made[:3]]
