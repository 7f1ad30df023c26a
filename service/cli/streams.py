"""Where a command reads from and writes to: data on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import typer
from rich.console import Console

from service.cli.exits import Exit

MAX_FILE_BYTES = 50_000_000


def out() -> Console:
    """Return the console for data; made anew so that redirection and NO_COLOR are honoured each time."""
    return Console(highlight=False, soft_wrap=False)


def err() -> Console:
    """Return the console for everything that is not data."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def stop(code: Exit, message: str) -> typer.Exit:
    """Say on standard error why the command ends, and return the exception to raise."""
    err().print(f"pickupday: {message}", markup=False)
    return typer.Exit(code)


def read_bytes(path: Path) -> bytes:
    """Read a file or, for `-`, standard input; a file that is missing, a folder or too large ends the command."""
    try:
        with sys.stdin.buffer if str(path) == "-" else path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise stop(Exit.BAD_INPUT, f"{path}: {error.strerror or error}") from None
    return data


def read_text(path: Path) -> str:
    """Read UTF-8 text within the file limit."""
    data = read_bytes(path)
    if len(data) > MAX_FILE_BYTES:
        raise stop(Exit.BAD_INPUT, f"{path}: larger than the limit of {MAX_FILE_BYTES:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise stop(Exit.BAD_INPUT, f"{path}: not UTF-8 text (byte {error.start})") from None


def print_json(document: object) -> None:
    """Print one JSON document on standard output, indented, never coloured, so that it can be piped."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
