"""What an enrolment also writes where the server takes it: care plan, tasks for prescribers, handout, provenance."""

from __future__ import annotations

from mappings.outbound.plan_record import CARE_PLAN, DOCUMENT, PROVENANCE, TASK
from service.use_cases.ports import Capabilities

OPTIONAL_TYPES = (CARE_PLAN, TASK, DOCUMENT, PROVENANCE)
_FOUND_BY = {PROVENANCE: ("_tag",), DOCUMENT: ("patient", "type")}


def taken(capabilities: Capabilities) -> frozenset[str]:
    """The optional types that this server can hold without ever holding one twice."""
    return frozenset(kind for kind in OPTIONAL_TYPES if lack(capabilities, kind) is None)


def left_out(capabilities: Capabilities) -> tuple[str, ...]:
    """One sentence for each optional type that is not written, with what the server does not declare."""
    lacks = ((kind, lack(capabilities, kind)) for kind in OPTIONAL_TYPES)
    return tuple(f"This server takes no {kind} ({why} is not declared): not written." for kind, why in lacks if why)


def lack(capabilities: Capabilities, kind: str) -> str | None:
    """What is not declared and the type cannot be written without; None where nothing is missing.

    A Provenance is known by its tag alone; the others are found again by patient. A chart may hold thousands of
    documents, so ours must be found among them by type.
    """
    if not capabilities.can(kind, "create"):
        return "create"
    if not capabilities.creates_conditionally(kind):
        return "conditional create"
    searchable = capabilities.can(kind, "search-type")
    wanted = _FOUND_BY.get(kind, ("patient",))
    lacking = (by for by in wanted if not (searchable and capabilities.searches(kind, by)))
    return next((f"search by {by}" for by in lacking), None)
