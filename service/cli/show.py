"""`pickupday show`: read an enrolment back from the FHIR server, and from nothing else."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from mappings.enrolments import RecordedEnrolment
from service import clock
from service.cli import options, streams
from service.cli.enrolment_view import enrolment_to_json, print_enrolment
from service.cli.options import PlainFormat
from service.cli.waiting_writes import open_outbox, say_settled
from service.config import Settings
from service.gateway import Gateway, parse_base
from service.gateway.address import patient_id
from service.programmes import DEFAULT, load_programme
from service.use_cases.drain import drain
from service.use_cases.ports import OutboxUnusable
from service.use_cases.show import Site, show


def run(
    fhir_base: options.FhirBase,
    patient: options.PatientId,
    programme: options.ProgrammeName = DEFAULT,
    timezone: options.TimeZone = None,
    format_: Annotated[PlainFormat, typer.Option("--format", help="A view for people, or JSON.")] = PlainFormat.TABLE,
) -> None:
    """Show what the server holds of a patient's enrolment: agreement, pickups, calls, care plan, tasks."""
    settings = Settings.from_environment()
    rules = load_programme(programme)
    zone, _ = options.choose_zone(rules, timezone)
    site = options.read_site(rules, zone)
    enrolment = asyncio.run(_read(fhir_base, patient, settings, site))
    if format_ is PlainFormat.JSON:
        streams.print_json({"format": 1, "enrolment": enrolment_to_json(enrolment) if enrolment else None})
    elif enrolment is None:
        streams.out().print("Not enrolled: the server holds nothing of ours for this patient.")
    else:
        print_enrolment(streams.out(), enrolment)


async def _read(base: str, patient: str, settings: Settings, site: Site) -> RecordedEnrolment | None:
    address = parse_base(base, allow_http=settings.allow_http)
    async with Gateway(address, settings) as server:
        try:
            say_settled(await drain(server, server, site, open_outbox(site, address), clock.today_in(site.zone)))
        except OutboxUnusable as error:  # reading needs no outbox
            say_settled((str(error),))
        return (await show(server, site, patient_id(patient))).current
