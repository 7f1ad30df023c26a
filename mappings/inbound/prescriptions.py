"""MedicationRequest to `Prescription`: what the chart says, not yet judged."""

from __future__ import annotations

from typing import Final

from mappings.inbound.dates import local_date
from mappings.inbound.dosage import use_of
from mappings.inbound.medications import drug_of
from mappings.inbound.models import DispenseRequest, MedicationRequest
from mappings.inbound.plain_text import plain
from mappings.inbound.quantities import days, quantity
from mappings.inbound.reading import Reading, code_in
from pickupday.findings import Severity
from pickupday.history import Prescription, PrescriptionStatus

_STATUSES: Final = {status.value: status for status in PrescriptionStatus}
_NO_DISPENSE_REQUEST: Final = DispenseRequest()


def prescription(request: MedicationRequest, key: str, flaw: str | None, reading: Reading) -> Prescription:
    """One request. `flaw` is the reason not to interpret it that decoding found, None for a sound one."""
    drug = drug_of(request.medication_codeable_concept, request.medication_reference, reading, key, "MedicationRequest")
    use = use_of(request.dosage_instruction, drug, reading, key, "MedicationRequest")
    asked = request.dispense_request or _NO_DISPENSE_REQUEST
    validity = asked.validity_period
    at = "MedicationRequest.dispenseRequest"
    return Prescription(
        key=key,
        status=_status(request.status, reading, key),
        intent=plain(request.intent) or "",
        drug=drug,
        authored_on=local_date(request.authored_on, reading, key, "MedicationRequest.authoredOn"),
        valid_from=local_date(validity.start, reading, key, f"{at}.validityPeriod.start") if validity else None,
        valid_to=local_date(validity.end, reading, key, f"{at}.validityPeriod.end") if validity else None,
        quantity=quantity(asked.quantity, drug.kind, reading, key, f"{at}.quantity"),
        initial_quantity=quantity(asked.initial_fill.quantity, drug.kind, reading, key, f"{at}.initialFill.quantity")
        if asked.initial_fill
        else None,
        repeats=_repeats(asked.number_of_repeats_allowed, reading, key),
        expected_supply_days=days(asked.expected_supply_duration, reading, key, f"{at}.expectedSupplyDuration"),
        dosages=use.dosages,
        daily_use=use.daily,
        daily_use_source=use.source,
        daily_use_missing=use.missing,
        do_not_perform=bool(request.do_not_perform),
        reported=bool(request.reported_boolean or request.reported_reference),
        categories=frozenset(filter(None, (plain(code_in(category)) for category in request.category or ()))),
        course_of_therapy=plain(code_in(request.course_of_therapy_type)),
        performer=reading.place_of(asked.performer, key),
        requester=reading.place_of(request.requester, key),
        prior=reading.key_of(request.prior_prescription, key),
        unreadable=flaw or _modified(request, asked) or use.unreadable,
        version=plain(request.meta.version_id) if request.meta else None,
    )


def _status(status: str | None, reading: Reading, key: str) -> PrescriptionStatus:
    known = _STATUSES.get(status or "")
    if known is None:
        reading.note(
            "status-unknown",
            Severity.ERROR,
            f'"{plain(status, 40)}" is no status of a prescription.' if status else "The prescription has no status.",
            resource=key,
            path="MedicationRequest.status",
            missing=True,
        )
        return PrescriptionStatus.UNKNOWN
    return known


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
