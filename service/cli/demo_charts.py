"""The invented charts that come with PickupDay, with their dates moved to today."""

from __future__ import annotations

import re
import tomllib
from datetime import date, timedelta
from pathlib import Path

import service

_PLACEHOLDER = re.compile(r"\{\{today([+-]\d{1,4})?d?\}\}")


def chart_folder() -> Path:
    """Where the charts are: inside the installed package, or in fixtures/demo of a checkout."""
    installed = Path(service.__file__).parent / "demo_charts"
    return installed if installed.is_dir() else Path(service.__file__).parents[1] / "fixtures" / "demo"


def chart_files() -> list[Path]:
    """All charts, one file for each patient."""
    return sorted(chart_folder().glob("*.json"))


def stories() -> dict[str, str]:
    """Why each patient is worth opening, by patient id, in the order in which they are listed."""
    return tomllib.loads((chart_folder() / "stories.toml").read_text("utf-8"))


def read_demo_chart(name: str, today: date) -> bytes:
    """One chart as a FHIR Bundle, `{{today-23d}}` replaced by the day 23 days before `today`."""
    template = (chart_folder() / f"{name}.json").read_text("utf-8")
    return _PLACEHOLDER.sub(lambda found: str(today + timedelta(days=int(found[1] or 0))), template).encode()
