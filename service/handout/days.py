"""The days that a handout tells of, from a plan or from what stands on the server; what is not known stays open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mappings.enrolments import Recorded, RecordedEnrolment
from mappings.outbound.narrative import one_line
from mappings.outbound.planned import EnrolmentPlan, PlannedPickup, VisitHours
from mappings.outbound.wording import BRIDGE_TRIP, medicines_of


@dataclass(frozen=True, slots=True)
class PickupDay:
    """One visit. `medicines` is empty where the record does not say them, `call` None where no call stands there."""

    ordinal: int
    on: date
    extra: bool
    medicines: tuple[str, ...]
    call: date | None
    confirmed: bool
    starts: datetime


@dataclass(frozen=True, slots=True)
class PickupDays:
    """All visits to tell of, by day. `pharmacy` is empty where it is not named; `agreed` False: a preview."""

    enrolment: str
    pharmacy: str
    today: date
    zone: ZoneInfo
    days: tuple[PickupDay, ...]
    agreed: bool
    revision: int = 1
    visit: timedelta = timedelta(minutes=15)


def planned_days(plan: EnrolmentPlan) -> PickupDays:
    """The days of a plan: a preview as long as it holds no agreement."""

    def day(pickup: PlannedPickup) -> PickupDay:
        return PickupDay(
            ordinal=pickup.ordinal,
            on=pickup.on,
            extra=pickup.bridge,
            medicines=tuple(one_line(fill.label) for fill in pickup.fills),
            call=pickup.call,
            confirmed=pickup.at_enrolment,
            starts=datetime.combine(pickup.on, plan.hours.start, plan.zone),
        )

    return PickupDays(
        enrolment=plan.enrolment,
        pharmacy=plan.pharmacy.name or "",
        today=plan.today,
        zone=plan.zone,
        days=tuple(map(day, plan.pickups)),
        agreed=plan.agreement is not None,
        revision=plan.revision,
        visit=timedelta(minutes=plan.hours.minutes),
    )


def recorded_days(enrolment: RecordedEnrolment, today: date, zone: ZoneInfo, hours: VisitHours) -> PickupDays:
    """The open pickups from today on, as the server holds them."""
    numbered = enumerate(enrolment.pickups, start=1)
    ahead = [
        _recorded(enrolment, pickup, number, pickup.on, zone, hours)
        for number, pickup in numbered
        if pickup in enrolment.open_pickups and pickup.on is not None and pickup.on >= today
    ]
    named = {pickup.place for pickup in enrolment.open_pickups}
    return PickupDays(
        enrolment=enrolment.value,
        pharmacy=named.pop() if len(named) == 1 else "",
        today=today,
        zone=zone,
        days=tuple(ahead),
        agreed=True,
        visit=timedelta(minutes=hours.minutes),
    )


def _recorded(
    enrolment: RecordedEnrolment, pickup: Recorded, ordinal: int, on: date, zone: ZoneInfo, hours: VisitHours
) -> PickupDay:
    call = enrolment.call_of(pickup)
    return PickupDay(
        ordinal=ordinal,
        on=on,
        extra=pickup.title.startswith(BRIDGE_TRIP),
        medicines=medicines_of(pickup.text),
        call=call.on if call is not None and call.status == "active" else None,
        confirmed=pickup.status == "booked",
        starts=pickup.starts.astimezone(zone) if pickup.starts else datetime.combine(on, hours.start, zone),
    )
