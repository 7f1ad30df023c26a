"""MedicationRequest to `Prescription`: what the chart says, not yet judged."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from mappings.inbound.constructing import constructor
from mappings.inbound.dates import local_date
from mappings.inbound.dosage import Use, during, use_of
from mappings.inbound.medications import drug_of
from mappings.inbound.models import DispenseRequest, MedicationRequest, RepeatedAsk, RepeatedByRequest
from mappings.inbound.plain_text import plain
from mappings.inbound.quantities import days, quantity
from mappings.inbound.reading import Reading, code_in
from mappings.inbound.record import Record
from mappings.issues import MappingIssue
from pickupday.drugs import DrugFacts
from pickupday.findings import Severity
from pickupday.history import Prescription, PrescriptionStatus, Quantity

_STATUSES: Final = {status.value: status for status in PrescriptionStatus}
_NO_DISPENSE_REQUEST: Final = DispenseRequest()
_NO_ASK: Final = RepeatedAsk()
_AT: Final = "MedicationRequest.dispenseRequest"
_prescription = constructor(Prescription)


@dataclass(frozen=True, slots=True)
class _Understood:
    """What the repeated elements of a request come to; the issues do not say yet which request they are of."""

    use: Use
    quantity: Quantity | None
    initial_quantity: Quantity | None
    expected_supply_days: Fraction | None
    categories: frozenset[str]
    course_of_therapy: str | None
    issues: tuple[MappingIssue, ...]


def prescription(record: Record[MedicationRequest], reading: Reading) -> Prescription:
    """One request."""
    request, key, said = record.resource, record.key, record.said
    drug = said.drug or drug_of(
        said.elements.medication_codeable_concept, request.medication_reference, reading, key, "MedicationRequest"
    )
    understood = said.understood(drug, reading.zone, _understand)
    if understood.issues:
        reading.note_all(understood.issues, key)
    use = understood.use
    if record.periods:
        use = during(record.periods, said, use, reading, key, "MedicationRequest")
    asked = request.dispense_request or _NO_DISPENSE_REQUEST
    validity = asked.validity_period
    status = _STATUSES.get(request.status or "") or _no_status(request.status, reading, key)
    authored_on = local_date(request.authored_on, reading, key, "MedicationRequest.authoredOn")
    valid_from = local_date(validity.start, reading, key, f"{_AT}.validityPeriod.start") if validity else None
    valid_to = local_date(validity.end, reading, key, f"{_AT}.validityPeriod.end") if validity else None
    if valid_from and valid_to and valid_to < valid_from:
        reading.note(
            "impossible-period",
            Severity.WARNING,
            "The prescription is valid until a day before it becomes valid.",
            resource=key,
            path=f"{_AT}.validityPeriod",
            next_step="Ask the prescriber until when it is valid.",
        )
    repeats = _repeats(asked.number_of_repeats_allowed, reading, key)
    reported = bool(request.reported_boolean or request.reported_reference)
    performer = reading.place_of(asked.performer, key)
    requester = reading.place_of(request.requester, key)
    prior = reading.key_of(request.prior_prescription, key)
    unreadable = record.flaw or _modified(request, asked) or use.unreadable
    version = plain(request.meta.version_id) if request.meta else None
    return _prescription(  # by position, in the order of Prescription: names would take longer than all fields together
        key,
        status,
        plain(request.intent) or "",
        drug,
        authored_on,
        valid_from,
        valid_to,
        understood.quantity,
        understood.initial_quantity,
        repeats,
        understood.expected_supply_days,
        use.dosages,
        use.daily_use,
        use.daily_use_source,
        use.daily_use_missing,
        bool(request.do_not_perform),
        reported,
        understood.categories,
        understood.course_of_therapy,
        performer,
        requester,
        prior,
        unreadable,
        version,
    )


def _understand(said: RepeatedByRequest, drug: DrugFacts, zone: ZoneInfo) -> _Understood:
    reading = Reading(zone)
    asked = said.dispense_request or _NO_ASK
    first = asked.initial_fill
    return _Understood(
        use=use_of(said.dosage_instruction, drug, reading, "", "MedicationRequest"),
        quantity=quantity(asked.quantity, drug.kind, reading, "", f"{_AT}.quantity"),
        initial_quantity=quantity(first.quantity, drug.kind, reading, "", f"{_AT}.initialFill.quantity")
        if first
        else None,
        expected_supply_days=days(asked.expected_supply_duration, reading, "", f"{_AT}.expectedSupplyDuration"),
        categories=frozenset(filter(None, (plain(code_in(category)) for category in said.category or ()))),
        course_of_therapy=plain(code_in(said.course_of_therapy_type)),
        issues=tuple(reading.issues),
    )


def _no_status(status: str | None, reading: Reading, key: str) -> PrescriptionStatus:
    reading.note(
        "status-unknown",
        Severity.ERROR,
        f'"{plain(status, 40)}" is no status of a prescription.' if status else "The prescription has no status.",
        resource=key,
        path="MedicationRequest.status",
        missing=True,
    )
    return PrescriptionStatus.UNKNOWN


def _repeats(repeats: int | None, reading: Reading, key: str) -> int | None:
    if repeats is None or 0 <= repeats <= 1000:
        return repeats
    reading.note(
        "number-out-of-range",
        Severity.ERROR,
        f"{repeats if abs(repeats) < 10**9 else 'This'} cannot be a number of repeats.",
        resource=key,
        path="MedicationRequest.dispenseRequest.numberOfRepeatsAllowed",
        missing=True,
    )
    return None


def _modified(request: MedicationRequest, asked: DispenseRequest) -> str | None:
    """A modifier extension changes what the record means; without knowing it nothing of the record may be used."""
    if request.modifier_extension:
        return "modifierExtension"
    if request.implicit_rules:
        return "implicitRules"
    return "modifierExtension in MedicationRequest.dispenseRequest" if asked.modifier_extension else None
