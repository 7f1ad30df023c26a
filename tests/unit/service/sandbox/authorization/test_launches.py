from __future__ import annotations


def test_each_kind_of_client_completes_an_ehr_launch(any_app):
    token = any_app.token()
    assert token["token_type"] == "Bearer"
    assert token["patient"] == "ann"
    assert any_app.fhir(token["access_token"], "Patient/ann").status_code == 200
    again = any_app.refresh(token["refresh_token"]).json()
    assert any_app.fhir(again["access_token"], "Patient/ann").status_code == 200
