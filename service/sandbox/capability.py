"""The CapabilityStatement, written from the same table that answers the searches: it says what is there."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from service.sandbox.fhir_json import Resource
from service.sandbox.parameters import SEARCHABLE, includes

_INTERACTIONS = ("read", "vread", "create", "update", "delete", "search-type")


def capability_statement(base: str, date: str, security: Resource | None = None) -> Resource:
    """What this server can do; `date` is the day it was started, `security` how a client gets access."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": "PickupDay sandbox", "version": _version()},
        "implementation": {
            "description": "A FHIR server for demonstration and tests, with invented patients",
            "url": base,
        },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "In searches a comma is OR (not between dates) and repetition is AND; dates "
                "take eq, ne, gt, ge, lt, le. Unknown parameters are refused under Prefer: handling=strict.",
                "resource": [_resource(kind) for kind in SEARCHABLE],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
            | ({"security": security} if security else {})
        ],
    }


def _resource(kind: str) -> Resource:
    return {
        "type": kind,
        "interaction": [{"code": code} for code in _INTERACTIONS],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalRead": "not-supported",
        "conditionalUpdate": True,
        "conditionalDelete": "not-supported",
        "referencePolicy": ["literal", "local", "enforced"],
        "searchParam": [{"name": each.name, "type": each.kind.value} for each in SEARCHABLE[kind].values()],
    } | ({"searchInclude": list(includes(kind))} if includes(kind) else {})


def _version() -> str:
    try:
        return version("pickupday")
    except PackageNotFoundError:  # started from a source tree that was never installed
        return "unknown"
