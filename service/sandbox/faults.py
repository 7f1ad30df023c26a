"""Named faults: what real servers get wrong, to be switched on for one launch or for the whole server."""

# ruff: noqa: S105 - names of faults, no secrets

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """One fault. It can be given to a launch, and then follows everything that comes of it, or to the whole server."""

    # the authorization response
    ACCESS_DENIED = "access-denied"
    WRONG_STATE = "wrong-state"
    WRONG_ISSUER = "wrong-issuer"
    # the token response
    CODE_REFUSED = "code-refused"
    TOKEN_PAGE = "token-page"
    SLOW_TOKEN = "slow-token"
    NO_EXPIRES_IN = "no-expires-in"
    LOWERCASE_BEARER = "lowercase-bearer"
    NARROWER_SCOPE = "narrower-scope"
    WIDER_SCOPE = "wider-scope"
    EMPTY_SCOPE = "empty-scope"
    NO_PATIENT = "no-patient"
    UNKNOWN_MEMBERS = "unknown-members"
    # the id_token
    NO_ID_TOKEN = "no-id-token"
    NO_KID = "no-kid"
    ID_TOKEN_EXPIRED = "id-token-expired"
    ID_TOKEN_UNSIGNED = "id-token-unsigned"
    ID_TOKEN_FORGED = "id-token-forged"
    ID_TOKEN_WRONG_NONCE = "id-token-wrong-nonce"
    ID_TOKEN_WRONG_AUDIENCE = "id-token-wrong-audience"
    ID_TOKEN_WRONG_ISSUER = "id-token-wrong-issuer"
    # the life of a token
    TOKEN_EXPIRED = "token-expired"
    THREE_SECONDS = "three-seconds"
    EXPIRES_IN_FLIGHT = "expires-in-flight"
    NO_REFRESH_TOKEN = "no-refresh-token"
    REFRESH_REFUSED = "refresh-refused"
    REFRESH_NOT_ROTATED = "refresh-not-rotated"
    # the FHIR server
    SLOW = "slow"
    TOO_MANY_REQUESTS = "too-many-requests"
    UNAVAILABLE = "unavailable"
    HOSTILE_NEXT = "hostile-next"
    # discovery, which comes before any launch: these are for the whole server
    DISCOVERY_MISSING = "discovery-missing"
    DISCOVERY_REDIRECT = "discovery-redirect"
    DISCOVERY_RELATIVE = "discovery-relative"
    DISCOVERY_PAGE = "discovery-page"
    DISCOVERY_HUGE = "discovery-huge"
    DISCOVERY_SLOW = "discovery-slow"

    @property
    def for_whole_server(self) -> bool:
        """Whether it takes effect before a launch is known."""
        return self.startswith("discovery-")

    @property
    def says(self) -> str:
        """What happens, in one sentence."""
        return _SAYS[self]


_SAYS = {
    Fault.ACCESS_DENIED: "The authorization server answers access_denied, as when somebody says no.",
    Fault.WRONG_STATE: "The app is sent back with a state that it did not send.",
    Fault.WRONG_ISSUER: "The app is sent back with the iss of another server (RFC 9207).",
    Fault.CODE_REFUSED: "The token endpoint refuses the code with invalid_grant.",
    Fault.TOKEN_PAGE: "The token endpoint answers with a web page.",
    Fault.SLOW_TOKEN: "The token endpoint takes its time.",
    Fault.NO_EXPIRES_IN: "The token response does not say how long the token lives.",
    Fault.LOWERCASE_BEARER: 'The token_type is "bearer", in lower case.',
    Fault.NARROWER_SCOPE: "Reading is granted, writing is not.",
    Fault.WIDER_SCOPE: "More is granted than was asked for.",
    Fault.EMPTY_SCOPE: "A token without any scope.",
    Fault.NO_PATIENT: "The launch context names no patient.",
    Fault.UNKNOWN_MEMBERS: "The token response holds members that no standard knows.",
    Fault.NO_ID_TOKEN: "No id_token, although openid was granted.",
    Fault.NO_KID: "The id_token does not say which key signed it.",
    Fault.ID_TOKEN_EXPIRED: "The id_token expired an hour ago.",
    Fault.ID_TOKEN_UNSIGNED: "The id_token is unsigned (alg none).",
    Fault.ID_TOKEN_FORGED: "The id_token is signed with a key that is not published.",
    Fault.ID_TOKEN_WRONG_NONCE: "The id_token repeats another nonce than the one that was sent.",
    Fault.ID_TOKEN_WRONG_AUDIENCE: "The id_token is for another app.",
    Fault.ID_TOKEN_WRONG_ISSUER: "The id_token is from another server.",
    Fault.TOKEN_EXPIRED: "The first access token is expired when it arrives; a refresh brings a good one.",
    Fault.THREE_SECONDS: "Every access token lives for three seconds, and says so.",
    Fault.EXPIRES_IN_FLIGHT: "The first access token stops working after two requests; a refresh brings a good one.",
    Fault.NO_REFRESH_TOKEN: "No refresh token, although it was asked for.",
    Fault.REFRESH_REFUSED: "The token endpoint refuses every refresh with invalid_grant.",
    Fault.REFRESH_NOT_ROTATED: "A refresh brings no new refresh token; the old one stays good.",
    Fault.SLOW: "Every FHIR answer takes its time.",
    Fault.TOO_MANY_REQUESTS: "Every address answers 429 with Retry-After: 1 the first time it is asked for.",
    Fault.UNAVAILABLE: "Every FHIR request is answered 503.",
    Fault.HOSTILE_NEXT: "Every search has a next link that leads to another server.",
    Fault.DISCOVERY_MISSING: "No /.well-known/smart-configuration; the CapabilityStatement still has the addresses.",
    Fault.DISCOVERY_REDIRECT: "/.well-known/smart-configuration redirects to another server.",
    Fault.DISCOVERY_RELATIVE: "The addresses in /.well-known/smart-configuration are relative to the FHIR base.",
    Fault.DISCOVERY_PAGE: "/.well-known/smart-configuration is a web page.",
    Fault.DISCOVERY_HUGE: "/.well-known/smart-configuration is twenty megabytes long.",
    Fault.DISCOVERY_SLOW: "/.well-known/smart-configuration takes its time.",
}
FOREIGN = "https://foreign.example"  # where faults lead to; .example is nobody's
