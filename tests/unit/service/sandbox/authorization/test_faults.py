"""Each named fault does what its sentence says, for the launch it was given to and for no other."""

from __future__ import annotations

import base64
import json
import time

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from service.sandbox.faults import FOREIGN, Fault

TESTED: dict[Fault, object] = {}


def of(fault):
    """The test of one fault: it gets an app, and a function that makes a launch with the fault."""

    def keep(test):
        TESTED[fault] = test
        return test

    return keep


@pytest.fixture
def launch(app):
    """A launch handle with faults."""
    return lambda *faults: app.begin(faults=faults)


@pytest.mark.parametrize("fault", [fault for fault in Fault if not fault.for_whole_server], ids=str)
def test_a_fault_of_a_launch(app, launch, fault):
    TESTED[fault](app, launch(fault))
    well = app.token()
    assert well["patient"] == "ann"
    assert app.fhir(well["access_token"], "Patient/ann").status_code == 200


def test_every_fault_has_a_test_and_a_sentence():
    tested = set(TESTED) | {fault for fault in Fault if fault.for_whole_server}
    assert tested == set(Fault)
    assert all(fault.says.endswith(".") for fault in Fault)
    assert len({fault.says for fault in Fault}) == len(Fault)


def test_every_fault_is_in_the_docs(request):
    text = (request.config.rootpath / "docs/sandbox.md").read_text()
    assert [fault for fault in Fault if f"| `{fault.value}` | {fault.says} |" not in text] == []


def test_a_fault_of_the_whole_server_holds_for_every_launch(app, ehr):
    ehr.faults.add(Fault.NO_EXPIRES_IN)
    assert "expires_in" not in app.token()
    ehr.faults.clear()
    assert "expires_in" in app.token()


def id_token(app, handle):
    """Header and claims of the id_token, and whether its signature holds."""
    token = app.token(handle)["id_token"]
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    keys = KeySet.import_key_set(app.http.get("/auth/jwks.json").json())
    try:
        jwt.decode(token, keys.keys[0], algorithms=["RS256"])
    except BadSignatureError:
        return header, claims, False
    return header, claims, True


@of(Fault.ACCESS_DENIED)
def _(app, handle):
    assert app.authorize(handle)["error"] == "access_denied"


@of(Fault.WRONG_STATE)
def _(app, handle):
    answer = app.authorize(handle)
    assert answer["code"]
    assert answer["state"] != app.state


@of(Fault.WRONG_ISSUER)
def _(app, handle):
    assert app.authorize(handle)["iss"] == FOREIGN


@of(Fault.CODE_REFUSED)
def _(app, handle):
    assert app.exchange(app.code(handle)).json()["error"] == "invalid_grant"


@of(Fault.TOKEN_PAGE)
def _(app, handle):
    answer = app.exchange(app.code(handle))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


@of(Fault.SLOW_TOKEN)
def _(app, handle):
    code, start = app.code(handle), time.monotonic()
    assert app.exchange(code).status_code == 200
    assert time.monotonic() - start >= 0.2


@of(Fault.NO_EXPIRES_IN)
def _(app, handle):
    assert "expires_in" not in app.token(handle)


@of(Fault.LOWERCASE_BEARER)
def _(app, handle):
    assert app.token(handle)["token_type"] == "bearer"


@of(Fault.NARROWER_SCOPE)
def _(app, handle):
    token = app.token(handle)
    assert token["scope"] == "launch openid fhirUser offline_access patient/*.rs"
    assert app.fhir(token["access_token"], "Appointment", "POST").status_code == 403


@of(Fault.WIDER_SCOPE)
def _(app, handle):
    assert (
        app.token(handle, scope="launch patient/Patient.r")["scope"] == "launch patient/Patient.r patient/*.rs profile"
    )


@of(Fault.EMPTY_SCOPE)
def _(app, handle):
    token = app.token(handle)
    assert token["scope"] == ""
    assert app.fhir(token["access_token"], "Patient/ann").status_code == 403


@of(Fault.NO_PATIENT)
def _(app, handle):
    assert "patient" not in app.token(handle)


@of(Fault.UNKNOWN_MEMBERS)
def _(app, handle):
    assert app.token(handle)["__epic.dstu2.patient"]


@of(Fault.NO_ID_TOKEN)
def _(app, handle):
    token = app.token(handle)
    assert "openid" in token["scope"]
    assert "id_token" not in token


@of(Fault.NO_KID)
def _(app, handle):
    header, _, good = id_token(app, handle)
    assert good
    assert "kid" not in header


@of(Fault.ID_TOKEN_EXPIRED)
def _(app, handle):
    _, claims, good = id_token(app, handle)
    assert good
    assert claims["exp"] == app.clock.now.timestamp() - 3600


@of(Fault.ID_TOKEN_UNSIGNED)
def _(app, handle):
    token = app.token(handle)["id_token"]
    assert json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["alg"] == "none"
    assert token.endswith(".")


