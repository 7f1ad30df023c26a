"""What can go wrong in the planning core.

PickupDayError
└── ProblemError      a planning problem breaks its own contract (unknown key, impossible value)

Data problems of a chart are not exceptions: they are `Finding` values (see findings.py) and the rest goes on.
"""


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
