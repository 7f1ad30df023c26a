"""The application's database: SQLite in a file by default, PostgreSQL by URL for several processes.

Its schema version is checked when it is opened: an older one is migrated after a copy, a newer one is refused by name.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, inspect, select, update
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from service.errors import SettingsError, StoreUnusable
from service.store.tables import METADATA

SCHEMA = 1
_LOCK = 20_261_124  # any number of our own; PostgreSQL's advisory lock for what one process does alone


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables as this PickupDay knows them. `steps[n]` are the statements that lead from version n to n + 1."""

    version: int
    tables: MetaData
    steps: Mapping[int, tuple[str, ...]]


CURRENT = Schema(SCHEMA, METADATA, {})
_VERSIONS = MetaData()
_VERSION = Table("schema_version", _VERSIONS, Column("version", Integer, primary_key=True, autoincrement=False))


class Database:
    """One database, ready to use. Raises StoreUnusable with what to do."""

    def __init__(self, url: URL, *, migrate: bool = False, schema: Schema = CURRENT) -> None:
        """`migrate` says that a copy of an older PostgreSQL database has been made; a SQLite file is copied here."""
        self._name = url.database or "" if url.get_backend_name() == "sqlite" else url.render_as_string()
        self._engine = _engine(url)
        self._sqlite = url.get_backend_name() == "sqlite"
        if self._sqlite:
            _make_private(Path(self._name))
        try:
            _Opening(self, schema, migrate).run()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def begin(self, *, alone: bool = False) -> Iterator[Connection]:
        """One transaction, committed at the end; a SQLite writer waits for the one before it.

        `alone` holds up every other transaction that wants to be alone, on PostgreSQL too.
        """
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE" if self._sqlite else "BEGIN")
                try:
                    if alone and not self._sqlite:
                        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                    yield connection
                except BaseException:
                    connection.exec_driver_sql("ROLLBACK")
                    raise
                connection.exec_driver_sql("COMMIT")
        except DBAPIError as error:
            kind = type(error.orig).__name__
            raise StoreUnusable(
                f"{self._name}: the database cannot be used ({kind}). Is it running, is there room on the disk, and "
                "may this user write to it? PICKUPDAY_DATABASE chooses another one."
            ) from None

    @property
    def name(self) -> str:
        """What it is called in messages: the path, or the URL without its password."""
        return self._name

    @property
    def sqlite(self) -> bool:
        """Whether it is a SQLite file."""
        return self._sqlite

    def check(self) -> None:
        """Raise StoreUnusable unless the database answers."""
        with self.begin() as connection:
            connection.execute(select(_VERSION.c.version)).scalar()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


@dataclass(frozen=True, slots=True)
class _Opening:
    """Checking the version, and making or migrating the tables, while no other process does."""

    database: Database
    schema: Schema
    migrate: bool

    def run(self) -> None:
        with self.database.begin(alone=True) as connection:
            found = self._version(connection)
            if found is None:
                self._make(connection)
            elif found > self.schema.version:
                raise StoreUnusable(
                    f"{self.database.name}: written by a newer PickupDay (schema {found}; this one knows "
                    f"{self.schema.version}). Nothing of it was changed. Update PickupDay."
                )
            elif found < self.schema.version:
                self._bring_up(connection, found)

    def _version(self, connection: Connection) -> int | None:
        if not inspect(connection).has_table(_VERSION.name):
            return None
        version: int = connection.execute(select(_VERSION.c.version)).scalar_one()
        return version

    def _make(self, connection: Connection) -> None:
        _VERSIONS.create_all(connection)
        self.schema.tables.create_all(connection)
        connection.execute(insert(_VERSION).values(version=self.schema.version))

    def _bring_up(self, connection: Connection, found: int) -> None:
        if self.database.sqlite:
            path = Path(self.database.name)
            shutil.copy2(path, path.with_name(f"{path.name}.schema-{found}"))  # no writer: the transaction is ours
        elif not self.migrate:
            raise StoreUnusable(
                f"{self.database.name}: made by an older PickupDay (schema {found}; this one needs "
                f"{self.schema.version}). Nothing of it was changed. Make a copy (pg_dump --format=custom "
                "--file=pickupday.dump), then start once with `pickupday serve --migrate`."
            )
        for version in range(found, self.schema.version):
            for statement in self.schema.steps[version]:
                connection.exec_driver_sql(statement)
        connection.execute(update(_VERSION).values(version=self.schema.version))


def database_url(text: str, folder: Callable[[], Path]) -> URL:
    """The database that the setting names: nothing (a file in `folder`), sqlite:///FILE, or postgresql://...

    Raises SettingsError naming what is allowed.
    """
    if not text:
        return URL.create("sqlite", database=str(folder() / "pickupday.sqlite"))
    try:
        url = make_url(text)
        if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
            return url
        if url.get_backend_name() in ("postgresql", "postgres"):
            return url.set(drivername="postgresql+psycopg")
    except (ArgumentError, NoSuchModuleError, ValueError):
        pass
    raise SettingsError(
        "PICKUPDAY_DATABASE is no database that PickupDay can use: sqlite:////path/to/file, or "
        "postgresql://user:password@host/name"
    )


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"timeout": 10})
    try:
        return create_engine(url, isolation_level="AUTOCOMMIT", pool_size=5, max_overflow=10, pool_pre_ping=True)
    except ModuleNotFoundError:
        raise SettingsError("PostgreSQL needs the driver psycopg: pip install 'pickupday[postgres]'") from None


def _make_private(path: Path) -> None:
    """Make folder and file for this user alone, before anything is in them."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreUnusable(f"{path}: {error.strerror}. PICKUPDAY_DATABASE chooses another file.") from None
