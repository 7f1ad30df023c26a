"""Registration, and proof of who a client is."""

from __future__ import annotations

import base64

import pytest
from joserfc.jwk import ECKey, OctKey

from service.sandbox.authorization.clients import Client

CALLBACK = "http://127.0.0.1:8000/callback"
JWKS_URL = "http://127.0.0.1:8000/.well-known/jwks.json"
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEYS = {"keys": [{"kty": "EC"}]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "s", "jwks": KEYS},
        {"jwks": KEYS, "jwks_url": JWKS_URL},
        {"backend": True},
        {"backend": True, "secret": "s"},
        {"backend": True, "jwks": KEYS, "redirect_uris": (CALLBACK,)},
        {"redirect_uris": ("http://app.example/callback",)},
        {"redirect_uris": ("callback",)},
        {"redirect_uris": (f"{CALLBACK}#part",)},
        {"launch_url": "ftp://127.0.0.1/launch"},
        {"scopes": "patient/Observation.xyz"},
    ],
)
def test_a_contradictory_registration_is_refused(wrong):
    with pytest.raises(ValueError, match=r"app|scope"):
        Client("app", **wrong)


def test_a_secret_does_not_show():
    assert "hidden" not in repr(Client("app", secret="hidden"))


def refused(answer):
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    return answer.json()["error_description"]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("Basic " + base64.b64encode(b"app:wrong").decode(), "wrong"),
        ("Basic " + base64.b64encode(b"app").decode(), "wrong"),
        ("Basic " + base64.b64encode(b"stranger:correct horse").decode(), "not registered"),
        ("Basic " + base64.b64encode(b"app:correct%20horse").decode(), "wrong"),
        ("Basic app:correct horse", "base64"),
        ("Bearer something", "Basic"),
    ],
)
def test_a_secret_must_come_exactly_as_basic_id_and_secret(register, symmetric, header, says):
    app = register(**symmetric)
    answer = app.exchange(app.code(), headers={"Authorization": header})
    assert says in refused(answer)
    assert answer.headers["www-authenticate"].startswith("Basic")


def test_a_secret_in_the_body_is_refused(register, symmetric):
    app = register(**symmetric)
    answer = app.exchange(app.code(), headers={}, client_id="app", client_secret="correct horse")
    assert "Authorization header" in refused(answer)


@pytest.mark.parametrize("way", ["symmetric", "asymmetric"])
def test_a_confidential_client_cannot_pass_for_a_public_one(register, request, way):
    app = register(**request.getfixturevalue(way))
    assert "registered as" in refused(app.http.post("/auth/token", data=code_form(app, client_id="app")))


def test_a_public_client_says_who_it_is(app):
    assert "client_id" in refused(app.exchange(app.code(), client_id=None))


def test_a_public_client_with_a_secret_is_refused(app):
    header = {"Authorization": "Basic " + base64.b64encode(b"app:x").decode()}
    assert "registered as public" in refused(app.exchange(app.code(), headers=header))


@pytest.mark.parametrize("way", ["symmetric", "asymmetric"])
def test_client_id_in_the_body_is_for_public_clients(register, request, way):
    app = register(**request.getfixturevalue(way))
    answer = app.exchange(app.code(), client_id="app")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_two_proofs_at_once_are_refused(register, asymmetric):
    app = register(**asymmetric)
    header = {"Authorization": "Basic " + base64.b64encode(b"app:x").decode()}
    assert "one way" in refused(app.exchange(app.code(), headers=header))


def code_form(app, **more):
    return {
        "grant_type": "authorization_code",
        "code": app.code(),
        "redirect_uri": CALLBACK,
        "code_verifier": "v" * 43,
        **more,
    }


