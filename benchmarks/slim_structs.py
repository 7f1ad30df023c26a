"""The elements of R4 that planning needs as plain msgspec structs: what decoding alone costs, with nothing judged.

The same elements that mappings/inbound reads, each with its own type; slim pydantic models are made of them too.
"""

# ruff: noqa: D101 - the names are those of FHIR
from __future__ import annotations

from decimal import Decimal
from typing import Any

import pydantic
from msgspec import Raw, Struct
from msgspec.structs import fields


class Meta(Struct, gc=False, rename="camel"):
    version_id: str | None = None
    last_updated: str | None = None


class Coding(Struct, gc=False):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class Concept(Struct, gc=False):
    coding: list[Coding] | None = None
    text: str | None = None


class Reference(Struct, gc=False):
    reference: str | None = None
    display: str | None = None


class Amount(Struct, gc=False):
    value: Decimal | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Period(Struct, gc=False):
    start: str | None = None
    end: str | None = None


class AmountRange(Struct, gc=False):
    low: Amount | None = None
    high: Amount | None = None


class Ratio(Struct, gc=False):
    numerator: Amount | None = None
    denominator: Amount | None = None


class Repeat(Struct, gc=False, rename="camel"):
    bounds_duration: Amount | None = None
    bounds_period: Period | None = None
    bounds_range: AmountRange | None = None
    count: int | None = None
    count_max: int | None = None
    frequency: int | None = None
    frequency_max: int | None = None
    period: Decimal | None = None
    period_max: Decimal | None = None
    period_unit: str | None = None
    day_of_week: list[str] | None = None
    time_of_day: list[str] | None = None
    when: list[str] | None = None


class Timing(Struct, gc=False, rename="camel"):
    repeat: Repeat | None = None
    code: Concept | None = None
    event: list[str] | None = None
    modifier_extension: list[Raw] | None = None


class DoseAndRate(Struct, gc=False, rename="camel"):
    dose_range: AmountRange | None = None
    dose_quantity: Amount | None = None


class DosageInstruction(Struct, gc=False, rename="camel"):
    sequence: int | None = None
    text: str | None = None
    patient_instruction: str | None = None
    timing: Timing | None = None
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: Concept | None = None
    dose_and_rate: list[DoseAndRate] | None = None
    max_dose_per_period: Ratio | None = None
    modifier_extension: list[Raw] | None = None


class InitialFill(Struct, gc=False, rename="camel"):
    quantity: Amount | None = None


class DispenseRequest(Struct, gc=False, rename="camel"):
    initial_fill: InitialFill | None = None
    validity_period: Period | None = None
    number_of_repeats_allowed: int | None = None
    quantity: Amount | None = None
    expected_supply_duration: Amount | None = None
    performer: Reference | None = None
    modifier_extension: list[Raw] | None = None


class Performer(Struct, gc=False):
    actor: Reference | None = None


class MedicationRequest(Struct, gc=False, rename="camel", tag_field="resourceType", tag="MedicationRequest"):
    id: str | None = None
    meta: Meta | None = None
    implicit_rules: str | None = None
    modifier_extension: list[Raw] | None = None
    contained: list[Raw] | None = None
    status: str | None = None
    intent: str | None = None
    category: list[Concept] | None = None
    do_not_perform: bool | None = None
    reported_boolean: bool | None = None
    reported_reference: Reference | None = None
    medication_codeable_concept: Concept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    authored_on: str | None = None
    requester: Reference | None = None
    course_of_therapy_type: Concept | None = None
    dosage_instruction: list[DosageInstruction] | None = None
    dispense_request: DispenseRequest | None = None
    prior_prescription: Reference | None = None


class MedicationDispense(Struct, gc=False, rename="camel", tag_field="resourceType", tag="MedicationDispense"):
    id: str | None = None
    meta: Meta | None = None
    implicit_rules: str | None = None
    modifier_extension: list[Raw] | None = None
    contained: list[Raw] | None = None
    status: str | None = None
    category: Concept | None = None
    medication_codeable_concept: Concept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    context: Reference | None = None
    performer: list[Performer] | None = None
    location: Reference | None = None
    authorizing_prescription: list[Reference] | None = None
    type: Concept | None = None
    quantity: Amount | None = None
    days_supply: Amount | None = None
    when_prepared: str | None = None
    when_handed_over: str | None = None
    dosage_instruction: list[DosageInstruction] | None = None


class Ingredient(Struct, gc=False, rename="camel"):
    item_codeable_concept: Concept | None = None
    item_reference: Reference | None = None
    is_active: bool | None = None
    strength: Ratio | None = None


class Medication(Struct, gc=False, rename="camel", tag_field="resourceType", tag="Medication"):
    id: str | None = None
    meta: Meta | None = None
    implicit_rules: str | None = None
    modifier_extension: list[Raw] | None = None
    code: Concept | None = None
    form: Concept | None = None
    ingredient: list[Ingredient] | None = None


def pydantic_models() -> dict[str, type[pydantic.BaseModel]]:
    """The three resources as pydantic models with the same elements."""
    scope: dict[str, Any] = {"Decimal": Decimal, "Raw": Any}
    structs = [kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, Struct)]
    for struct in structs[1:]:  # the first one is Struct itself; each stands after those that it is made of
        elements: dict[str, Any] = {
            field.name: (eval(struct.__annotations__[field.name], scope), pydantic.Field(None, alias=field.encode_name))
            for field in fields(struct)
        }
        scope[struct.__name__] = pydantic.create_model(struct.__name__, **elements)
    return {kind: scope[kind] for kind in ("MedicationRequest", "MedicationDispense", "Medication")}
