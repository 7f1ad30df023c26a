"""The clients that are registered: who they are, how they authenticate, where they may be sent back to."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from service.sandbox.authorization.scopes import resource_scope, split

Jwks = Mapping[str, Any]  # a JSON Web Key Set as it came


class Authentication(StrEnum):
    """How a client proves at the token endpoint who it is."""

    PUBLIC = "public"  # not at all: client_id in the body, and PKCE
    SYMMETRIC = "confidential-symmetric"  # Basic base64(id:secret)
    ASYMMETRIC = "confidential-asymmetric"  # an assertion signed with RS384 or ES384


@dataclass(frozen=True, slots=True)
class Client:
    """One registration. At most one of `secret`, `jwks`, `jwks_url` is given; none of them: a public client.

    `scopes` is the most that it can be granted, separated by spaces; None: all that it asks for. A `backend` client
    has keys and no redirect_uris: it uses client_credentials and nothing else. Raises ValueError for a contradiction.
    """

    id: str
    name: str = ""
    redirect_uris: tuple[str, ...] = ()
    launch_url: str | None = None
    secret: str | None = field(default=None, repr=False)
    jwks: Jwks | None = field(default=None, repr=False)
    jwks_url: str | None = None
    scopes: str | None = None
    backend: bool = False

    def __post_init__(self) -> None:
        if sum(each is not None for each in (self.secret, self.jwks, self.jwks_url)) > 1:
            raise ValueError(f"client {self.id}: only one of secret, jwks and jwks_url")
        if self.backend and (self.redirect_uris or self.authentication is not Authentication.ASYMMETRIC):
            raise ValueError(f"client {self.id}: a backend service has keys and no redirect_uris")
        for address in (*self.redirect_uris, *([self.launch_url] if self.launch_url else [])):
            if not _is_web_address(address):
                raise ValueError(f"client {self.id}: {address} is neither https nor on this machine")
        for scope in split(self.scopes) if self.scopes else ():
            resource_scope(scope)

    @property
    def authentication(self) -> Authentication:
        """How it authenticates."""
        if self.secret is not None:
            return Authentication.SYMMETRIC
        return Authentication.PUBLIC if self.jwks is None and self.jwks_url is None else Authentication.ASYMMETRIC

    @property
    def registered_scopes(self) -> tuple[str, ...] | None:
        """The most that it can be granted; None: no limit."""
        return None if self.scopes is None else split(self.scopes) if self.scopes else ()

    def knows(self, secret: str) -> bool:
        """Whether this is its secret, compared in constant time."""
        return self.secret is not None and hmac.compare_digest(self.secret.encode(), secret.encode())


def _is_web_address(address: str) -> bool:
    parts = urlsplit(address)
    if not parts.hostname or parts.fragment or parts.username:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"))
