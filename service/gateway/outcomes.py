"""OperationOutcome: what a server says in words, read tolerantly from whatever came."""

from __future__ import annotations

from typing import Literal

import msgspec

_MOST_WORDS = 500  # characters kept of one sentence; some servers answer with a stack trace


class _Text(msgspec.Struct, gc=False):
    text: str | None = None


class _Issue(msgspec.Struct, gc=False):
    severity: str = "error"
    code: str = ""
    diagnostics: str | None = None
    details: _Text | None = None


class _Outcome(msgspec.Struct, gc=False):
    resourceType: Literal["OperationOutcome"]  # noqa: N815 - FHIR's name
    issue: list[_Issue] = []


class OutcomeIssue(msgspec.Struct, frozen=True, gc=False):
    """One issue: severity ("fatal", "error", "warning", "information"), FHIR's code, and a sentence."""

    severity: str
    code: str
    text: str


def read_outcome(data: bytes | msgspec.Raw) -> tuple[OutcomeIssue, ...]:
    """The issues of an OperationOutcome; empty where the data is none."""
    try:
        outcome = msgspec.json.decode(data, type=_Outcome)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return ()
    return tuple(OutcomeIssue(issue.severity, issue.code, _sentence(issue)) for issue in outcome.issue)


def _sentence(issue: _Issue) -> str:
    said = (issue.details and issue.details.text) or issue.diagnostics or issue.code or "no reason given"
    line = "".join(sign if sign.isprintable() else " " for sign in said)
    return " ".join(line.split())[:_MOST_WORDS]
