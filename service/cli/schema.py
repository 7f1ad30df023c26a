"""`pickupday schema`: the JSON formats, as JSON Schema."""

from __future__ import annotations

import sys
from enum import StrEnum
from importlib import resources
from typing import Annotated

import typer


class Schema(StrEnum):
    """The published formats."""

    PROBLEM = "problem"  # what `solve` reads
    PLAN = "plan"  # what `solve` prints
    PHARMACY_PLANS = "pharmacy-plans"  # what `solve` prints where the therapies belong to several pharmacies
    EXPLANATION = "explanation"  # what `explain --format json` prints
    CHART_PLAN = "chart-plan"  # what `plan --format json` prints
    PROGRAMME = "programme"  # a programme file (TOML), as its keys and values


def run(name: Annotated[Schema, typer.Argument(help="Which format.")] = Schema.PLAN) -> None:
    """Print the JSON Schema (2020-12) of a format."""
    sys.stdout.write((resources.files("service") / "schemas" / f"{name}.json").read_text("utf-8"))
