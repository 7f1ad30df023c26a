"""The tables of the store. In the clear stand random keys, hashes and moments; everything else is sealed.

Moments are whole seconds since 1970, UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, String, Table

METADATA = MetaData()

PENDING = Table(
    "pending_launch",
    METADATA,
    Column("state", String(64), primary_key=True),  # SHA-256 of the state
    Column("expires", BigInteger, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
)

SESSION = Table(
    "session",
    METADATA,
    Column("launch", String(64), primary_key=True),  # SHA-256 of the key in the page's address
    Column("expires", BigInteger, nullable=False, index=True),  # the last moment, whatever happens
    Column("idle", BigInteger, nullable=False, index=True),  # the last moment without a request
    Column("holder", LargeBinary, nullable=False),  # site and browser
    Column("tokens", LargeBinary, nullable=False),
    Column("work", LargeBinary, nullable=False),  # what was chosen and shown
    Column("lease", String(32)),  # who is refreshing the tokens just now
    Column("lease_until", BigInteger),  # milliseconds
)

KEPT_WORK = Table(
    "kept_work",
    METADATA,
    Column("owner", String(64), primary_key=True),  # keyed hash of site, user and patient
    Column("expires", BigInteger, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
)

SEEN = Table(
    "seen_once",
    METADATA,
    Column("value", String(64), primary_key=True),  # SHA-256 of what may be used once
    Column("expires", BigInteger, nullable=False, index=True),
)

SECRET = Table(
    "kept_secret",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
