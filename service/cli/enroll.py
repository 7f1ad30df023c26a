"""`pickupday enroll`: read, plan, show, ask, write once, print the receipt."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import typer
from rich.text import Text

from mappings.outbound.planned import Agreement
from service import clock
from service.cli import options, streams
from service.cli.enrolment_view import enrolment_to_json, print_enrolment
from service.cli.exits import Exit
from service.cli.options import PlainFormat
from service.cli.plan_view import print_plan
from service.cli.waiting_writes import open_outbox, say_settled, say_waiting
from service.config import Settings
from service.gateway import Gateway, parse_base
from service.gateway.address import patient_id
from service.programmes import DEFAULT, load_programme
from service.use_cases.drain import drain
from service.use_cases.enroll import Enrolling, EnrolmentOutcome, Result, enroll
from service.use_cases.offer import Offer
from service.use_cases.ports import ServerError
from service.use_cases.proposal_format import issue_to_json, planned_chart_to_json
from service.use_cases.show import Site


def run(
    fhir_base: options.FhirBase,
    patient: options.PatientId,
    consent: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The exact words that the patient agreed to; default: the programme's."),
    ] = None,
    today: options.Today = None,
    programme: options.ProgrammeName = DEFAULT,
    payer: options.PayerKey = None,
    timezone: options.TimeZone = None,
    on_hand: options.OnHand = None,
    still_taken: options.StillTaken = None,
    language: Annotated[str, typer.Option(help="The language of the consent text (BCP 47).")] = "en",
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")] = False,
    format_: Annotated[PlainFormat, typer.Option("--format", help="A view for people, or JSON.")] = PlainFormat.TABLE,
) -> None:
    """Enrol a patient: write pickups, calls and the agreement to the FHIR server, once."""
    settings = Settings.from_environment()
    rules = load_programme(programme, payer)
    wishes, doubts = options.read_wishes(settings, rules, today, timezone, on_hand, still_taken)
    site = options.read_site(rules, wishes.zone)
    agreement = Agreement(options.agreed_words(rules, consent, language), language)
    asked = Enrolling(patient_id(patient), agreement, wishes, dry_run=dry_run, at=clock.now().astimezone(wishes.zone))
    screen = _Screen(format_, wishes.today, yes)
    outcome = asyncio.run(_enroll(fhir_base, settings, site, asked, screen))
    if format_ is PlainFormat.JSON:
        document = outcome_to_json(outcome)
        document["issues"] = [*document["issues"], *map(issue_to_json, doubts)]  # type: ignore[misc]
        streams.print_json(document)
    else:
        screen.conclude(outcome)
    raise typer.Exit(outcome.exit_code)


@dataclass(slots=True)
class _Screen:
    """What is shown and asked on the way: the plan before the question, the receipt after it."""

    format: PlainFormat
    today: date
    yes: bool
    shown: bool = False

    def confirm(self, offer: Offer) -> bool:
        """Show the plan and ask; --yes answers for the person, and where nobody can be asked the answer is no."""
        console = streams.err() if self.format is PlainFormat.JSON else streams.out()
        print_plan(console, offer.chart, self.today)
        self.shown = True
        entries = len(offer.bundle.entries)
        if self.yes:
            return True
        if not sys.stdin.isatty():
            streams.err().print("pickupday: no terminal to ask on; nothing is written without --yes.", markup=False)
            return False
        return typer.confirm(f"Write these {entries} resources for {offer.pharmacy.label}?", err=True)

    def conclude(self, outcome: EnrolmentOutcome) -> None:
        """Say how it came out and print the receipt."""
        if outcome.chart is not None and not self.shown:
            print_plan(streams.out(), outcome.chart, self.today)
        good = outcome.exit_code in (Exit.DONE, Exit.IN_PART) and outcome.result is not Result.NOTHING_TO_PLAN
        console = streams.out() if good else streams.err()
        console.print(Text(outcome.message, style="bold green" if good else "bold red"))
        for detail in outcome.details:
            console.print(Text(f"· {detail}"))
        if outcome.result is Result.DRY_RUN and outcome.offer is not None:
            streams.print_json(outcome.offer.bundle.bundle)
        if outcome.enrolment is not None:
            print_enrolment(console, outcome.enrolment)
        for receipt in outcome.receipts:
            what = "created" if receipt.created else "there already"
            status = f" ({receipt.status})" if receipt.status else ""
            console.print(Text(f"{what}: {receipt.reference} version {receipt.version}{status}", style="dim"))


async def _enroll(base: str, settings: Settings, site: Site, asked: Enrolling, screen: _Screen) -> EnrolmentOutcome:
    address = parse_base(base, allow_http=settings.allow_http)
    async with Gateway(address, settings) as server:
        if asked.dry_run:
            return await enroll(server, server, site, asked, screen.confirm)
        outbox = open_outbox(site, address)
        say_settled(await drain(server, server, site, outbox, asked.wishes.today))
        try:
            return await enroll(server, server, site, asked, screen.confirm, outbox)
        except ServerError:
            say_waiting(outbox)
            raise


def outcome_to_json(outcome: EnrolmentOutcome) -> dict[str, object]:
    """How the enrolment came out, as data."""
    chart = outcome.chart
    return {
        "format": 1,
        "result": outcome.result.value,
        "message": outcome.message,
        "details": list(outcome.details),
        "plan": planned_chart_to_json(chart) if chart is not None else None,
        "bundle": outcome.offer.bundle.bundle if outcome.result is Result.DRY_RUN and outcome.offer else None,
        "enrolment": enrolment_to_json(outcome.enrolment) if outcome.enrolment else None,
        "receipts": [
            {
                "resource": receipt.reference,
                "version": receipt.version,
                "status": receipt.status,
                "created": receipt.created,
            }
            for receipt in outcome.receipts
        ],
        "issues": [issue_to_json(issue) for issue in outcome.offer.issues] if outcome.offer else [],
    }
