"""What the server says when it will not: a status and an OperationOutcome, for every error without exception."""

from __future__ import annotations

from typing import Any

CODES = {  # HTTP status -> code of http://hl7.org/fhir/issue-type
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    409: "conflict",
    410: "deleted",
    412: "conflict",
    413: "too-long",
    415: "not-supported",
    422: "invalid",
    429: "throttled",
    500: "exception",
    503: "transient",
}


class FhirError(Exception):
    """A request that is refused. `path` is the FHIRPath of the culprit where there is one.

    `challenge` goes into WWW-Authenticate, `wait` (seconds) into Retry-After.
    """

    def __init__(
        self,
        status: int,
        text: str,
        *,
        code: str | None = None,
        path: str | None = None,
        challenge: str | None = None,
        wait: int | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.code = code or CODES.get(status, "processing")
        self.path = path
        self.challenge = challenge
        self.wait = wait

    def within(self, path: str) -> FhirError:
        """The same refusal, for a resource that is part of something larger ("Bundle.entry[2].resource")."""
        inner = self.path.partition(".")[2] if self.path else ""
        place = f"{path}.{inner}" if inner else path
        return FhirError(self.status, self.text, code=self.code, path=place, challenge=self.challenge, wait=self.wait)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that go with the status."""
        named = {"WWW-Authenticate": self.challenge, "Retry-After": None if self.wait is None else str(self.wait)}
        return {name: value for name, value in named.items() if value is not None}

    @property
    def outcome(self) -> dict[str, Any]:
        """The OperationOutcome that goes with the status."""
        return operation_outcome("error", self.code, self.text, self.path)


def operation_outcome(severity: str, code: str, text: str, path: str | None = None) -> dict[str, Any]:
    """An OperationOutcome with one issue."""
    issue: dict[str, Any] = {"severity": severity, "code": code, "diagnostics": text}
    if path:
        issue["expression"] = [path]
    return {"resourceType": "OperationOutcome", "issue": [issue]}
