"""What the token endpoint refuses, and how tokens live and end."""

from __future__ import annotations

import pytest

CALLBACK = "http://127.0.0.1:8000/callback"


def refused(answer, status=400):
    assert answer.status_code == status
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()["error"]


@pytest.mark.parametrize(
    ("spoilt", "error"),
    [
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code": None}, "invalid_request"),
        ({"code": "a-code-that-nobody-gave"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": f"{CALLBACK}/"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": "v" * 42}, "invalid_grant"),
        ({"code_verifier": "v" * 129}, "invalid_grant"),
    ],
)
def test_an_exchange_with_one_mistake_is_refused(app, spoilt, error):
    assert refused(app.exchange(**{"code": app.code(), **spoilt})) == error


def test_a_parameter_given_twice_is_refused(app, http):
    form = f"grant_type=authorization_code&grant_type=authorization_code&code={app.code()}"
    answer = http.post("/auth/token", content=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert refused(answer) == "invalid_request"


@pytest.mark.parametrize("body", [{"json": {}}, {"content": b"grant_type=x"}, {"params": {"grant_type": "x"}}])
def test_a_token_request_is_a_form(http, body):
    assert refused(http.post("/auth/token", **body)) == "invalid_request"


def test_a_form_without_end_is_not_read(http):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert refused(http.post("/auth/token", content=b"x" * 100_001, headers=headers), 413) == "invalid_request"
    assert refused(http.post("/auth/token", content=b"code=\xff", headers=headers)) == "invalid_request"
    assert refused(http.post("/auth/token", content=b"&".join([b"a=1"] * 101), headers=headers)) == "invalid_request"


def test_a_token_is_not_asked_for_with_get(http):
    assert http.get("/auth/token").status_code == 405


def test_a_code_is_good_for_a_minute(app, clock):
    code = app.code()
    clock.go(60)
    assert refused(app.exchange(code)) == "invalid_grant"


def test_a_code_that_comes_twice_revokes_what_came_of_it(app):
    code = app.code()
    token = app.exchange(code).json()
    assert refused(app.exchange(code)) == "invalid_grant"
    assert app.fhir(token["access_token"], "Patient/ann").status_code == 401
    assert refused(app.refresh(token["refresh_token"])) == "invalid_grant"


def test_a_code_is_for_the_client_it_was_given_to(app, register):
    code = app.code()
    assert refused(register("other").exchange(code)) == "invalid_grant"
    assert app.exchange(code).status_code == 200


def test_a_wrong_verifier_uses_the_code_up(app):
    code = app.code()
    assert refused(app.exchange(code, code_verifier="w" * 43)) == "invalid_grant"
    assert refused(app.exchange(code)) == "invalid_grant"


def test_refresh_tokens_rotate(app):
    first = app.token()
    second = app.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["scope"] == first["scope"]
    assert second["patient"] == "ann"


def test_an_old_refresh_token_that_comes_again_revokes_the_launch(app):
    first = app.token()
    second = app.refresh(first["refresh_token"]).json()
    assert refused(app.refresh(first["refresh_token"])) == "invalid_grant"
    assert app.fhir(second["access_token"], "Patient/ann").status_code == 401
    assert refused(app.refresh(second["refresh_token"])) == "invalid_grant"


def test_a_refresh_token_is_for_the_client_it_was_given_to(app, register):
    token = app.token()["refresh_token"]
    assert refused(register("other").refresh(token)) == "invalid_grant"
    assert app.refresh(token).status_code == 200


def test_a_refresh_may_ask_for_less_and_never_for_more(app):
    token = app.token(scope="launch offline_access patient/*.rs")
    less = app.refresh(token["refresh_token"], scope="patient/Patient.r").json()
    assert less["scope"] == "patient/Patient.r"
    assert app.fhir(less["access_token"], "Patient/ann").status_code == 200
    assert app.fhir(less["access_token"], "Observation").status_code == 403
    assert refused(app.refresh(less["refresh_token"], scope="patient/*.cruds")) == "invalid_scope"


@pytest.mark.parametrize("scope", ["patient/*.cruds", "openid", "patient/x"])
def test_a_scope_that_was_not_granted_is_refused_at_refresh(app, scope):
    token = app.token(scope="launch offline_access patient/*.rs")
    answer = app.refresh(token["refresh_token"], scope=scope)
    assert refused(answer) == "invalid_scope"


def test_a_backend_service_gets_a_token_for_its_system_scopes(register, asymmetric):
    job = register("job", **asymmetric, backend=True, scopes="system/Patient.rs system/Observation.rs")
    answer = job.post("/auth/token", {"grant_type": "client_credentials", "scope": "system/Patient.rs"}).json()
    assert (answer["scope"], answer["expires_in"], answer["token_type"]) == ("system/Patient.rs", 300, "Bearer")
    assert "refresh_token" not in answer
    found = job.fhir(answer["access_token"], "Patient").json()
    assert [entry["resource"]["id"] for entry in found["entry"]] == ["ann", "bob"]
    assert job.fhir(answer["access_token"], "Observation").status_code == 403


@pytest.mark.parametrize(
    ("scope", "error"),
    [
        (None, "invalid_request"),
        ("patient/*.rs", "invalid_scope"),
        ("system/Patient.rs openid", "invalid_scope"),
        ("system/Medication.rs", "invalid_scope"),
        ("system/", "invalid_scope"),
    ],
)
def test_a_backend_service_gets_nothing_else(register, asymmetric, scope, error):
    job = register("job", **asymmetric, backend=True, scopes="system/Patient.rs")
    assert refused(job.post("/auth/token", {"grant_type": "client_credentials", "scope": scope})) == error


def test_an_app_is_no_backend_service(any_app):
    form = {"grant_type": "client_credentials", "scope": "system/*.rs"}
    assert refused(any_app.post("/auth/token", form)) == "unauthorized_client"


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "authorization_code", "code": "x", "redirect_uri": CALLBACK, "code_verifier": "v" * 43},
        {"grant_type": "refresh_token", "refresh_token": "x"},
    ],
)
def test_a_backend_service_has_neither_codes_nor_refresh_tokens(register, asymmetric, form):
    job = register("job", **asymmetric, backend=True)
    assert refused(job.post("/auth/token", form)) == "unauthorized_client"
