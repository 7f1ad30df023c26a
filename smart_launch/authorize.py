"""The authorization request: an EHR launch or a standalone launch begins here."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlencode

from smart_launch.discovery import Endpoints
from smart_launch.errors import SiteError
from smart_launch.hidden import Hidden
from smart_launch.reading import read_object, text, texts, whole_number
from smart_launch.scopes import ask_for
from smart_launch.sites import Site

LONGEST_URL = 2000  # characters; beyond, a form is posted where the site takes one
ANSWER_WITHIN = timedelta(minutes=15)  # a person may have to sign in and to find a patient


@dataclass(frozen=True, slots=True)
class PendingLaunch:
    """A launch that waits for its answer. Keep it on the server under `state`, take it out once, give `browser` to the
    browser in a cookie: the answer counts only where both come back together.
    """

    state: Hidden
    browser: Hidden  # the value of the cookie that binds the launch to one browser
    verifier: Hidden  # PKCE, RFC 7636
    nonce: Hidden | None  # where an id_token is asked for
    issuer: str  # `iss`, which is `aud` too
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]  # as they were asked for
    from_ehr: bool  # launched by an EHR; False: standalone
    must_name_itself: bool  # the answer must carry `iss` (RFC 9207)
    begun_at: datetime

    def expires_at(self) -> datetime:
        """The moment after which an answer is refused."""
        return self.begun_at + ANSWER_WITHIN

    def to_json(self) -> str:
        """The launch as text, to be stored encrypted: it holds secrets."""
        return json.dumps(
            {
                "state": self.state.reveal(),
                "browser": self.browser.reveal(),
                "verifier": self.verifier.reveal(),
                "nonce": self.nonce.reveal() if self.nonce else None,
                "issuer": self.issuer,
                "client_id": self.client_id,
                "redirect_uri": self.redirect_uri,
                "scopes": list(self.scopes),
                "from_ehr": self.from_ehr,
                "must_name_itself": self.must_name_itself,
                "begun_at": int(self.begun_at.timestamp()),
            }
        )

    @classmethod
    def from_json(cls, stored: str | bytes) -> PendingLaunch:
        """Read what `to_json` wrote. Raises ValueError on anything else."""
        found = read_object(stored)
        words = {
            name: text(found, name) for name in ("state", "browser", "verifier", "issuer", "client_id", "redirect_uri")
        }
        begun = whole_number(found, "begun_at")
        if begun is None or None in words.values():
            raise ValueError("this is no stored launch")
        known = {name: word for name, word in words.items() if word is not None}
        nonce = text(found, "nonce")
        return cls(
            state=Hidden(known["state"]),
            browser=Hidden(known["browser"]),
            verifier=Hidden(known["verifier"]),
            nonce=Hidden(nonce) if nonce else None,
            issuer=known["issuer"],
            client_id=known["client_id"],
            redirect_uri=known["redirect_uri"],
            scopes=texts(found, "scopes"),
            from_ehr=found.get("from_ehr") is True,
            must_name_itself=found.get("must_name_itself") is True,
            begun_at=datetime.fromtimestamp(begun, UTC),
        )


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """Where to send the browser: redirect it to `url` (GET), or let it post `fields` as a form to `url` (POST)."""

    method: Literal["GET", "POST"]
    url: str = field(repr=False)
    fields: Mapping[str, str] = field(repr=False, default_factory=lambda: MappingProxyType({}))


def begin(
    site: Site,
    endpoints: Endpoints,
    *,
    launch: str | None,
    now: datetime,
    random: Callable[[int], bytes] = token_bytes,
    browser: Hidden | None = None,
    must_name_itself: bool = False,
) -> tuple[PendingLaunch, AuthorizationRequest]:
    """Begin an EHR launch (`launch` is its opaque handle) or, with None, a standalone launch. Raises SiteError.

    `random` gives so many unpredictable bytes. `browser` is the secret that this browser already holds in its cookie;
    None makes a new one. `must_name_itself` asks for `iss` in the answer (RFC 9207), for sites
    that share a redirect URI; a site that advertises it must always give it.
    """
    if endpoints.authorization is None:
        raise SiteError("The site names no authorization endpoint, so nobody can be signed in there.")
    if must_name_itself and not endpoints.names_itself:
        raise SiteError(
            "The site shares its redirect URI with another one and does not name itself in its answers (RFC 9207): "
            "give it a redirect URI of its own."
        )
    scopes = requested_scopes(site, endpoints, from_ehr=launch is not None)
    pending = PendingLaunch(
        state=Hidden(_unguessable(random)),
        browser=browser or Hidden(_unguessable(random)),
        verifier=Hidden(_unguessable(random)),
        nonce=Hidden(_unguessable(random)) if "openid" in scopes else None,
        issuer=site.issuer,
        client_id=site.client_id,
        redirect_uri=site.redirect_uri,
        scopes=scopes,
        from_ehr=launch is not None,
        must_name_itself=must_name_itself or endpoints.names_itself,
        begun_at=now,
    )
    return pending, _request(pending, endpoints, endpoints.authorization, launch)


def requested_scopes(site: Site, endpoints: Endpoints, *, from_ehr: bool) -> tuple[str, ...]:
    """The scopes to ask for, in the site's language, with `launch` or `launch/patient` in front."""
    language = site.scope_language or endpoints.scope_language
    wanted = ask_for(site.scopes, language, verbatim=site.quirks.scopes_verbatim)
    if from_ehr:
        return ("launch", *(scope for scope in wanted if scope != "launch" and not scope.startswith("launch/")))
    context = [scope for scope in wanted if scope.startswith("launch/")]
    return (*(context or ["launch/patient"]), *(s for s in wanted if s != "launch" and not s.startswith("launch/")))


def challenge(verifier: Hidden) -> str:
    """The S256 code challenge of a verifier (RFC 7636 section 4.2)."""
    return _base64url(hashlib.sha256(verifier.reveal().encode()).digest())


def _request(pending: PendingLaunch, endpoints: Endpoints, address: str, launch: str | None) -> AuthorizationRequest:
    fields = {
        "response_type": "code",
        "client_id": pending.client_id,
        "redirect_uri": pending.redirect_uri,
        "scope": " ".join(pending.scopes),
        "state": pending.state.reveal(),
        "aud": pending.issuer,
        "code_challenge": challenge(pending.verifier),
        "code_challenge_method": "S256",
    }
    if launch is not None:
        fields["launch"] = launch
    if pending.nonce:
        fields["nonce"] = pending.nonce.reveal()
    url = address + ("&" if "?" in address else "?") + urlencode(fields)
    if endpoints.takes_post and len(url) > LONGEST_URL:
        return AuthorizationRequest("POST", address, MappingProxyType(fields))
    return AuthorizationRequest("GET", url)


def _unguessable(random: Callable[[int], bytes]) -> str:
    return _base64url(random(32))  # 256 bits in 43 characters, as many as a verifier needs


def _base64url(some: bytes) -> str:
    return urlsafe_b64encode(some).rstrip(b"=").decode()
