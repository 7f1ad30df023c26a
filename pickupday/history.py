"""What a chart says about one patient's medicines, in the pharmacy's words: the input of the planner.

Everything here is a statement of the chart, already cleaned of FHIR but not yet judged. `key` is the evidence key of a
record ("MedicationRequest/123", "#contained-1" appended for contained ones) and comes back in every finding.
Amounts are exact fractions of a named unit (`"{tablet}"`, `"mL"`); days are whole days.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from pickupday.circumstances import Circumstances
from pickupday.drugs import DrugFacts


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount of medicine. `unit` is a normalised code ("{tablet}", "mL", "{puff}"), "" when the chart has none."""

    value: Fraction
    unit: str


@dataclass(frozen=True, slots=True)
class Dosage:
    """One dosage instruction.

    `daily_use` is units per day when it can be computed (1/7 for one tablet a week), None when not; `source` says from
    what ("structured dosage", "timing code BID", "parsed sig") or, where there is no `daily_use`, `missing` names the
    field that would have given it. `varies` is True for a taper, titration or sliding scale.
    """

    text: str | None = None
    daily_use: Quantity | None = None
    source: str | None = None
    missing: str | None = None
    as_needed: bool = False
    varies: bool = False
    sequence: int | None = None
    start: date | None = None  # boundsPeriod.start
    end: date | None = None  # boundsPeriod.end, or start + boundsDuration
    bounded_days: int | None = None  # boundsDuration, or "x 10 days" in the sig


class PrescriptionStatus(StrEnum):
    """MedicationRequest.status of FHIR R4."""

    ACTIVE = "active"
    ON_HOLD = "on-hold"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    ENTERED_IN_ERROR = "entered-in-error"
    STOPPED = "stopped"
    DRAFT = "draft"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Prescription:
    """One MedicationRequest.

    `quantity` is what one fill hands out (dispenseRequest.quantity); `expected_supply_days` how long that should last.
    `repeats` is numberOfRepeatsAllowed, None when the chart does not say. `daily_use` is the sum over `dosages` that
    apply together, None when any part is unknown. `asserted_use` is False where the chart says the patient does not
    take it (doNotPerform). `unreadable` holds the reason when the request must not be interpreted (modifierExtension).
    """

    key: str
    status: PrescriptionStatus
    intent: str
    drug: DrugFacts
    authored_on: date | None = None
    valid_from: date | None = None  # dispenseRequest.validityPeriod.start
    valid_to: date | None = None  # dispenseRequest.validityPeriod.end, inclusive
    quantity: Quantity | None = None
    initial_quantity: Quantity | None = None  # dispenseRequest.initialFill.quantity
    repeats: int | None = None
    expected_supply_days: Fraction | None = None
    dosages: tuple[Dosage, ...] = ()
    daily_use: Quantity | None = None
    daily_use_source: str | None = None
    daily_use_missing: str | None = None
    do_not_perform: bool = False
    reported: bool = False
    categories: frozenset[str] = frozenset()  # "inpatient", "outpatient", "community", "discharge"
    course_of_therapy: str | None = None  # "continuous", "acute", "seasonal": evidence, never proof
    performer: str | None = None  # evidence key of the intended pharmacy
    requester: str | None = None
    prior: str | None = None  # key of the prescription that this one replaces (priorPrescription)
    unreadable: str | None = None
    version: str | None = None  # meta.versionId, for ifMatch and Provenance


class DispenseStatus(StrEnum):
    """MedicationDispense.status of FHIR R4."""

    PREPARATION = "preparation"
    IN_PROGRESS = "in-progress"
    CANCELLED = "cancelled"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    ENTERED_IN_ERROR = "entered-in-error"
    STOPPED = "stopped"
    DECLINED = "declined"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Dispense:
    """One MedicationDispense. `stated_days` is daysSupply as written; the judged one is made in days_supply.py."""

    key: str
    status: DispenseStatus
    drug: DrugFacts
    handed_over: date | None = None
    prepared: date | None = None
    quantity: Quantity | None = None
    stated_days: Fraction | None = None
    prescriptions: tuple[str, ...] = ()  # keys of the authorizing prescriptions
    dosages: tuple[Dosage, ...] = ()
    daily_use: Quantity | None = None
    daily_use_source: str | None = None
    daily_use_missing: str | None = None
    inpatient: bool = False
    supply_type: str | None = None  # v3-ActPharmacySupplyType code: FF, RF, FFP, RFP, TF, ...
    pharmacy: str | None = None  # evidence key of the performing organization
    location: str | None = None
    unreadable: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class InpatientStay:
    """A hospital stay (Encounter IMP, ACUTE, NONAC), both days inclusive; `end` None = not discharged yet."""

    key: str
    start: date
    end: date | None = None


@dataclass(frozen=True, slots=True)
class ToldCount:
    """How many units of one medicine the patient has left, as told on `told_on`: overrides the computed run-out.

    `source` is the evidence key of the record that kept it ("CarePlan/5"), empty where it was told just now. Told now,
    it takes the place of one kept from the same day.
    """

    medicine: str  # evidence key of a prescription, or the medicine's name as a person writes it
    units: Fraction
    told_on: date
    told_by: str = "patient"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number as the chart has it; `use` is home, work, mobile or empty, `until` its last day."""

    number: str
    use: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Patient:
    """The person, as far as planning needs to know. `do_not_plan` holds the reason: deceased, inactive, replaced."""

    key: str
    name: str | None = None
    birth_date: date | None = None
    gender: str | None = None
    language: str | None = None
    state: str | None = None  # two-letter US state of the home address
    do_not_plan: str | None = None
    phones: tuple[Phone, ...] = ()  # the one to be used first in front


@dataclass(frozen=True, slots=True)
class MedicationHistory:
    """Everything read of one patient. `dispenses_known` is False where the server has no MedicationDispense at all."""

    patient: Patient
    prescriptions: tuple[Prescription, ...] = ()
    dispenses: tuple[Dispense, ...] = ()
    stays: tuple[InpatientStay, ...] = ()
    told_counts: tuple[ToldCount, ...] = ()
    dispenses_known: bool = True
    places: dict[str, str] = field(default_factory=dict)  # evidence key -> name of organizations and locations
    numbers: dict[str, str] = field(default_factory=dict)  # evidence key -> phone of organizations
    circumstances: Circumstances = field(default_factory=Circumstances)
