"""Cookies that an EHR's frame keeps: one for each launch, an opaque secret and nothing else.

`__Host-` binds them to this host, `Partitioned` to the site that frames us, so that a browser without third-party
cookies keeps them too. Browsers take them on https, and Chromium and Firefox on http://127.0.0.1. Python 3.11 cannot
write Partitioned, so the header is written here.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from starlette.requests import Request
from starlette.responses import Response

_PREFIX = "pickupday-"
_DATED = re.compile(r"[0-9a-f]{8}\.")
_MOST = 20
_RULES = "Path=/; Secure; HttpOnly; SameSite=None; Partitioned"
_DEVELOPMENT_RULES = "Path=/; HttpOnly; SameSite=Lax"  # for Safari and tools, which keep no Secure cookie on http


@dataclass(frozen=True, slots=True)
class Cookies:
    """How cookies are named and written. `development`: plain http on this machine, listed issuers only."""

    development: bool = False

    def keep(self, response: Response, subject: str, secret: str, seconds: int) -> None:
        """Give the browser the secret for one launch or one state (`subject`), which is not readable in the name."""
        self._write(response, subject, f"{secret}; Max-Age={seconds}")

    def forget(self, response: Response, subject: str) -> None:
        """Take it back."""
        self._write(response, subject, "; Max-Age=0")

    def _write(self, response: Response, subject: str, value: str) -> None:
        name = _name(subject)
        response.headers.append("Set-Cookie", f"__Host-{name}={value}; {_RULES}")
        if self.development:
            response.headers.append("Set-Cookie", f"{name}={value}; {_DEVELOPMENT_RULES}")

    def prune(self, request: Request, response: Response) -> None:
        """Take back the oldest cookies: a day of launches must not outgrow what proxies take in a header."""
        ours = {name: value for name, value in request.cookies.items() if name.startswith(f"__Host-{_PREFIX}")}
        dated = sorted((value.partition(".")[0], name) for name, value in ours.items() if _DATED.match(value))
        for _, name in dated[: max(0, len(dated) - _MOST)]:
            response.headers.append("Set-Cookie", f"{name}=; Max-Age=0; {_RULES}")

    def secret(self, request: Request, subject: str) -> str | None:
        """The secret that this browser holds for the launch or the state, if it kept it."""
        name = _name(subject)
        held = request.cookies.get(f"__Host-{name}")
        return request.cookies.get(name) if held is None and self.development else held


def new_secret(now: datetime) -> str:
    """A secret of 256 bits behind the second in which it was made, by which `prune` knows the oldest."""
    return f"{int(now.timestamp()):08x}.{secrets.token_urlsafe(32)}"


def fingerprint(secret: str) -> str:
    """What the store keeps of a secret: enough to know it again."""
    return sha256(secret.encode()).hexdigest()


def is_secret_of(secret: str | None, kept: str) -> bool:
    """Whether the browser's secret is the one that was given out."""
    return secret is not None and compare_digest(fingerprint(secret), kept)


def _name(subject: str) -> str:
    return _PREFIX + sha256(subject.encode()).hexdigest()[:16]
