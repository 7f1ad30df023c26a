"""A SMART launcher that others wrote (smart-on-fhir/smart-launcher-v2), running where SMART_LAUNCHER_URL says.

It keeps no registrations: the launch handle, or the `sim` part of its FHIR base, carries the client, the patient and
the simulated faults as a list in base64url.
"""

from __future__ import annotations

import base64
import json
import os
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import httpx

if TYPE_CHECKING:  # every run of pytest reads this module
    from smart_launch import AuthorizationRequest

VARIABLE = "SMART_LAUNCHER_URL"
TO_ENABLE = (
    "run smart-on-fhir/smart-launcher-v2 with ACCESS_TOKEN_LIFETIME=0.05 (three seconds), "
    f"then `{VARIABLE}=http://127.0.0.1:PORT make test`"
)
_LAUNCHES = {"ehr": 0, "standalone": 2, "backend": 4}
_CLIENTS = {"public": 0, "basic": 1, "RS384": 2, "ES384": 2, "backend": 3}


def what_is_missing() -> str | None:
    """Why no launcher can be asked here; None where one can."""
    return None if os.environ.get(VARIABLE) else f"{VARIABLE} is not set"


def address() -> str:
    """The launcher's address without a slash at the end."""
    return os.environ[VARIABLE].rstrip("/")


def simulation(launch: str, client: str, *, client_id: str, secret: str = "", jwks: str = "", fault: str = "") -> str:
    """The options of one simulated launch: one patient, one practitioner, no dialogs, PKCE demanded."""
    is_backend = launch == "backend"
    who = ["", "", "", 0, 0, 0] if is_backend else ["pat-1", "prac-1", "NONE", 1, 1, 0]
    options = [_LAUNCHES[launch], *who, "", "", client_id, secret, fault, "", jwks, _CLIENTS[client], 2, ""]
    return base64.urlsafe_b64encode(json.dumps(options).encode()).decode().rstrip("=")


def sign_in(request: AuthorizationRequest, redirect_uri: str) -> list[tuple[str, str]]:
    """Follow the launcher's redirects like a browser until it comes back to the app; the parameters there."""
    with httpx.Client(timeout=10) as browser:
        answer = browser.request(request.method, request.url, data=dict(request.fields) or None)
        for _ in range(10):
            where = answer.headers.get("location", "")
            assert answer.is_redirect, f"the launcher answered {answer.status_code}: {answer.text[:300]}"
            if where.startswith(redirect_uri):
                return parse_qsl(urlsplit(where).query, keep_blank_values=True)
            answer = browser.get(httpx.URL(request.url).join(where))
    raise AssertionError("the launcher redirects without end")
