"""The R4 elements of Condition, Observation and Coverage that bear on synchronization, as slim structs (see models)."""

from __future__ import annotations

from msgspec import Raw, Struct, field

from mappings.inbound.models import Concept, Period, Reference, Resource


class Condition(Resource, gc=False, tag="Condition"):
    """A problem of the patient."""

    clinical_status: Concept | None = None
    verification_status: Concept | None = None
    code: Concept | None = None
    subject: Reference | None = None
    onset_date_time: str | None = None
    onset_period: Period | None = None
    abatement_date_time: str | None = None
    abatement_age: Raw = Raw()
    abatement_period: Raw = Raw()
    abatement_range: Raw = Raw()
    abatement_string: str | None = None
    recorded_date: str | None = None


class Component(Struct, gc=False, rename="camel"):
    """One question of a questionnaire that was kept as one Observation."""

    code: Concept | None = None
    value_codeable_concept: Concept | None = None


class Observation(Resource, gc=False, tag="Observation"):
    """An answer to a question."""

    status: str | None = None
    code: Concept | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_instant: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    value_codeable_concept: Concept | None = None
    component: list[Component] | None = None


class CoverageClass(Struct, gc=False):
    """One name that the payer gives to what it covers: the plan, the group."""

    type: Concept | None = None
    name: str | None = None
    value: str | None = None


class Coverage(Resource, gc=False, tag="Coverage"):
    """Who pays for the patient."""

    status: str | None = None
    type: Concept | None = None
    subject: Reference | None = field(default=None, name="beneficiary")
    period: Period | None = None
    payor: list[Reference] | None = None
    class_: list[CoverageClass] | None = field(default=None, name="class")
