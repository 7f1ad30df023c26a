"""What one payer allows: how early, how often early, how much at a time. What it does not say is not allowed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from service.programmes.values import Days, Share, Shares, Table, Words


class PayerKind(StrEnum):
    """Whom a state's law may speak to."""

    COMMERCIAL = "commercial"
    MEDICAID = "medicaid"
    MEDICARE_PART_D = "medicare-part-d"
    STATE_PROGRAMME = "state-programme"
    CASH = "cash"


class StockTable(Table):
    """`stock_limit`: no claim while more days than these are on hand from the fills of the look-back."""

    at_most_days: Annotated[int, Field(strict=True, ge=1, le=366)]
    look_back_days: Annotated[int, Field(strict=True, ge=30, le=730)] = 180


class Payer(Table):
    """`[[payers]]`: one payer; an absent key is not known, and then the programme's or nothing holds."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    name: Words
    kind: PayerKind
    refill_too_soon: Share | None = None
    refill_too_soon_by_schedule: Shares = Field(default_factory=dict)
    sync_overrides: Annotated[int | None, Field(ge=0, le=12)] = None
    longest_fill_days: Annotated[int | None, Field(ge=1, le=366)] = None
    stock_limit: StockTable | None = None
    takes_scc_61: bool = False
    synchronizations_a_year: Days | None = None
