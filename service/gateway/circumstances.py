"""The searches beside the medicines: transportation and who pays. None of them may stop or spoil a chart.

Each is one search at the same time as the others, narrowed to the codes that matter where the server declares how.
What cannot be had is named with its reason, so that the criterion can say "cannot tell".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mappings.codes import LOINC, TRANSPORT_CONDITIONS, TRANSPORT_QUESTION
from service.gateway.pages import Budget, search_all
from service.gateway.wire import Wire
from service.use_cases.ports import AccessDenied, AnotherPatient, Capabilities, FhirRefused, ServerError

if TYPE_CHECKING:
    from service.gateway.searches import PooledFhirClient

_MOST_ENTRIES = 2_000  # of one type: a server that does not narrow must not send us a whole record
_SCREENING = f"{LOINC}|{TRANSPORT_QUESTION}"
_PROBLEMS = ",".join(f"{system}|{code}" for system, codes in TRANSPORT_CONDITIONS.items() for code in sorted(codes))

# The criteria by which each type is narrowed, the first that the server declares; () = not without narrowing.
_NARROWINGS: dict[str, tuple[dict[str, str], ...]] = {
    "Condition": ({"code": _PROBLEMS}, {}),
    "Observation": ({"combo-code": _SCREENING}, {"code": _SCREENING}, {"category": "survey,social-history"}),
    "Coverage": ({},),
}
TYPES = tuple(_NARROWINGS)


@dataclass(slots=True)
class CircumstancesReading:
    """One reading of what stands beside the medicines; used once."""

    wire: Wire
    fhirpy: PooledFhirClient
    capabilities: Capabilities
    patient_id: str
    unread: dict[str, str] = field(default_factory=dict)

    async def read(self, resource_type: str) -> list[bytes]:
        """Search one type; empty where it cannot be had. Raises AnotherPatient, and AccessDenied for 401 alone."""
        by = next((one for one in ("patient", "subject", "beneficiary") if self._declares(resource_type, one)), None)
        narrowing = next(
            (one for one in _NARROWINGS[resource_type] if all(self._declares(resource_type, name) for name in one)),
            None,
        )
        if not self.capabilities.can(resource_type, "search-type") or by is None or narrowing is None:
            self.unread[resource_type] = f"The server declares no such search for {resource_type}."
            return []
        whose = self.patient_id if by == "patient" else f"Patient/{self.patient_id}"
        criteria = {by: whose, **narrowing}
        settings = self.wire.settings
        budget = Budget(settings.model_copy(update={"max_entries": min(_MOST_ENTRIES, settings.max_entries)}))
        address = self.fhirpy.address_of(resource_type, criteria, page_size=settings.page_size)
        try:
            answer = await search_all(
                self.wire, address, resource_type, criteria, budget, may_ignore=frozenset(narrowing)
            )
        except AnotherPatient:
            raise
        except AccessDenied as error:
            if error.status == 401:
                raise
            self.unread[resource_type] = f"The server does not allow to read {resource_type}."
        except FhirRefused as error:
            self.unread[resource_type] = f"The server refused the search for {resource_type} (HTTP {error.status})."
        except ServerError:
            self.unread[resource_type] = f"The search for {resource_type} was not answered in full."
        else:
            severe = [one for one in answer.outcomes if one.severity in ("fatal", "error")]
            if severe or answer.unreadable:
                self.unread[resource_type] = f"The search for {resource_type} was not answered in full."
            return answer.matches
        return []

    def _declares(self, resource_type: str, param: str) -> bool:
        return self.capabilities.searches(resource_type, param)
