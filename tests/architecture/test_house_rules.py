"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from service.cli import app

ROOT = Path(__file__).parents[2]
PACKAGES = ("pickupday", "mappings", "smart_launch", "service")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def names_read(path: Path) -> set[str]:
    """Every dotted name that a module reads, such as `date.today`."""
    return {ast.unparse(node) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_clock_is_read_in_one_place_only(path: Path) -> None:
    if path.relative_to(ROOT).as_posix() in ("service/clock.py", "service/sandbox/clock.py"):
        return
    clock = re.compile(r"(^|\.)(date\.today|datetime\.(now|utcnow|today)|time\.time|time\.time_ns)$")
    assert not [name for name in names_read(path) if clock.search(name)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 420


def test_half_of_the_modules_are_short() -> None:
    lengths = sorted(len(path.read_text().splitlines()) for path in SOURCES)
    assert lengths[len(lengths) // 2] <= 160


def test_no_module_is_a_drawer_for_everything() -> None:
    assert not [path for path in SOURCES if path.stem in {"utils", "helpers", "manager", "common", "misc"}]


def test_every_dependency_has_its_line_in_the_docs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[<>=!~\[ ]", line)[0] for line in project["dependencies"]}
    developer = (ROOT / "requirements/dev.in").read_text().splitlines()
    wanted |= {line.strip() for line in developer if line.strip() and not line.startswith("#")}
    explained = (ROOT / "docs/dependencies.md").read_text()
    assert not [name for name in sorted(wanted) if name not in explained]


def test_requirements_pin_exact_versions_with_hashes_and_name_no_registry() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert not [line for line in text.splitlines() if line and line[0].isalpha() and "==" not in line]


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert not [name for name in commands if f"pickupday {name}" not in readme]


def test_every_make_target_of_the_docs_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    prose = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    named = {name for path in prose for name in re.findall(r"`make ([a-z-]+)", path.read_text())}
    assert named <= targets
