"""One resource of a chart as it is handed on: its key, what it says, and why it must not be interpreted, if so."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from mappings.inbound import models
from mappings.inbound.repeated import NOTHING, Said, alike

R = TypeVar("R", bound=models.Resource, covariant=True)


class Record(msgspec.Struct, Generic[R], gc=False):
    """One resource under its evidence key, with what it says in the elements that records repeat.

    `periods` are those of the dosage instructions that `said.dated` names. `flaw` is the reason not to interpret the
    record, None for a sound one.
    """

    key: str
    resource: R
    said: Said[Any] = NOTHING
    periods: tuple[models.Period, ...] = ()
    flaw: str | None = None

    def same_as(self, other: Record[Any]) -> bool:
        """Whether both say the same."""
        return (
            self.flaw == other.flaw
            and self.periods == other.periods
            and self.said.elements == other.said.elements
            and alike(self.resource, other.resource)
        )
