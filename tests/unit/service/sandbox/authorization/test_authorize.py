"""What the authorization endpoint refuses."""

from __future__ import annotations

import pytest

CALLBACK = "http://127.0.0.1:8000/callback"


@pytest.mark.parametrize(
    ("spoilt", "error", "says"),
    [
        ({"response_type": "token"}, "unsupported_response_type", "response_type"),
        ({"response_type": None}, "invalid_request", "response_type"),
        ({"state": None}, "invalid_request", "state"),
        ({"state": "   "}, "invalid_request", "state"),
        ({"state": "short"}, "invalid_request", "122 bits"),
        ({"aud": None}, "invalid_request", "aud"),
        ({"aud": "http://ehr.example/fhir/"}, "invalid_request", "aud"),
        ({"aud": "http://ehr.example"}, "invalid_request", "aud"),
        ({"aud": "https://ehr.example/fhir"}, "invalid_request", "aud"),
        ({"code_challenge": None}, "invalid_request", "code_challenge"),
        ({"code_challenge": "too-short"}, "invalid_request", "SHA-256"),
        ({"code_challenge_method": None}, "invalid_request", "code_challenge_method"),
        ({"code_challenge_method": "plain"}, "invalid_request", "S256"),
        ({"scope": None}, "invalid_request", "scope"),
        ({"scope": " "}, "invalid_request", "scope"),
        ({"scope": "launch patient/Observation.sr"}, "invalid_scope", "patient/Observation.sr"),
        ({"scope": "launch patient/Observation."}, "invalid_scope", "patient/Observation."),
        ({"scope": "launch patient/Observation.rs?colour=red"}, "invalid_scope", "colour"),
        ({"scope": 'launch "quoted"'}, "invalid_scope", "signs"),
        ({"scope": "patient/*.rs"}, "invalid_scope", "launch"),
        ({"launch": "a-handle-that-nobody-made"}, "invalid_request", "launch"),
        ({"launch": None}, "invalid_request", "launch"),
    ],
)
def test_a_request_with_one_mistake_goes_back_with_the_reason(app, spoilt, error, says):
    answer = app.authorize(**spoilt)
    assert answer["error"] == error
    assert says in answer["error_description"]
    assert "code" not in answer
    assert answer.get("state") == spoilt.get("state", app.state)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"client_id": None},
        {"client_id": "stranger"},
        {"redirect_uri": None},
        {"redirect_uri": f"{CALLBACK}/"},
        {"redirect_uri": f"{CALLBACK}?x=1"},
        {"redirect_uri": "http://127.0.0.1:8000/CALLBACK"},
        {"redirect_uri": "https://foreign.example/callback"},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered_to_the_letter(app, http, spoilt):
    answer = http.get("/auth/authorize", params=app.request(**spoilt))
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "registered" in answer.text


@pytest.mark.parametrize("twice", ["state", "redirect_uri", "scope", "aud"])
def test_a_parameter_given_twice_is_refused(app, http, twice):
    pairs = [*app.request().items(), (twice, "another")]
    answer = http.get("/auth/authorize", params=pairs)
    assert answer.status_code == 400
    assert f"{twice} given twice" in answer.text


def test_a_posted_request_must_be_a_form(app, http):
    answer = http.post("/auth/authorize", json=app.request())
    assert answer.status_code == 400
    assert "application/x-www-form-urlencoded" in answer.text


def test_a_launch_is_for_once(app):
    handle = app.begin()
    assert "code" in app.authorize(handle)
    assert app.authorize(handle)["error"] == "invalid_request"


def test_a_launch_is_for_the_client_it_was_made_for(app, register):
    other = register("other")
    assert "another client" in other.authorize(app.begin())["error_description"]


def test_a_launch_is_good_for_ten_minutes(app, clock):
    handle = app.begin()
    clock.go(600)
    assert "too old" in app.authorize(handle)["error_description"]


def test_a_request_that_is_refused_does_not_use_the_launch_up(app):
    handle = app.begin()
    assert "error" in app.authorize(handle, aud="http://elsewhere.example")
    assert "code" in app.authorize(handle)


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("launch patient/*.rs", "launch patient/*.rs"),
        ("launch patient/Observation.read", "launch patient/Observation.read"),
        ("launch patient/Spaceship.rs unknown-word", "launch"),
        ("launch system/*.rs", "launch"),
        ("launch user/Appointment.cruds openid", "launch user/Appointment.cruds openid"),
        ("launch launch/patient patient/Patient.r", "launch launch/patient patient/Patient.r"),
    ],
)
def test_what_makes_no_sense_is_not_granted_and_the_token_says_so(app, asked, granted):
    assert app.token(scope=asked)["scope"] == granted


@pytest.mark.parametrize(
    ("registered", "asked", "granted"),
    [
        ("launch patient/*.rs", "launch openid patient/Appointment.cruds", "launch patient/Appointment.rs"),
        ("launch patient/*.r patient/*.s", "launch patient/*.rs", "launch patient/*.rs"),
        ("launch patient/Patient.r", "launch patient/*.read", "launch patient/Patient.r"),
        ("launch patient/Observation.rs", "launch patient/*.*", "launch patient/Observation.read"),
        (
            "launch patient/Observation.rs?category=laboratory",
            "launch patient/Observation.rs",
            "launch patient/Observation.rs?category=laboratory",
        ),
        ("launch", "launch patient/*.rs", "launch"),
    ],
)
def test_the_registration_is_the_most_that_is_granted(register, registered, asked, granted):
    assert register(scopes=registered).token(scope=asked)["scope"] == granted


def test_without_a_patient_there_are_no_patient_scopes(app):
    token = app.token(app.begin(None), scope="launch patient/*.rs user/Patient.r")
    assert token["scope"] == "launch user/Patient.r"
    assert "patient" not in token
