from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from service.store.database import Database
from service.store.sealing import Sealer
from service.store.sessions import PURPOSE, Lifetimes, SqlSessions
from smart_launch import Grant, Granted, Hidden, Identity, LaunchContext, PendingLaunch

NOW = datetime(2026, 11, 23, 15, 37, tzinfo=UTC)
SECRETS = (b"the newest secret of this ring is long", b"the older secret of this ring is long")


@dataclass
class Clock:
    """A clock that a test moves on."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, **time: float) -> None:
        self.moment += timedelta(**time)


@dataclass
class Kept:
    """A store of sessions, its clock, and how to open the same once more, as another process does."""

    url: URL
    clock: Clock = field(default_factory=Clock)
    secrets: tuple[bytes, ...] = SECRETS[:1]
    open: list[Database] = field(default_factory=list)

    def database(self) -> Database:
        self.open.append(Database(self.url))
        return self.open[-1]

    def another(self, *secrets: bytes, lifetimes: Lifetimes | None = None) -> SqlSessions:
        sealer = Sealer(secrets or self.secrets, PURPOSE)
        return SqlSessions(self.database(), sealer, lifetimes, now=self.clock)


def pending(state: str = "a state") -> PendingLaunch:
    return PendingLaunch(
        state=Hidden(state),
        browser=Hidden("browser"),
        verifier=Hidden("verifier"),
        nonce=None,
        issuer="https://ehr.example/fhir",
        client_id="pickupday",
        redirect_uri="https://app.example/callback",
        scopes=("launch",),
        from_ehr=True,
        must_name_itself=False,
        begun_at=NOW,
    )


def grant(token: str = "canary-access") -> Grant:
    return Grant(
        issuer="https://ehr.example/fhir",
        client_id="pickupday",
        access_token=Hidden(token),
        expires_at=NOW + timedelta(minutes=5),
        refresh_token=Hidden("canary-refresh"),
        requested=("patient/*.rs",),
        granted=Granted(("patient/*.rs",)),
        context=LaunchContext(patient="canary-1"),
        identity=Identity("https://ehr.example", "subject", user="Practitioner/5"),
        launched_at=NOW,
        received_at=NOW,
    )


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return URL.create("sqlite", database=str(tmp_path / "app.sqlite"))
    server = make_url(request.getfixturevalue("postgres_url")).set(drivername="postgresql+psycopg")
    name = f"t{abs(hash(request.node.nodeid))}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(database=name)


@pytest.fixture
def kept(url: URL) -> Iterator[Kept]:
    """A store in each kind of database."""
    store = Kept(url)
    yield store
    for database in store.open:
        database.close()


@pytest.fixture
def run() -> Iterator[Callable[..., object]]:
    """Run a coroutine, all of a test in one loop."""
    with asyncio.Runner() as runner:
        yield runner.run
