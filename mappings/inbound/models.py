"""The R4 elements that planning needs, as slim structs: whatever else a resource holds is skipped, not kept.

Names follow FHIR (camelCase on the wire). Everything is optional, because a chart that lacks an element must still be
read; what is missing is judged by the module that needs it. `gc=False`: structs never form cycles, and garbage
collection pauses would make the slowest charts slow.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Raw, Struct


class Meta(Struct, gc=False, rename="camel"):
    """Which version of the resource this is."""

    version_id: str | None = None
    last_updated: str | None = None


class Coding(Struct, gc=False):
    """One code of a system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class Concept(Struct, gc=False):
    """CodeableConcept."""

    coding: list[Coding] | None = None
    text: str | None = None


class Reference(Struct, gc=False):
    """Where another resource is; often only its name (`display`)."""

    reference: str | None = None
    display: str | None = None


class Amount(Struct, gc=False):
    """Quantity, Duration and SimpleQuantity; the decimal is exact as written."""

    value: Decimal | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Period(Struct, gc=False):
    """From when to when, as written."""

    start: str | None = None
    end: str | None = None


class AmountRange(Struct, gc=False):
    """Range: at least `low`, at most `high`."""

    low: Amount | None = None
    high: Amount | None = None


class Ratio(Struct, gc=False):
    """Numerator per denominator."""

    numerator: Amount | None = None
    denominator: Amount | None = None


class Repeat(Struct, gc=False, rename="camel"):
    """Timing.repeat: how often, in FHIR's words."""

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
    """When a dose is taken; `event` lists explicit moments."""

    repeat: Repeat | None = None
    code: Concept | None = None
    event: list[str] | None = None
    modifier_extension: list[Raw] | None = None


class DoseAndRate(Struct, gc=False, rename="camel"):
    """How much is taken at a time; several elements say the same dose in other units (ordered, calculated)."""

    dose_range: AmountRange | None = None
    dose_quantity: Amount | None = None


class DosageInstruction(Struct, gc=False, rename="camel"):
    """Dosage."""

    sequence: int | None = None
    text: str | None = None
    patient_instruction: str | None = None
    timing: Timing | None = None
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: Concept | None = None
    dose_and_rate: list[DoseAndRate] | None = None
    max_dose_per_period: Ratio | None = None
    modifier_extension: list[Raw] | None = None


class Resource(Struct, gc=False, rename="camel", tag_field="resourceType"):
    """What every resource may carry; a modifier that we do not know forbids to interpret it."""

    id: str | None = None
    meta: Meta | None = None
    implicit_rules: str | None = None
    modifier_extension: list[Raw] | None = None


class InitialFill(Struct, gc=False, rename="camel"):
    """The first fill, where it differs from the others."""

    quantity: Amount | None = None


class DispenseRequest(Struct, gc=False, rename="camel"):
    """What the pharmacy is asked to hand out; Raw: see RepeatedByRequest."""

    initial_fill: Raw = Raw()
    validity_period: Period | None = None
    number_of_repeats_allowed: int | None = None
    quantity: Raw = Raw()
    expected_supply_duration: Raw = Raw()
    performer: Reference | None = None
    modifier_extension: list[Raw] | None = None


class MedicationRequest(Resource, gc=False, tag="MedicationRequest"):
    """A prescription; Raw: see RepeatedByRequest."""

    contained: list[Raw] | None = None
    status: str | None = None
    intent: str | None = None
    category: Raw = Raw()
    do_not_perform: bool | None = None
    reported_boolean: bool | None = None
    reported_reference: Reference | None = None
    medication_codeable_concept: Raw = Raw()
    medication_reference: Reference | None = None
    subject: Reference | None = None
    authored_on: str | None = None
    requester: Reference | None = None
    course_of_therapy_type: Raw = Raw()
    dosage_instruction: Raw = Raw()
    dispense_request: DispenseRequest | None = None
    prior_prescription: Reference | None = None


class RepeatedAsk(Struct, gc=False, rename="camel"):
    """The part of a dispense request that many prescriptions share."""

    initial_fill: InitialFill | None = None
    quantity: Amount | None = None
    expected_supply_duration: Amount | None = None


class RepeatedByRequest(Struct, gc=False, rename="camel"):
    """The elements that many prescriptions share word for word: decoded once for all of them (repeated.py)."""

    category: list[Concept] | None = None
    medication_codeable_concept: Concept | None = None
    course_of_therapy_type: Concept | None = None
    dosage_instruction: list[DosageInstruction] | None = None
    dispense_request: RepeatedAsk | None = None


class Performer(Struct, gc=False):
    """Who handed out."""

    actor: Reference | None = None


