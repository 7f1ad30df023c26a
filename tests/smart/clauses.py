"""Reads the lists beside it: the clauses with their tests (checks.toml) and the guards that keep them (guards.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Check:
    """One clause, where it stands, and the tests that show it: node ids relative to tests/."""

    id: str
    clause: str
    source: str
    positive: tuple[str, ...]
    negative: tuple[str, ...]


@dataclass(frozen=True)
class Guard:
    """A line of the product that keeps a clause, and what the source is without it."""

    name: str
    check: str
    file: str
    line: str
    without: str


def checks() -> list[Check]:
    """All clauses, in the order of the file."""
    return [
        Check(
            str(row.get("id", "")),
            str(row.get("clause", "")),
            str(row.get("source", "")),
            tuple(row.get("positive", ())),
            tuple(row.get("negative", ())),
        )
        for row in tomllib.loads((HERE / "checks.toml").read_text())["check"]
    ]


def guards() -> list[Guard]:
    """All guards, in the order of the file."""
    return [Guard(**row) for row in tomllib.loads((HERE / "guards.toml").read_text())["guard"]]
