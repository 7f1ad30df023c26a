"""The demo on a server: the sandbox EHR with all invented patients, one of them enrolled, until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.text import Text

from mappings.outbound.planned import Agreement
from pickupday.wording import say_day
from service import clock
from service.cli import streams
from service.cli.demo_app import running_app
from service.cli.demo_charts import chart_files, stories
from service.cli.plan_view import print_plan
from service.config import Settings
from service.gateway import Gateway, parse_base
from service.programmes import PharmacyProgramme
from service.sandbox.ehr import Ehr
from service.sandbox.serve import running_ehr, running_sandbox
from service.store.identifier_key import VARIABLE
from service.use_cases.enroll import Enrolling, EnrolmentOutcome, enroll
from service.use_cases.offer import Offer
from service.use_cases.propose import Wishes
from service.use_cases.show import Site
from service.use_cases.visiting import visiting_hours

ENROLLED = "delgado-rosa"
CONSENT = "I agree that my long-term medicines are made ready on one pickup day, and that the pharmacy calls me before."


def serve_demo(settings: Settings, programme: PharmacyProgramme, wishes: Wishes) -> None:
    """Serve the EHR and the app on free loopback ports, enrol a patient, say what to try, and wait for Ctrl-C.

    The data is in memory, and so is the key of the identifiers: when it ends nothing is left behind.
    """
    console = streams.out()
    key = os.environ.get(VARIABLE) or secrets.token_hex(32)
    with (
        _ending() as ended,
        running_ehr(charts=chart_files(), stories=stories(), today=wishes.today) as ehr,
        running_sandbox(store=ehr.store) as unguarded,
        running_app(ehr, wishes.zone, key) as app,
    ):
        _say_addresses(console, ehr, unguarded.base, app)
        site = Site(key.encode(), wishes.zone, hours=visiting_hours(programme))
        outcome = asyncio.run(_enrol(console, unguarded.base, settings, site, wishes))
        _say_outcome(console, outcome)
        if not ended.is_set():
            _say_what_to_try(console, ehr, unguarded.base)
        while not ended.wait(0.5):  # in slices, so that a signal is seen at once on every platform
            pass


async def _enrol(console: Console, base: str, settings: Settings, site: Site, wishes: Wishes) -> EnrolmentOutcome:
    def show_and_agree(offer: Offer) -> bool:
        print_plan(console, offer.chart, wishes.today)
        return True

    asked = Enrolling(ENROLLED, Agreement(CONSENT), wishes, at=clock.now().astimezone(wishes.zone))
    async with Gateway(parse_base(base), settings) as server:
        return await enroll(server, server, site, asked, show_and_agree)


def _say_addresses(console: Console, ehr: Ehr, unguarded: str, app: str) -> None:
    for label, address in (
        ("Sandbox EHR, for your browser", f"{ehr.origin}/"),
        ("its FHIR server, with SMART App Launch", ehr.base),
        ("the same data, open to this machine", unguarded),
        ("PickupDay, registered there as an app", f"{app}/"),
    ):
        console.print(Text.assemble(f"{label:<40}", (address, "bold")), soft_wrap=True)
    console.print()


def _say_outcome(console: Console, outcome: EnrolmentOutcome) -> None:
    console.print(Text(outcome.message, style="bold green"))
    kinds = Counter((receipt.reference or "").partition("/")[0] for receipt in outcome.receipts)
    written = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    if written:
        console.print(Text(f"Written in one transaction: {written}."), soft_wrap=True)
    for pickup in outcome.enrolment.pickups if outcome.enrolment else ():
        call = outcome.enrolment.call_of(pickup) if outcome.enrolment else None
        days = [
            f"{said} {say_day(record.on)}"
            for said, record in (("pickup", pickup), ("call", call))
            if record and record.on
        ]
        references = ", ".join(record.reference for record in (pickup, call) if record)
        console.print(Text.assemble(f"  {', '.join(days):<46}", (references, "dim")), soft_wrap=True)


def _say_what_to_try(console: Console, ehr: Ehr, unguarded: str) -> None:
    console.print(
        Text.assemble("\nOpen ", (f"{ehr.origin}/", "bold"), " and click a patient: PickupDay runs in the chart."),
        soft_wrap=True,
    )
    console.print("Or in another terminal:", style="dim")
    for line in (
        f"pickupday show --fhir-base {unguarded} --patient {ENROLLED}",
        f"pickupday plan --fhir-base {unguarded} --patient freeman-otis",
        f"pickupday enroll --fhir-base {unguarded} --patient pruitt-walter --consent 'I agree.'",
    ):
        console.print(Text(f"  {line}"), soft_wrap=True)
    console.print("Ctrl-C ends it and leaves nothing behind.", style="dim")


@contextmanager
def _ending() -> Iterator[threading.Event]:
    """Set by Ctrl-C or a request to terminate, from here on; a second Ctrl-C ends at once."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        if ended.is_set():
            raise KeyboardInterrupt
        ended.set()

    hangup = getattr(signal, "SIGHUP", signal.SIGTERM)  # a terminal that is closed; Windows has none
    before = {kind: signal.signal(kind, end) for kind in {signal.SIGINT, signal.SIGTERM, hangup}}
    try:
        yield ended
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