class MedicationDispense(Resource, gc=False, tag="MedicationDispense"):
    """A fill; Raw: see RepeatedByDispense."""

    contained: list[Raw] | None = None
    status: str | None = None
    category: Raw = Raw()
    medication_codeable_concept: Raw = Raw()
    medication_reference: Reference | None = None
    subject: Reference | None = None
    context: Reference | None = None
    performer: list[Performer] | None = None
    location: Reference | None = None
    authorizing_prescription: list[Reference] | None = None
    type: Raw = Raw()
    quantity: Raw = Raw()
    days_supply: Raw = Raw()
    when_prepared: str | None = None
    when_handed_over: str | None = None
    dosage_instruction: Raw = Raw()


class RepeatedByDispense(Struct, gc=False, rename="camel"):
    """The elements that many fills share word for word: decoded once for all of them (repeated.py)."""

    category: Concept | None = None
    medication_codeable_concept: Concept | None = None
    type: Concept | None = None
    quantity: Amount | None = None
    days_supply: Amount | None = None
    dosage_instruction: list[DosageInstruction] | None = None


class Ingredient(Struct, gc=False, rename="camel"):
    """One component of a medicine."""

    item_codeable_concept: Concept | None = None
    item_reference: Reference | None = None
    is_active: bool | None = None
    strength: Ratio | None = None


class Medication(Resource, gc=False, tag="Medication"):
    """A medicine; Raw: see RepeatedByMedication."""

    code: Raw = Raw()
    form: Raw = Raw()
    ingredient: Raw = Raw()


class RepeatedByMedication(Struct, gc=False):
    """The elements that tell which medicine it is: decoded once for all that say the same (repeated.py)."""

    code: Concept | None = None
    form: Concept | None = None
    ingredient: list[Ingredient] | None = None


class HumanName(Struct, gc=False):
    """A name of a person."""

    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: list[str] | None = None
    period: Period | None = None


class ContactPoint(Struct, gc=False):
    """A phone number, where `system` says that it is one."""

    system: str | None = None
    value: str | None = None
    use: str | None = None
    rank: int | None = None
    period: Period | None = None


class Address(Struct, gc=False):
    """Where a person lives; only the state matters."""

    use: str | None = None
    state: str | None = None
    country: str | None = None


class PatientLink(Struct, gc=False):
    """Another record of the same person."""

    other: Reference | None = None
    type: str | None = None


class Language(Struct, gc=False):
    """A language that a person speaks."""

    language: Concept | None = None
    preferred: bool | None = None


class Patient(Resource, gc=False, tag="Patient"):
    """The person."""

    active: bool | None = None
    name: list[HumanName] | None = None
    gender: str | None = None
    birth_date: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None
    address: list[Address] | None = None
    communication: list[Language] | None = None
    link: list[PatientLink] | None = None
    language: str | None = None
    telecom: list[ContactPoint] | None = None


class Encounter(Resource, gc=False, tag="Encounter"):
    """A stay or visit."""

    status: str | None = None
    class_: Coding | None = None
    subject: Reference | None = None
    period: Period | None = None


class Organization(Resource, gc=False, tag="Organization"):
    """A pharmacy, a hospital."""

    name: str | None = None
    telecom: list[ContactPoint] | None = None


class Location(Resource, gc=False, tag="Location"):
    """A place of an organization."""

    name: str | None = None


class OutcomeIssue(Struct, gc=False):
    """One remark of a server."""

    severity: str | None = None
    code: str | None = None
    details: Concept | None = None
    diagnostics: str | None = None


class OperationOutcome(Resource, gc=False, tag="OperationOutcome"):
    """What a server has to say about a search."""

    issue: list[OutcomeIssue] | None = None


class EntryRequest(Struct, gc=False):
    """What was asked for this entry; DELETE entries hold no resource."""

    method: str | None = None
    url: str | None = None


class Entry(Struct, gc=False, rename="camel"):
    """Bundle.entry, its resource not yet decoded."""

    full_url: str | None = None
    resource: Raw = Raw()
    request: EntryRequest | None = None


class Link(Struct, gc=False):
    """Bundle.link."""

    relation: str | None = None
    url: str | None = None


class Bundle(Struct, gc=False):
    """A Bundle whose entries are well-formed enough to be listed."""

    entry: list[Entry] | None = None
    type: str | None = None
    link: list[Link] | None = None


class LooseBundle(Struct, gc=False):
    """The same, when some entry is not even an object."""

    entry: list[Raw] | None = None
    type: str | None = None
    link: list[Link] | None = None


class Head(Struct, gc=False, rename="camel"):
    """As much of a resource as tells what it is."""

    resource_type: str | None = None
    id: str | None = None
