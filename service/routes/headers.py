"""What every answer says to the browser: who may frame it, that nothing is kept, and that only our scripts run."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FRAMED_BY = "pickupday_framed_by"  # in the request's state: the origins that may frame this answer

_ALWAYS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def content_policy(ancestors: Sequence[str], form_targets: Sequence[str] = ()) -> str:
    """The Content-Security-Policy: our own files and nothing else, framed by the named origins only."""
    forms = " ".join(("'self'", *form_targets))
    framed_by = " ".join(ancestors) or "'none'"
    return (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
        "img-src 'self' data:; font-src 'self'; base-uri 'none'; "
        f"form-action {forms}; frame-ancestors {framed_by}"
    )


class SecurityHeaders:
    """ASGI middleware that adds them where the answer does not say otherwise."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        """`https`: whether browsers may be told to come by https only (Strict-Transport-Security)."""
        self._app = app
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer's headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                framed_by: Sequence[str] = scope.get("state", {}).get(FRAMED_BY, ())
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("Content-Security-Policy", content_policy(framed_by))
                if not framed_by:
                    headers.setdefault("X-Frame-Options", "DENY")
                if self._https:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        await self._app(scope, receive, complete)
