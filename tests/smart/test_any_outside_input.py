"""Whatever a server or a browser sends, a parser answers with a value or with one of our errors."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

import httpx
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from smart_launch import Grant, Granted, Hidden, PendingLaunch, SmartError, parse_scope, state_of
from smart_launch.addresses import check_address, resolve
from smart_launch.callback import read_code
from smart_launch.context import context_from_stored, context_to_store, read_context
from smart_launch.discovery import read_capability_statement, read_smart_configuration
from smart_launch.id_token import read_header, read_identity, verify
from smart_launch.jwks import ALGORITHMS, select
from smart_launch.keys import KeyRing
from smart_launch.reading import NotJson, read_object
from smart_launch.token import read_token_answer
from smart_launch.wire import Answer
from tests.smart.driving import SITE, launched
from tests.smart.strict_server import AUTH, NOON, StrictServer, issuer_key, sign
from tests.unit.smart_launch.test_authorize import begun, endpoints

ENDPOINTS = endpoints()
PENDING, _ = begun()
GRANT = launched()

texts = st.text(max_size=30) | st.sampled_from(
    [
        "Bearer",
        "p1",
        AUTH,
        "https://ehr.example/x",
        "/token",
        "//[",
        "https://[",
        "http://127.0.0.1",
        "7",
        "true",
        "Patient/1",
    ]
)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def objects_with(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that use these names, each with any value, and other names too."""
    return st.dictionaries(st.sampled_from(names) | texts, values, max_size=12)


configurations = objects_with(
    "token_endpoint", "authorization_endpoint", "jwks_uri", "issuer", "capabilities", "scopes_supported",
    "code_challenge_methods_supported", "introspection_endpoint", "token_endpoint_auth_methods_supported",
)  # fmt: skip
answers = objects_with(
    "access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token", "patient", "encounter",
    "fhirContext", "need_patient_banner", "intent", "tenant", "smart_style_url", "appContext",
)  # fmt: skip


