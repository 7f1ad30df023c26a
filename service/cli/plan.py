"""`pickupday plan`: read a chart, from a file or a FHIR server, and propose one pickup day. Nothing is written."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from service.cli import options, streams
from service.cli.exits import Exit
from service.cli.options import Format
from service.cli.plan_view import print_plan
from service.config import Settings
from service.gateway import Gateway, parse_base
from service.programmes import DEFAULT, load_programme
from service.use_cases.offer import preview
from service.use_cases.proposal_format import planned_chart_to_json
from service.use_cases.propose import PlannedChart, Wishes, plan_bundle, plan_chart


def run(
    bundle: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A chart as a FHIR Bundle, JSON; - reads standard input.")
    ] = None,
    fhir_base: options.AnyFhirBase = None,
    patient: options.AnyPatientId = None,
    today: options.Today = None,
    programme: options.ProgrammeName = DEFAULT,
    payer: options.PayerKey = None,
    timezone: options.TimeZone = None,
    on_hand: options.OnHand = None,
    still_taken: options.StillTaken = None,
    format_: Annotated[
        Format, typer.Option("--format", help="A view for people, JSON, or the FHIR Bundle.")
    ] = Format.TABLE,
) -> None:
    """Propose one pickup day for all long-term medicines of a patient; nothing is written."""
    settings = Settings.from_environment()
    check_source(bundle, fhir_base, patient)
    rules = load_programme(programme, payer)
    wishes, doubts = options.read_wishes(settings, rules, today, timezone, on_hand, still_taken)
    chart = read_and_plan(bundle, fhir_base, patient, settings, wishes)
    chart = replace(chart, issues=(*chart.issues, *doubts))
    if format_ is Format.TABLE:
        print_plan(streams.out(), chart, wishes.today)
    elif format_ is Format.JSON:
        streams.print_json(planned_chart_to_json(chart))
    elif (bundle_to_write := preview(chart, options.read_site(rules, wishes.zone), wishes)) is not None:
        streams.print_json(bundle_to_write.bundle)
    else:
        raise streams.stop(exit_code(chart), chart.reason or "there is nothing to synchronize")
    raise typer.Exit(exit_code(chart))


def check_source(bundle: Path | None, fhir_base: str | None, patient: str | None) -> None:
    """Refuse anything but one chart, from a file or from a server."""
    if (bundle is None) == (fhir_base is None):
        raise typer.BadParameter("give a chart with either --bundle FILE or --fhir-base URL --patient ID")
    if fhir_base is not None and patient is None:
        raise typer.BadParameter("--fhir-base needs --patient ID")


def read_and_plan(
    bundle: Path | None, fhir_base: str | None, patient: str | None, settings: Settings, wishes: Wishes
) -> PlannedChart:
    """Plan the chart of a file, or of a server that is asked for it."""
    if bundle is not None:
        return plan_bundle(streams.read_bytes(bundle), patient, wishes)
    return asyncio.run(_fetch(fhir_base or "", patient or "", settings, wishes))


async def _fetch(base: str, patient: str, settings: Settings, wishes: Wishes) -> PlannedChart:
    async with Gateway(parse_base(base, allow_http=settings.allow_http), settings) as server:
        return await plan_chart(server, patient, wishes)


def exit_code(chart: PlannedChart) -> Exit:
    """What a plan's end means: bad input where the chart cannot be used, in part where something abstained."""
    if chart.proposal is None:
        return Exit.BAD_INPUT
    return Exit.IN_PART if chart.in_part else Exit.DONE
