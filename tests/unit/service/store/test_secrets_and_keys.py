"""The store's secrets, what is sealed with them, and the app's signing keys."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.errors import SettingsError, StoreUnusable
from service.store.sealing import CannotOpenError, Sealer
from service.store.signing_keys import PURPOSE, StoredSigningKeys
from service.store.store_keys import store_secrets
from smart_launch import KeyRing
from tests.unit.service.store.conftest import SECRETS

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_the_newest_key_seals_and_every_key_of_the_ring_opens():
    older, both, newer = Sealer(SECRETS[1:], "x"), Sealer(SECRETS, "x"), Sealer(SECRETS[:1], "x")
    sealed = older.seal(b"hello", "place")
    assert both.open(sealed, "place") == b"hello"
    assert not both.is_current(sealed)
    again = both.seal(b"hello", "place")
    assert both.is_current(again)
    assert newer.open(again, "place") == b"hello"
    with pytest.raises(CannotOpenError):
        newer.open(sealed, "place")


def test_a_sealed_value_is_opened_at_its_place_for_its_purpose_and_unchanged():
    sealer = Sealer(SECRETS, "x")
    sealed = sealer.seal(b"hello", "place")
    assert sealed != sealer.seal(b"hello", "place")
    for other, value, place in (
        (sealer, sealed, "another"),
        (Sealer(SECRETS, "y"), sealed, "place"),
        (sealer, sealed[:-1] + bytes([sealed[-1] ^ 1]), "place"),
        (sealer, b"", "place"),
        (sealer, sealed[:10], "place"),
    ):
        with pytest.raises(CannotOpenError):
            other.open(value, place)


def test_secrets_come_from_the_environment_the_newest_first():
    given = {"PICKUPDAY_STORE_KEYS": f" {'n' * 32}, {'o' * 40},"}
    assert store_secrets(given) == (b"n" * 32, b"o" * 40)


def test_a_short_secret_is_refused_by_its_variable():
    with pytest.raises(SettingsError, match="PICKUPDAY_STORE_KEYS: each secret needs at least 32"):
        store_secrets({"PICKUPDAY_STORE_KEYS": f"{'n' * 32},short"})


def test_without_a_secret_one_is_made_once_for_this_machine(tmp_path):
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    first = store_secrets(environ)
    assert len(first[0]) >= 32
    assert store_secrets(environ) == first
    assert ((tmp_path / "pickupday" / "store.key").stat().st_mode & 0o777) == 0o600


def test_signing_keys_are_kept_sealed_and_the_same_for_every_process(kept):
    stored = StoredSigningKeys(kept.database(), Sealer(SECRETS, PURPOSE))
    assert stored.load().keys == ()
    ring = stored.change(lambda ring: ring.with_new("ES384", NOW)[0])
    elsewhere = StoredSigningKeys(kept.database(), Sealer(SECRETS, PURPOSE)).load()
    assert elsewhere.public_jwks() == ring.public_jwks()
    assert elsewhere.signing("ES384").private is not None
    with pytest.raises(StoreUnusable, match="PICKUPDAY_STORE_KEYS"):
        StoredSigningKeys(kept.database(), Sealer((b"z" * 32,), PURPOSE)).load()


def test_a_change_that_fails_leaves_the_keys_as_they_were(kept):
    stored = StoredSigningKeys(kept.database(), Sealer(SECRETS, PURPOSE))
    stored.change(lambda ring: ring.with_new("ES384", NOW)[0])

    def fail(ring: KeyRing) -> KeyRing:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stored.change(fail)
    assert len(stored.load().keys) == 1
