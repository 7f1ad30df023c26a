"""One pickup as an R4 Appointment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from mappings.outbound.codes import APPOINTMENT_REASON, PARTICIPATION_TYPE
from mappings.outbound.identity import Identifier
from mappings.outbound.narrative import generated_narrative
from mappings.outbound.pharmacy import PERFORMER, Pharmacy
from mappings.outbound.planned import EnrolmentPlan, PlannedPickup, VisitHours
from mappings.outbound.resource import Json, concept, identifier, references, without_absent
from mappings.outbound.wording import patient_instruction, pharmacy_comment, spoken_date, visit_title


def appointment(plan: EnrolmentPlan, pickup: PlannedPickup, pickup_id: Identifier, enrolment_id: Identifier) -> Json:
    """The Appointment of one visit: `proposed`, or `booked` where the enrolment conversation confirmed it."""
    start, end = visit_instants(pickup.on, plan.hours, plan.zone)
    title = visit_title(pickup)
    comment = pharmacy_comment(pickup)
    return without_absent(
        {
            "resourceType": "Appointment",
            "text": generated_narrative(f"{title}, {spoken_date(pickup.on)}", comment),
            "identifier": [identifier(pickup_id), identifier(enrolment_id)],
            "status": "booked" if pickup.at_enrolment else "proposed",
            "serviceType": [{"text": "Medication synchronization pickup"}],
            "appointmentType": concept(APPOINTMENT_REASON, "ROUTINE"),
            "reasonCode": [{"text": "Bridge fill" if pickup.bridge else "Synchronized refill of long-term medicines"}],
            "description": title,
            "supportingInformation": references(pickup.prescriptions),
            "start": start,
            "end": end,
            "created": plan.today.isoformat(),
            "comment": comment,
            "patientInstruction": patient_instruction(pickup, plan.pharmacy),
            "participant": [
                {
                    "type": [concept(PARTICIPATION_TYPE, "PART", "Patient")],
                    "actor": {"reference": plan.patient},
                    "required": "required",
                    "status": "accepted" if pickup.at_enrolment else "needs-action",
                },
                pharmacy_participant(plan.pharmacy),
            ],
        }
    )


def pharmacy_participant(pharmacy: Pharmacy) -> Json:
    """The pharmacy's part: a Location or HealthcareService, else its name without an actor (app-1: type or actor)."""
    place = pharmacy.location or pharmacy.healthcare_service
    return without_absent(
        {
            "type": [concept(PARTICIPATION_TYPE, PERFORMER, pharmacy.label)],
            "actor": without_absent({"reference": place, "display": pharmacy.name}) if place else None,
            "required": "required",
            "status": "needs-action",
        }
    )


def visit_instants(on: date, hours: VisitHours, zone: ZoneInfo) -> tuple[str, str]:
    """Start and end as FHIR instants with the offset valid on that day.

    A start in the hour that a clock change skips becomes the same instant as the clock then shows it.
    """
    start = datetime.combine(on, hours.start, tzinfo=zone).astimezone(UTC)
    end = start + timedelta(minutes=hours.minutes)
    return _instant(start, zone), _instant(end, zone)


def _instant(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")
