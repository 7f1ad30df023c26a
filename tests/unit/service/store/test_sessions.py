"""Sessions in SQLite and in a real PostgreSQL: each test runs on both."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from service.store.sessions import Lifetimes
from service.use_cases.sessions import Choices, Holder, Shown, Work
from smart_launch import Hidden
from tests.unit.service.store.conftest import SECRETS, grant, pending

HOLDER = Holder("https://ehr.example/fhir", "a fingerprint")
CHOICES = Choices({"MedicationRequest/1": "42"}, ("MedicationRequest/2=lapsed",), "every 30 days", "2026-12-08")
WORK = Work(CHOICES, "I agree.", shown=Shown("plan", "2026-11-23"), past=(Choices(),))


def test_a_launch_is_given_back_once(kept, run):
    store = kept.another()
    run(store.begin(pending()))
    assert run(store.take("another state")) is None
    assert run(store.take("a state")) == pending()
    assert run(store.take("a state")) is None


def test_of_many_that_take_a_launch_at_once_one_gets_it(kept, run):
    stores = [kept.another() for _ in range(4)]
    run(stores[0].begin(pending()))

    async def all_at_once():
        return await asyncio.gather(*(store.take("a state") for store in stores for _ in range(3)))

    assert sorted(found is not None for found in run(all_at_once())) == [False] * 11 + [True]


def test_a_launch_that_took_too_long_is_not_given_back(kept, run):
    store = kept.another()
    run(store.begin(pending()))
    kept.clock.pass_by(minutes=16)
    assert run(store.take("a state")) is None


def test_a_session_is_found_by_its_key_in_every_process(kept, run):
    launch = run(kept.another().open(HOLDER, grant(), WORK))
    found = run(kept.another().find(launch))
    assert (found.holder, found.grant, found.work) == (HOLDER, grant(), WORK)
    assert run(kept.another().find(launch + "x")) is None


def test_two_launches_are_two_sessions(kept, run):
    store = kept.another()
    first, second = (run(store.open(HOLDER, grant(token), Work())) for token in ("one", "two"))
    assert first != second
    assert run(store.find(first)).grant.access_token.reveal() == "one"
    run(store.keep_work(second, WORK))
    assert run(store.find(first)).work == Work()
    run(store.close(first))
    assert run(store.find(first)) is None
    assert run(store.find(second)).work == WORK


def test_tokens_are_replaced_and_read_without_the_rest(kept, run):
    store = kept.another()
    launch = run(store.open(HOLDER, grant(), WORK))
    run(store.save(launch, replace(grant(), access_token=Hidden("newer"))))
    assert run(store.load(launch)).access_token.reveal() == "newer"
    assert run(store.find(launch)).work == WORK
    assert run(store.load("no such session")) is None


def test_a_session_ends_when_it_is_idle_and_at_its_latest_whatever_happens(kept, run):
    store = kept.another(lifetimes=Lifetimes(session=3600, idle=600))
    launch = run(store.open(HOLDER, grant(), Work()))
    for _ in range(5):
        kept.clock.pass_by(minutes=9)
        assert run(store.find(launch)) is not None
    kept.clock.pass_by(minutes=11)
    assert run(store.find(launch)) is None
    busy = run(store.open(HOLDER, grant(), Work()))
    for _ in range(6):
        kept.clock.pass_by(minutes=9, seconds=30)
        assert run(store.find(busy)) is not None
    kept.clock.pass_by(minutes=5)
    assert run(store.find(busy)) is None


def test_what_has_ended_is_removed(kept, run):
    store = kept.another()
    run(store.begin(pending()))
    run(store.open(HOLDER, grant(), Work()))
    run(store.lay_aside("owner", WORK))
    run(store.leave_note("a note"))
    assert run(store.first_use("a jti", 300))
    assert run(store.sweep()) == 0
    kept.clock.pass_by(hours=9)
    assert run(store.sweep()) == 5
    with kept.database().begin() as connection:
        for table in ("pending_launch", "session", "kept_work", "seen_once"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0


def test_unsaved_work_comes_back_once_to_its_owner(kept, run):
    store = kept.another()
    run(store.lay_aside("owner", Work()))
    run(store.lay_aside("owner", WORK))
    assert run(store.pick_up("somebody else")) is None
    assert run(store.pick_up("owner")) == WORK
    assert run(store.pick_up("owner")) is None


def test_a_note_is_read_until_it_is_too_old(kept, run):
    store = kept.another()
    key = run(store.leave_note("https://ehr.example/fhir"))
    assert [run(store.read_note(key)) for _ in range(2)] == ["https://ehr.example/fhir"] * 2
    kept.clock.pass_by(minutes=11)
    assert run(store.read_note(key)) is None


def test_a_value_is_new_once_in_all_processes_until_it_is_forgotten(kept, run):
    stores = [kept.another() for _ in range(3)]

    async def all_at_once():
        return await asyncio.gather(*(store.first_use("a jti", 300) for store in stores for _ in range(3)))

    assert sorted(run(all_at_once())) == [False] * 8 + [True]
    kept.clock.pass_by(minutes=6)
    assert run(stores[0].first_use("a jti", 300))


def test_one_process_at_a_time_holds_the_lock_of_a_session(kept, run):
    stores = [kept.another() for _ in range(3)]
    launch = run(stores[0].open(HOLDER, grant(), Work()))
    inside, most = 0, 0

    async def refresh(store):
        nonlocal inside, most
        async with store.lock(launch):
            inside, most = inside + 1, max(most, inside + 1)
            await asyncio.sleep(0.005)
            inside -= 1

    async def all_at_once():
        await asyncio.gather(*(refresh(store) for store in stores for _ in range(4)))

    run(all_at_once())
    assert (inside, most) == (0, 1)


def test_the_lock_of_one_session_holds_up_no_other(kept, run):
    store = kept.another()
    first, second = (run(store.open(HOLDER, grant(), Work())) for _ in range(2))

    async def both():
        async with store.lock(first), asyncio.timeout(5), store.lock(second):
            return True

    assert run(both())


def test_the_lock_of_a_process_that_died_ends_by_itself(kept, run):
    store = kept.another()
    launch = run(store.open(HOLDER, grant(), Work()))

    async def die_and_be_followed():
        dead = store.lock(launch)
        await dead.__aenter__()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), store.lock(launch):
                pass
        kept.clock.pass_by(seconds=61)
        async with asyncio.timeout(5), store.lock(launch):
            return dead is not None

    assert run(die_and_be_followed())


def test_a_lock_is_given_back_when_the_work_inside_fails(kept, run):
    store = kept.another()
    launch = run(store.open(HOLDER, grant(), Work()))

    async def fail_then_hold():
        with pytest.raises(ZeroDivisionError):
            async with store.lock(launch):
                raise ZeroDivisionError
        async with asyncio.timeout(5), store.lock(launch):
            return True

    assert run(fail_then_hold())


def test_nothing_that_is_kept_can_be_read_without_the_secret(kept, run):
    store = kept.another()
    run(store.begin(pending("canary-state")))
    launch = run(store.open(HOLDER, grant(), WORK))
    run(store.lay_aside("owner", WORK))
    if kept.url.get_backend_name() == "sqlite":
        seen = Path(kept.url.database).read_bytes()
    else:
        with kept.database().begin() as connection:
            tables = ("pending_launch", "session", "kept_work")
            rows = [row for table in tables for row in connection.execute(text(f"SELECT * FROM {table}"))]
        seen = b"".join(
            bytes(value) if isinstance(value, memoryview | bytes) else repr(value).encode()
            for row in rows
            for value in row
        )
    hidden = ("canary", launch, "ehr.example", "I agree", "MedicationRequest", "verifier", "fingerprint")
    assert [word for word in hidden if word.encode() in seen] == []


def test_secrets_change_without_losing_a_session(kept, run):
    older = kept.another(SECRETS[1])
    launch = run(older.open(HOLDER, grant(), WORK))
    both = kept.another(*SECRETS)
    assert run(both.find(launch)).work == WORK
    run(both.save(launch, grant("newer")))
    run(both.keep_work(launch, Work()))
    assert run(older.load(launch)) is None
    assert run(kept.another(SECRETS[0]).load(launch)).access_token.reveal() == "newer"


def test_a_session_that_no_secret_opens_has_ended(kept, run):
    launch = run(kept.another(SECRETS[1]).open(HOLDER, grant(), WORK))
    assert run(kept.another(SECRETS[0]).find(launch)) is None


def test_a_sealed_value_counts_at_its_own_place_only(kept, run):
    store = kept.another()
    first, second = (run(store.open(HOLDER, grant(token), Work())) for token in ("one", "two"))
    with kept.database().begin() as connection:
        other = connection.execute(text("SELECT tokens FROM session ORDER BY launch LIMIT 1")).scalar()
        connection.execute(text("UPDATE session SET tokens = :other"), {"other": other})
    assert [run(store.find(launch)) is None for launch in (first, second)].count(True) == 1
