"""Takes each guard of guards.toml away in turn and demands that a negative test of its clause fails.

    make mutate-smart                           all guards
    python tests/smart/mutate.py --only state   the guards whose name holds this word
    python tests/smart/mutate.py --list         the table of docs/smart.md, nothing is run

It works on a temporary copy; the tree is not touched. The exit code is 1 where a guard can be taken away unseen.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.smart.clauses import Check, Guard, checks, guards  # noqa: E402 - the copy and the tree must be told apart

COPIED = ("pickupday", "mappings", "smart_launch", "service", "fixtures", "tests", "pyproject.toml")
_LEFT = shutil.ignore_patterns("__pycache__", "target", "*.pyc")


def main() -> int:
    """Run the mutations that the command line asks for, print the table, and say how it went."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--only", default="", help="guards whose name holds this word")
    options.add_argument("--list", action="store_true", help="print the table without running anything")
    chosen = options.parse_args()
    known = {check.id: check for check in checks()}
    asked = [guard for guard in guards() if chosen.only in guard.name]
    if chosen.list:
        print("\n".join(table_row(guard, known[guard.check]) for guard in asked))
        return 0
    with tempfile.TemporaryDirectory(prefix="mutate-smart-") as folder:
        copy = Path(folder)
        for name in COPIED:
            copied(ROOT / name, copy / name)
        negatives = sorted({node for guard in asked for node in known[guard.check].negative})
        if (code := run(copy, negatives)) != 0:
            print(f"the tests fail before anything is changed (pytest ended with {code})")
            return 2
        unseen = [guard for guard in asked if not seen(guard, known[guard.check], copy)]
    print(f"{len(asked) - len(unseen)} of {len(asked)} guards are noticed by a test when they are taken away")
    return 1 if unseen else 0


def seen(guard: Guard, check: Check, copy: Path) -> bool:
    """Whether a negative test of the clause fails without the guard."""
    source = copy / guard.file
    whole = source.read_text()
    if whole.count(guard.line) != 1:
        print(f"STALE   {guard.name}: the line does not stand once in {guard.file}")
        return False
    source.write_text(whole.replace(guard.line, guard.without))
    try:
        code = run(copy, list(check.negative))
    finally:
        source.write_text(whole)
    print(f"{'noticed' if code == 1 else 'UNSEEN '}  {guard.name:45} {check.id}", flush=True)
    return code == 1


def run(copy: Path, nodes: list[str]) -> int:
    """The exit code of pytest on these tests in the copy: 0 passed, 1 some failed, others are errors."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(copy)}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header"]
    command += [f"tests/{node}" for node in nodes]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, check=False).returncode


def copied(source: Path, target: Path) -> None:
    """Copy a file or a folder without what Python and Maven build."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=_LEFT)
    else:
        shutil.copy(source, target)


def table_row(guard: Guard, check: Check) -> str:
    """One row of the table in the docs."""
    return f"| {guard.name} | {check.id} | `{guard.file}` |"


if __name__ == "__main__":
    raise SystemExit(main())
