"""What a reading of the chart has to say: the issues that the gateway itself can raise, one sentence each."""

from __future__ import annotations

from mappings.issues import MappingIssue
from pickupday.findings import Severity
from service.gateway.outcomes import OutcomeIssue
from service.use_cases.ports import (
    AccessDenied,
    AnotherPatient,
    FhirRefused,
    LimitExceeded,
    NotFound,
    ServerError,
    UnexpectedAnswer,
    UntrustedAddress,
)

# What stops a plan and is no mere refusal: the answer was cut off, or is not what was asked for.
NOT_TO_BE_TRUSTED = (LimitExceeded, AnotherPatient, UntrustedAddress, UnexpectedAnswer)

_LOST = {
    "MedicationRequest": "so nothing is known of what is prescribed",
    "MedicationDispense": "so supplies are estimated from the prescriptions",
    "Encounter": "so hospital stays are not known",
}


def something_else(kind: str) -> str:
    """The sentence for a read that was answered with another resource, or with none."""
    return (
        f"read {kind}: the server answered with something else than was asked for; it is not used. "
        "Tell the people who run the server."
    )


def _weight(resource_type: str, *, fatal: bool) -> Severity:
    if fatal:
        return Severity.ERROR
    return Severity.INFORMATION if resource_type == "Encounter" else Severity.WARNING


def cut_off(error: ServerError, resource_type: str) -> MappingIssue:
    """The chart could not be read to its end, or cannot be trusted: no plan, only the reason."""
    codes = {LimitExceeded: "limit-exceeded", AnotherPatient: "another-patient", UntrustedAddress: "untrusted-address"}
    return MappingIssue(
        code=next((code for kind, code in codes.items() if isinstance(error, kind)), "unexpected-answer"),
        severity=Severity.ERROR,
        message=error.message,
        path=resource_type,
        next_step=f"raise {error.setting} if a chart of this size is right"
        if isinstance(error, LimitExceeded)
        else None,  # the message says it: some of these errors are read without an issue around them
        fatal=True,
    )


def refused(error: FhirRefused, resource_type: str, *, fatal: bool) -> MappingIssue:
    """The server does not give us this type."""
    code = {AccessDenied: "forbidden", NotFound: "not-there"}.get(type(error), "search-refused")
    return MappingIssue(
        code=code,
        severity=_weight(resource_type, fatal=fatal),
        message=f"{error.message.rstrip('.')}, {_LOST[resource_type]}.",
        path=resource_type,
        missing=resource_type,
        next_step=f"ask for permission to read {resource_type}" if code == "forbidden" else None,
        fatal=fatal,
    )


def not_declared(resource_type: str, *, fatal: bool = False) -> MappingIssue:
    """The CapabilityStatement does not list the type, or no search for it."""
    return MappingIssue(
        code="not-declared",
        severity=_weight(resource_type, fatal=fatal),
        message=f"The server declares no search for {resource_type}, {_LOST[resource_type]}.",
        path=resource_type,
        missing=resource_type,
        fatal=fatal,
    )


def empty(resource_type: str) -> MappingIssue:
    """The server has the type and nothing for this patient."""
    return MappingIssue(
        code="empty",
        severity=Severity.INFORMATION,
        message=f"The server has no {resource_type} for this patient.",
        path=resource_type,
        missing=resource_type,
    )


def no_statement(reason: str) -> MappingIssue:
    """The server does not say what it can do."""
    return MappingIssue(
        code="no-capability-statement",
        severity=Severity.WARNING,
        message=f"The server does not say what it can do ({reason}): only plain searches are used, and nothing that "
        "must be declared is written.",
        path="CapabilityStatement",
        missing="CapabilityStatement",
    )


def wrong_version(version: str) -> MappingIssue:
    """The server speaks another FHIR than we read."""
    return MappingIssue(
        code="fhir-version",
        severity=Severity.ERROR,
        message=f"The server speaks FHIR {version}; PickupDay reads R4, where fields may differ.",
        path="CapabilityStatement.fhirVersion",
        next_step="give the R4 base of this server",
        fatal=True,
    )


def in_the_clear(host: str) -> MappingIssue:
    """Plain http to another machine, allowed by the setting."""
    return MappingIssue(
        code="plain-http",
        severity=Severity.WARNING,
        message=f"The chart travels unencrypted between this machine and {host}.",
        next_step="use https",
    )


def unconfirmed(resource_type: str) -> MappingIssue:
    """No self link: the search cannot be confirmed, every record's subject still was."""
    return MappingIssue(
        code="search-unconfirmed",
        severity=Severity.INFORMATION,
        message=f"The server did not repeat the search for {resource_type} it carried out; each record was checked.",
        path=resource_type,
    )


def unreadable(resource_type: str, count: int) -> MappingIssue:
    """Entries of a page that hold no resource that can be read."""
    return MappingIssue(
        code="entry-unreadable",
        severity=Severity.ERROR,
        message=f"{count} of the entries found in the search for {resource_type} hold nothing that can be read.",
        path=f"Bundle.entry.resource.ofType({resource_type})",
        missing="Bundle.entry.resource",
    )


def told(outcome: OutcomeIssue, resource_type: str) -> MappingIssue | None:
    """What the server said in a search Bundle. An error there means that the matches are not complete."""
    if outcome.severity == "information":
        return None
    severe = outcome.severity in ("fatal", "error")
    return MappingIssue(
        code="server-" + ("error" if severe else "warning"),
        severity=Severity.ERROR if severe else Severity.WARNING,
        message=f"While searching {resource_type} the server said: {outcome.text.rstrip('.')}.",
        path=resource_type,
        fatal=severe and resource_type != "Encounter",
    )


def not_resolved(reference: str, error: FhirRefused) -> MappingIssue:
    """A resource that another one points at and that could not be had."""
    medicine = reference.startswith("Medication/")
    return MappingIssue(
        code="reference-unresolved",
        severity=Severity.WARNING if medicine else Severity.INFORMATION,
        message=error.message,
        resource=reference,
        missing=reference.partition("/")[0],
    )
