"""Opening the database: what is new, older, newer, or none at all."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, String, Table, text
from sqlalchemy.engine import URL

from service.errors import SettingsError, StoreUnusable
from service.store.database import CURRENT, SCHEMA, Database, Schema, database_url

_OLD = MetaData()
Table("thing", _OLD, Column("name", String(8)))
FIRST = Schema(1, _OLD, {})
SECOND = Schema(2, _OLD, {1: ("ALTER TABLE thing ADD COLUMN colour VARCHAR(8)", "UPDATE thing SET colour = 'green'")})


def things(url: URL, schema: Schema) -> list[tuple[str, ...]]:
    database = Database(url, schema=schema)
    with database.begin() as connection:
        found = [tuple(row) for row in connection.execute(text("SELECT * FROM thing"))]
    database.close()
    return found


def with_a_thing(url: URL) -> None:
    database = Database(url, schema=FIRST)
    with database.begin() as connection:
        connection.execute(text("INSERT INTO thing VALUES ('a')"))
    database.close()


def test_a_new_database_is_made_by_whoever_comes_first(url):
    with ThreadPoolExecutor(4) as pool:
        databases = list(pool.map(lambda _: Database(url), range(4)))
    for database in databases:
        database.check()
        database.close()


def test_a_newer_database_is_refused_by_its_version_and_left_alone(url):
    with_a_thing(url)
    Database(url, schema=SECOND, migrate=True).close()
    with pytest.raises(StoreUnusable, match=r"newer PickupDay \(schema 2; this one knows 1\)"):
        Database(url, schema=FIRST)
    assert things(url, SECOND) == [("a", "green")]


def test_an_older_database_is_brought_up_after_a_copy(url, tmp_path):
    with_a_thing(url)
    if url.get_backend_name() == "sqlite":
        assert things(url, SECOND) == [("a", "green")]
        copy = URL.create("sqlite", database=f"{url.database}.schema-1")
        assert things(copy, FIRST) == [("a",)]
    else:
        with pytest.raises(StoreUnusable, match=r"pg_dump .* then start once with `pickupday serve --migrate`"):
            Database(url, schema=SECOND)
        assert things(url, FIRST) == [("a",)]
        Database(url, schema=SECOND, migrate=True).close()
        assert things(url, SECOND) == [("a", "green")]


def test_a_step_that_fails_changes_nothing(url):
    with_a_thing(url)
    broken = replace(SECOND, steps={1: ("ALTER TABLE thing ADD COLUMN colour VARCHAR(8)", "NONSENSE")})
    with pytest.raises(StoreUnusable):
        Database(url, schema=broken, migrate=True)
    assert things(url, FIRST) == [("a",)]


def test_every_version_has_its_step():
    assert sorted(CURRENT.steps) == list(range(1, SCHEMA))


def test_the_file_is_for_this_user_alone(tmp_path):
    path = tmp_path / "folder" / "app.sqlite"
    Database(URL.create("sqlite", database=str(path))).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_no_database_is_said_with_its_path(tmp_path):
    path = tmp_path / "app.sqlite"
    path.write_bytes(b"This is no database at all. " * 100)
    with pytest.raises(StoreUnusable, match=r"app\.sqlite: the database cannot be used"):
        Database(URL.create("sqlite", database=str(path)))


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreUnusable, match="PICKUPDAY_DATABASE"):
        Database(URL.create("sqlite", database=str(tmp_path / "x" / "app.sqlite")))


@pytest.mark.postgres
def test_a_server_that_is_not_there_is_said_without_its_password(postgres_url):
    url = database_url("postgresql://me:canary@127.0.0.1:1/none", Path)
    with pytest.raises(StoreUnusable, match="Is it running") as refused:
        Database(url)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("text", ["mysql://x/y", "nonsense", "sqlite://", "sqlite:///:memory:", "://"])
def test_what_is_no_database_for_us_is_refused_with_what_is(text):
    with pytest.raises(SettingsError, match="postgresql://user:password@host/name"):
        database_url(text, Path)


def test_without_a_setting_it_stands_in_the_state_folder(tmp_path):
    assert database_url("", lambda: tmp_path).database == str(tmp_path / "pickupday.sqlite")
