"""`pickupday solve`: the planner alone, on a problem in JSON; no FHIR."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pickupday.errors import ProblemError
from pickupday.planner.best_plan import solve
from pickupday.planner.plan_format import plan_to_json
from pickupday.planner.problem_format import loads_problem
from service.cli import streams
from service.cli.exits import Exit


def run(
    problem: Annotated[Path, typer.Argument(help="The planning problem, JSON (format 1); - reads standard input.")],
    budget: Annotated[
        float, typer.Option(help="Seconds the search may take before it prints the best plan found.")
    ] = 2.0,
) -> None:
    """Solve one planning problem and print the plan with its proof, as JSON."""
    try:
        plan = solve(loads_problem(streams.read_text(problem)), budget_seconds=budget)
    except ProblemError as error:
        raise streams.stop(Exit.BAD_INPUT, f"{problem}: {error}") from None
    streams.print_json(plan_to_json(plan))
