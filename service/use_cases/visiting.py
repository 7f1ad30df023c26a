"""Which programme a patient joins, and when and where its pharmacy's day is: zone, hour of a visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mappings.issues import MappingIssue
from mappings.outbound.planned import VisitHours
from pickupday.findings import Severity
from service import clock
from service.programmes import PharmacyProgramme
from service.programmes.directory import find_programme


def choose_zone(programme: PharmacyProgramme, otherwise: ZoneInfo | None) -> tuple[ZoneInfo, tuple[MappingIssue, ...]]:
    """The pharmacy's zone: the programme's, else the site's or the one given, else this machine's, which is said."""
    if programme.timezone is not None:
        return programme.timezone, ()
    if otherwise is not None:
        return otherwise, ()
    zone = clock.machine_zone()
    return zone, (
        MappingIssue(
            code="zone-assumed",
            severity=Severity.INFORMATION,
            message=f"The pharmacy's time zone is not given; this machine's is used ({zone.key}).",
            next_step="Set `timezone` in the programme file, for the site, or with --timezone.",
        ),
    )


def chosen_programme(
    offered: Sequence[PharmacyProgramme], name: str
) -> tuple[PharmacyProgramme, tuple[MappingIssue, ...]]:
    """The programme that was chosen, else the site's own; that one too, and said, where the chosen one is gone."""
    if (found := find_programme(offered, name)) is not None:
        return found, ()
    return offered[0], (
        MappingIssue(
            code="programme-gone",
            severity=Severity.WARNING,
            message=f"The programme {name} is not offered here any more; this is planned with {offered[0].name}.",
            next_step="Choose a programme again.",
        ),
    )


def visiting_hours(programme: PharmacyProgramme) -> VisitHours:
    """When on a pickup day the patient is expected: at ten, or when the pharmacy opens if that is later."""
    usual = VisitHours()
    ends = (datetime.combine(date.min, usual.start) + timedelta(minutes=usual.minutes)).time()
    if programme.opens <= usual.start and ends <= programme.closes:
        return usual
    return replace(usual, start=time(programme.opens.hour, programme.opens.minute))
