"""Resources and their versions in SQLite, with the rows under which they are found.

One connection, one lock: whoever is inside `transaction` is alone, so what is decided there (no such resource yet, this
is the current version) still holds when it is written.
"""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from service.sandbox.fhir_json import Resource, decode, encode
from service.sandbox.indexing import rows
from service.sandbox.parameters import Kind

_TABLES = """
CREATE TABLE IF NOT EXISTS version (
    key INTEGER PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL, updated TEXT NOT NULL,
    body BLOB, current INTEGER NOT NULL, UNIQUE (type, id, number)
);
CREATE INDEX IF NOT EXISTS current_version ON version (type, id) WHERE current;
"""
_INDEX_TABLE = """
CREATE TABLE IF NOT EXISTS {kind} (key INTEGER NOT NULL, parameter TEXT NOT NULL, first, second);
CREATE INDEX IF NOT EXISTS {kind}_first ON {kind} (parameter, first);
CREATE INDEX IF NOT EXISTS {kind}_second ON {kind} (parameter, second);
CREATE INDEX IF NOT EXISTS {kind}_key ON {kind} (key);
"""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one resource as it is stored; `body` is None for a deletion."""

    type: str
    id: str
    number: int
    updated: datetime
    body: bytes | None

    @property
    def reference(self) -> str:
        """The relative reference, "Patient/1"."""
        return f"{self.type}/{self.id}"

    @property
    def resource(self) -> Resource:
        """The content, decoded."""
        assert self.body is not None
        return decode(self.body)


class Store:
    """All that the server knows. `database` is a file, or ":memory:" for something that leaves nothing behind."""

    def __init__(self, database: str = ":memory:") -> None:
        self._connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self._lock = threading.RLock()
        self._connection.executescript(_TABLES + "".join(_INDEX_TABLE.format(kind=kind) for kind in Kind))
        (last,) = self._connection.execute("SELECT coalesce(max(key), 0) FROM version").fetchone()
        self._numbers = itertools.count(last + 1001)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Alone with the data; everything written inside stays together, or is undone when it raises."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, values: Sequence[str | int] = ()) -> list[tuple[str, ...]]:
        """What a query finds."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def new_id(self, kind: str) -> str:
        """An id that no resource of the type has or had."""
        return next(name for name in map(str, self._numbers) if self.current(kind, name) is None)

    def current(self, kind: str, name: str) -> Version | None:
        """The newest version, which may be a deletion; None where there never was one."""
        return self._version("type = ? AND id = ? AND current", kind, name)

    def numbered(self, kind: str, name: str, number: int) -> Version | None:
        """An old or the newest version."""
        return self._version("type = ? AND id = ? AND number = ?", kind, name, number)

    def _version(self, condition: str, *values: str | int) -> Version | None:
        found = self.rows(f"SELECT type, id, number, updated, body FROM version WHERE {condition}", values)  # noqa: S608
        for kind, name, number, updated, body in found:
            return Version(kind, name, int(number), datetime.fromisoformat(updated), body)  # type: ignore[arg-type]
        return None

    def add(self, kind: str, name: str, content: Resource | None, moment: datetime) -> Version:
        """Write the next version: the content with its new meta, or a deletion."""
        before = self.current(kind, name)
        number = before.number + 1 if before else 1
        if content is not None:
            stamped = {
                **content.get("meta", {}),
                "versionId": str(number),
                "lastUpdated": moment.isoformat(timespec="milliseconds"),
            }
            content = {"resourceType": kind, "id": name, "meta": stamped} | {
                element: value for element, value in content.items() if element not in ("resourceType", "id", "meta")
            }
        body = None if content is None else encode(content)
        with self._lock:
            self._forget(kind, name)
            cursor = self._connection.execute(
                "INSERT INTO version (type, id, number, updated, body, current) VALUES (?, ?, ?, ?, ?, 1)",
                (kind, name, number, moment.isoformat(timespec="milliseconds"), body),
            )
            if content is not None:
                self._index(cursor.lastrowid or 0, content)
        return Version(kind, name, number, moment, body)

    def _forget(self, kind: str, name: str) -> None:
        """The version before is no longer found."""
        for (key,) in self.rows("SELECT key FROM version WHERE type = ? AND id = ? AND current", (kind, name)):
            self._connection.execute("UPDATE version SET current = 0 WHERE key = ?", (key,))
            for table in Kind:
                self._connection.execute(f"DELETE FROM {table} WHERE key = ?", (key,))  # noqa: S608 - our own names

    def _index(self, key: int, content: Resource) -> None:
        for table, found in rows(content).items():
            self._connection.executemany(
                f"INSERT INTO {table} (key, parameter, first, second) VALUES (?, ?, ?, ?)",  # noqa: S608
                [(key, *row) for row in found],
            )
