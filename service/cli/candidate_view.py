"""Why this patient, in the terminal: each criterion with its word, its reason, and the records it rests on."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

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
