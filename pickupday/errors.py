"""What can go wrong in the planning core.

PickupDayError
├── ProblemError          a planning problem breaks its own contract (unknown key, impossible value)
└── ContradictionError    the planner contradicts itself: a mistake in this program, never in the problem

Data problems of a chart are not exceptions: they are `Finding` values (see findings.py) and the rest goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pickupday.problem import Problem


class PickupDayError(Exception):
    """The root of every exception that the planning core raises on purpose."""


class ProblemError(PickupDayError):
    """A planning problem that cannot be read or breaks a rule of its format.

    `path` names the offending place in the problem, JSONPath-like: `therapies[2].usual_days`.
    """

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


class ContradictionError(PickupDayError):
    """The planner broke one of its own invariants, so it has no plan to show. The problem is what to report."""

    def __init__(self, problem: Problem, what: str) -> None:
        super().__init__(what)
        self.problem = problem

    @classmethod
    def at(cls, problem: Problem, error: AssertionError) -> ContradictionError:
        """The same from the assertion that failed: its words, or the place where it stands."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__')}, line {trace.tb_lineno}"
        return cls(problem, f"{error} ({place})" if str(error) else place)
