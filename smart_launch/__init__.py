"""A SMART App Launch 2.2 client on httpx and joserfc, for any Python app.

It knows no web framework, keeps nothing, reads no clock (`now` is given), and says what went wrong in plain sentences.
Begin with `LaunchClient` in client.py; docs/smart.md lists every check and the test that proves it.
"""

from smart_launch.addresses import check_address, origin
from smart_launch.authorize import AuthorizationRequest, PendingLaunch
from smart_launch.backend import SystemToken
from smart_launch.callback import state_of
from smart_launch.client import LaunchClient
from smart_launch.context import ContextItem, LaunchContext
from smart_launch.discovery import Endpoints
from smart_launch.errors import (
    AddressRefused,
    AuthorizationRefused,
    BadAnswer,
    BadCallback,
    BadKeySet,
    BadTokenAnswer,
    DiscoveryFailed,
    IdTokenRefused,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    LaunchExpired,
    NoRefreshToken,
    NoSigningKey,
    RefreshRefused,
    RefreshUncertain,
    RelaunchNeeded,
    ServerUnreachable,
    SiteError,
    SmartError,
    TokenRefused,
    UnknownIssuer,
    UnknownState,
    WrongServer,
)
from smart_launch.grant import Grant
from smart_launch.hidden import Hidden
from smart_launch.id_token import Identity
from smart_launch.introspect import Introspection
from smart_launch.keys import KeyRing, SigningKey
from smart_launch.refresh import GrantStore
from smart_launch.scopes import Access, Granted, ScopeLanguage, parse_scope
from smart_launch.site_check import SiteFinding, check_site
from smart_launch.sites import Algorithm, Authentication, PrivateKey, Public, Quirks, Secret, Site, SiteList
from smart_launch.wire import Limits

__all__ = [
    "Access",
    "AddressRefused",
    "Algorithm",
    "Authentication",
    "AuthorizationRefused",
    "AuthorizationRequest",
    "BadAnswer",
    "BadCallback",
    "BadKeySet",
    "BadTokenAnswer",
    "ContextItem",
    "DiscoveryFailed",
    "Endpoints",
    "Grant",
    "GrantStore",
    "Granted",
    "Hidden",
    "IdTokenRefused",
    "Identity",
    "Introspection",
    "InvalidClient",
    "InvalidGrant",
    "InvalidScope",
    "KeyRing",
    "LaunchClient",
    "LaunchContext",
    "LaunchExpired",
    "Limits",
    "NoRefreshToken",
    "NoSigningKey",
    "PendingLaunch",
    "PrivateKey",
    "Public",
    "Quirks",
    "RefreshRefused",
    "RefreshUncertain",
    "RelaunchNeeded",
    "ScopeLanguage",
    "Secret",
    "ServerUnreachable",
    "SigningKey",
    "Site",
    "SiteError",
    "SiteFinding",
    "SiteList",
    "SmartError",
    "SystemToken",
    "TokenRefused",
    "UnknownIssuer",
    "UnknownState",
    "WrongServer",
    "check_address",
    "check_site",
    "origin",
    "parse_scope",
    "state_of",
]
