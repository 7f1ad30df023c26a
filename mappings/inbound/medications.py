"""Which drug a request or dispense means: by code, by Medication (in the chart or contained), or by display alone."""

from __future__ import annotations

from mappings.drugs import describe_drug
from mappings.inbound.models import Concept, Reference
from mappings.inbound.plain_text import plain
from mappings.inbound.reading import Reading
from pickupday.drugs import UNNAMED, DrugFacts
from pickupday.findings import Severity


def drug_of(
    concept: Concept | None, reference: Reference | None, reading: Reading, resource: str, resource_type: str
) -> DrugFacts:
    """The drug of one record whose concept names none: by its Medication, or by the display of the reference to it."""
    if concept is not None:
        path = f"{resource_type}.medicationCodeableConcept"
    elif reference is not None:
        key = reading.key_of(reference, resource)
        medicine = reading.medicines.get(key) if key else None
        label = plain(reference.display)
        if medicine is not None:
            described = medicine.drug(label)
            if described is not None:
                return described
        elif label is not None:
            return describe_drug(label, ((label, False),))
        path = f"{resource_type}.medicationReference"
    else:
        path = f"{resource_type}.medication[x]"
    reading.note(
        "medicine-unknown",
        Severity.ERROR,
        "The chart does not say which medicine this is.",
        resource=resource,
        path=path,
        missing=True,
        next_step="Name the medicine in the chart.",
    )
    return DrugFacts(UNNAMED)
