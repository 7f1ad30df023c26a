"""What the server says of itself."""

from __future__ import annotations


def test_smart_configuration_says_what_is_there(http):
    said = http.get("/fhir/.well-known/smart-configuration").json()
    assert said["issuer"] == "http://ehr.example/fhir"
    assert said["authorization_endpoint"] == "http://ehr.example/auth/authorize"
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert {"launch-ehr", "launch-standalone", "authorize-post", "permission-v2"} <= set(said["capabilities"])
    assert said["token_endpoint_auth_signing_alg_values_supported"] == ["RS384", "ES384"]
    for name in ("jwks_uri", "authorization_endpoint"):
        assert http.get(said[name]).status_code != 404
    for name in ("token_endpoint", "introspection_endpoint", "revocation_endpoint"):
        assert http.post(said[name]).status_code == 400


def test_the_capability_statement_names_the_same_addresses(http):
    said = http.get("/fhir/.well-known/smart-configuration").json()
    security = http.get("/fhir/metadata").json()["rest"][0]["security"]
    assert security["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"
    (oauth,) = security["extension"]
    uris = {each["url"]: each["valueUri"] for each in oauth["extension"]}
    assert uris == {
        "authorize": said["authorization_endpoint"],
        "token": said["token_endpoint"],
        "introspect": said["introspection_endpoint"],
        "revoke": said["revocation_endpoint"],
    }


def test_openid_configuration_is_there_for_clients_that_look_for_it(http):
    said = http.get("/fhir/.well-known/openid-configuration").json()
    assert said["issuer"] == "http://ehr.example/fhir"
    assert http.get(said["jwks_uri"]).json()["keys"][0]["kty"] == "RSA"


def test_the_style_is_there(http):
    assert http.get("/smart-style.json").json()["color_background"].startswith("#")
