"""`pickupday demo`: plan an invented patient and write the Bundle to a file, or serve it all from a sandbox EHR."""

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
from service.config import Settings
from service.errors import BadArgument
from service.programmes import load_programme
from service.use_cases.offer import preview
from service.use_cases.propose import plan_bundle

PATIENT = "rosa-delgado"


def run(
    today: options.Today = None,
    output: Annotated[
        Path, typer.Option(metavar="FILE", help="Where to write the transaction Bundle; not with --serve.")
    ] = Path("pickupday-demo-bundle.json"),
    serve: Annotated[
        bool,
        typer.Option("--serve", help="Enrol the patient at a sandbox EHR and serve it until Ctrl-C; write no file."),
    ] = False,
) -> None:
    """Plan an invented patient with many refill dates, and write the Bundle an enrolment would send."""
    settings = Settings.from_environment()
    programme = load_programme()
    wishes, _ = options.read_wishes(settings, programme, today, None, None)
    if serve:
        if today is not None:
            raise BadArgument("--today does not go with --serve: the app that is served lives today")
        from service.cli.sandbox_demo import serve_demo  # the web takes half a second: only where it is served

        serve_demo(settings, programme, wishes)
        return
    chart = plan_bundle(read_demo_chart(PATIENT, wishes.today), None, wishes)
    console = streams.out()
    print_plan(console, chart, wishes.today)
    bundle = preview(chart, options.read_site(programme, wishes.zone), wishes)
    if bundle is None:
        raise streams.stop(Exit.IN_PART, chart.reason or "there is nothing to synchronize")
    try:
        output.write_text(json.dumps(bundle.bundle, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise streams.stop(Exit.BAD_INPUT, f"{output}: {error.strerror}") from None
    written = f"{output}: {len(bundle.entries)} resources, as one transaction Bundle that an enrolment would send."
    console.print(Text(written, style="bold"))
    console.print("Next: pickupday demo --serve, or pickupday plan --bundle CHART.json", style="dim", markup=False)
