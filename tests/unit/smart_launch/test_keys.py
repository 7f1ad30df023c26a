"""The app's keys: one signs, the old one stays published for a while, a private part is never published."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from joserfc import jws

from smart_launch import KeyRing, NoSigningKey
from smart_launch.client_auth import sign_assertion
from smart_launch.sites import PrivateKey
from tests.smart.driving import ring
from tests.smart.strict_server import NOON

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}
TOMORROW = NOON + timedelta(days=1)


def kids(keys: KeyRing) -> list[object]:
    published = keys.public_jwks()["keys"]
    assert isinstance(published, list)
    return [key["kid"] for key in published]


def test_the_published_set_holds_public_keys_for_both_algorithms() -> None:
    published = ring().public_jwks()["keys"]
    assert isinstance(published, list)
    assert [(key["kty"], key["alg"], key["use"]) for key in published] == [
        ("RSA", "RS384", "sig"),
        ("EC", "ES384", "sig"),
    ]
    assert all(key["kid"] and key["key_ops"] == ["verify"] for key in published)


def test_no_private_member_is_ever_published() -> None:
    for keys in (ring(), KeyRing.from_json(ring().to_json()), ring().rotated("ES384", TOMORROW)[0]):
        published = keys.public_jwks()["keys"]
        assert isinstance(published, list)
        for key in published:
            assert not key.keys() & PRIVATE
        secret = json.loads(keys.to_json())[0]["jwk"]["d"]
        assert secret not in json.dumps(keys.public_jwks())


def test_a_key_shows_no_private_part_when_it_is_printed() -> None:
    secret = json.loads(ring().to_json())[1]["jwk"]["d"]
    assert secret not in repr(ring()) + repr(ring().keys)


def test_the_first_key_is_active_and_the_next_is_announced() -> None:
    first, old = KeyRing().with_new("ES384", NOON)
    second, new = first.with_new("ES384", TOMORROW)
    assert (old.state, new.state) == ("active", "announced")
    assert second.signing("ES384").kid == old.kid
    assert kids(second) == [old.kid, new.kid]


def test_rotation_signs_with_the_announced_key_and_still_publishes_the_old_one() -> None:
    first, old = KeyRing().with_new("ES384", NOON)
    announced, new = first.with_new("ES384", NOON)
    rotated, active = announced.rotated("ES384", TOMORROW)
    assert active.kid == new.kid == rotated.signing("ES384").kid
    assert set(kids(rotated)) == {old.kid, new.kid}
    assert {key.kid: key.state for key in rotated.keys} == {old.kid: "retiring", new.kid: "active"}


def test_rotation_without_an_announced_key_makes_one() -> None:
    first, old = KeyRing().with_new("ES384", NOON)
    rotated, active = first.rotated("ES384", TOMORROW)
    assert active.kid != old.kid
    assert (active.made_at, rotated.signing("ES384").kid) == (TOMORROW, active.kid)


def test_a_retired_key_is_gone_from_the_published_set_and_cannot_sign() -> None:
    first, old = KeyRing().with_new("ES384", NOON)
    rotated, new = first.rotated("ES384", TOMORROW)
    retired = rotated.retired(old.kid)
    assert kids(retired) == [new.kid]
    assert "d" not in json.loads(retired.to_json())[0]["jwk"]
    with pytest.raises(NoSigningKey):
        retired.retired(new.kid).signing("ES384")


def test_a_key_that_is_not_there_cannot_be_retired() -> None:
    with pytest.raises(NoSigningKey, match="no key of this id"):
        ring().retired("nobody")


def test_keys_of_one_algorithm_do_not_stand_in_for_the_other() -> None:
    only_ec, _ = KeyRing().with_new("ES384", NOON)
    with pytest.raises(NoSigningKey, match="RS384"):
        only_ec.signing("RS384")


def test_a_ring_survives_its_store_and_still_signs() -> None:
    again = KeyRing.from_json(ring().to_json())
    assert again.keys == ring().keys
    assertion = sign_assertion("app", "https://a.example/token", PrivateKey("ES384"), again, now=NOON)
    key = ring().signing("ES384").private
    assert key
    assert jws.deserialize_compact(assertion, key, algorithms=["ES384"])


@pytest.mark.parametrize(
    "stored",
    [
        "[{}]",
        "{",
        '[{"kid": "a", "alg": "none", "state": "active", "made_at": 1, "jwk": {}}]',
        '[{"kid": "a", "alg": "ES384", "state": "active", "made_at": 1, "jwk": {"kty": "EC"}}]',
    ],
)
def test_a_stored_ring_that_is_none_is_refused(stored: str) -> None:
    with pytest.raises(ValueError):
        KeyRing.from_json(stored)


def test_a_stored_key_under_another_id_is_refused() -> None:
    stored = json.loads(ring().to_json())
    stored[1]["kid"] = stored[0]["kid"]
    with pytest.raises(ValueError, match="not the one that it says"):
        KeyRing.from_json(json.dumps(stored))
