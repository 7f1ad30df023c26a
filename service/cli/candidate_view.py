"""Why this patient, in the terminal: each criterion with its word, its reason and its records; and the past year."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pickupday.back_test import BackTest, say_back_test
from pickupday.candidates.criterion import Candidate, Criterion, Status

_STYLES = {Status.MET: "bold green", Status.NOT_MET: "dim", Status.CANNOT_TELL: "yellow"}
_RECORDS_SHOWN = 2


def why_this_patient(candidate: Candidate) -> RenderableType:
    """The five criteria and the benefit. The word says it; the colour only repeats it."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for one in candidate.criteria:
        table.add_row(Text(one.status.value, style=_STYLES[one.status]), Text(one.title), _reason(one))
    benefit = Text(candidate.benefit.reason, style="dim")
    return Padding(Group(Text("Why this patient", style="bold"), table, benefit), (0, 1, 1, 1))


def past_year(found: BackTest) -> RenderableType:
    """The back-test in its sentence, and what it says nothing about."""
    lines: list[RenderableType] = [Text("The past year", style="bold"), Text(say_back_test(found))]
    if not found.proven:
        lines.append(Text("Not every plan was proven best in the time given: it may have been better still.", "dim"))
    if found.reason is None:
        lines += [Text(f"· without {one.label}: {one.reason}", "dim") for one in found.left_out]
    return Padding(Group(*lines), (0, 1, 1, 1))


def _reason(one: Criterion) -> Text:
    line = Text(one.reason)
    if one.missing:
        line.append(f" Missing: {one.missing}.")
    if one.next_step:
        line.append(f" {one.next_step}", "dim")
    records = list(dict.fromkeys(evidence.resource for evidence in one.evidence))
    if records:
        more = f" and {len(records) - _RECORDS_SHOWN} more" if len(records) > _RECORDS_SHOWN else ""
        line.append(f" ({', '.join(records[:_RECORDS_SHOWN])}{more})", "dim")
    return line
