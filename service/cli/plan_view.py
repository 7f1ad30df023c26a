"""A plan as a person reads it in the terminal: the gain, the picture, visit by visit, what is left out, the proof."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from mappings.issues import MappingIssue
from mappings.outbound.from_proposal import call_before
from pickupday.back_test import back_test
from pickupday.candidates.person import age_on
from pickupday.findings import Finding, Severity
from pickupday.history import Patient, Quantity
from pickupday.plan import Fill, Plan
from pickupday.proposal import Proposal
from pickupday.review.therapies import NotPlanned, OngoingTherapy
from pickupday.wording import say_amount, say_count, say_day
from service.cli.candidate_view import past_year, why_this_patient
from service.cli.timeline import draw_row, fit, month_heading
from service.use_cases.propose import PlannedChart

PAST_DAYS = 90
MOST_DETAILED = 5
MARKS = {Severity.ERROR: ("✗", "bold red"), Severity.WARNING: ("!", "yellow"), Severity.INFORMATION: ("·", "dim")}


def print_plan(console: Console, chart: PlannedChart, today: date) -> None:
    """Print everything a person needs to judge the plan, or the reason why there is none."""
    proposal = chart.proposal
    if proposal is None or proposal.plan is None:
        console.print(Panel(Text(chart.reason or "", style="bold"), title="No plan", border_style="red", expand=False))
    else:
        console.print(_headline(proposal, proposal.plan, today))
        console.print(_picture(console, proposal, proposal.plan, today))
        console.print(_visits(proposal, proposal.plan))
    if proposal is not None:
        if proposal.candidate is not None:
            console.print(why_this_patient(proposal.candidate))
        if proposal.plan is not None:
            console.print(past_year(back_test(proposal)))
        console.print(_left_out(proposal.review.not_planned))
        console.print(_doubts(chart.issues, proposal.review.findings))
        if proposal.plan is not None:
            console.print(_proof(proposal.plan))
    else:
        console.print(_doubts(chart.issues, ()))


def headline(proposal: Proposal, plan: Plan) -> str:
    """The gain in one sentence."""
    medicines = say_count(len(proposal.review.therapies), "medicine")
    trips = plan.objective.trips
    sentence = f"{medicines}: {plan.unsynchronized.trips} trips in {plan.horizon_days} days → {trips}"
    if plan.pickups:
        sentence += f"; first common pickup {say_day(plan.pickups[0])}"
    return sentence + "."


def _headline(proposal: Proposal, plan: Plan, today: date) -> RenderableType:
    shorts = sum(1 for fill in plan.fills if fill.kind == "short")
    notes = [f"bridge trip {say_day(day)}" for day in plan.bridge_trips] + [
        f"renewal of {_label(proposal, one.therapy)} wanted by {say_day(one.needed_by)}" for one in plan.renewals[:3]
    ]
    if shorts:
        notes.append(say_count(shorts, "short fill"))
    notes += [f"{_label(proposal, one.therapy)} rides along: {one.reason}" for one in plan.rides_along]
    gained = plan.unsynchronized.gap_days - plan.objective.gap_days
    if gained > 0:
        notes.append(f"{say_count(gained, 'day')} without medicine avoided")
    if plan.objective.gap_days:
        notes.append(f"{say_count(plan.objective.gap_days, 'day')} without medicine cannot be avoided")
    lines = [Text(headline(proposal, plan), style="bold"), *(Text(f"· {note}") for note in notes)]
    title = f"{_person(proposal.history.patient, today)} — today is {say_day(today)}"
    return Panel(Group(*lines), title=Text(title), title_align="left", border_style="green", expand=False)


def _person(patient: Patient, today: date) -> str:
    name = patient.name or patient.key
    if patient.birth_date is None:
        return name
    age = age_on(patient.birth_date, today)
    return f"{name}, {age}" if age >= 0 else name


def _label(proposal: Proposal, therapy: str) -> str:
    return next((one.drug.label for one in proposal.review.therapies if one.id == therapy), therapy)


def _picture(console: Console, proposal: Proposal, plan: Plan, today: date) -> RenderableType:
    width = min(console.width, 130)
    label_width = min(38, max((len(one.drug.label) for one in proposal.review.therapies), default=10))
    future = min(plan.horizon_days, 120)
    scale = fit(today, PAST_DAYS, future, width - label_width - 4)
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(width=label_width, no_wrap=True, overflow="ellipsis")
    table.add_column(no_wrap=True)
    table.add_row("", month_heading(scale))
    for therapy in proposal.review.therapies:
        planned = sorted((one for one in plan.fills if one.therapy == therapy.id), key=lambda one: one.date)
        marks = {one.on: "past" for one in therapy.fills}
        marks |= {one.date: "bridge" if one.date in plan.bridge_trips else "pickup" for one in planned}
        row = draw_row(scale, today, _supplied(therapy, planned), marks, plan.pickups)
        table.add_row(Text(therapy.drug.label), row)
    legend = Text.assemble(
        ("○", "cyan"), " filled  ", ("●", "bold green"), " pickup  ", ("◆", "bold yellow"), " bridge trip  ",
        ("━", "cyan"), " supplied  ", ("╌", "bold red"), " no supply  ", ("┃", "bold"), " today",
    )  # fmt: skip
    legend.append(f"   one character = {say_count(scale.days_per_cell, 'day')}", "dim")
    return Padding(Group(table, Text(), legend), (1, 1))


def _supplied(therapy: OngoingTherapy, planned: Sequence[Fill]) -> list[tuple[date, date]]:
    """The half-open ranges of days with supply: what was handed out, then what is planned."""
    ranges = [(fill.covers_from, fill.covers_to) for fill in therapy.fills]
    run_out = therapy.problem.run_out
    ranges = [(start, min(end, run_out)) for start, end in ranges]
    if ranges and therapy.run_out_source == "told":
        ranges.append((therapy.fills[-1].on, run_out))
    for fill in planned:
        start = max(run_out, fill.date)
        run_out = start + timedelta(days=fill.days_supply)
        ranges.append((start, run_out))
    return ranges


def _visits(proposal: Proposal, plan: Plan) -> RenderableType:
    labels = {one.id: one.drug.label for one in proposal.review.therapies}
    ordered = sorted(plan.fills, key=lambda one: (one.date, labels[one.therapy].casefold()))
    visits = [(on, list(fills)) for on, fills in groupby(ordered, lambda one: one.date)]
    until = next((number for number, (on, _) in enumerate(visits, 1) if on in plan.pickups), 1)
    detailed = min(max(until, 2), MOST_DETAILED)
    parts = [_visit(proposal, plan, on, fills) for on, fills in visits[:detailed]]
    later = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for on, fills in visits[detailed:]:
        later.add_row(_heading(plan, on), f"{say_count(len(fills), 'medicine')}, {_sizes(fills)}")
    return Padding(Group(*parts, later), (0, 1, 1, 1))


def _visit(proposal: Proposal, plan: Plan, on: date, fills: Sequence[Fill]) -> RenderableType:
    """One visit in full: each medicine with its amount and the reason."""
    therapies = {one.id: one for one in proposal.review.therapies}
    heading = _heading(plan, on)
    if proposal.problem is not None:
        call = call_before(on, proposal.problem)
        said = "confirmed now, at enrolment" if call.at_enrolment else f"call on {say_day(call.call)}"
        heading.append(f"   {said}", "not bold dim")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(min_width=18)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for fill in fills:
        therapy = therapies[fill.therapy]
        amount = say_amount(Quantity(fill.units, therapy.unit))
        why = Text(" ".join(fill.reasons), style="dim")
        table.add_row(Text(therapy.drug.label), amount, f"{fill.days_supply} days", why)
    return Group(heading, Padding(table, (0, 0, 1, 2)))


def _heading(plan: Plan, on: date) -> Text:
    if on in plan.bridge_trips:
        return Text(f"◆ {say_day(on)}  bridge trip", style="bold yellow")
    return Text(f"● {say_day(on)}  pickup", style="bold green")


def _sizes(fills: Iterable[Fill]) -> str:
    days = sorted({fill.days_supply for fill in fills})
    each = " and ".join(str(one) for one in days) if len(days) <= 3 else f"{days[0]} to {days[-1]}"
    return f"{each} days' supply"


def _left_out(lines: Sequence[NotPlanned]) -> RenderableType:
    if not lines:
        return Text()
    table = Table(title="Not planned", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("medicine", "why", "next step"):
        table.add_column(title, overflow="fold")
    for line in lines:
        missing = f" Missing: {line.missing}." if line.missing else ""
        table.add_row(Text(line.label), Text(line.reason + missing), Text(line.next_step))
    return Padding(table, (0, 1))


def _doubts(issues: Sequence[MappingIssue], findings: Sequence[Finding]) -> RenderableType:
    rows: list[tuple[Severity, str, str | None]] = [
        (one.severity, _said(one.resource, one.message), one.next_step) for one in issues
    ]
    rows += [(one.severity, _said(one.about, one.message), one.next_step) for one in findings]
    rows = [row for row in dict.fromkeys(rows) if row[0] is not Severity.INFORMATION]
    if not rows:
        return Text()
    lines: list[RenderableType] = [Text("To look at", style="bold")]
    for severity, message, next_step in sorted(rows, key=lambda row: row[0] is not Severity.ERROR):
        line = Text.assemble(MARKS[severity], " ", message)
        if next_step:
            line.append(f" {next_step}", "dim")
        lines.append(line)
    return Padding(Group(*lines), (0, 1, 1, 1))


def _said(where: str, message: str) -> str:
    return f"{message} ({where})" if where and where not in message else message


def _proof(plan: Plan) -> RenderableType:
    bound, trips = plan.certificate.bound, plan.objective.trips
    windows = ", ".join(f"{one.start:%d %b} to {one.end:%d %b}" for one in plan.certificate.disjoint_windows)
    if bound == trips and windows:
        said = f"No plan has fewer than {trips} trips: a fill is forced in each of {windows}."
    elif plan.optimal:
        said = f"Bound {bound}, plan {trips}: optimal by complete search."
    else:
        said = f"At least {bound} trips are needed, this plan has {trips}."
    if not plan.optimal:
        said += " The search budget ended before the rest was proven."
    return Padding(Text(said, style="dim"), (0, 1))
