"""Judge one problem: solve it, replay the plan, and compare every cycle and first date with the CP-SAT model."""

from __future__ import annotations

import random
import time
from dataclasses import asdict, dataclass, field

from pickupday.errors import ProblemError
from pickupday.planner.best_plan import solve
from pickupday.planner.problem_format import loads_problem
from tests.oracle import cp_model
from tests.oracle.by_the_page import MEASURES, read, vector_of

BETWEEN_CYCLES = ["gap_days", "off_grid_fills", "sync_overrides"]


@dataclass
class Verdict:
    """`result`: same, DIFFERENT, not compared (a time-out of either solver), no plan (both say that there is none)."""

    result: str = "same"
    why: str = ""
    vectors: int = 0  # whole vectors that are the same
    dates: int = 0  # further first dates that were proven to be no better, in the measure that the planner says
    beats_latest_due: bool = False
    seed: int = 0
    notes: list = field(default_factory=list)
    planner_seconds: float = 0.0
    cp_sat_seconds: float = 0.0

    def row(self):
        return asdict(self)


class _StopError(Exception):
    pass


def judge(text, limit, budget=60.0, seed=0, dates=None, workers=1):
    """`dates`: how many other first dates of each cycle are compared, None = all; one of them by its whole vector."""
    verdict, start = Verdict(seed=seed), time.perf_counter()
    try:
        _judge(text, limit, budget, random.Random(seed), dates, workers, verdict)
    except _StopError:
        pass
    verdict.cp_sat_seconds = round(time.perf_counter() - start - verdict.planner_seconds, 3)
    return verdict


def _judge(text, limit, budget, draw, dates, workers, verdict):
    def stop(result, why):
        verdict.result, verdict.why = result, why
        raise _StopError

    problem = loads_problem(text)
    pages = [read(text, index) for index in range(len(problem.programme.cycles))]
    start = time.perf_counter()
    try:
        plan = solve(problem, budget)
        verdict.planner_seconds = round(time.perf_counter() - start, 3)
    except ProblemError as error:
        impossible = all(not page.firsts or not all(map(_open(page), page.firsts)) for page in pages)
        stop("no plan" if impossible else "DIFFERENT", f"refused: {error}")
    if not plan.optimal:
        stop("not compared", "the planner's budget ended")
    vectors = []
    for page, mine in zip(pages, plan.cycles, strict=True):
        vectors.append(None if mine.objective is None else _vector(mine.objective))
        if (mine.objective is None) != (not page.firsts):
            stop("DIFFERENT", f"{page.cycle}: {mine.reason}")
        if page.firsts:
            _judge_cycle(page, plan, mine, limit, draw, dates, workers, verdict, stop)
    chosen = pages[[one.cycle for one in plan.cycles].index(plan.cycle)]
    fills = [(fill.therapy, (fill.date - chosen.today).days, fill.days_supply) for fill in plan.fills]
    first = (plan.first_pickup - chosen.today).days
    if vector_of(chosen, first, fills) != _vector(plan.objective):
        stop("DIFFERENT", f"a replay finds {vector_of(chosen, first, fills)} instead of {_vector(plan.objective)}")
    keys = [[vector[name] for name in BETWEEN_CYCLES] for vector in vectors if vector is not None]
    if [_vector(plan.objective)[name] for name in BETWEEN_CYCLES] != min(keys):
        stop("DIFFERENT", f"another cycle is better: {keys}")
    latest = plan.heuristics["latest_due"]
    verdict.beats_latest_due = (latest.gap_days, latest.trips) != (plan.objective.gap_days, plan.objective.trips)


def _judge_cycle(page, plan, mine, limit, draw, dates, workers, verdict, stop):
    others = {
        (one.first_pickup - page.today).days: _vector(one.objective)
        for one in plan.alternatives
        if one.cycle == mine.cycle
    }
    if list(others) != page.firsts:
        stop("DIFFERENT", f"{page.cycle}: first dates {list(others)} instead of {page.firsts}")
    first, best = (mine.first_pickup - page.today).days, _vector(mine.objective)
    found = cp_model.least(page, first, limit, workers=workers)
    if found is None:
        stop("not compared", "CP-SAT's limit ended")
    if found != best or others[first] != best:
        stop("DIFFERENT", f"{page.cycle} from day {first}: {best}, CP-SAT {found}")
    verdict.vectors += 1
    known = cp_model.leading(page, found)
    del others[first]
    chosen = list(others) if dates is None else sorted(draw.sample(list(others), min(dates, len(others))))
    whole = draw.choice(chosen) if chosen else None
    if any("search budget" in note for note in plan.notes):
        chosen, whole = [], None
        verdict.notes.append("other first dates were not weighed to the end")
    for day in chosen:
        enough = None if day == whole else best
        found = cp_model.least(page, day, limit, known, enough, workers)
        if found is None:
            stop("not compared", "CP-SAT's limit ended")
        if any(others[day][name] != value for name, value in found.items()):
            stop("DIFFERENT", f"{page.cycle} from day {day}: {others[day]}, CP-SAT {found}")
        order = cp_model.compare_vectors(page.order, found, best)
        if order < 0 or (order == 0 and day < first):
            stop("DIFFERENT", f"{page.cycle}: day {day} is better than day {first}: {found}")
        verdict.vectors += day == whole
        verdict.dates += day != whole


def _open(page):
    return lambda day: 0 <= day < page.horizon and page.open[day]


def _vector(objective):
    return {name: getattr(objective, name) for name in MEASURES}