STRANGE = ECKey.generate_key("P-384", {"kid": "ec"})


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        ({"header": {"typ": None}}, "typ"),
        ({"header": {"typ": "at+jwt"}}, "typ"),
        ({"header": {"kid": None}}, "kid"),
        ({"header": {"kid": "unknown"}}, "0 keys"),
        ({"header": {"kid": "rsa"}}, "not for ES384"),
        ({"alg": "RS256"}, "RS384 or ES384"),
        ({"alg": "RS512"}, "RS384 or ES384"),
        ({"alg": "HS384", "key": OctKey.import_key("x" * 48, {"kid": "ec"})}, "RS384 or ES384"),
        ({"iss": "other"}, "iss and sub"),
        ({"iss": None}, "iss and sub"),
        ({"sub": "other"}, "not registered"),
        ({"sub": None}, "sub"),
        ({"aud": "http://ehr.example"}, "aud"),
        ({"aud": "http://ehr.example/fhir"}, "aud"),
        ({"aud": ["http://ehr.example/auth/token"]}, "aud"),
        ({"aud": None}, "aud"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": 7}, "jti"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": 1e300}, "no time"),
        ({"key": STRANGE}, "signature"),
    ],
    ids=str,
)
def test_an_assertion_with_one_mistake_is_refused(register, asymmetric, spoilt, says):
    app = register(**asymmetric)
    assert says in refused(app.exchange(app.code(), client_assertion=app.assertion(**spoilt)))


@pytest.mark.parametrize(
    ("exp", "good"), [(300, True), (301, False), (3600, False), (1, True), (0, False), (-60, False)]
)
def test_an_assertion_lives_for_five_minutes_at_most(register, asymmetric, clock, exp, good):
    app = register(**asymmetric)
    assertion = app.assertion(exp=int(clock.now.timestamp()) + exp)
    assert (app.exchange(app.code(), client_assertion=assertion).status_code == 200) is good


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_an_assertion_from_the_future_is_refused(register, asymmetric, clock, claim):
    app = register(**asymmetric)
    ahead = int(clock.now.timestamp()) + 60
    assert "future" in refused(app.exchange(app.code(), client_assertion=app.assertion(**{claim: ahead})))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30.", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJub25lIn0.W10."])
def test_what_is_no_assertion_is_refused(register, asymmetric, text):
    app = register(**asymmetric)
    assert app.exchange(app.code(), client_assertion=text).status_code in (400, 401)


def test_the_kind_of_assertion_is_named(register, asymmetric):
    app = register(**asymmetric)
    assert "client_assertion_type" in refused(app.exchange(app.code(), client_assertion_type="jwt"))
    assert "client_assertion_type" in refused(app.exchange(app.code(), client_assertion_type=None))


def test_an_assertion_is_for_once(register, asymmetric):
    app = register(**asymmetric)
    assertion = app.assertion()
    assert app.exchange(app.code(), client_assertion=assertion).status_code == 200
    assert "jti" in refused(app.exchange(app.code(), client_assertion=assertion))


def test_two_clients_may_use_the_same_jti(register, asymmetric):
    apps = register("one", **asymmetric), register("two", **asymmetric)
    answers = [app.exchange(app.code(), client_assertion=app.assertion(jti="7")) for app in apps]
    assert [answer.status_code for answer in answers] == [200, 200]


def test_a_rotated_key_counts_from_the_moment_it_is_published(register, published):
    app = register(jwks_url=JWKS_URL)
    new = ECKey.generate_key("P-384", {"kid": "new", "alg": "ES384"})
    assert "0 keys" in refused(app.exchange(app.code(), client_assertion=app.assertion(key=new)))
    published[JWKS_URL] = {"keys": [new.as_dict(private=False)]}
    assert app.exchange(app.code(), client_assertion=app.assertion(key=new)).status_code == 200
    assert "0 keys" in refused(app.exchange(app.code()))


@pytest.mark.parametrize(
    ("key_set", "says"),
    [
        (None, "cannot be read"),
        ([], "no keys"),
        ({"keys": "none"}, "no keys"),
        ({"keys": [STRANGE.as_dict(private=True)]}, "private key"),
        ({"keys": [STRANGE.as_dict(private=False) | {"use": "enc"}]}, "not for signatures"),
        ({"keys": [STRANGE.as_dict(private=False)] * 2}, "2 keys"),
        ({"keys": [STRANGE.as_dict(private=False) | {"alg": "ES256"}]}, "not for ES384"),
        ({"keys": [STRANGE.as_dict(private=False) | {"x": "no point"}]}, "signature"),
    ],
)
def test_a_key_set_that_cannot_be_used_is_named(register, published, key_set, says):
    app = register(jwks_url=JWKS_URL)
    if key_set is None:
        del published[JWKS_URL]
    else:
        published[JWKS_URL] = key_set
    assert says in refused(app.exchange(app.code(), client_assertion=app.assertion(key=STRANGE)))
