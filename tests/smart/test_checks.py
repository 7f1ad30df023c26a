"""The list of clauses is whole: each has a source, a test that shows it kept and one that shows a break refused."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from collections import Counter

import pytest

from tests.smart.clauses import ROOT, Check, checks, guards
from tests.smart.mutate import table_row

CHECKS = checks()


@functools.cache
def collected() -> frozenset[str]:
    """The node ids that pytest finds in the files that the list names, with and without their parameters."""
    files = sorted({f"tests/{node.partition('::')[0]}" for check in CHECKS for node in check.positive + check.negative})
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    nodes = [line.removeprefix("tests/") for line in found.stdout.splitlines() if "::" in line]
    return frozenset(nodes) | {re.sub(r"\[.*", "", node) for node in nodes}


def test_every_id_stands_once() -> None:
    assert [name for name, count in Counter(check.id for check in CHECKS).items() if count > 1] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_clause_has_a_source_a_positive_and_a_negative_test_that_exist(check: Check) -> None:
    assert re.fullmatch(r"[a-z]+(\.[a-z0-9-]+)?", check.id)
    assert check.clause
    assert check.source
    assert check.positive
    assert check.negative
    assert [node for node in check.positive + check.negative if node not in collected()] == []
    assert not set(check.positive) & set(check.negative)


def test_every_guard_keeps_a_clause_of_the_list_and_stands_in_the_source_once() -> None:
    known = {check.id for check in CHECKS}
    for guard in guards():
        assert guard.check in known, guard.name
        assert (ROOT / guard.file).read_text().count(guard.line) == 1, f"{guard.name}: {guard.file} changed"
        assert guard.line != guard.without, guard.name


def test_the_docs_list_the_guards_as_they_are() -> None:
    known = {check.id: check for check in CHECKS}
    told = [line for line in (ROOT / "docs/smart.md").read_text().splitlines() if line.startswith("| ")]
    assert [row for guard in guards() if (row := table_row(guard, known[guard.check])) not in told] == []
    assert sum(line.endswith(".py` |") for line in told) == len(guards())
