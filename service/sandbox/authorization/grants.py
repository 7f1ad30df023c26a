"""What the authorization server remembers: launches, codes, grants and their tokens. In memory, for one process.

Everything happens on the event loop and nothing here waits, so no two requests are ever in the middle of a change.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from service.sandbox.authorization.errors import OAuthError
from service.sandbox.faults import Fault

LAUNCH_LIFE, CODE_LIFE = timedelta(minutes=10), timedelta(seconds=60)
REFRESH_LIFE = {"offline_access": timedelta(days=90), "online_access": timedelta(hours=8)}


@dataclass(frozen=True, slots=True)
class Context:
    """What the EHR knows when it launches: who is at the screen, and whose chart is open."""

    user: str  # fhirUser, relative: "Practitioner/7"
    patient: str | None = None  # an id
    encounter: str | None = None
    fhir_context: tuple[dict[str, str], ...] = ()
    intent: str | None = None
    need_patient_banner: bool = False
    consent: bool = False  # ask the person which scopes to grant
    faults: frozenset[Fault] = frozenset()


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A checked request of the authorization endpoint."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    challenge: str
    nonce: str | None
    launch: str | None  # the handle, for an EHR launch


@dataclass(slots=True, eq=False)
class Grant:
    """What one launch, or one backend service, was granted; lives until it is revoked."""

    client_id: str
    scopes: tuple[str, ...]
    context: Context | None  # None: a backend service
    nonce: str | None = None
    revoked: bool = False
    refresh_token: str | None = None
    refresh_until: datetime | None = None
    issued: int = 0  # access tokens so far
    asked: set[str] = field(default_factory=set)  # the addresses that were asked for


@dataclass(slots=True, eq=False)
class AccessToken:
    """One access token of a grant. A narrower refresh gives it fewer scopes than the grant has."""

    grant: Grant
    scopes: tuple[str, ...]
    begins: datetime
    ends: datetime
    number: int  # 1: the first of the grant
    served: int = 0  # FHIR requests so far


@dataclass(slots=True, eq=False)
class _Code:
    request: AuthorizationRequest
    grant: Grant
    ends: datetime
    used: bool = False


@dataclass(slots=True, eq=False)
class _Launch:
    client_id: str
    context: Context
    ends: datetime


class Memory:
    """All launches, codes and tokens. `now` answers an aware datetime."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self._launches: dict[str, _Launch] = {}
        self._codes: dict[str, _Code] = {}
        self._access: dict[str, AccessToken] = {}
        self._refresh: dict[str, Grant] = {}  # old ones too: their use is noticed
        self._assertions: dict[tuple[str, str], datetime] = {}

    def begin_launch(self, client_id: str, context: Context) -> str:
        """A handle for the launch parameter: for this client, for once, for ten minutes."""
        handle = _secret()
        self._launches[handle] = _Launch(client_id, context, self.now() + LAUNCH_LIFE)
        return handle

    def see_launch(self, handle: str, client_id: str) -> Context:
        """What the handle stands for. It stays usable until `end_launch`."""
        launch = self._launches.get(handle)
        if launch is None:
            raise OAuthError("invalid_request", "launch is not known, or was used before")
        if launch.client_id != client_id:
            raise OAuthError("invalid_request", "launch was made for another client")
        if launch.ends <= self.now():
            raise OAuthError("invalid_request", "launch is too old")
        return launch.context

    def end_launch(self, handle: str) -> None:
        """The handle is used up. Raises OAuthError where it was before."""
        if self._launches.pop(handle, None) is None:
            raise OAuthError("invalid_request", "launch is not known, or was used before")

    def new_code(self, request: AuthorizationRequest, grant: Grant) -> str:
        """An authorization code: for one exchange, for a minute."""
        code = _secret()
        self._codes[code] = _Code(request, grant, self.now() + CODE_LIFE)
        return code

    def use_code(self, code: str, client_id: str) -> tuple[AuthorizationRequest, Grant]:
        """What the code stands for; it is used up, whatever comes of it. One that comes twice revokes its tokens."""
        found = self._codes.get(code)
        if found is None or found.request.client_id != client_id:
            raise OAuthError("invalid_grant", "the code is not known, or was given to another client")
        if found.used:
            found.grant.revoked = True
            raise OAuthError("invalid_grant", "the code was used before: every token that came of it is revoked")
        found.used = True
        if found.ends <= self.now():
            raise OAuthError("invalid_grant", "the code is too old")
        return found.request, found.grant

    def new_access_token(self, grant: Grant, scopes: tuple[str, ...], begins: datetime, ends: datetime) -> str:
        """One more access token of the grant."""
        token = _secret()
        grant.issued += 1
        self._access[token] = AccessToken(grant, scopes, begins, ends, grant.issued)
        return token

    def find_access_token(self, token: str) -> AccessToken | None:
        """The token, if it is good now."""
        found = self._access.get(token)
        return found if found and not found.grant.revoked and found.ends > self.now() else None

    def new_refresh_token(self, grant: Grant) -> str:
        """The one refresh token that is good from now on; the one before is not."""
        token = _secret()
        self._refresh[token] = grant
        life = max(REFRESH_LIFE[scope] for scope in grant.scopes if scope in REFRESH_LIFE)
        grant.refresh_token, grant.refresh_until = token, self.now() + life
        return token

    def find_refresh_token(self, token: str) -> Grant | None:
        """The grant of the token, if the token is good now."""
        grant = self._refresh.get(token)
        if grant is None or grant.revoked or grant.refresh_token != token:
            return None
        return grant if grant.refresh_until and grant.refresh_until > self.now() else None

    def use_refresh_token(self, token: str, client_id: str) -> Grant:
        """The grant of the token. One that was used before revokes the grant: somebody else has it."""
        grant = self._refresh.get(token)
        if grant is None or grant.client_id != client_id:
            raise OAuthError("invalid_grant", "the refresh token is not known, or was given to another client")
        if grant.refresh_token != token:
            grant.revoked = True
            raise OAuthError("invalid_grant", "the refresh token was used before: every token of the launch is revoked")
        if self.find_refresh_token(token) is None:
            raise OAuthError("invalid_grant", "the refresh token is revoked or too old")
        return grant

    def grant_of(self, token: str) -> Grant | None:
        """Whose token it is, good or not."""
        access = self._access.get(token)
        return access.grant if access else self._refresh.get(token)

    def note_assertion(self, client_id: str, jti: str, ends: datetime) -> bool:
        """Whether the client's jti was not seen before; it is from now on, until the assertion expires."""
        now = self.now()
        self._assertions = {key: until for key, until in self._assertions.items() if until > now}
        fresh = (client_id, jti) not in self._assertions
        self._assertions.setdefault((client_id, jti), ends)
        return fresh


def _secret() -> str:
    return secrets.token_urlsafe(32)