@given(st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
@example(b"[" * 100_000)
@example(b"\xff\xfe{\x00}\x00")
@example(b'{"a": ' + b"9" * 5000 + b"}")
def test_any_body_is_an_object_or_no_json(body: bytes) -> None:
    try:
        assert isinstance(read_object(body), dict)
    except NotJson:
        pass
    try:
        Answer(200, body).json()
    except SmartError:
        pass


@given(texts | st.from_regex(r"(https?:)?//[^/]{0,20}(/.{0,20})?", fullmatch=True))
def test_any_address_is_asked_over_https_or_refused(address: str) -> None:
    for reader in (check_address, lambda one: resolve("https://ehr.example/fhir", one)):
        try:
            taken = reader(address)
        except SmartError:
            continue
        url = httpx.URL(taken)
        assert url.scheme == "https"
        assert url.host not in ("", "localhost", "127.0.0.1")


@given(configurations)
def test_any_smart_configuration_is_read_or_refused(found: dict[str, Any]) -> None:
    try:
        read = read_smart_configuration(SITE, found)
    except SmartError:
        return
    named = (read.token, read.authorization, read.jwks, read.introspection, read.revocation)
    assert all(address.startswith("https://") for address in named if address)


@given(st.dictionaries(st.sampled_from(["rest", "x"]), values | st.lists(values), max_size=2))
@example({"rest": [{"security": {"extension": [{"url": 1, "extension": [{"url": "token", "valueUri": "/t"}]}]}}]})
def test_any_capability_statement_is_read_or_refused(found: dict[str, Any]) -> None:
    try:
        read_capability_statement(SITE, found)
    except SmartError:
        pass


@given(answers)
def test_any_token_answer_is_read_or_refused(found: dict[str, Any]) -> None:
    context = read_context(found, SITE, ENDPOINTS)
    assert context_from_stored(json.loads(json.dumps(context_to_store(context)))).patient == context.patient
    try:
        read = read_token_answer(found, SITE, ENDPOINTS, requested=("launch",), now=NOON)
    except SmartError:
        return
    assert read.expires_at >= NOON
    assert read.access_token


@given(
    st.lists(
        st.tuples(st.sampled_from(["code", "state", "iss", "error", "error_description"]) | texts, texts), max_size=6
    )
)
@example([("state", PENDING.state.reveal()), ("error", "\ud800"), ("error_description", "\u202e")])
@example([("state", "\ud800")])
def test_any_callback_is_believed_or_refused(query: list[tuple[str, str]]) -> None:
    try:
        state_of(query)
        read_code(query, PENDING, endpoints=ENDPOINTS, browser=PENDING.browser.reveal(), path="/callback", now=NOON)
    except SmartError as refused:
        told = str(refused)
    else:
        told = "believed"
    assert told


def encoded(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


tokens = (
    st.text(max_size=60)
    | st.lists(st.text(alphabet="abcAZ09-_=", max_size=20), min_size=3, max_size=3).map(".".join)
    | st.tuples(values, values).map(lambda pair: f"{encoded(pair[0])}.{encoded(pair[1])}.AAAA")
)


@given(tokens, st.sampled_from(ALGORITHMS))
def test_any_id_token_is_read_or_refused(token: str, alg: str) -> None:
    for read in (read_header, lambda one: verify(one, alg, select((issuer_key(),), "RS256", None))):
        try:
            read(Hidden(token))
        except SmartError:
            pass


@given(objects_with("iss", "aud", "azp", "exp", "iat", "nbf", "nonce", "sub", "fhirUser", "profile"))
def test_any_claims_are_believed_or_refused(claims: dict[str, Any]) -> None:
    for changed in (claims, {"iss": AUTH, "aud": SITE.client_id, "exp": 10**10, "sub": "x", **claims}):
        try:
            identity = read_identity(changed, issuer=AUTH, site=SITE, nonce=None, now=NOON)
        except SmartError:
            continue
        assert identity.issuer == AUTH
        assert identity.user is None or identity.user.count("/") == 1


@given(st.lists(objects_with("kty", "n", "e", "crv", "x", "y", "use", "alg", "kid", "key_ops"), max_size=3))
@example([{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": "RSA", "n": "A" * 400, "e": "AA"}])
@example([{"kty": "RSA", "n": "ß" * 400, "e": "AQAB"}, {"kty": "RSA", "n": "_" * 400, "e": "_" * 400}])
def test_any_key_set_yields_the_keys_that_can_be_used(keys: list[dict[str, Any]]) -> None:
    good = issuer_key()
    for alg in ALGORITHMS:
        found = select((*keys, good), alg, None)
        assert len(found) >= (alg == "RS256")


@given(keys=st.lists(objects_with("kty", "n", "e", "kid"), max_size=3))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_broken_keys_never_take_a_good_one_with_them(keys: list[dict[str, Any]]) -> None:
    token = sign({"sub": "x"})
    assert verify(Hidden(token), "RS256", select((*keys, issuer_key()), "RS256", "issuer-1"))["sub"] == "x"


@given(st.text(max_size=80) | texts)
def test_any_scope_is_read(text: str) -> None:
    granted = Granted.parse(text)
    assert granted.missing([text]) in ((), (text,)) or parse_scope(text)
    for access in granted.accesses:
        assert all(granted.allows(access.resource, letter) for letter in access.interactions)


@given(st.text(max_size=60) | values.map(json.dumps) | answers.map(json.dumps))
def test_anything_in_the_store_is_what_was_stored_or_refused(stored: str) -> None:
    for read in (PendingLaunch.from_json, Grant.from_json, KeyRing.from_json):
        try:
            read(stored)
        except ValueError:
            pass


@given(
    st.dictionaries(
        st.sampled_from(list(json.loads(GRANT.to_json()))) | st.sampled_from(list(json.loads(PENDING.to_json()))),
        values,
        max_size=4,
    )
)
def test_a_store_that_changed_a_member_is_refused_or_read(changes: dict[str, Any]) -> None:
    for read, stored in ((PendingLaunch.from_json, PENDING.to_json()), (Grant.from_json, GRANT.to_json())):
        try:
            read(json.dumps({**json.loads(stored), **changes}))
        except ValueError:
            pass


@given(
    status=st.integers(200, 599), body=st.binary(max_size=60) | answers.map(lambda found: json.dumps(found).encode())
)
@settings(max_examples=50)
def test_any_answer_of_the_token_endpoint_is_a_grant_or_an_error(status: int, body: bytes) -> None:
    server = StrictServer()
    server.replies["/token"] = [httpx.Response(status, content=body)]
    try:
        told = launched(server).issuer
    except SmartError as error:
        told = str(error)
    assert told
