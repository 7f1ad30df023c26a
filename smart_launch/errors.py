"""What can go wrong with a SMART launch.

SmartError
├── SiteError                a registration that cannot be meant, or a site that cannot do what is asked of it
├── AddressRefused           an address that is never asked: not https, loopback, link-local, metadata service
├── UnknownIssuer            the `iss` of a launch is not on the list; nothing was fetched
├── NoSigningKey             no active key of the algorithm that the site wants
├── ServerUnreachable        no connection, or no answer in time
├── BadAnswer                an answer that cannot be used: a redirect, too large, no JSON
│   ├── DiscoveryFailed      the site does not say how to launch at it
│   ├── BadTokenAnswer       the token endpoint answered, but not with a token
│   └── BadKeySet            the issuer's published keys cannot be read
├── BadCallback              the answer to an authorization request cannot be used
│   ├── UnknownState         a state that is unknown, used before, or of another browser
│   ├── LaunchExpired        the answer came too late
│   └── WrongServer          another server answered, or at another address (mix-up, RFC 9207)
├── AuthorizationRefused     the authorization server, or the person, said no
├── TokenRefused             the token endpoint said no, with an OAuth error code
│   ├── InvalidClient        invalid_client, unauthorized_client: the registration is at fault
│   ├── InvalidGrant         invalid_grant: the code or the refresh token counts no more
│   └── InvalidScope         invalid_scope
├── IdTokenRefused           who signed in cannot be believed
└── RelaunchNeeded           the session cannot go on without a new launch
    ├── NoRefreshToken       the access token ended, and there is nothing to refresh it with
    ├── RefreshRefused       the server takes the refresh token no more
    └── RefreshUncertain     a refresh was sent and no answer came; the token is not used a second time

`str(error)` is a plain sentence for a person and `error.what_next` what to do about it; neither holds a code, a token,
a state or a patient. Words of a server (`error.description`) are kept apart, cleaned of control characters and cut.
"""

from __future__ import annotations

import re

_RELAUNCH = "Start the app again from the patient's record."
_REGISTRATION = "Ask whoever runs this app to check the registration of this site."
_LATER = "Try again in a minute; if it stays so, tell whoever runs the server."


class SmartError(Exception):
    """The root of every exception that this package raises on purpose."""

    what_next = _RELAUNCH

    @property
    def for_log(self) -> str:
        """The error without anything that could point at a patient, a person or a server."""
        return type(self).__name__


class SiteError(SmartError):
    """A registration that cannot be meant, or a site that cannot do what is asked of it."""

    what_next = _REGISTRATION


class AddressRefused(SmartError):  # noqa: N818 - named for what happened, like all below
    """An address that is never asked; the text says why."""

    what_next = _REGISTRATION


class UnknownIssuer(SmartError):  # noqa: N818
    """The `iss` of a launch is not on the list of sites; nothing was fetched from it."""

    what_next = "Ask whoever runs this app to register the server that you come from."


class NoSigningKey(SmartError):  # noqa: N818
    """The site wants a signed assertion, and there is no active key of its algorithm."""

    what_next = "Make a key of this algorithm and give its public part to the server."


class ServerUnreachable(SmartError):  # noqa: N818
    """No connection, or no answer in time. `sent` says whether the server may have seen the request."""

    what_next = _LATER

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class BadAnswer(SmartError):  # noqa: N818
    """An answer that cannot be used; `status` is its HTTP status."""

    what_next = _LATER

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class DiscoveryFailed(BadAnswer):
    """The site does not say how to launch at it: no token endpoint can be found."""

    what_next = _REGISTRATION


class BadTokenAnswer(BadAnswer):
    """The token endpoint answered, but not with something that is a token answer (RFC 6749 section 5.1)."""


class BadKeySet(BadAnswer):
    """The keys that the issuer publishes cannot be fetched or read."""


class BadCallback(SmartError):  # noqa: N818
    """The answer to an authorization request cannot be used."""


class UnknownState(BadCallback):
    """A state that was never given out, was used before, or was given to another browser."""


class LaunchExpired(BadCallback):
    """The answer to the authorization request came too late."""


class WrongServer(BadCallback):
    """Another server than the one that was asked has answered, or at another address (RFC 9207)."""


class _Refusal(SmartError):  # noqa: N818
    """A no with an OAuth error code; `description` is the server's own words."""

    def __init__(self, code: str, description: str = "", *, status: int | None = None) -> None:
        self.code = clean(code, 60)
        self.description = clean(description, 500)
        self.status = status
        super().__init__(_MEANINGS.get(self.code, f"The server refused with the code {self.code!r}."))

    @property
    def for_log(self) -> str:
        """The error and its code, where that is a known one."""
        return f"{type(self).__name__} {self.code if self.code in _MEANINGS else 'other'}"


class AuthorizationRefused(_Refusal):
    """The authorization server, or the person in front of it, said no (RFC 6749 section 4.1.2.1)."""


class TokenRefused(_Refusal):
    """The token endpoint said no (RFC 6749 section 5.2)."""


class InvalidClient(TokenRefused):
    """The server does not know this app, or not this way of proving itself."""

    what_next = _REGISTRATION


class InvalidGrant(TokenRefused):
    """The code or the refresh token counts no more."""


class InvalidScope(TokenRefused):
    """The server does not give what was asked for."""

    what_next = _REGISTRATION


class IdTokenRefused(SmartError):  # noqa: N818
    """Who signed in cannot be believed; the text says which check failed."""


class RelaunchNeeded(SmartError):  # noqa: N818
    """The session cannot go on without a new launch."""


class NoRefreshToken(RelaunchNeeded):
    """The access token ended, and the server gave nothing to refresh it with."""


class RefreshRefused(RelaunchNeeded):
    """The server takes the refresh token no more (invalid_grant)."""


class RefreshUncertain(RelaunchNeeded):
    """A refresh was sent and no usable answer came back; the refresh token is not used a second time."""


_MEANINGS = {
    "access_denied": "Access was denied: by you, or by the rules of the server.",
    "invalid_request": "The server could not read the request of this app.",
    "unauthorized_client": "The server does not let this app launch this way.",
    "unsupported_response_type": "The server does not give authorization codes.",
    "invalid_scope": "The server does not give this app the access that it asked for.",
    "server_error": "The authorization server failed.",
    "temporarily_unavailable": "The authorization server is busy or being maintained.",
    "login_required": "You need to sign in at the server first.",
    "consent_required": "The server needs your consent first.",
    "interaction_required": "The server needs you to do something first.",
    "invalid_client": "The server does not accept the proof of identity of this app.",
    "invalid_grant": "The server does not accept the launch any more: it was used, or it expired.",
    "unsupported_grant_type": "The server does not support this way of getting a token.",
    "slow_down": "The server asks for fewer requests.",
}
_CODES: dict[str, type[TokenRefused]] = {
    "invalid_client": InvalidClient,
    "unauthorized_client": InvalidClient,
    "invalid_grant": InvalidGrant,
    "invalid_scope": InvalidScope,
}


def token_refusal(code: str, description: str, status: int) -> TokenRefused:
    """The exception of an OAuth error code of a token endpoint."""
    return _CODES.get(code, TokenRefused)(code, description, status=status)


def clean(text: str, longest: int) -> str:
    """The text on one line, without control and direction characters, cut at `longest` characters."""
    printable = re.sub(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+", " ", text).strip()
    return printable if len(printable) <= longest else printable[: longest - 1] + "…"
