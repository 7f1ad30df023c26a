"""Logging without patients: events, counts and kinds; never a name, an id, an address of a record or a token.

httpx logs every URL at INFO, httpcore every header at DEBUG: both are cut off for good, whatever level is chosen, and
the gateway writes its own line per request instead.
"""

from __future__ import annotations

import logging
import sys

_TALKATIVE = ("httpx", "httpcore")


def silence_the_wire() -> None:
    """Keep URLs and headers out of every log: the HTTP libraries' records end at their own root, in nothing."""
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
        logger.setLevel(logging.CRITICAL)


def set_up_logging(level: str) -> None:
    """Write our log to standard error, once; data goes to standard output and is never mixed with it."""
    silence_the_wire()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger("service")
    root.handlers = [handler]
    root.setLevel(level)
