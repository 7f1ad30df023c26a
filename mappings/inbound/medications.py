"""Which drug a request or dispense means: by code, by Medication (in the chart or contained), or by display alone."""

from __future__ import annotations

from mappings.codes import RXNORM
from mappings.drugs import Component, describe_components, describe_drug
from mappings.inbound.models import Amount, Concept, Ingredient, Medication, Reference
from mappings.inbound.plain_text import plain
from mappings.inbound.quantities import exact
from mappings.inbound.reading import Reading
from mappings.inbound.units import unit_of
from pickupday.drugs import DrugFacts
from pickupday.findings import Severity


def drug_of(
    concept: Concept | None, reference: Reference | None, reading: Reading, resource: str, resource_type: str
) -> DrugFacts:
    """The drug of one record whose concept names none: by its Medication, or by the display of the reference to it."""
    if concept is not None:
        path = f"{resource_type}.medicationCodeableConcept"
    elif reference is not None:
        key = reading.key_of(reference, resource)
        medication = reading.medications.get(key) if key else None
        label = plain(reference.display)
        if medication is not None:
            if medication.modifier_extension or medication.implicit_rules:
                return DrugFacts(label or _label(medication.code) or "unknown medicine", source="unreadable Medication")
            described = _by_medication(medication, label, reading)
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
    return DrugFacts("unknown medicine")


def drug_by_concept(concept: Concept) -> DrugFacts | None:
    """The drug by its names; the RxNorm name is tried first, because its grammar is the strict one."""
    codings = concept.coding
    if codings is not None and len(codings) == 1:
        only = codings[0]
        if only.display:
            rxnorm = only.system == RXNORM
            if concept.text is None or concept.text == only.display:
                return describe_drug(only.display, ((only.display, rxnorm),))
            return describe_drug(concept.text, ((only.display, rxnorm), (concept.text, False)))
    names = [(coding.display, coding.system == RXNORM) for coding in codings or () if coding.display]
    names.sort(key=lambda name: not name[1])
    if concept.text:
        names.append((concept.text, False))
    label = _label(concept)
    return describe_drug(label, tuple(names)) if label else None


def _label(concept: Concept | None) -> str | None:
    """What people read: the text, a display, or at the least the code."""
    if concept is None:
        return None
    codings = concept.coding or ()
    candidates = (concept.text, *(coding.display for coding in codings), *(_code(coding.code) for coding in codings))
    return next((shown for shown in map(plain, candidates) if shown), None)


def _code(code: str | None) -> str | None:
    return f"code {code}" if code else None


def _by_medication(medication: Medication, display: str | None, reading: Reading) -> DrugFacts | None:
    """By the Medication's name where that can be read, else by its structured ingredients and form."""
    named = drug_by_concept(medication.code) if medication.code else None
    if named is not None and named.ingredient and named.form:
        return named
    structured = _components(medication.ingredient)
    if structured:
        label = display or (named.label if named else " / ".join(component.name for component in structured))
        return describe_components(label, structured, _label(medication.form))
    if named is not None and named.ingredient:
        return named
    if display is not None:
        return describe_drug(display, ((display, False),))
    return named


def _components(ingredients: list[Ingredient] | None) -> tuple[Component, ...]:
    """The active ingredients with their strengths; none at all where one of them cannot be read."""
    components = []
    for ingredient in ingredients or ():
        if ingredient.is_active is False:
            continue
        name = _label(ingredient.item_codeable_concept)
        if name is None or name.startswith("code "):
            return ()
        components.append(Component(name, *_strength(ingredient)))
    return tuple(components)


def _strength(ingredient: Ingredient) -> tuple[str | None, str | None]:
    """Strength and the unit that it is per: ("500 mg", "{tablet}")."""
    ratio = ingredient.strength
    if ratio is None or ratio.numerator is None:
        return None, None
    numerator = _amount(ratio.numerator)
    if numerator is None:
        return None, None
    denominator = _amount(ratio.denominator) if ratio.denominator else None
    if denominator is None:
        return f"{numerator[0]:g} {numerator[1]}", None
    return f"{numerator[0] / denominator[0]:g} {numerator[1]}", denominator[1]


def _amount(amount: Amount) -> tuple[float, str] | None:
    value = exact(amount.value) if amount.value is not None and amount.value.is_finite() else None
    if not value:
        return None
    unit, size = unit_of(amount.unit, amount.code)
    return float(value * size), unit
