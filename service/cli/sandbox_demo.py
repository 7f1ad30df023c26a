"""The demo on a server: the sandbox with all invented patients, one of them enrolled, until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import threading
from types import FrameType

from rich.text import Text

from mappings.outbound.planned import Agreement
from service import clock
from service.cli import streams
from service.cli.demo_charts import chart_folder
from service.cli.enrolment_view import print_enrolment
from service.config import Settings
from service.gateway import Gateway, parse_base
from service.sandbox.serve import running_sandbox
from service.use_cases.enroll import Enrolling, EnrolmentOutcome, enroll
from service.use_cases.propose import Wishes
from service.use_cases.show import Site

ENROLLED = "delgado-rosa"
CONSENT = "I agree that my long-term medicines are made ready on one pickup day, and that the pharmacy calls me before."


def serve_demo(settings: Settings, site: Site, wishes: Wishes) -> None:
    """Serve the invented patients on a free loopback port, enrol one, say what to try, and wait for Ctrl-C.

    Everything is in memory: when it ends nothing is left behind.
    """
    console = streams.out()
    with running_sandbox(charts=sorted(chart_folder().glob("*.json")), today=wishes.today) as sandbox:
        outcome = asyncio.run(_enrol(sandbox.base, settings, site, wishes))
        console.print(Text(outcome.message, style="bold green"))
        if outcome.enrolment is not None:
            print_enrolment(console, outcome.enrolment)
        console.print(Text.assemble("\nThe sandbox serves all invented patients at ", (sandbox.base, "bold")))
        console.print(f"Try in another terminal (with {wishes.today} as today):", style="dim")
        for line in (
            f"pickupday show --fhir-base {sandbox.base} --patient {ENROLLED}",
            f"pickupday plan --fhir-base {sandbox.base} --patient freeman-otis --today {wishes.today}",
            f"pickupday enroll --fhir-base {sandbox.base} --patient pruitt-walter --consent 'I agree.'",
        ):
            console.print(Text(f"  {line}"), soft_wrap=True)
        console.print("Ctrl-C ends it and leaves nothing behind.", style="dim")
        _wait_for_the_end()


async def _enrol(base: str, settings: Settings, site: Site, wishes: Wishes) -> EnrolmentOutcome:
    asked = Enrolling(ENROLLED, Agreement(CONSENT), wishes, at=clock.now().astimezone(wishes.zone))
    async with Gateway(parse_base(base), settings) as server:
        return await enroll(server, server, site, asked, lambda _: True)


def _wait_for_the_end() -> None:
    """Wait for Ctrl-C or a request to terminate."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, end)
    while not ended.wait(0.5):  # in slices, so that a signal is seen at once on every platform
        pass
