"""What can go wrong in the application.

ServiceError
├── SettingsError              a setting (PICKUPDAY_...) has a value that cannot be meant
├── BadArgument                a person gave an address or an id that cannot be meant: nothing was sent
├── StoreUnusable              the database of sessions cannot be used, or is a newer one
├── OutboxUnusable             service/use_cases/ports.py: writes cannot be put down before they are sent
└── ServerError                service/use_cases/ports.py: the FHIR server could not or would not
    ├── ServerGone             no connection, a timeout, an answer that breaks off
    ├── UntrustedAddress       the server named an address outside of itself; nothing was sent there
    ├── UnexpectedAnswer       an answer that is no FHIR: a login page, a redirect, broken JSON
    ├── LimitExceeded          an answer larger than a limit allows
    ├── AnotherPatient         the search came back with somebody else's records, or without our patient in it
    └── FhirRefused            the server said no, with a status and usually an OperationOutcome
        ├── AccessDenied       401, 403
        ├── NotFound           404
        │   └── Gone           410
        ├── Conflict           409, 412: somebody else was faster, or more than one match
        ├── TooManyRequests    429
        └── ServerFault        5xx

Each has two texts: `str(error)` is for the person at the terminal and may name a resource; `error.for_log` never holds
an id, an address or words of the chart. Data problems of a chart are no exceptions: they are `MappingIssue` values.
"""

from __future__ import annotations


class ServiceError(Exception):
    """The root of every exception that the application raises on purpose."""

    @property
    def for_log(self) -> str:
        """The error without anything that could point at a patient or at a server."""
        return type(self).__name__


class SettingsError(ServiceError):
    """A setting that cannot be used. The message names the environment variable and what it takes."""


class BadArgument(ServiceError):  # noqa: N818 - named for what happened
    """An address or an id given by a person that cannot be meant; nothing was sent anywhere."""


class StoreUnusable(ServiceError):  # noqa: N818 - named for what happened
    """The database can be neither read nor written, or is of another version; nothing of it was changed."""
