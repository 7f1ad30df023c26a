"""The pharmacy as far as the chart names it, and as FHIR lets each resource point at it.

Charts name it as an Organization. Appointment.participant takes no Organization and CommunicationRequest.sender takes
no Location, so it is up to three references. It is never guessed, and two pharmacies are never merged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mappings.outbound.narrative import one_line

PERFORMER = "PPRF"  # v3-ParticipationType of the pharmacy in a pickup
UNNAMED = ("Pharmacy", "Pharmacy (not named in the chart)")  # known without a name; not known
_LITERAL_REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True, slots=True)
class Pharmacy:
    """Who hands the medicines over. Each reference is relative ("Organization/7") or None where it is not known.

    `phone` is the number that the chart has of the organization.
    """

    name: str | None = None
    organization: str | None = None
    location: str | None = None
    healthcare_service: str | None = None
    phone: str | None = None

    @property
    def known(self) -> bool:
        """Whether the chart says anything about it."""
        return any((self.name, self.organization, self.location, self.healthcare_service))

    @property
    def key(self) -> str:
        """What tells this pharmacy from others within one chart; empty when unknown."""
        return self.organization or self.healthcare_service or self.location or self.name or ""

    @property
    def label(self) -> str:
        """The pharmacy for people."""
        if self.name:
            return self.name
        return UNNAMED[0] if self.known else UNNAMED[1]


UNKNOWN_PHARMACY = Pharmacy()


def is_literal_reference(key: str | None) -> bool:
    """Whether an evidence key can be written as a reference: "MedicationRequest/1" yes, "MedicationRequest/1#2" no."""
    return key is not None and _LITERAL_REFERENCE.fullmatch(key) is not None


def named_pharmacy(
    organizations: Iterable[str | None],
    locations: Iterable[str | None],
    places: Mapping[str, str],
    numbers: Mapping[str, str] | None = None,
) -> Pharmacy:
    """The one pharmacy that the records agree on; unknown where they name none or several.

    `organizations` and `locations` are evidence keys as prescriptions and dispenses carry them, None where they carry
    none; `places` gives the names, `numbers` the phones. A location is taken only where there is exactly one.
    """
    named = {key for key in organizations if key}
    sites = {key for key in locations if key}
    if len(named) > 1 or (not named and len(sites) != 1):
        return UNKNOWN_PHARMACY
    organization = next(iter(named), None)
    location = next(iter(sites)) if len(sites) == 1 else None
    name = next((one_line(places[key]) for key in (organization, location) if key is not None and key in places), None)
    return Pharmacy(
        name or None,
        _reference_to("Organization", organization),
        _reference_to("Location", location),
        phone=(numbers or {}).get(organization) if organization is not None else None,
    )


def _reference_to(resource_type: str, key: str | None) -> str | None:
    return key if is_literal_reference(key) and key and key.startswith(f"{resource_type}/") else None
