"""Whether a changed chart is answered as it must be: the problem is as before, or what was touched is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from mappings.inbound import Chart, read_bundle
from pickupday.problem import Therapy
from pickupday.review.therapies import OngoingTherapy, review
from service.cli.demo_charts import chart_folder, read_demo_chart
from tests.properties.mutations import Mutation, as_bundle, mutate

ZONE = ZoneInfo("America/New_York")
TODAY = date(2026, 3, 2)


@dataclass(frozen=True, slots=True)
class Original:
    """A sound chart, the day on which it is judged, and what it comes to."""

    name: str
    patient: str
    today: date
    resources: list[Any] = field(repr=False)
    outcome: Outcome = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a chart comes to: each therapy's problem with the records that it rests on, and every line that is said."""

    problems: dict[str, Therapy]
    rests_on: dict[str, frozenset[str]]
    said: frozenset[tuple[str, str]]  # the record named, the sentence
    fatal: bool


def originals(shared_data: Path | None) -> Iterator[Original]:
    """All demo charts, and the third-party charts that have dispenses where the folder is there."""
    for file in sorted(chart_folder().glob("*.json")):
        yield _original(file.stem, read_demo_chart(file.stem, TODAY), TODAY)
    for file in sorted((shared_data / "smart-patients-r4").glob("smart-*.json")) if shared_data else ():
        history = read_bundle(file.read_bytes(), zone=ZONE).history
        assert history is not None
        days = [one.handed_over for one in history.dispenses if one.handed_over]
        if days:
            yield _original(file.stem, file.read_bytes(), max(days) + timedelta(days=1))


def _original(name: str, data: bytes, today: date) -> Original:
    resources = [entry["resource"] for entry in json.loads(data)["entry"]]
    patient = next(one["id"] for one in resources if one["resourceType"] == "Patient")
    return Original(name, patient, today, resources, outcome_of(as_bundle(resources), patient, today))


def outcome_of(data: bytes, patient: str, today: date) -> Outcome:
    """Read and judge a chart. An exception is a failure of the property."""
    chart = read_bundle(data, patient=patient, zone=ZONE)
    said = {(issue.resource, f"{issue.code} {issue.path} {issue.message}") for issue in chart.issues}
    if chart.history is None:
        assert any(issue.fatal for issue in chart.issues)
        return Outcome({}, {}, frozenset(said), fatal=True)
    _are_printable(chart)
    found = review(chart.history, today)
    said |= {(finding.about, f"{finding.code} {finding.message}") for finding in found.findings}
    said |= {(key, f"{line.code} {line.reason}") for line in found.not_planned for key in line.keys}
    if chart.history.patient.do_not_plan:
        said.add((chart.history.patient.key, chart.history.patient.do_not_plan))
    return Outcome(
        {one.id: one.problem for one in found.therapies},
        {one.id: _keys(one) for one in found.therapies},
        frozenset(said),
        fatal=False,
    )


def _are_printable(chart: Chart) -> None:
    for issue in chart.issues:
        assert issue.message.isprintable()
        assert len(issue.message) < 1500
        assert issue.resource.isprintable()


def _keys(therapy: OngoingTherapy) -> frozenset[str]:
    return frozenset(one.key for one in therapy.prescriptions) | {fill.dispense.key for fill in therapy.fills}


def objection(original: Original, changed: list[Any], mutation: Mutation) -> str | None:
    """Why the answer to the changed chart is not good enough; None where it is."""
    before, after = original.outcome, outcome_of(as_bundle(changed), original.patient, original.today)
    if after.fatal:
        return None
    news = {key for key, _ in after.said - before.said}
    said_before = {key for key, _ in before.said - after.said}
    touched = set(mutation.touched) | {key for key in news if "(entry" in key}  # so are records without an id named
    for therapy in sorted(before.problems.keys() | after.problems.keys()):
        if before.problems.get(therapy) == after.problems.get(therapy):
            continue
        rests_on = before.rests_on.get(therapy, frozenset()) | after.rests_on.get(therapy, frozenset())
        if news & (rests_on | touched):
            continue
        if not mutation.harms and rests_on & (touched | said_before):  # "at another pharmacy" no longer holds
            continue
        return f"{original.name}: {mutation}: {therapy} changed in silence; {_difference(before, after, therapy)}"
    return None


def _difference(before: Outcome, after: Outcome, therapy: str) -> str:
    one, other = before.problems.get(therapy), after.problems.get(therapy)
    if one is None or other is None:
        return "it is new" if one is None else "it is gone"
    names = [name for name in one.__dataclass_fields__ if getattr(one, name) != getattr(other, name)]
    return ", ".join(f"{name}: {getattr(one, name)} -> {getattr(other, name)}" for name in names)


def check_once(original: Original, random: Random) -> str | None:
    """One mutation of one chart."""
    changed, mutation = mutate(original.resources, random)
    try:
        return objection(original, changed, mutation)
    except Exception as raised:
        return f"{original.name}: {mutation}: {type(raised).__name__}: {raised}"


@cache
def all_originals(shared_data: Path | None) -> tuple[Original, ...]:
    """`originals`, judged once."""
    return tuple(originals(shared_data))
