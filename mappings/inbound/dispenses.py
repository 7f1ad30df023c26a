"""MedicationDispense to `Dispense`: what was handed out, when, under which prescription."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from mappings.codes import ACT_CODE
from mappings.inbound.constructing import constructor
from mappings.inbound.dates import local_date
from mappings.inbound.dosage import Use, during, use_of
from mappings.inbound.medications import drug_of
from mappings.inbound.models import MedicationDispense, RepeatedByDispense
from mappings.inbound.plain_text import plain
from mappings.inbound.quantities import days, quantity
from mappings.inbound.reading import Reading, code_in
from mappings.inbound.record import Record
from mappings.issues import MappingIssue
from pickupday.drugs import DrugFacts
from pickupday.findings import Severity
from pickupday.history import Dispense, DispenseStatus, Quantity

_STATUSES: Final = {status.value: status for status in DispenseStatus}
_UNSAID: Final = Use(daily_use_missing="MedicationDispense.dosageInstruction")
_dispense = constructor(Dispense)


@dataclass(frozen=True, slots=True)
class _Understood:
    """What the repeated elements of a fill come to; the issues do not say yet which fill they are of."""

    quantity: Quantity | None
    stated_days: Fraction | None
    use: Use
    supply_type: str | None
    inpatient: bool
    issues: tuple[MappingIssue, ...]


def dispense(
    record: Record[MedicationDispense],
    reading: Reading,
    *,
    container: str | None = None,
    hospital_stays: frozenset[str] = frozenset(),
) -> Dispense:
    """One fill. `container` is the request that holds it where it is contained; it then authorizes the fill."""
    handed, key, said = record.resource, record.key, record.said
    drug = said.drug or drug_of(
        said.elements.medication_codeable_concept, handed.medication_reference, reading, key, "MedicationDispense"
    )
    understood = said.understood(drug, reading.zone, _understand)
    if understood.issues:
        reading.note_all(understood.issues, key)
    use = understood.use
    if record.periods:
        use = during(record.periods, said, use, reading, key, "MedicationDispense")
    status = _STATUSES.get(handed.status or "") or _no_status(handed.status, reading, key)
    handed_over = local_date(handed.when_handed_over, reading, key, "MedicationDispense.whenHandedOver")
    prepared = local_date(handed.when_prepared, reading, key, "MedicationDispense.whenPrepared")
    prescriptions = _authorized_by(handed, reading, container)
    stay = reading.key_of(handed.context) if hospital_stays else None
    pharmacy = _pharmacy(handed, reading, container or key)
    location = reading.place_of(handed.location, container or key) if handed.location else None
    unreadable = record.flaw or _modified(handed) or use.unreadable
    version = plain(handed.meta.version_id) if handed.meta else None
    return _dispense(  # by position, in the order of Dispense: names would take longer than all fields together
        key,
        status,
        drug,
        handed_over,
        prepared,
        understood.quantity,
        understood.stated_days,
        prescriptions,
        use.dosages,
        use.daily_use,
        use.daily_use_source,
        use.daily_use_missing,
        understood.inpatient or stay in hospital_stays,
        understood.supply_type,
        pharmacy,
        location,
        unreadable,
        version,
    )


def _understand(said: RepeatedByDispense, drug: DrugFacts, zone: ZoneInfo) -> _Understood:
    reading = Reading(zone)
    use = _UNSAID
    if said.dosage_instruction:
        use = use_of(said.dosage_instruction, drug, reading, "", "MedicationDispense")
    return _Understood(
        quantity=quantity(said.quantity, drug.kind, reading, "", "MedicationDispense.quantity"),
        stated_days=days(said.days_supply, reading, "", "MedicationDispense.daysSupply"),
        use=use,
        supply_type=plain(code_in(said.type, ACT_CODE)),
        inpatient=code_in(said.category) == "inpatient",
        issues=tuple(reading.issues),
    )


def _no_status(status: str | None, reading: Reading, key: str) -> DispenseStatus:
    reading.note(
        "status-unknown",
        Severity.ERROR,
        f'"{plain(status, 40)}" is no status of a dispense.' if status else "The dispense has no status.",
        resource=key,
        path="MedicationDispense.status",
        missing=True,
    )
    return DispenseStatus.UNKNOWN


def _authorized_by(handed: MedicationDispense, reading: Reading, container: str | None) -> tuple[str, ...]:
    links = handed.authorizing_prescription
    if links and len(links) == 1:
        only = reading.key_of(links[0], container or "")
        keys: tuple[str, ...] = (only,) if only else ()
    else:
        keys = tuple(key for link in links or () if (key := reading.key_of(link, container or "")))
    return keys or ((container,) if container else ())


def _pharmacy(handed: MedicationDispense, reading: Reading, container: str) -> str | None:
    """The organization among those who handed out; a person is no pharmacy."""
    for performer in handed.performer or ():
        actor = performer.actor
        if actor is not None and actor.reference:
            key = reading.key_of(actor, container)
            if key and key.startswith("Organization/"):
                return reading.place_of(actor, container)
    return None


def _modified(handed: MedicationDispense) -> str | None:
    if handed.modifier_extension:
        return "modifierExtension"
    return "implicitRules" if handed.implicit_rules else None
