"""MedicationDispense to `Dispense`: what was handed out, when, under which prescription."""

from __future__ import annotations

from typing import Final

from mappings.codes import ACT_CODE
from mappings.inbound.dates import local_date
from mappings.inbound.dosage import Use, use_of
from mappings.inbound.medications import drug_of
from mappings.inbound.models import MedicationDispense
from mappings.inbound.plain_text import plain
from mappings.inbound.quantities import days, quantity
from mappings.inbound.reading import Reading, code_in
from pickupday.findings import Severity
from pickupday.history import Dispense, DispenseStatus

_STATUSES: Final = {status.value: status for status in DispenseStatus}
_UNSAID: Final = Use(missing="MedicationDispense.dosageInstruction")


def dispense(
    handed: MedicationDispense,
    key: str,
    flaw: str | None,
    reading: Reading,
    *,
    container: str | None = None,
    hospital_stays: frozenset[str] = frozenset(),
) -> Dispense:
    """One fill. `container` is the request that holds it where it is contained; it then authorizes the fill."""
    drug = drug_of(handed.medication_codeable_concept, handed.medication_reference, reading, key, "MedicationDispense")
    use = _UNSAID
    if handed.dosage_instruction:
        use = use_of(handed.dosage_instruction, drug, reading, key, "MedicationDispense")
    return Dispense(
        key=key,
        status=_status(handed.status, reading, key),
        drug=drug,
        handed_over=local_date(handed.when_handed_over, reading, key, "MedicationDispense.whenHandedOver"),
        prepared=local_date(handed.when_prepared, reading, key, "MedicationDispense.whenPrepared"),
        quantity=quantity(handed.quantity, drug.kind, reading, key, "MedicationDispense.quantity"),
        stated_days=days(handed.days_supply, reading, key, "MedicationDispense.daysSupply"),
        prescriptions=_authorized_by(handed, reading, container),
        dosages=use.dosages,
        daily_use=use.daily,
        daily_use_source=use.source,
        daily_use_missing=use.missing,
        inpatient=_inpatient(handed, reading, hospital_stays),
        supply_type=plain(code_in(handed.type, ACT_CODE)) if handed.type else None,
        pharmacy=_pharmacy(handed, reading, container or key),
        location=reading.place_of(handed.location, container or key) if handed.location else None,
        unreadable=flaw or _modified(handed) or use.unreadable,
        version=plain(handed.meta.version_id) if handed.meta else None,
    )


def _status(status: str | None, reading: Reading, key: str) -> DispenseStatus:
    known = _STATUSES.get(status or "")
    if known is None:
        reading.note(
            "status-unknown",
            Severity.ERROR,
            f'"{plain(status, 40)}" is no status of a dispense.' if status else "The dispense has no status.",
            resource=key,
            path="MedicationDispense.status",
            missing=True,
        )
        return DispenseStatus.UNKNOWN
    return known


def _authorized_by(handed: MedicationDispense, reading: Reading, container: str | None) -> tuple[str, ...]:
    authorizing = handed.authorizing_prescription
    keys = tuple(key for link in authorizing if (key := reading.key_of(link, container or ""))) if authorizing else ()
    return keys or ((container,) if container else ())


def _inpatient(handed: MedicationDispense, reading: Reading, hospital_stays: frozenset[str]) -> bool:
    if handed.category and code_in(handed.category) == "inpatient":
        return True
    return bool(handed.context) and reading.key_of(handed.context) in hospital_stays


def _pharmacy(handed: MedicationDispense, reading: Reading, container: str) -> str | None:
    """The organization among those who handed out; a person is no pharmacy."""
    for performer in handed.performer or ():
        key = reading.key_of(performer.actor, container)
        if key and key.startswith("Organization/"):
            return reading.place_of(performer.actor, container)
    return None


def _modified(handed: MedicationDispense) -> str | None:
    if handed.modifier_extension:
        return "modifierExtension"
    return "implicitRules" if handed.implicit_rules else None
