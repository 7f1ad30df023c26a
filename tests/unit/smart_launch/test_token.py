"""The token answer: what is a token, how long it lives, and what it allows."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest

from smart_launch import (
    BadTokenAnswer,
    Grant,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    ServerUnreachable,
    SmartError,
    TokenRefused,
)
from smart_launch.wire import Answer
from tests.smart.driving import SCOPES, App, launched, run
from tests.smart.strict_server import NOON, StrictServer


def granted(**answer: object) -> Grant:
    return launched(StrictServer(answer=dict(answer)))


def refused_with(response: httpx.Response | Exception) -> SmartError:
    server = StrictServer()
    server.replies["/token"] = [response]
    with pytest.raises(SmartError) as raised:
        launched(server)
    assert len(server.asked("/token")) == 1
    return raised.value


def test_a_code_becomes_a_token_with_its_lifetime_and_scopes() -> None:
    grant = granted()
    assert grant.access_token.reveal() == "access-1"
    assert grant.expires_at == NOON + timedelta(hours=1)
    assert grant.granted.allows("Observation", "s")
    assert grant.context.patient == "p1"
    assert grant.notes == ()


def test_the_exchange_is_a_form_with_code_redirect_and_verifier() -> None:
    server = StrictServer()
    launched(server)
    (form,) = server.forms()
    assert form.keys() == {"grant_type", "code", "redirect_uri", "code_verifier", "client_id"}
    assert server.broken == []


@pytest.mark.parametrize("kind", ["bearer", "Bearer", "BEARER", "bEaReR"])
def test_the_token_type_is_read_without_regard_to_case(kind: str) -> None:
    assert granted(token_type=kind).access_token


@pytest.mark.parametrize("kind", ["mac", "DPoP", "", None, 7, "bearer2"])
def test_a_token_that_is_no_bearer_token_is_refused(kind: object) -> None:
    with pytest.raises(BadTokenAnswer, match="no bearer token"):
        granted(token_type=kind)


@pytest.mark.parametrize("token", [None, "", "  ", 7, "a b", "a\r\nX-Evil: 1", "tokën"])
def test_an_answer_without_a_usable_token_is_refused(token: object) -> None:
    with pytest.raises(BadTokenAnswer, match="no access token"):
        granted(access_token=token)


@pytest.mark.parametrize("seconds", [3600, "3600", 3600.0])
def test_a_lifetime_is_read_as_a_number_or_as_text(seconds: object) -> None:
    assert granted(expires_in=seconds).expires_at == NOON + timedelta(hours=1)


@pytest.mark.parametrize("seconds", [None, "soon", -1, 10**12, True, [], 1.5])
def test_a_token_that_does_not_say_how_long_it_lives_is_believed_for_five_minutes(seconds: object) -> None:
    grant = granted(expires_in=seconds)
    assert grant.expires_at == NOON + timedelta(minutes=5)
    assert "does not say how long" in grant.notes[0]


def test_a_narrower_grant_is_what_counts() -> None:
    grant = granted(scope="launch patient/Patient.r")
    assert not grant.granted.allows("Observation", "r")
    assert grant.granted.missing(("patient/Observation.rs",)) == ("patient/Observation.rs",)


def test_a_wider_grant_is_what_counts() -> None:
    assert granted(scope="launch patient/*.cruds").granted.allows("Appointment", "c")


def test_an_empty_scope_grants_nothing() -> None:
    assert granted(scope="").granted.scopes == ()


def test_a_missing_scope_means_what_was_asked_for() -> None:
    grant = granted(scope=None)
    assert grant.granted.scopes == ("launch", *SCOPES)
    assert "does not say what it granted" in grant.notes[0]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("invalid_grant", InvalidGrant),
        ("invalid_client", InvalidClient),
        ("unauthorized_client", InvalidClient),
        ("invalid_scope", InvalidScope),
        ("invalid_request", TokenRefused),
        ("teapot", TokenRefused),
    ],
)
def test_a_refusal_has_the_type_of_its_code(code: str, kind: type[TokenRefused]) -> None:
    error = refused_with(httpx.Response(400, json={"error": code, "error_description": "not\nnow"}))
    assert type(error) is kind
    assert isinstance(error, TokenRefused)
    assert (error.code, error.description, error.status) == (code, "not now", 400)
    assert error.what_next


@pytest.mark.parametrize("status", [400, 401, 500, 502])
def test_a_failure_without_a_code_is_told_by_its_status(status: int) -> None:
    error = refused_with(httpx.Response(status, text="<html>oops</html>"))
    assert isinstance(error, BadTokenAnswer)
    assert str(status) in str(error)
    assert "oops" not in str(error)


@pytest.mark.parametrize("body", [b"", b"[]", b"access_token=a&token_type=bearer", b'{"access_token": NaN}', b"\xff"])
def test_an_answer_that_is_no_json_object_is_refused(body: bytes) -> None:
    assert isinstance(refused_with(httpx.Response(200, content=body)), BadTokenAnswer)


def test_a_redirect_of_the_token_endpoint_is_not_followed() -> None:
    error = refused_with(httpx.Response(307, headers={"location": "https://evil.example/token"}))
    assert isinstance(error, BadTokenAnswer)
    assert "not followed" in str(error)


def test_a_token_endpoint_that_cannot_be_reached_is_told() -> None:
    error = refused_with(httpx.ConnectError("no route"))
    assert isinstance(error, ServerUnreachable)
    assert not error.sent


def test_a_grant_survives_its_store_and_a_relaunch_needs_nothing_else() -> None:
    async def stored() -> None:
        app = App(StrictServer(answer={"encounter": "e1", "need_patient_banner": False, "tenant": "t"}))
        grant = await app.launch()
        again = Grant.from_json(grant.to_json())
        assert again == grant
        assert again.access_token.reveal() == "access-1"

    run(stored())


def test_an_answer_shows_none_of_its_words_when_it_is_printed() -> None:
    assert repr(Answer(200, b"canary")) == "Answer(200, 6 bytes)"


def test_a_stored_grant_with_half_a_person_is_refused() -> None:
    stored = json.loads(granted().to_json())
    for half in ({"issuer": "https://ehr.example"}, {"subject": "nurse-7"}):
        with pytest.raises(ValueError, match="no stored grant"):
            Grant.from_json(json.dumps({**stored, "identity": half}))


@pytest.mark.parametrize(
    "stored", ["", "[]", "{}", '{"issuer": "a", "client_id": "b", "access_token": "c", "expires_at": 1}']
)
def test_a_stored_grant_that_is_none_is_refused(stored: str) -> None:
    with pytest.raises(ValueError):
        Grant.from_json(stored)