@of(Fault.ID_TOKEN_FORGED)
def _(app, handle):
    header, claims, good = id_token(app, handle)
    assert not good
    assert (header["kid"], claims["aud"]) == ("sandbox-1", "app")


@of(Fault.ID_TOKEN_WRONG_NONCE)
def _(app, handle):
    _, claims, good = id_token(app, handle)
    assert good
    assert claims["nonce"] != "a-nonce"


@of(Fault.ID_TOKEN_WRONG_AUDIENCE)
def _(app, handle):
    assert id_token(app, handle)[1]["aud"] == "another-app"


@of(Fault.ID_TOKEN_WRONG_ISSUER)
def _(app, handle):
    assert id_token(app, handle)[1]["iss"] == FOREIGN


@of(Fault.TOKEN_EXPIRED)
def _(app, handle):
    token = app.token(handle)
    assert token["expires_in"] == 900
    assert app.fhir(token["access_token"], "Patient/ann").status_code == 401
    better = app.refresh(token["refresh_token"]).json()
    assert app.fhir(better["access_token"], "Patient/ann").status_code == 200


@of(Fault.THREE_SECONDS)
def _(app, handle):
    token = app.token(handle)
    assert token["expires_in"] == 3
    assert app.fhir(token["access_token"], "Patient/ann").status_code == 200
    app.clock.go(3)
    assert app.fhir(token["access_token"], "Patient/ann").status_code == 401


@of(Fault.EXPIRES_IN_FLIGHT)
def _(app, handle):
    token = app.token(handle)
    statuses = [app.fhir(token["access_token"], "Patient/ann").status_code for _ in range(4)]
    assert statuses == [200, 200, 401, 401]
    better = app.refresh(token["refresh_token"]).json()
    assert [app.fhir(better["access_token"], "Patient/ann").status_code for _ in range(4)] == [200] * 4


@of(Fault.NO_REFRESH_TOKEN)
def _(app, handle):
    token = app.token(handle)
    assert "offline_access" in token["scope"]
    assert "refresh_token" not in token


@of(Fault.REFRESH_REFUSED)
def _(app, handle):
    token = app.token(handle)
    assert app.refresh(token["refresh_token"]).json()["error"] == "invalid_grant"
    assert app.fhir(token["access_token"], "Patient/ann").status_code == 200


@of(Fault.REFRESH_NOT_ROTATED)
def _(app, handle):
    token = app.token(handle)
    for _ in range(2):
        answer = app.refresh(token["refresh_token"])
        assert answer.status_code == 200
        assert "refresh_token" not in answer.json()


@of(Fault.SLOW)
def _(app, handle):
    token, start = app.token(handle), time.monotonic()
    assert app.fhir(token["access_token"], "Patient/ann").status_code == 200
    assert time.monotonic() - start >= 0.2


@of(Fault.TOO_MANY_REQUESTS)
def _(app, handle):
    token = app.token(handle)["access_token"]
    for path in ("Patient/ann", "Observation"):
        first = app.fhir(token, path)
        assert (first.status_code, first.headers["retry-after"]) == (429, "1")
        assert app.fhir(token, path).status_code == 200


@of(Fault.UNAVAILABLE)
def _(app, handle):
    assert app.fhir(app.token(handle)["access_token"], "Patient/ann").status_code == 503


@of(Fault.HOSTILE_NEXT)
def _(app, handle):
    token = app.token(handle)["access_token"]
    links = {each["relation"]: each["url"] for each in app.fhir(token, "Observation?_count=1").json()["link"]}
    assert links["next"].startswith(FOREIGN)
    assert "http://ehr.example/fhir" in links["next"]
    assert app.fhir(token, "Patient/ann").json()["id"] == "ann"
    assert app.fhir(token, "Patient/bob").status_code == 403


WELL_KNOWN = "/fhir/.well-known/smart-configuration"


@pytest.fixture
def discover(ehr, http):
    def ask(fault):
        ehr.faults.add(fault)
        return http.get(WELL_KNOWN)

    return ask


def test_discovery_missing(discover, http):
    assert discover(Fault.DISCOVERY_MISSING).status_code == 404
    assert http.get("/fhir/metadata").json()["rest"][0]["security"]


def test_discovery_redirect(discover):
    answer = discover(Fault.DISCOVERY_REDIRECT)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(FOREIGN)


def test_discovery_relative(discover):
    said = discover(Fault.DISCOVERY_RELATIVE).json()
    assert said["token_endpoint"] == "../auth/token"
    assert said["issuer"] == "http://ehr.example/fhir"


def test_discovery_page(discover):
    assert discover(Fault.DISCOVERY_PAGE).headers["content-type"].startswith("text/html")


def test_discovery_huge(discover):
    assert len(discover(Fault.DISCOVERY_HUGE).content) > 20_000_000


def test_discovery_slow(discover):
    start = time.monotonic()
    assert discover(Fault.DISCOVERY_SLOW).status_code == 200
    assert time.monotonic() - start >= 0.2
