"""The app's signing keys in the database: one sealed value, the same for every process."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from service.errors import StoreUnusable
from service.store.database import Database
from service.store.sealing import CannotOpenError, Sealer
from service.store.tables import SECRET
from smart_launch import KeyRing

PURPOSE = "signing keys"
_NAME = "signing-keys"


class StoredSigningKeys:
    """Where the key ring is kept between two uses. Raises StoreUnusable where it cannot be opened."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        """`sealer` encrypts the private keys."""
        self._database = database
        self._sealer = sealer

    def load(self) -> KeyRing:
        """All keys; an empty ring where none was made yet."""
        with self._database.begin() as connection:
            return self._read(connection)

    def change(self, how: Callable[[KeyRing], KeyRing]) -> KeyRing:
        """Replace the ring by what `how` makes of it, while no other process changes it; returns the new one."""
        with self._database.begin(alone=True) as connection:
            ring = how(self._read(connection))
            connection.execute(delete(SECRET).where(SECRET.c.name == _NAME))
            sealed = self._sealer.seal(ring.to_json().encode(), _NAME)
            connection.execute(insert(SECRET).values(name=_NAME, sealed=sealed))
        return ring

    def _read(self, connection: Connection) -> KeyRing:
        sealed = connection.execute(select(SECRET.c.sealed).where(SECRET.c.name == _NAME)).scalar()
        if sealed is None:
            return KeyRing()
        try:
            return KeyRing.from_json(self._sealer.open(sealed, _NAME).decode())
        except (CannotOpenError, ValueError):
            raise StoreUnusable(
                f"{self._database.name}: the signing keys there cannot be opened with this secret. Use the secret they "
                "were written with (PICKUPDAY_STORE_KEYS; several stand side by side, the newest first)."
            ) from None
