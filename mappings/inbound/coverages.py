"""Coverage to `Benefit`: who pays, what the plan is called, and whether it is in force."""

from __future__ import annotations

from mappings.inbound.circumstance_models import Coverage
from mappings.inbound.dates import local_date
from mappings.inbound.models import Period
from mappings.inbound.plain_text import plain
from mappings.inbound.reading import Reading
from pickupday.circumstances import Benefit


def benefit(record: Coverage, key: str, reading: Reading) -> Benefit | None:
    """One coverage; None for one entered in error, a draft, or one that must not be interpreted."""
    if record.modifier_extension or record.implicit_rules or record.status in ("entered-in-error", "draft"):
        return None
    period = record.period or Period()
    return Benefit(
        key,
        payer=_payer(record, reading),
        plan=_plan(record),
        active=None if record.status is None else record.status == "active",
        start=local_date(period.start, reading, key, "Coverage.period.start"),
        end=local_date(period.end, reading, key, "Coverage.period.end"),
    )


def _payer(record: Coverage, reading: Reading) -> str | None:
    """The first payer that has a name, here or as an organization of the chart."""
    for payor in record.payor or ():
        name = plain(payor.display) or reading.places.get(reading.key_of(payor) or "")
        if name:
            return name
    return None


def _plan(record: Coverage) -> str | None:
    for one in record.class_ or ():
        kinds = [coding.code for coding in (one.type.coding if one.type else None) or ()]
        if "plan" in kinds and (named := plain(one.name)):
            return named
    if record.type is None:
        return None
    return plain(record.type.text) or next(
        (plain(one.display) for one in record.type.coding or () if one.display), None
    )
