"""What the authorization server says when it will not (RFC 6749, 4.1.2.1 and 5.2)."""

from __future__ import annotations

from starlette.responses import JSONResponse

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuthError(Exception):
    """A request that is refused: an error code, a sentence that says what is wrong, and the HTTP status."""

    def __init__(self, code: str, says: str, *, status: int = 400, challenge: str | None = None) -> None:
        super().__init__(f"{code}: {says}")
        self.code = code
        self.says = says
        self.status = status
        self.challenge = challenge  # WWW-Authenticate

    @property
    def response(self) -> JSONResponse:
        """The answer of an endpoint that answers in JSON."""
        headers = NO_STORE | ({"WWW-Authenticate": self.challenge} if self.challenge else {})
        return JSONResponse({"error": self.code, "error_description": self.says}, self.status, headers)
