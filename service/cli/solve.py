"""`pickupday solve`: the planner alone, on a problem in JSON; no FHIR."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pickupday.errors import ProblemError
from pickupday.planner.plan_format import plans_to_json
from pickupday.planner.problem_format import loads_problem
from pickupday.planner.several_pharmacies import solve_each
from service.cli import streams
from service.cli.exits import Exit


def run(
    problem: Annotated[Path, typer.Argument(help="The planning problem, JSON (format 1); - reads standard input.")],
    budget: Annotated[
        float, typer.Option(help="Seconds the search may take before it prints the best plan found.")
    ] = 2.0,
) -> None:
    """Solve one planning problem and print the plan with its proof, as JSON; each pharmacy is planned apart."""
    try:
        plans = solve_each(loads_problem(streams.read_text(problem)), budget)
    except ProblemError as error:
        raise streams.stop(Exit.BAD_INPUT, f"{problem}: {error}") from None
    streams.print_json(plans_to_json(plans))
