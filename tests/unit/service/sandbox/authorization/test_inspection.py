"""Introspection and revocation."""

from __future__ import annotations

import pytest


def test_a_good_token_is_described(app):
    token = app.token()
    told = app.post("/auth/introspect", {"token": token["access_token"]}).json()
    assert told["active"] is True
    assert (told["client_id"], told["patient"], told["scope"]) == ("app", "ann", token["scope"])
    assert told["exp"] - told["iat"] == token["expires_in"]
    assert told["fhirUser"].endswith("/Practitioner/sandbox-clinician")
    assert told["sub"]


def test_a_refresh_token_is_described_as_well(app):
    told = app.post("/auth/introspect", {"token": app.token()["refresh_token"]}).json()
    assert told["active"] is True
    assert "token_type" not in told


def test_a_backend_service_s_token_has_nobody_at_the_screen(register, asymmetric):
    job = register("job", **asymmetric, backend=True)
    token = job.post("/auth/token", {"grant_type": "client_credentials", "scope": "system/*.rs"}).json()
    told = job.post("/auth/introspect", {"token": token["access_token"]}).json()
    assert told["active"] is True
    assert "sub" not in told


def test_an_expired_or_unknown_token_is_not_active(app, clock):
    token = app.token()
    clock.go(token["expires_in"])
    for text in (token["access_token"], "unknown"):
        assert app.post("/auth/introspect", {"token": text}).json() == {"active": False}


def test_nobody_learns_of_another_client_s_token(app, register):
    token = app.token()
    other = register("other")
    assert other.post("/auth/introspect", {"token": token["access_token"]}).json() == {"active": False}
    assert other.post("/auth/revoke", {"token": token["access_token"]}).status_code == 200
    assert app.fhir(token["access_token"], "Patient/ann").status_code == 200


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revoking_one_token_ends_the_launch(app, kind):
    token = app.token()
    assert app.post("/auth/revoke", {"token": token[kind]}).status_code == 200
    assert app.fhir(token["access_token"], "Patient/ann").status_code == 401
    assert app.refresh(token["refresh_token"]).json()["error"] == "invalid_grant"
    assert app.post("/auth/introspect", {"token": token["access_token"]}).json() == {"active": False}


def test_revoking_what_is_not_known_is_no_error(app):
    assert app.post("/auth/revoke", {"token": "unknown"}).status_code == 200


@pytest.mark.parametrize("path", ["/auth/introspect", "/auth/revoke"])
def test_both_want_a_known_client_and_a_token(app, http, path):
    assert http.post(path, data={"token": "x"}).status_code == 401
    assert app.post(path, {}).json()["error"] == "invalid_request"
