"""`pickupday programmes`: the programmes that come with PickupDay, or every rule in force under one of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mappings.outbound.wording import spoken_cycle
from service.cli import streams
from service.cli.options import PlainFormat
from service.programmes import PharmacyProgramme, RuleInForce, load_programme, shipped_programmes


def run(
    programme: Annotated[
        str | None, typer.Argument(metavar="[NAME|FILE]", help="A programme to check and show; without one, all names.")
    ] = None,
    payer: Annotated[
        str | None, typer.Option(metavar="KEY", help="Another payer of the programme's [[payers]].")
    ] = None,
    format_: Annotated[PlainFormat, typer.Option("--format", help="A view for people, or JSON.")] = PlainFormat.TABLE,
) -> None:
    """List the shipped programmes, or check one and show each of its rules with its source."""
    if programme is None:
        listed = [load_programme(name) for name in shipped_programmes()]
        if format_ is PlainFormat.JSON:
            streams.print_json({"format": 1, "programmes": [_summary(one) for one in listed]})
        else:
            _print_names(streams.out(), listed)
        return
    loaded = load_programme(programme, payer)
    if format_ is PlainFormat.JSON:
        rules = [asdict(one) for one in loaded.in_force]
        streams.print_json({"format": 1, **_summary(loaded), "rules": rules})
    else:
        _print_rules(streams.out(), loaded)


def _summary(programme: PharmacyProgramme) -> dict[str, object]:
    return {
        "name": programme.name,
        "description": programme.description,
        "cycles": [spoken_cycle(cycle) for cycle in programme.search.cycles],
        "state": programme.state,
        "payer": programme.payer.key if programme.payer is not None else None,
    }


def _print_names(out: Console, listed: list[PharmacyProgramme]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("Programme", "What it is", "Pickups"):
        table.add_column(heading, overflow="fold")
    for one in listed:
        cycles = "; ".join(spoken_cycle(cycle) for cycle in one.search.cycles)
        table.add_row(*map(Text, (one.name, one.description, cycles)))
    out.print(table)


def _print_rules(out: Console, programme: PharmacyProgramme) -> None:
    out.print(f"{programme.name}: {programme.description or 'no description'}", markup=False)
    table = Table(box=None, pad_edge=False)
    for heading in ("Source", "Rule", "Value", "What it says"):
        table.add_column(heading, overflow="fold")
    for one in programme.in_force:
        table.add_row(*map(Text, (one.source.value, one.key, one.value, _sentence(one))))
    out.print(table)


def _sentence(rule: RuleInForce) -> str:
    """What the rule says, where that is written, and, where it is not in force, why not."""
    parts = [rule.says]
    if rule.citation and rule.citation != rule.key:
        parts.append(f"({rule.citation})")
    if rule.why_not is not None:
        parts.append(f"Not in force: {rule.why_not}.")
    return " ".join(parts)
