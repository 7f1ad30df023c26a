"""What a concept or a Medication says of a medicine: the drug by its name where one can be read, else what it is of."""

from __future__ import annotations

from dataclasses import dataclass

from mappings.codes import RXNORM
from mappings.drugs import Component, describe_components, describe_drug
from mappings.inbound.exact_numbers import exact
from mappings.inbound.models import Amount, Concept, Ingredient, RepeatedByMedication
from mappings.inbound.plain_text import plain
from mappings.inbound.units import unit_of
from pickupday.drugs import UNNAMED, DrugFacts


@dataclass(frozen=True, slots=True)
class Medicine:
    """A Medication as far as it tells which drug it is. `unreadable`: a modifier forbids to interpret it.

    `named` is the drug by the name that stands in it; `components` and `form` are what it is made of.
    """

    label: str | None
    named: DrugFacts | None = None
    components: tuple[Component, ...] = ()
    form: str | None = None
    unreadable: bool = False

    def drug(self, display: str | None) -> DrugFacts | None:
        """The drug by the name where that can be read, else by ingredients and form, else as the reference calls it."""
        if self.unreadable:
            return DrugFacts(display or self.label or UNNAMED, source="unreadable Medication")
        named = self.named
        if named is not None and named.ingredient and named.form:
            return named
        if self.components:
            label = display or (named.label if named else " / ".join(component.name for component in self.components))
            return describe_components(label, self.components, self.form)
        if display is not None and not (named is not None and named.ingredient):
            return describe_drug(display, ((display, False),))
        return named


def medicine_by(said: RepeatedByMedication) -> Medicine:
    """What the elements of a Medication say."""
    return Medicine(
        label=label_of(said.code),
        named=drug_by_concept(said.code) if said.code else None,
        components=_components(said.ingredient),
        form=label_of(said.form),
    )


def drug_by_concept(concept: Concept) -> DrugFacts | None:
    """The drug by its names; the RxNorm name is tried first, because its grammar is the strict one."""
    label = label_of(concept)
    if label is None:
        return None
    names = [(coding.display, coding.system == RXNORM) for coding in concept.coding or () if coding.display]
    names.sort(key=lambda name: not name[1])
    if concept.text:
        names.append((concept.text, False))
    return describe_drug(label, tuple(dict.fromkeys(names)))


def label_of(concept: Concept | None) -> str | None:
    """What people read: the text, a display, or at the least the code."""
    if concept is None:
        return None
    codings = concept.coding or ()
    candidates = (concept.text, *(coding.display for coding in codings), *(_code(coding.code) for coding in codings))
    return next((shown for shown in map(plain, candidates) if shown), None)


def _code(code: str | None) -> str | None:
    return f"code {code}" if code else None


def _components(ingredients: list[Ingredient] | None) -> tuple[Component, ...]:
    """The active ingredients with their strengths; none at all where one of them cannot be read."""
    components = []
    for ingredient in ingredients or ():
        if ingredient.is_active is False:
            continue
        name = label_of(ingredient.item_codeable_concept)
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
