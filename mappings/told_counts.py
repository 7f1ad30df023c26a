"""What a patient once told of what is left at home, read back from the care plans that keep it.

Only care plans with our identifier count, of the patient who was asked for, and none that was entered in error. That a
plan has ended takes nothing from what was told. Tolerant: a count that cannot be read is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec

from mappings.outbound.codes import COUNT_AT_HOME, Systems
from mappings.outbound.pharmacy import is_literal_reference
from pickupday.history import ToldCount


class _Identifier(msgspec.Struct, gc=False):
    system: str | None = None


class _Reference(msgspec.Struct, gc=False):
    reference: str | None = None
    display: str | None = None

    @property
    def bare(self) -> str | None:
        return "/".join(self.reference.partition("/_history/")[0].rsplit("/", 2)[-2:]) if self.reference else None


class _Concept(msgspec.Struct, gc=False):
    text: str | None = None


class _Quantity(msgspec.Struct, gc=False):
    value: Decimal


class _Count(msgspec.Struct, rename="camel", gc=False):
    """A contained Observation as care_plan.py writes it."""

    code: _Concept
    effective_date_time: str
    value_quantity: _Quantity
    focus: list[_Reference]
    status: str = ""
    performer: list[_Reference] = []


class _CarePlan(msgspec.Struct, rename="camel", gc=False):
    resource_type: str
    id: str
    status: str = ""
    identifier: list[_Identifier] = []
    subject: _Reference | None = None
    contained: list[msgspec.Raw] = []


_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_LARGEST = 100_000  # units; what a person can be asked to count
_DIGITS = 12  # after the decimal point


def told_counts(care_plans: Iterable[bytes], *, patient: str, systems: Systems) -> tuple[ToldCount, ...]:
    """Every count that the patient's ("Patient/1") care plans of ours keep; `source` names the care plan."""
    return tuple(count for raw in care_plans for count in _counts(raw, patient, systems))


def _counts(raw: bytes, patient: str, systems: Systems) -> Iterator[ToldCount]:
    try:
        plan = msgspec.json.decode(raw, type=_CarePlan)
    except _UNREADABLE:
        return
    ours = any(one.system == systems.enrolment for one in plan.identifier)
    theirs = plan.subject is not None and plan.subject.bare == patient
    if plan.resource_type != "CarePlan" or plan.status == "entered-in-error" or not ours or not theirs:
        return
    for contained in plan.contained:
        count = _count(contained, patient, f"CarePlan/{plan.id}")
        if count is not None:
            yield count


def _count(raw: msgspec.Raw, patient: str, source: str) -> ToldCount | None:
    try:
        count = msgspec.json.decode(raw, type=_Count)
        told_on = date.fromisoformat(count.effective_date_time[:10])
    except (*_UNREADABLE, ValueError):
        return None
    units = count.value_quantity.value
    if count.code.text != COUNT_AT_HOME or count.status != "final" or not count.focus:
        return None
    medicine = count.focus[0].bare if is_literal_reference(count.focus[0].bare) else count.focus[0].display
    if not medicine or not units.is_finite() or not 0 <= units <= _LARGEST or -int(units.as_tuple().exponent) > _DIGITS:
        return None
    return ToldCount(medicine, Fraction(units), told_on, _teller(count.performer, patient), source)


def _teller(performers: list[_Reference], patient: str) -> str:
    first = performers[0] if performers else _Reference()
    return "patient" if first.bare in (patient, None) and not first.display else first.display or "patient"
