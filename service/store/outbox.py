"""Enrolments that were sent and not acknowledged yet: SQLite in the state folder, encrypted, one row for each write.

A row is put down before its write is sent and removed when the server is known to hold it, or never will. In the clear
stand only when it was put down, for which server (a keyed hash) and under a random name. While a process sends a write
it holds a lock on a file of that name, which the operating system gives back even if the process is killed.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, create_engine, delete, insert, select
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from mappings.outbound.identity import keyed_hash
from service import clock
from service.use_cases.ports import HeldWrite, OutboxUnusable, PendingWrite

SCHEMA = 1
FILE_NAME = "outbox.sqlite"

_METADATA = MetaData()
_VERSION = Table("schema_version", _METADATA, Column("version", Integer, primary_key=True, autoincrement=False))
_WRITES = Table(
    "pending_write",
    _METADATA,
    Column("name", String(32), primary_key=True),
    Column("server", String(32), nullable=False, index=True),
    Column("recorded", String(32), nullable=False),  # UTC, ISO 8601
    Column("payload", LargeBinary, nullable=False),
)


class SqliteOutbox:
    """The pending writes to one server, `server` being the address of its base. See use_cases/ports.py: Outbox."""

    def __init__(self, folder: Path, key: bytes, server: str, *, now: Callable[[], datetime] = clock.now) -> None:
        """`key` is the identifier key. Raises OutboxUnusable for a file that is damaged or of a newer version."""
        self._path = folder / FILE_NAME
        self._locks = folder / "outbox.locks"
        self._server = keyed_hash(key, "server", server)
        self._cipher = Fernet(_derived(key))
        self._now = now
        self._engine = create_engine(
            URL.create("sqlite", database=str(self._path)), poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        with self._speaking(prepare=True) as connection:
            _check_version(connection, self._path)

    @contextmanager
    def recorded(self, write: PendingWrite) -> Iterator[HeldWrite]:
        """Put it down and hold it."""
        name = secrets.token_hex(16)
        with self._locked(name):
            payload = self._cipher.encrypt(msgspec.json.encode(write))
            row = {"name": name, "server": self._server, "recorded": self._now().isoformat(), "payload": payload}
            with self._speaking() as connection:
                connection.execute(insert(_WRITES).values(row))
            yield _Held(self, name, write)

    def waiting(self) -> tuple[str, ...]:
        """The names of all writes that wait for this server, the oldest first."""
        oldest_first = select(_WRITES.c.name).where(_WRITES.c.server == self._server).order_by(_WRITES.c.recorded)
        with self._speaking() as connection:
            return tuple(connection.execute(oldest_first).scalars())

    @contextmanager
    def take(self, name: str) -> Iterator[HeldWrite | None]:
        """Hold one; None where it is settled by now or another process holds it."""
        with self._locked(name) as locked:
            write = self._read(name) if locked else None
            if locked and write is None:
                self._unlock(name)
            yield _Held(self, name, write) if write is not None else None

    def forget(self, name: str) -> None:
        """Remove one that is held."""
        with self._speaking() as connection:
            connection.execute(delete(_WRITES).where(_WRITES.c.name == name))
        self._unlock(name)

    def _unlock(self, name: str) -> None:
        with suppress(OSError):  # Windows removes no open file; an empty one that stays does no harm
            (self._locks / name).unlink(missing_ok=True)

    def _read(self, name: str) -> PendingWrite | None:
        with self._speaking() as connection:
            payload = connection.execute(select(_WRITES.c.payload).where(_WRITES.c.name == name)).scalar()
        if payload is None:
            return None
        try:
            return msgspec.json.decode(self._cipher.decrypt(payload), type=PendingWrite)
        except (InvalidToken, msgspec.DecodeError):
            raise OutboxUnusable(
                f"{self._path}: a write that waits there cannot be read with this identifier key. Use the key it was "
                "written with (PICKUPDAY_IDENTIFIER_KEY), or move the file away and enrol the patient again."
            ) from None

    @contextmanager
    def _speaking(self, *, prepare: bool = False) -> Iterator[Connection]:
        """One transaction. Raises OutboxUnusable with what to do."""
        try:
            if prepare:
                _make_private(self._path, self._locks)
            with self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # two processes that make the tables wait for each other
                yield connection
                connection.exec_driver_sql("COMMIT")
        except (DatabaseError, OSError) as error:
            reason = error.orig if isinstance(error, DatabaseError) else error.strerror
            raise OutboxUnusable(
                f"{self._path}: the outbox cannot be used ({reason}). Nothing of it was changed and nothing was sent. "
                "Free the disk or restore the file (XDG_STATE_HOME chooses its folder); if it is damaged, move it "
                "away: what waited in it is then not sent, so enrol those patients again."
            ) from None

    @contextmanager
    def _locked(self, name: str) -> Iterator[bool]:
        """Hold the lock of one write; False where another process has it. An empty SQLite file locks everywhere."""
        with ExitStack() as held:
            try:
                lock = held.enter_context(closing(sqlite3.connect(self._locks / name, timeout=0, isolation_level=None)))
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                yield False
            else:
                yield True


class _Held:
    """A write that this process holds."""

    def __init__(self, outbox: SqliteOutbox, name: str, write: PendingWrite) -> None:
        self._outbox, self._name, self._write = outbox, name, write

    @property
    def write(self) -> PendingWrite:
        """What is to be written."""
        return self._write

    def done(self) -> None:
        """Forget it. Where even that fails it stays, and the next run finds that it stands."""
        with suppress(OutboxUnusable):
            self._outbox.forget(self._name)


def _derived(key: bytes) -> bytes:
    """The key of the payloads, from the identifier key: one secret to keep, two uses that reveal nothing of another."""
    return urlsafe_b64encode(HKDF(SHA256(), 32, salt=None, info=b"pickupday outbox").derive(key))


def _make_private(path: Path, locks: Path) -> None:
    """Make folder and file for this user alone, before anything is in them."""
    locks.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _check_version(connection: Connection, path: Path) -> None:
    """Make the tables of a new file; refuse those of a newer PickupDay."""
    _VERSION.create(connection, checkfirst=True)
    version = connection.execute(select(_VERSION.c.version)).scalar()
    if version is None:
        _METADATA.create_all(connection)
        connection.execute(insert(_VERSION).values(version=SCHEMA))
    elif version != SCHEMA:
        raise OutboxUnusable(
            f"{path}: written by a newer PickupDay (outbox schema {version}; this one knows {SCHEMA}). Nothing of it "
            "was changed. Update PickupDay."
        )
