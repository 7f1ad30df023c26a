"""Draws docs/plan.svg, the picture of the terminal plan in the README: `make picture`."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.terminal_theme import MONOKAI

from service.cli.demo_charts import read_demo_chart
from service.cli.plan_view import print_plan
from service.programmes import load_programme
from service.use_cases.propose import Wishes, plan_bundle

TODAY = date(2026, 11, 23)
TARGET = Path(__file__).with_name("plan.svg")


def draw() -> str:
    """Plan the demo chart and return what the terminal shows as SVG, without fonts from elsewhere."""
    programme = load_programme()
    wishes = Wishes(TODAY, ZoneInfo("America/New_York"), programme.search, rules=programme.rules)
    chart = plan_bundle(read_demo_chart("rosa-delgado", TODAY), None, wishes)
    with Path("/dev/null").open("w") as nowhere:
        console = Console(record=True, width=118, file=nowhere, force_terminal=True, color_system="truecolor")
        print_plan(console, chart, TODAY)
        svg = console.export_svg(title="pickupday demo", theme=MONOKAI, unique_id="pickupday")
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "ui-monospace, Menlo, Consolas")


if __name__ == "__main__":
    TARGET.write_text(draw(), encoding="utf-8")
