"""`[candidates]`: where each of the five criteria begins."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from pydantic import Field

from pickupday.candidates.criterion import Thresholds
from service.programmes.values import Share, Table

Number = Annotated[int, Field(strict=True, ge=1, le=3_650)]


class CandidatesTable(Table):
    """`[candidates]`: see docs/candidates.md."""

    older_from: Annotated[int, Field(strict=True, ge=18, le=120)] = 65
    screening_days: Number = 730
    new_days: Number = 90
    several: Number = 3
    monthly_days: Number = 35
    late_days: Number = 4
    adherent: Share = Fraction(4, 5)

    def thresholds(self) -> Thresholds:
        """As the core knows them."""
        return Thresholds(
            older_from=self.older_from,
            screening_days=self.screening_days,
            new_days=self.new_days,
            several=self.several,
            monthly_days=self.monthly_days,
            late_days=self.late_days,
            adherent=self.adherent,
        )
