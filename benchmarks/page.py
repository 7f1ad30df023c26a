"""How long the page takes after the chart has come, step by step, for a patient with 20 medicines.

    .venv/bin/python -m benchmarks.page [--rounds 15] [--medicines 20]

The whole application and the sandbox EHR in one process, without a network: a visit to a page that is open, from the
moment the chart was read until the answer is complete. Wall clock, median of all rounds.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, ParamSpec, TypeVar, cast
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from service.routes import patient_page
from service.routes.pages import Pages
from service.routes.waiting import Readings
from service.use_cases import opt_in, propose
from tests.app_in_memory import Page, World, medicine, small_chart

P, T = ParamSpec("P"), TypeVar("T")
MEDICINES = """lisinopril 20, amlodipine 5, atorvastatin 40, metformin hydrochloride 500, levothyroxine sodium 0.1,
sertraline 50, losartan potassium 50, omeprazole 20, hydrochlorothiazide 25, gabapentin 300, metoprolol tartrate 50,
citalopram 20, furosemide 40, montelukast 10, pantoprazole 40, simvastatin 20, carvedilol 12.5, allopurinol 100,
clopidogrel 75, tamsulosin 0.4"""
STEPS = {  # what ends each step, in its order
    "read": (propose, "read_chart", ""),
    "planned": (opt_in, "plan_chart", "planning"),
    "offered": (patient_page, "look", "what would be written, the calendar of first days"),
    "viewed": (patient_page, "_page_values", "keeping what was shown; sentences, pictures, forms"),
    "drawn": (Pages, "answer", "HTML"),
}


def chart(medicines: int) -> list[dict[str, Any]]:
    """One patient with that many tablets, each filled every 30 days, one day after the other."""
    names = [" ".join(one.split()) for one in MEDICINES.split(",")][:medicines]
    rows = [
        medicine(f"m{number}", f"{name} MG Oral Tablet", 1 + 7 * number % 27, daily=1)
        for number, name in enumerate(names)
    ]
    return [small_chart()[0], *(row for one in rows for row in one)]


@contextmanager
def stamped(stamps: dict[str, float]) -> Iterator[None]:
    """Note when each step ended."""
    with ExitStack() as stack:
        for step, (where, name, _) in STEPS.items():
            stack.enter_context(patch.object(where, name, _noting(step, getattr(where, name), stamps)))
        yield


def _noting(step: str, work: Callable[P, T], stamps: dict[str, float]) -> Callable[P, T]:
    """The same work, which notes when it is done; of a coroutine, when that is done."""

    async def until_it_is_done(pending: Awaitable[object]) -> object:
        found = await pending
        stamps[step] = time.perf_counter()
        return found

    @wraps(work)
    def noted(*given: P.args, **named: P.kwargs) -> T:
        found = work(*given, **named)
        stamps[step] = time.perf_counter()
        return cast(T, until_it_is_done(found)) if isinstance(found, Awaitable) else found

    return noted


def visit(page: Page) -> dict[str, float]:
    """Milliseconds of each step of one visit."""
    stamps: dict[str, float] = {}
    with stamped(stamps):
        answer = page.browser.look(page.url)
        stamps["answered"] = time.perf_counter()
    if answer.status_code != 200:
        raise SystemExit(f"no page: status {answer.status_code}")
    names = [*STEPS, "answered"]
    return {later: 1000 * (stamps[later] - stamps[before]) for before, later in pairwise(names)}


def main() -> None:
    """Print one line for each step."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--medicines", type=int, default=20)
    asked = options.parse_args()
    whatever_it_takes = partial(Readings, patience=600.0)
    with tempfile.TemporaryDirectory() as folder, patch("service.app.Readings", whatever_it_takes):
        world = World(Path(folder), chart=chart(asked.medicines), extra={"PICKUPDAY_SITE_PROGRAMME": "chain-monthly"})
        running = world.app.router.lifespan_context(world.app)
        world.run(running.__aenter__())
        page = world.browser().launch()
        if f"{asked.medicines} medicines" not in page.words:
            raise SystemExit("the plan is not of all medicines")
        rounds = [visit(page) for _ in range(asked.rounds)]
        size = len(page.answer.content)
        world.run(running.__aexit__(None, None, None))
        world.close()
    words = {step: words for step, (_, _, words) in STEPS.items()} | {"answered": "headers, sending"}
    told = f"{asked.medicines} medicines, {size / 1000:.0f} kB of HTML, {asked.rounds} visits"
    print(f"Python {platform.python_version()}, {told}")
    for step in rounds[0]:
        print(f"{median(one[step] for one in rounds):8.1f} ms  {words[step]}")
    own = [sum(taken for step, taken in one.items() if step != "planned") for one in rounds]
    print(f"{median(own):8.1f} ms  after the plan was made, in all (worst {max(own):.1f})")


if __name__ == "__main__":
    main()
