"""`pickupday demo`: plan one invented patient and write the Bundle of an enrolment to a file. No server, no network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from service.cli import options, streams
from service.cli.demo_charts import read_demo_chart
from service.cli.exits import Exit
from service.cli.plan_view import print_plan
from service.cli.sandbox_demo import serve_demo
from service.config import Settings
from service.programmes import load_programme
from service.use_cases.offer import preview
from service.use_cases.propose import plan_bundle

PATIENT = "rosa-delgado"


def run(
    today: options.Today = None,
    output: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the transaction Bundle.")] = Path(
        "pickupday-demo-bundle.json"
    ),
    serve: Annotated[
        bool, typer.Option("--serve", help="Then serve all invented patients from a sandbox FHIR server until Ctrl-C.")
    ] = False,
) -> None:
    """Plan an invented patient with many refill dates, and write the Bundle an enrolment would send."""
    settings = Settings.from_environment()
    programme = load_programme()
    wishes, _ = options.read_wishes(settings, programme, today, None, None)
    chart = plan_bundle(read_demo_chart(PATIENT, wishes.today), None, wishes)
    console = streams.out()
    print_plan(console, chart, wishes.today)
    site = options.read_site(programme, wishes.zone)
    bundle = preview(chart, site, wishes)
    if bundle is None:
        raise streams.stop(Exit.IN_PART, chart.reason or "there is nothing to synchronize")
    try:
        output.write_text(json.dumps(bundle.bundle, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise streams.stop(Exit.BAD_INPUT, f"{output}: {error.strerror}") from None
    written = f"{output}: {len(bundle.entries)} resources, as one transaction Bundle that an enrolment would send."
    console.print(Text(written, style="bold"))
    if serve:
        serve_demo(settings, site, wishes)
        return
    console.print("Next: pickupday plan --bundle CHART.json, or pickupday enroll --help", style="dim", markup=False)
