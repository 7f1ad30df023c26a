"""Who signed in is believed only when every check holds."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwk, jws

from smart_launch import BadKeySet, Endpoints, Hidden, Identity, IdTokenRefused, Quirks, SmartError
from smart_launch.discovery import read_smart_configuration
from smart_launch.id_token import validate
from smart_launch.jwks import IssuerKeys, select
from tests.smart.driving import SITE, launched, run
from tests.smart.strict_server import AUTH, BASE, CLIENT, ISSUER_KEY, NOON, StrictServer, issuer_key, later, sign

NONCE = Hidden("nonce-1")
OTHER_KEY = jwk.RSAKey.generate_key(2048)


def claims(**changes: Any) -> dict[str, Any]:
    moment = int(NOON.timestamp())
    fields = {"iss": AUTH, "aud": CLIENT, "sub": "nurse-7", "iat": moment, "exp": moment + 300, "nonce": "nonce-1"}
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


def identity(
    token: str, *, published: Any = None, minutes: float = 0, server: StrictServer | None = None, **quirks: Any
) -> Identity:
    server = server or StrictServer()
    server.replies.setdefault("/keys", []).append(
        httpx.Response(200, json=published if published is not None else {"keys": [issuer_key()]})
    )
    http = server.client()
    site = replace(SITE, quirks=Quirks(**quirks))
    endpoints: Endpoints = read_smart_configuration(site, server.smart_configuration())
    now = NOON + timedelta(minutes=minutes)
    return run(
        validate(Hidden(token), site=site, endpoints=endpoints, nonce=NONCE, keys=IssuerKeys(http), http=http, now=now)
    )


def refused(token: str, **more: Any) -> str:
    with pytest.raises(IdTokenRefused) as raised:
        identity(token, **more)
    return str(raised.value)


def test_a_signed_token_says_who_signed_in() -> None:
    found = identity(sign(claims(fhirUser="Practitioner/7")))
    assert (found.issuer, found.subject, found.user) == (AUTH, "nurse-7", "Practitioner/7")
    assert found.fhir_user == f"{BASE}/Practitioner/7"
    assert found.notes == ()


@pytest.mark.parametrize(
    ("value", "address", "user"),
    [
        ("PractitionerRole/8", f"{BASE}/PractitionerRole/8", "PractitionerRole/8"),
        (f"{BASE}/Patient/9", f"{BASE}/Patient/9", "Patient/9"),
        ("https://directory.example/fhir/Practitioner/1", "https://directory.example/fhir/Practitioner/1", None),
        (None, None, None),
    ],
)
def test_the_record_of_the_person_is_named_relative_or_absolute(
    value: str | None, address: str | None, user: str | None
) -> None:
    found = identity(sign(claims(fhirUser=value)))
    assert (found.fhir_user, found.user) == (address, user)


@pytest.mark.parametrize(
    "value", ["Practitioner", "Observation/1", "javascript:x", "Practitioner/..", "a/Practitioner/1"]
)
def test_a_record_that_cannot_be_read_is_left_out_with_a_note(value: str) -> None:
    found = identity(sign(claims(fhirUser=value)))
    assert found.fhir_user is None
    assert "cannot be read" in found.notes[0]


def test_older_servers_name_the_record_in_profile() -> None:
    assert identity(sign(claims(profile="Practitioner/7"))).user == "Practitioner/7"


def test_a_signature_of_another_key_is_refused() -> None:
    assert "signature" in refused(sign(claims(), key=OTHER_KEY))


def test_changed_claims_are_refused() -> None:
    header, body, signature = sign(claims()).split(".")
    read = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**read, "sub": "root"}).encode()).decode().rstrip("=")
    assert "signature" in refused(f"{header}.{forged}.{signature}")


def unsigned(alg: str) -> str:
    header = base64.urlsafe_b64encode(json.dumps({"alg": alg, "typ": "JWT"}).encode()).decode().rstrip("=")
    body = base64.urlsafe_b64encode(json.dumps(claims()).encode()).decode().rstrip("=")
    return f"{header}.{body}."


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", "EdDSA"])
def test_an_unsigned_token_is_refused(alg: str) -> None:
    assert "algorithm" in refused(unsigned(alg))


def test_a_token_signed_with_the_public_key_as_a_shared_secret_is_refused() -> None:
    public = jwk.OctKey.import_key(issuer_key()["n"])
    assert "algorithm" in refused(sign(claims(), {"alg": "HS256", "kid": "issuer-1"}, public))


@pytest.mark.parametrize("iss", ["https://evil.example", AUTH + "/", BASE, None, 7])
def test_another_issuer_is_refused(iss: object) -> None:
    assert "another issuer" in refused(sign(claims(iss=iss)))


def test_the_issuer_may_be_registered_where_discovery_does_not_say() -> None:
    assert identity(sign(claims(iss="https://login.example")), openid_issuer="https://login.example")


def test_an_audience_among_several_needs_to_be_named() -> None:
    assert identity(sign(claims(aud=[CLIENT])))
    assert identity(sign(claims(aud=["other", CLIENT], azp=CLIENT)))
    assert "several apps" in refused(sign(claims(aud=["other", CLIENT])))


@pytest.mark.parametrize(
    "change", [{"aud": "other"}, {"aud": []}, {"aud": None}, {"aud": 7}, {"azp": "other"}], ids=str
)
def test_a_token_for_another_app_is_refused(change: dict[str, object]) -> None:
    assert "another app" in refused(sign(claims(**change)))


def test_a_token_lives_until_it_expires_with_a_minute_for_clocks() -> None:
    assert identity(sign(claims()), minutes=5.9)
    assert "expired" in refused(sign(claims()), minutes=6)


@pytest.mark.parametrize("exp", [None, "never", True, []])
def test_a_token_without_an_end_is_refused(exp: object) -> None:
    assert "expired" in refused(sign(claims(exp=exp)))


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_of_the_future_is_refused(claim: str) -> None:
    moment = int(NOON.timestamp())
    assert identity(sign(claims(**{claim: moment + 60})))
    assert "future" in refused(sign(claims(**{claim: moment + 61})))


def test_a_nonce_that_is_not_ours_is_refused() -> None:
    assert "another launch" in refused(sign(claims(nonce="nonce-2")))
    assert "another launch" in refused(sign(claims(nonce=7)))


def test_a_nonce_that_is_not_echoed_is_noted() -> None:
    assert "does not echo the nonce" in identity(sign(claims(nonce=None))).notes[0]


def test_a_token_without_a_subject_is_refused() -> None:
    assert "no subject" in refused(sign(claims(sub=None)))


def test_a_missing_kid_is_fine_where_one_key_fits() -> None:
    assert identity(sign(claims(), {"alg": "RS256"}))
    encrypting = {**issuer_key(), "kid": "enc", "use": "enc"}
    elliptic = jwk.ECKey.generate_key("P-384").as_dict(private=False)
    assert identity(sign(claims(), {"alg": "RS256"}), published={"keys": [encrypting, elliptic, issuer_key()]})


def test_a_missing_kid_is_refused_where_several_keys_fit() -> None:
    two = {"keys": [issuer_key(), {**OTHER_KEY.as_dict(private=False), "kid": "issuer-2"}]}
    assert identity(sign(claims()), published=two)
    assert "which of several keys" in refused(sign(claims(), {"alg": "RS256"}), published=two)


def test_an_unknown_kid_is_refused() -> None:
    assert "does not publish" in refused(sign(claims(), {"alg": "RS256", "kid": "issuer-9"}))


@pytest.mark.parametrize("header", [{"alg": "RS256", "kid": 7}, {"alg": 7}, {}], ids=str)
def test_an_odd_header_is_refused(header: dict[str, object]) -> None:
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    refused(f"{head}.e30.AA")


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "....", "e30.e30.", "ß.ß.ß", "a.b.c.d.e", "x" * 40_000])
def test_what_is_no_token_is_refused(token: str) -> None:
    refused(token)


def test_a_signed_token_that_says_nothing_is_refused() -> None:
    signed = jws.serialize_compact({"alg": "RS256", "kid": "issuer-1"}, b"[]", ISSUER_KEY, algorithms=["RS256"])
    assert "signature" in refused(signed)


def test_a_token_with_headers_of_its_own_is_read() -> None:
    assert identity(sign(claims(), {"alg": "RS256", "kid": "issuer-1", "x5t": "a" * 600}))


def test_critical_headers_that_nobody_knows_are_refused() -> None:
    head = {"alg": "RS256", "kid": "issuer-1", "crit": ["exp"], "exp": 1}
    encoded = base64.urlsafe_b64encode(json.dumps(head).encode()).decode().rstrip("=")
    body, signature = sign(claims()).split(".")[1:]
    refused(f"{encoded}.{body}.{signature}")


def test_a_key_that_is_too_weak_or_broken_is_no_candidate() -> None:
    modulus = (1 << 1023) + 1155685  # 1024 bits
    weak = {"kty": "RSA", "e": "AQAB", "n": base64.urlsafe_b64encode(modulus.to_bytes(128, "big")).decode().rstrip("=")}
    broken = [
        {},
        {"kty": "RSA"},
        {"kty": "RSA", "n": "!", "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "x": "a", "y": "b"},
    ]
    assert select((weak, *broken, issuer_key()), "RS256", None)
    assert not select((weak, *broken), "RS256", None)
    assert not select((weak, *broken), "ES256", None)


@pytest.mark.parametrize("reply", [httpx.Response(500), httpx.Response(302), httpx.Response(200, text="<html>")])
def test_keys_that_cannot_be_read_end_the_launch(reply: httpx.Response) -> None:
    server = StrictServer()
    server.replies["/keys"] = [reply]
    with pytest.raises(BadKeySet):
        identity(sign(claims()), server=server)


def test_a_new_key_of_the_issuer_is_fetched_once_a_minute_at_most() -> None:
    server = StrictServer()
    old = {**OTHER_KEY.as_dict(private=False), "kid": "issuer-0"}

    async def rotation() -> None:
        keys = IssuerKeys(server.client())
        server.replies["/keys"] = [httpx.Response(200, json={"keys": [old]})]
        assert await keys.candidates(f"{AUTH}/keys", "RS256", "issuer-0", NOON)
        for _ in range(5):
            assert not await keys.candidates(f"{AUTH}/keys", "RS256", "issuer-1", later(30))
        assert len(server.requests) == 1
        assert await keys.candidates(f"{AUTH}/keys", "RS256", "issuer-1", later(61))
        assert len(server.requests) == 2
        await keys.candidates(f"{AUTH}/keys", "RS256", "issuer-1", later(61 + 3600))
        assert len(server.requests) == 3

    run(rotation())


def openid(issuer: str, document: dict[str, object]) -> SmartError | Identity:
    server = StrictServer(configuration={"jwks_uri": None, "issuer": issuer})
    server.replies["/.well-known/openid-configuration"] = [httpx.Response(200, json=document)]
    try:
        return identity(sign(claims(iss=issuer)), server=server)
    except SmartError as error:
        return error


def test_the_openid_configuration_says_where_keys_are_that_discovery_does_not_name() -> None:
    assert isinstance(openid(AUTH, {"issuer": AUTH, "jwks_uri": f"{AUTH}/keys"}), Identity)


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example", "jwks_uri": f"{AUTH}/keys"},
        {"issuer": AUTH},
        {"issuer": AUTH, "jwks_uri": "http://127.0.0.1/keys"},
        {},
    ],
    ids=str,
)
def test_an_openid_configuration_that_does_not_fit_is_refused(document: dict[str, object]) -> None:
    assert "where its keys are" in str(openid(AUTH, document))


def test_a_launch_without_an_id_token_has_no_identity() -> None:
    assert launched(StrictServer(answer={"id_token": None})).identity is None


def test_a_launch_with_a_forged_id_token_does_not_open() -> None:
    with pytest.raises(IdTokenRefused):
        launched(StrictServer(claims={"nonce": "of another launch"}))
