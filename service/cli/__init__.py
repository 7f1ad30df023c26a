"""The command line: `pickupday demo | plan | enroll | show | solve | explain | programmes | schema | serve | ...`.

Data goes to standard output, everything else to standard error; NO_COLOR is honoured. `exits.py` says what the exit
codes mean. One module per command; each only translates between the terminal and a use case.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import pickupday
from pickupday.errors import ContradictionError
from service.cli import demo, enroll, explain, keys, plan, programmes, schema, serve, show, sites, solve, streams
from service.cli.exits import Exit
from service.config import Settings
from service.errors import BadArgument, ServiceError, SettingsError, StoreUnusable
from service.logs import set_up_logging
from service.use_cases.ports import OutboxUnusable

REPORT = (
    "Please report this with the planning problem; it holds no name. `pickupday explain` with the same chart and "
    "--save-problem FILE writes it."
)

app = typer.Typer(
    name="pickupday",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its traces print local variables, and those are patients
    add_completion=False,
)
for name, module in (
    ("demo", demo),
    ("plan", plan),
    ("enroll", enroll),
    ("show", show),
    ("solve", solve),
    ("programmes", programmes),
    ("explain", explain),
    ("schema", schema),
    ("serve", serve),
):
    app.command(name)(module.run)
app.add_typer(keys.app, name="keys")
app.add_typer(sites.app, name="sites")


def _print_version(wanted: bool) -> None:
    if wanted:
        streams.out().print(f"pickupday {pickupday.__version__}", markup=False)
        raise typer.Exit


@app.callback()
def _start(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Medication synchronization on FHIR: one pickup day for every long-term medicine."""
    set_up_logging(Settings.from_environment().log_level)


def main() -> None:
    """Run the command line; the entry point of the `pickupday` script."""
    try:
        app()
    except (BadArgument, SettingsError, StoreUnusable, OutboxUnusable) as error:
        sys.exit(streams.stop(Exit.BAD_INPUT, str(error)).exit_code)
    except ServiceError as error:
        sys.exit(streams.stop(Exit.SERVER, str(error)).exit_code)
    except ContradictionError as error:
        said = f"internal error, so no plan is shown: the planner contradicts itself at {error}. {REPORT}"
        sys.exit(streams.stop(Exit.INTERNAL, said).exit_code)
