"""Launches and sessions in the database: see use_cases/sessions.py for what they mean.

Every value is looked up by a hash of its key, so that a copy of the database opens no session. The database is asked in
threads: a slow one never stops the other requests.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

import msgspec
from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.base import Executable

from service import clock
from service.store.database import Database
from service.store.sealing import CannotOpenError, Sealer
from service.store.tables import KEPT_WORK, PENDING, SEEN, SESSION
from service.use_cases.sessions import Holder, Session, Work
from smart_launch import Grant, PendingLaunch

T = TypeVar("T")
PURPOSE = "sessions"
_HOLDER = msgspec.json.Decoder(Holder)
_WORK = msgspec.json.Decoder(Work)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Seconds."""

    session: int = 8 * 3600
    idle: int = 30 * 60
    aside: int = 3600
    note: int = 600
    lease: int = 60  # longer than the slowest refresh; a process that dies in one holds the others up so long


class SqlSessions:
    """Sessions of use_cases/sessions.py, in SQLite or PostgreSQL."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        lifetimes: Lifetimes | None = None,
        *,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        """`sealer` seals what is kept; `now` replaces the clock."""
        self._database = database
        self._sealer = sealer
        self._lives = lifetimes or Lifetimes()
        self._now = now

    async def begin(self, pending: PendingLaunch) -> None:
        """Remember a launch that leaves; see Sessions.begin."""
        key = hashed(pending.state.reveal())
        row = {
            "state": key,
            "expires": int(pending.expires_at().timestamp()),
            "sealed": self._seal("pending", key, pending.to_json().encode()),
        }
        await self._run(insert(PENDING).values(row))

    async def take(self, state: str) -> PendingLaunch | None:
        """Give it back once, whoever else asks at the same moment; see Sessions.take."""
        return await asyncio.to_thread(self._take, PENDING, hashed(state), "pending", PendingLaunch.from_json)

    async def open(self, holder: Holder, grant: Grant, work: Work) -> str:
        """Begin a session under a new random key of 192 bits; see Sessions.open."""
        launch = secrets.token_urlsafe(24)
        key = hashed(launch)
        row = {
            "launch": key,
            "expires": self._in(self._lives.session),
            "idle": self._in(self._lives.idle),
            "holder": self._seal("holder", key, msgspec.json.encode(holder)),
            "tokens": self._seal("tokens", key, grant.to_json().encode()),
            "work": self._seal("work", key, msgspec.json.encode(work)),
        }
        await self._run(insert(SESSION).values(row))
        return launch

    async def find(self, launch: str) -> Session | None:
        """The session, if it has not ended; see Sessions.find."""
        return await asyncio.to_thread(self._find, launch)

    def _find(self, launch: str) -> Session | None:
        key, now, table = hashed(launch), self._in(0), SESSION.c
        with self._database.begin() as connection:
            row = connection.execute(
                update(SESSION)
                .where(table.launch == key, table.expires > now, table.idle > now)
                .values(idle=self._in(self._lives.idle))
                .returning(table.holder, table.tokens, table.work)
            ).one_or_none()
        if row is None:
            return None
        holder = self._open("holder", key, row.holder, _HOLDER.decode)
        grant = self._open("tokens", key, row.tokens, Grant.from_json)
        work = self._open("work", key, row.work, _WORK.decode)
        if holder is None or grant is None or work is None:
            return None
        return Session(launch, holder, grant, work)

    async def load(self, key: str) -> Grant | None:
        """The tokens as they were last saved; see GrantStore.load."""
        return await asyncio.to_thread(self._load, hashed(key))

    def _load(self, key: str) -> Grant | None:
        with self._database.begin() as connection:
            sealed = connection.execute(select(SESSION.c.tokens).where(SESSION.c.launch == key)).scalar()
        return self._open("tokens", key, sealed, Grant.from_json) if sealed is not None else None

    async def save(self, key: str, grant: Grant) -> None:
        """Replace the tokens; see GrantStore.save."""
        row = hashed(key)
        sealed = self._seal("tokens", row, grant.to_json().encode())
        await self._run(update(SESSION).where(SESSION.c.launch == row).values(tokens=sealed))

    async def keep_work(self, launch: str, work: Work) -> None:
        """Replace what was entered; see Sessions.keep_work."""
        key = hashed(launch)
        sealed = self._seal("work", key, msgspec.json.encode(work))
        await self._run(update(SESSION).where(SESSION.c.launch == key).values(work=sealed))

    async def close(self, launch: str) -> None:
        """Forget it; see Sessions.close."""
        await self._run(delete(SESSION).where(SESSION.c.launch == hashed(launch)))

    @asynccontextmanager
    async def lock(self, key: str) -> AsyncIterator[None]:
        """Hold the lock of one session: a lease in its row, so that no transaction is open while a server is asked.

        See GrantStore.lock. A lease that a dead process left behind ends by itself.
        """
        row, holder = hashed(key), secrets.token_hex(16)
        pause = 0.02
        while not await self._leased(row, holder):
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.5)
        try:
            yield
        finally:
            mine = (SESSION.c.launch == row, SESSION.c.lease == holder)
            await asyncio.shield(self._run(update(SESSION).where(*mine).values(lease=None, lease_until=None)))

    async def _leased(self, key: str, holder: str) -> bool:
        """Whether the lock is ours now; also where the session is gone: then there is nothing left to guard."""
        now = int(self._now().timestamp() * 1000)
        free = (SESSION.c.lease.is_(None)) | (SESSION.c.lease_until < now)
        values = {"lease": holder, "lease_until": now + self._lives.lease * 1000}
        taken = await self._run(update(SESSION).where(SESSION.c.launch == key, free).values(values))
        return taken == 1 or not await asyncio.to_thread(self._exists, key)

    def _exists(self, key: str) -> bool:
        with self._database.begin() as connection:
            return connection.execute(select(SESSION.c.launch).where(SESSION.c.launch == key)).first() is not None

    async def lay_aside(self, owner: str, work: Work) -> None:
        """Keep unsaved work; see Sessions.lay_aside."""
        row = {
            "owner": owner,
            "expires": self._in(self._lives.aside),
            "sealed": self._seal("kept", owner, msgspec.json.encode(work)),
        }
        await asyncio.to_thread(self._replace, row)

    def _replace(self, row: dict[str, object]) -> None:
        with self._database.begin() as connection:
            connection.execute(delete(KEPT_WORK).where(KEPT_WORK.c.owner == row["owner"]))
            connection.execute(insert(KEPT_WORK).values(row))

    async def pick_up(self, owner: str) -> Work | None:
        """Give it back once; see Sessions.pick_up."""
        return await asyncio.to_thread(self._take, KEPT_WORK, owner, "kept", _WORK.decode)

    async def leave_note(self, text: str) -> str:
        """Keep a text for ten minutes; see Sessions.leave_note."""
        note = secrets.token_urlsafe(24)
        key = hashed(note)
        row = {"state": key, "expires": self._in(self._lives.note), "sealed": self._seal("note", key, text.encode())}
        await self._run(insert(PENDING).values(row))
        return note

    async def read_note(self, key: str) -> str | None:
        """The text under that key; see Sessions.read_note."""
        return await asyncio.to_thread(self._read_note, hashed(key))

    def _read_note(self, key: str) -> str | None:
        wanted = select(PENDING.c.sealed).where(PENDING.c.state == key, PENDING.c.expires > self._in(0))
        with self._database.begin() as connection:
            sealed = connection.execute(wanted).scalar()
        return self._open("note", key, sealed, bytes.decode) if sealed is not None else None

    async def first_use(self, value: str, seconds: int) -> bool:
        """Whether the value is used for the first time; see Sessions.first_use."""
        return await asyncio.to_thread(self._first_use, hashed(value), seconds)

    def _first_use(self, key: str, seconds: int) -> bool:
        with self._database.begin() as connection:
            connection.execute(delete(SEEN).where(SEEN.c.value == key, SEEN.c.expires <= self._in(0)))
            try:
                connection.execute(insert(SEEN).values(value=key, expires=self._in(seconds)))
            except IntegrityError:
                return False
        return True

    async def sweep(self) -> int:
        """Remove everything that has ended; returns how many rows."""
        return await asyncio.to_thread(self._sweep)

    def _sweep(self) -> int:
        now, removed = self._in(0), 0
        with self._database.begin() as connection:
            for table in (PENDING, SESSION, KEPT_WORK, SEEN):
                removed += connection.execute(delete(table).where(table.c.expires <= now)).rowcount
            removed += connection.execute(delete(SESSION).where(SESSION.c.idle <= now)).rowcount
        return removed

    def _take(self, table: Table, key: str, what: str, read: Callable[[bytes], T]) -> T | None:
        """Remove a row and return what was in it; of two that ask at once only one gets it."""
        first = table.primary_key.columns[0]
        with self._database.begin() as connection:
            row = connection.execute(
                delete(table).where(first == key).returning(table.c.sealed, table.c.expires)
            ).one_or_none()
        if row is None or row.expires <= self._in(0):
            return None
        return self._open(what, key, row.sealed, read)

    async def _run(self, statement: Executable) -> int:
        return await asyncio.to_thread(self._execute, statement)

    def _execute(self, statement: Executable) -> int:
        with self._database.begin() as connection:
            done: CursorResult[object] = connection.execute(statement)
            return done.rowcount

    def _seal(self, what: str, key: str, value: bytes) -> bytes:
        return self._sealer.seal(value, f"{what} {key}")

    def _open(self, what: str, key: str, sealed: bytes, read: Callable[[bytes], T]) -> T | None:
        """What was sealed; None where no key of today opens it, or another version wrote it: as if it had ended."""
        try:
            return read(self._sealer.open(sealed, f"{what} {key}"))
        except (CannotOpenError, ValueError):
            return None

    def _in(self, seconds: int) -> int:
        return int(self._now().timestamp()) + seconds


def hashed(value: str) -> str:
    """SHA-256 of a random value: enough to find it again, of no use to open it."""
    return sha256(value.encode()).hexdigest()
