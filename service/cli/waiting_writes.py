"""The outbox at the terminal: where it is, and what is said of the writes that wait in it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from service.cli import streams
from service.gateway.address import ServerBase
from service.store.identifier_key import state_folder
from service.use_cases.ports import Outbox
from service.use_cases.show import Site

if TYPE_CHECKING:
    from service.store.outbox import SqliteOutbox


def open_outbox(site: Site, server: ServerBase) -> SqliteOutbox:
    """The outbox of this user for that server. Raises OutboxUnusable."""
    from service.store.outbox import SqliteOutbox  # SQLAlchemy takes 0.2 s: only for commands that write

    return SqliteOutbox(state_folder(os.environ), site.key, server.url)


def say_settled(sentences: Iterable[str]) -> None:
    """Say on standard error what became of writes that had waited."""
    for sentence in sentences:
        streams.err().print(f"pickupday: {sentence}", markup=False)


def say_waiting(outbox: Outbox) -> None:
    """Say on standard error that something waits, if it does."""
    if outbox.waiting():
        streams.err().print(
            "pickupday: what the server has not acknowledged is kept; the next enroll or show for this server checks "
            "what stands and sends it again if it is missing.",
            markup=False,
        )
