"""Groups of tests that not every machine can run: skipped with the command that enables them, or required.

A group is a marker. `PICKUPDAY_REQUIRE=hapi,shared` turns the skips of these groups into failures; the last lines of a
run say what was skipped and how to enable it. Register with `config.pluginmanager.register(GroupSkips(groups))`.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

VARIABLE = "PICKUPDAY_REQUIRE"


@dataclass(frozen=True, slots=True)
class Group:
    """A marker's name, what this machine lacks for it (None: nothing), and the command that enables it."""

    name: str
    what_is_missing: Callable[[], str | None]
    command: str


class GroupSkips:
    """The pytest plugin that skips, or fails, the tests of the groups that cannot run here."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self.groups = {group.name: group for group in groups}
        self.required: frozenset[str] = frozenset()
        self.missing: dict[str, str | None] = {}
        self.skipped: Counter[str] = Counter()

    def pytest_configure(self) -> None:
        named = [name.strip() for name in os.environ.get(VARIABLE, "").split(",")]
        self.required = frozenset(filter(None, named))
        if unknown := sorted(self.required - self.groups.keys()):
            raise pytest.UsageError(
                f"{VARIABLE} names {', '.join(unknown)}; the groups are {', '.join(sorted(self.groups))}"
            )

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        for group in self.groups.values():
            if item.get_closest_marker(group.name):
                if group.name not in self.missing:
                    self.missing[group.name] = group.what_is_missing()
                if lack := self.missing[group.name]:
                    self.cannot_run(group.name, lack)

    def cannot_run(self, name: str, lack: str) -> NoReturn:
        """Skip the running test, or fail it where its group is required; fixtures call it when that shows in use."""
        self.missing[name] = lack
        sentence = f"{_opening(name)}{lack}; to enable: {self.groups[name].command}"
        if name in self.required:
            pytest.fail(f"{sentence} ({VARIABLE} requires {name})", pytrace=False)
        pytest.skip(sentence)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and isinstance(report.longrepr, tuple):
            for name in self.groups:
                self.skipped[name] += report.longrepr[2].removeprefix("Skipped: ").startswith(_opening(name))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        yield  # the outermost wrapper: what follows stands below pytest's own last line
        terminal = session.config.pluginmanager.get_plugin("terminalreporter")
        for name, count in (+self.skipped).items() if terminal else ():
            terminal.write_line(f"skipped {count} of group {name}; to enable: {self.groups[name].command}")


def _opening(name: str) -> str:
    return f"group {name}: "
