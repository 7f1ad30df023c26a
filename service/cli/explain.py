"""`pickupday explain`: a plan in plain words, from a planning problem or from a chart. Nothing is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import wrap
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from pickupday.errors import ContradictionError, ProblemError
from pickupday.planner.explained_sections import Section
from pickupday.planner.explanation import OTHER_FIRST_DATES, Explanation, FirstDate, explain
from pickupday.planner.explanation_format import explanation_to_json
from pickupday.planner.other_dates import MEASURES
from pickupday.planner.plan_format import Json, problem_to_json
from pickupday.planner.problem_format import FORMAT, loads_problem
from pickupday.planner.several_pharmacies import PharmacyPlan, PharmacyPlans, solve_each
from pickupday.problem import Problem
from service.cli import options, streams
from service.cli.exits import Exit
from service.cli.plan import check_source, exit_code, read_and_plan
from service.config import Settings
from service.programmes import DEFAULT, load_programme
from service.use_cases.propose import PlannedChart


@dataclass(frozen=True, slots=True)
class Told:
    """What is explained: the plans (else `reason`), the medicines' names, what was not planned, and the exit code."""

    plans: PharmacyPlans
    names: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    code: Exit = Exit.DONE
    reason: str | None = None


def run(
    problem: Annotated[
        Path | None, typer.Argument(help="A planning problem, JSON (format 1); - reads standard input.")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A chart as a FHIR Bundle, JSON; - reads standard input.")
    ] = None,
    fhir_base: options.AnyFhirBase = None,
    patient: options.AnyPatientId = None,
    today: options.Today = None,
    programme: options.ProgrammeName = DEFAULT,
    payer: options.PayerKey = None,
    timezone: options.TimeZone = None,
    on_hand: options.OnHand = None,
    still_taken: options.StillTaken = None,
    budget: Annotated[float, typer.Option(help="Seconds that the search, and then the comparisons, may take.")] = 10.0,
    save_problem: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the planning problem of the chart to a file.")
    ] = None,
    format_: Annotated[
        options.PlainFormat, typer.Option("--format", help="Sentences for people, or JSON.")
    ] = options.PlainFormat.TABLE,
) -> None:
    """Tell a plan in plain words: why this first date, what the others would need, what forces each trip, the proof."""
    try:
        if problem is not None:
            if bundle is not None or fhir_base is not None:
                raise typer.BadParameter("give a problem or a chart, not both")
            told = _from_problem(problem, budget)
        else:
            check_source(bundle, fhir_base, patient)
            settings, rules = Settings.from_environment(), load_programme(programme, payer)
            wishes, _ = options.read_wishes(settings, rules, today, timezone, on_hand, still_taken)
            told = _from_chart(read_and_plan(bundle, fhir_base, patient, settings, wishes))
    except ContradictionError as error:
        _save(save_problem, error.problem)
        raise
    for one in told.plans.plans:
        _save(save_problem, one.problem)
    explained = [(one, explain(one.problem, one.plan, told.names, budget)) for one in told.plans.plans]
    if format_ is options.PlainFormat.JSON:
        streams.print_json(_to_json(told, explained))
    else:
        _print(told, explained)
    raise typer.Exit(told.code)


def _from_problem(path: Path, budget: float) -> Told:
    try:
        return Told(solve_each(loads_problem(streams.read_text(path)), budget))
    except ProblemError as error:
        raise streams.stop(Exit.BAD_INPUT, f"{path}: {error}") from None


def _from_chart(chart: PlannedChart) -> Told:
    proposal = chart.proposal
    if proposal is None:
        raise streams.stop(exit_code(chart), chart.reason or "the chart could not be read")
    left_out = tuple(f"{line.label}: {line.reason} {line.next_step}" for line in proposal.review.not_planned)
    if proposal.plan is None or proposal.problem is None:
        return Told(PharmacyPlans((), None), left_out=left_out, code=exit_code(chart), reason=chart.reason)
    return Told(
        plans=PharmacyPlans((PharmacyPlan(None, proposal.problem, proposal.plan),), None),
        names={one.id: one.drug.label for one in proposal.review.therapies},
        left_out=left_out,
        code=exit_code(chart),
    )


def _save(path: Path | None, problem: Problem) -> None:
    if path is None:
        return
    try:
        path.write_text(json.dumps(problem_to_json(problem), indent=1) + "\n")
    except OSError as error:
        raise streams.stop(Exit.BAD_INPUT, f"{path}: {error.strerror or error}") from None


def _to_json(told: Told, explained: Iterable[tuple[PharmacyPlan, Explanation]]) -> dict[str, Json]:
    transfer = told.plans.transfer
    return {
        "format": FORMAT,
        "plans": [{"pharmacy": one.pharmacy, **explanation_to_json(explanation)} for one, explanation in explained],
        "transfer": None if transfer is None else transfer.sentence,
        "not_planned": list(told.left_out),
        "reason": told.reason,
    }


def _print(told: Told, explained: Iterable[tuple[PharmacyPlan, Explanation]]) -> None:
    console = streams.out()
    if told.reason is not None:
        console.print(Text(told.reason), "")
    for one, explanation in explained:
        if len(told.plans.plans) > 1:
            console.rule(Text(f"{one.pharmacy}"))
        for section in _sections(explanation):
            _print_section(console, section)
    if told.plans.transfer is not None:
        _print_section(console, Section("What a transfer would save", (told.plans.transfer.sentence,)))
    if told.left_out:
        _print_section(console, Section("Medicines that are not planned", told.left_out))


def _print_section(console: Console, section: Section) -> None:
    console.print(Text(section.title, style="bold"))
    for sentence in section.sentences:
        lines = wrap(sentence, max(40, console.width), initial_indent="  ", subsequent_indent="    ")
        console.print(Text("\n".join(lines)), soft_wrap=True)
    console.print()


def _sections(explanation: Explanation) -> Iterator[Section]:
    """The sections; the one of the other first dates with the measures of each."""
    for section in explanation.sections:
        if section.title != OTHER_FIRST_DATES:
            yield section
            continue
        same = [one for one in explanation.first_dates if one.alternative.cycle == explanation.plan.cycle]
        legend = ", ".join(MEASURES[name][1] for name in explanation.order)
        rows = tuple(f"{one.sentence} {_measures(one, explanation.order)}" for one in same)
        yield Section(section.title, (f"In brackets: {legend}.", *rows))


def _measures(one: FirstDate, order: Iterable[str]) -> str:
    objective = one.alternative.objective
    return "" if objective is None else f"[{' '.join(str(getattr(objective, name)) for name in order)}]"
