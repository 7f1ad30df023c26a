"""Tiny histories, by hand: `make.prescription()`, `make.dispense()`, with one plain tablet unless said otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from pickupday.drugs import DrugFacts, Kind, Schedule
from pickupday.history import (
    Dispense,
    DispenseStatus,
    Dosage,
    MedicationHistory,
    Patient,
    Prescription,
    PrescriptionStatus,
    Quantity,
)

TODAY = date(2026, 3, 2)


def amount(value, unit="{tablet}"):
    return Quantity(Fraction(value), unit)


class Make:
    """Builders with the defaults of an ordinary tablet taken once a day, 30 at a time."""

    today = TODAY

    def day(self, offset):
        return TODAY + timedelta(days=offset)

    def amount(self, value, unit="{tablet}"):
        return amount(value, unit)

    def drug(self, ingredient="metformin", strength="500 mg", **changes):
        facts = DrugFacts(
            label=f"{ingredient} {strength} oral tablet",
            ingredient=ingredient,
            strength=strength,
            form="oral tablet",
            schedule=Schedule.NOT_CONTROLLED,
            kind=Kind.SOLID_ORAL,
            package=Fraction(1),
        )
        return replace(facts, **changes)

    def dosage(self, per_day=1, unit="{tablet}", **changes):
        use = None if per_day is None else amount(per_day, unit)
        return replace(Dosage(text="1 daily", daily_use=use, source="structured dosage"), **changes)

    def prescription(self, key="MedicationRequest/1", **changes):
        per_day = changes.pop("per_day", 1)
        use = None if per_day is None else amount(per_day)
        ordinary = Prescription(
            key=key,
            status=PrescriptionStatus.ACTIVE,
            intent="order",
            drug=self.drug(),
            authored_on=self.day(-200),
            quantity=amount(30),
            repeats=11,
            dosages=(self.dosage(per_day),),
            daily_use=use,
            daily_use_source=None if use is None else "structured dosage",
            daily_use_missing="dosageInstruction.timing" if use is None else None,
        )
        return replace(ordinary, **changes)

    def dispense(self, on, days=30, units=30, key=None, prescription="MedicationRequest/1", **changes):
        handed_over = self.day(on) if isinstance(on, int) else on
        ordinary = Dispense(
            key=key or f"MedicationDispense/{on}",
            status=DispenseStatus.COMPLETED,
            drug=self.drug(),
            handed_over=handed_over,
            quantity=None if units is None else amount(units),
            stated_days=None if days is None else Fraction(days),
            prescriptions=() if prescription is None else (prescription,),
        )
        return replace(ordinary, **changes)

    def history(self, prescriptions=(), dispenses=(), **changes):
        ordinary = MedicationHistory(
            patient=Patient("Patient/1"), prescriptions=tuple(prescriptions), dispenses=tuple(dispenses)
        )
        return replace(ordinary, **changes)


@pytest.fixture
def make():
    return Make()
