"""Whole launches of apps that do everything right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from joserfc import jwt
from joserfc.jwk import KeySet

BASE = "http://ehr.example/fhir"


def test_each_kind_of_client_completes_an_ehr_launch(any_app):
    token = any_app.token()
    assert token["token_type"] == "Bearer"
    assert token["patient"] == "ann"
    assert any_app.fhir(token["access_token"], "Patient/ann").status_code == 200
    again = any_app.refresh(token["refresh_token"]).json()
    assert any_app.fhir(again["access_token"], "Patient/ann").status_code == 200


def test_an_assertion_may_be_signed_with_rs384(register, asymmetric):
    app = register(**asymmetric)
    form = {"client_assertion": app.assertion(alg="RS384")}
    assert app.exchange(app.code(), **form).status_code == 200


def test_the_authorization_request_may_be_posted(app, http, told):
    answer = told(http.post("/auth/authorize", data=app.request()))
    assert app.exchange(answer["code"]).status_code == 200


def test_the_app_gets_its_state_back_and_learns_who_answers(app):
    answer = app.authorize()
    assert answer["state"] == app.state
    assert answer["iss"] == BASE


def test_the_query_of_a_redirect_uri_is_kept(register, http):
    callback = "http://127.0.0.1:8000/callback?site=7"
    app = register(redirect_uris=(callback,))
    answer = http.get("/auth/authorize", params=app.request(redirect_uri=callback))
    assert answer.headers["location"].startswith(f"{callback}&")


def test_a_token_response_is_not_cached(app):
    answer = app.exchange(app.code())
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")


def test_the_token_says_how_long_it_lives_and_keeps_to_it(app, clock):
    token = app.token()
    clock.go(token["expires_in"] - 1)
    assert app.fhir(token["access_token"], "Patient/ann").status_code == 200
    clock.go(1)
    assert app.fhir(token["access_token"], "Patient/ann").status_code == 401


def test_the_launch_context_is_what_the_ehr_had_open(app, ehr):
    context = ehr.context("bob", faults=())
    handle = ehr.authority.memory.begin_launch("app", context)
    token = app.token(handle)
    assert (token["patient"], token["need_patient_banner"]) == ("bob", False)
    assert token["smart_style_url"] == "http://ehr.example/smart-style.json"


def test_more_context_is_told_where_there_is_some(app, ehr):
    context = replace(
        ehr.context("ann"),
        encounter="visit-1",
        intent="reconcile-medications",
        fhir_context=({"reference": "MedicationRequest/ann-medicationrequest"},),
    )
    token = app.token(ehr.authority.memory.begin_launch("app", context))
    assert token["encounter"] == "visit-1"
    assert token["intent"] == "reconcile-medications"
    assert token["fhirContext"] == [{"reference": "MedicationRequest/ann-medicationrequest"}]


def test_the_id_token_says_who_is_at_the_screen(app, http, clock):
    token = app.token()
    published = http.get("/auth/jwks.json").json()
    read = jwt.decode(token["id_token"], KeySet.import_key_set(published), algorithms=["RS256"])
    assert read.header["kid"] == published["keys"][0]["kid"]
    assert "d" not in published["keys"][0]
    claims = read.claims
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (BASE, "app", "a-nonce")
    assert claims["fhirUser"] == f"{BASE}/Practitioner/sandbox-clinician"
    assert claims["exp"] == int((clock.now + timedelta(hours=1)).timestamp())


def test_without_fhiruser_the_id_token_does_not_name_the_resource(app, http):
    token = app.token(scope="launch openid patient/*.rs", nonce=None)
    keys = KeySet.import_key_set(http.get("/auth/jwks.json").json())
    claims = jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims
    assert "fhirUser" not in claims
    assert "nonce" not in claims


def test_no_id_token_without_openid_and_no_refresh_token_without_asking(app):
    token = app.token(scope="launch patient/*.rs")
    assert "id_token" not in token
    assert "refresh_token" not in token


def test_a_launch_for_online_access_is_refreshed_for_hours_only(app, clock):
    token = app.token(scope="launch online_access patient/*.rs")
    clock.go(7 * 3600)
    token = app.refresh(token["refresh_token"]).json()
    clock.go(9 * 3600)
    assert app.refresh(token["refresh_token"]).json()["error"] == "invalid_grant"
